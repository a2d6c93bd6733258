import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessServer
import LikenessTesting
import Testing

/// Callers choose ids, and the zero UUID is one: what reads all profiles by their ids begins with it, and ends with the greatest.
@Suite(.freshDatabase) struct LeastIDTests {
    private static let ids = [
        "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ]
    private static let roles = ServerConfiguration.Roles(admin: ["URI:spiffe://test/admin"])

    private static func store(_ client: LikenessClient) async throws {
        let people = zip(["ada", "bob", "cyd"], Self.ids).map { slug, id in
            Profile(id: id, slug: slug, displayName: slug, summary: "Sailed to port")
        }
        let answer = try await client.profiles.batchUpsertProfiles(.init(profiles: people), options: .init())
        for result in answer.results { if case .upserted? = result.result {} else { Issue.record("\(result)") } }
        let mask = Mask(name: "m", configuration: .init(hiddenFields: ["slug"]))
        _ = try await client.admin.createMask(.init(mask: mask), options: .init())
    }

    private static func write(_ client: LikenessClient, summary: String) async throws {
        for id in Self.ids {
            let request = UpdateProfileRequest(
                key: .init(key: .id(id)),
                profile: .init(summary: summary),
                updateMask: .init(paths: ["summary"])
            )
            _ = try await client.profiles.updateProfile(request, options: .init())
        }
    }

    private static func words(_ text: String, mask: String = "") -> QueryRequest {
        QueryRequest(query: .init(ask: .text(.init(text: text, mode: .text))), mask: mask)
    }

    @Test(arguments: [1, 2, 3] as [Int32])
    func `a list by id has it`(pageSize: Int32) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await Self.store(fixture.client)
            var request = ListProfilesRequest(pageSize: pageSize, mask: "m")
            var found: [String] = []
            repeat {
                let page = try await fixture.client.profiles.listProfiles(request, options: .init())
                found += page.profiles.map(\.id)
                request.pageToken = page.nextPageToken
            } while !request.pageToken.isEmpty && found.count < 9
            #expect(found == Self.ids)
        }
    }

    @Test(arguments: ["", "m"])
    func `a search by words finds it, also when it is written again`(mask: String) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await Self.store(fixture.client)
            func found(_ text: String) async throws -> [String] {
                try await fixture.client.search.query(Self.words(text, mask: mask), options: .init())
                    .hits.compactMap(\.profile?.id)
            }
            #expect(try await found("port") == Self.ids)
            try await Self.write(fixture.client, summary: "Baked bread")
            #expect(try await found("bread") == Self.ids)
            #expect(try await found("port") == [])
        }
    }

    @Test(arguments: ["", "m"])
    func `a snapshot of the profiles has it`(mask: String) async throws {
        _ = try await HistoryKeeper(database: Database(pool: TestDatabase.current.pool), keptTime: .seconds(86_400))
            .maintain()
        try await ServiceFixture.run(
            embeds: false,
            workers: [.profileFeed],
            change: { configuration, _ in configuration.historyTime = .seconds(86_400) }
        ) { fixture in
            try await Self.store(fixture.client)
            let watched = WatchedProfiles(fixture.client, .init(start: .snapshot, mask: mask))
            try await watched.catchUp()
            #expect(await watched.events.map(\.id) == Self.ids)
        }
    }

    @Test func `a saved search has it`() async throws {
        try await ServiceFixture.run(embeds: false, roles: Self.roles, workers: [.savedSearches]) { fixture in
            let client = fixture.client
            try await Self.store(client)
            let request = CreateSavedSearchRequest(savedSearch: .init(name: "sailors", query: Self.words("port")))
            _ = try await client.savedSearches.createSavedSearch(request, options: .init())
            let watched = WatchedSearch(client, "sailors")
            try await watched.catchUp()
            #expect(await watched.events.map(\.profile) == ["ada", "bob", "cyd"])
        }
    }
}
