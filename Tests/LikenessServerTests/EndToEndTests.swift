import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// The three services as a client sees them.
@Suite(.freshDatabase) struct EndToEndTests {
    private static let people: [Profile] = [
        Profile(
            slug: "nurse",
            displayName: "Nora Night",
            headline: "Nurse",
            summary: "She reorganised army hospitals and cut deaths by washing hands.",
            experiences: [
                Experience(
                    category: .work,
                    title: "Superintendent",
                    organization: "Scutari",
                    description: "Ran a military hospital."
                )
            ]
        ),
        Profile(
            slug: "sailor",
            displayName: "Sam Sail",
            headline: "Navigator",
            summary: "He sailed around the world and charted unknown coasts.",
            skills: [Skill(name: "Cartography", keywords: ["maps"])]
        ),
        Profile(slug: "painter", displayName: "Pia Paint", summary: "She painted portraits of queens in oil."),
    ]

    private static func load(_ client: LikenessClient) async throws {
        let request = BatchUpsertProfilesRequest(profiles: Self.people, waitFor: .embedded)
        let response = try await client.profiles.batchUpsertProfiles(request, options: .init())
        for result in response.results {
            guard case .upserted(let upserted)? = result.result else {
                Issue.record("refused: \(result)")
                continue
            }
            #expect(upserted.outcome == .created)
        }
    }

    private static func search(
        _ client: LikenessClient,
        _ text: String,
        _ mode: SearchMode,
        precision: Precision = .unspecified
    ) async throws -> QueryResponse {
        let request = QueryRequest(
            query: .init(ask: .text(.init(text: text, mode: mode))),
            limit: 3,
            precision: precision
        )
        return try await client.search.query(request, options: .init())
    }

    @Test func `profiles are found by meaning, by words and by both`() async throws {
        try await ServiceFixture.run { fixture in
            try await Self.load(fixture.client)
            let meaning = try await Self.search(fixture.client, "explored the seas by ship", .vector, precision: .exact)
            #expect(meaning.hits.first?.profile?.slug == "sailor")
            #expect(meaning.hits.first?.evidence.first?.branch == .vector)
            #expect(meaning.completeness?.level == .exact)
            #expect(meaning.embeddingSpace == "all-MiniLM-L6-v2")
            let words = try await Self.search(fixture.client, "portraits", .text)
            #expect(words.hits.map { $0.profile?.slug } == ["painter"])
            let highlight = try #require(words.hits.first?.highlights.first)
            let span = try #require(highlight.spans.first)
            let marked = Array(highlight.text.utf8)[Int(span.start)..<Int(span.start + span.length)]
            #expect(String(decoding: marked, as: UTF8.self) == "portraits")
            let both = try await Self.search(fixture.client, "military medicine", .hybrid)
            #expect(both.hits.first?.profile?.slug == "nurse")
            #expect(both.hits.first?.section?.kind == .experience || both.hits.first?.section?.kind == .summary)
        }
    }

    @Test func `a stream of hits is the answer of one search, in pages`() async throws {
        try await ServiceFixture.run { fixture in
            let people = (0..<120).map {
                Profile(slug: "sailor-\($0)", displayName: "Sailor \($0)", summary: "Sailed a ship to port \($0).")
            }
            let request = BatchUpsertProfilesRequest(profiles: people, waitFor: .embedded)
            _ = try await fixture.client.profiles.batchUpsertProfiles(request, options: .init(timeout: .seconds(60)))
            let query = QueryRequest(query: .init(ask: .text(.init(text: "ship", mode: .vector))), limit: 110)
            let whole = try await fixture.client.search.query(query, options: .init())
            let stream = QueryStreamRequest(query: query)
            let pages = try await fixture.client.search.queryStream(stream, options: .init()) { responses in
                var pages: [QueryStreamResponse] = []
                while let page = try await responses.next() { pages.append(page) }
                return pages
            }
            #expect(pages.map(\.hits.count) == [50, 50, 10])
            #expect(pages.flatMap(\.hits) == whole.hits)
            #expect(pages.map { $0.completeness != nil } == [false, false, true])
            #expect(pages.last?.completeness == whole.completeness)
            let error = await #expect(throws: LikenessError.self) {
                try await fixture.client.search.queryStream(.init(), options: .init()) { _ = try await $0.next() }
            }
            #expect(error?.code == .invalidArgument && error?.violations.first?.field == "query")
        }
    }

    @Test func `a profile lives, changes, goes and comes back`() async throws {
        try await ServiceFixture.run { fixture in
            let profiles = fixture.client.profiles
            let created = try await profiles.createProfile(
                .init(profile: Profile(displayName: "Ada Test", summary: "Wrote programs.")),
                options: .init()
            )
            let profile = try #require(created.profile)
            #expect(profile.slug == "ada-test")
            #expect(profile.revision == 1)
            #expect(!created.consistencyToken.isEmpty)

            let update = UpdateProfileRequest(
                key: .init(key: .slug("ada-test")),
                profile: Profile(headline: "Programmer"),
                updateMask: .init(paths: ["headline"]),
                ifRevision: 1
            )
            let updated = try await profiles.updateProfile(update, options: .init())
            #expect(updated.profile?.revision == 2)
            #expect(updated.profile?.headline == "Programmer")
            #expect(updated.profile?.summary == "Wrote programs.")
            let stale = await ServiceFixture.failure { try await profiles.updateProfile(update, options: .init()) }
            #expect(stale?.code == .aborted)
            #expect(stale?.reason == "REVISION_MISMATCH")

            let key = ProfileKey(key: .id(profile.id))
            _ = try await profiles.deleteProfile(.init(key: key), options: .init())
            let deleted = try await profiles.getProfile(.init(key: key), options: .init())
            #expect(deleted.profile?.deleteTime != nil)
            #expect(try await profiles.listProfiles(.init(), options: .init()).profiles.isEmpty)
            #expect(try await profiles.listProfiles(.init(showDeleted: true), options: .init()).profiles.count == 1)
            #expect(try await Self.search(fixture.client, "programs", .text).hits.isEmpty)
            _ = try await profiles.restoreProfile(.init(key: key), options: .init())
            #expect(try await Self.search(fixture.client, "programs", .text).hits.count == 1)
            let again = await ServiceFixture.failure {
                try await profiles.restoreProfile(.init(key: key), options: .init())
            }
            #expect(again?.code == .alreadyExists)
        }
    }

    @Test func `a repeated request id writes once`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let request = CreateProfileRequest(
                profile: Profile(displayName: "Once Only"),
                requestId: "6f1c0d0e-5d4c-4c59-9c3f-0d9a3f1f7a10"
            )
            let first = try await fixture.client.profiles.createProfile(request, options: .init())
            let second = try await fixture.client.profiles.createProfile(request, options: .init())
            #expect(first.profile?.id == second.profile?.id)
            var other = request
            other.profile?.displayName = "Somebody Else"
            let failure = await ServiceFixture.failure {
                try await fixture.client.profiles.createProfile(other, options: .init())
            }
            #expect(failure?.code == .invalidArgument)
            #expect(failure?.violations.first?.field == "request_id")
        }
    }

    @Test func `a batch answers item by item`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let request = BatchUpsertProfilesRequest(profiles: [
                Profile(slug: "good", displayName: "Good"), Profile(slug: "Bad Slug", displayName: "Bad"),
                Profile(slug: "nameless"),
            ])
            let results = try await fixture.client.profiles.batchUpsertProfiles(request, options: .init()).results
            #expect(results.count == 3)
            guard case .upserted? = results[0].result, case .error(let slug)? = results[1].result,
                case .error(let name)? = results[2].result
            else {
                Issue.record("unexpected: \(results)")
                return
            }
            #expect(slug.code == 3 && slug.message.contains("slug"))
            #expect(name.code == 3 && name.message.contains("display_name"))
            let found = try await fixture.client.profiles.batchGetProfiles(
                .init(keys: [.init(key: .slug("good")), .init(key: .slug("missing"))]),
                options: .init()
            )
            guard case .profile? = found.results[0].result, case .error(let missing)? = found.results[1].result else {
                Issue.record("unexpected: \(found)")
                return
            }
            #expect(missing.code == 5)
        }
    }

    @Test func `an item of a batch may expect a revision`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            var request = BatchUpsertProfilesRequest(
                profiles: [Profile(slug: "one", displayName: "One"), Profile(slug: "Bad Slug"), Profile(slug: "two")],
                ifRevisions: [-1, 7]
            )
            let short = await ServiceFixture.failure {
                try await fixture.client.profiles.batchUpsertProfiles(request, options: .init())
            }
            #expect(short?.code == .invalidArgument && short?.violations.first?.field == "if_revisions")
            request.ifRevisions = [-1, 7, -2]
            let low = await ServiceFixture.failure {
                try await fixture.client.profiles.batchUpsertProfiles(request, options: .init())
            }
            #expect(low?.code == .invalidArgument && low?.violations.first?.field == "if_revisions[2]")
            // The expectation of an item stays its own where another is refused before.
            request.profiles[2].displayName = "Two"
            request.ifRevisions = [-1, 0, 7]
            let results = try await fixture.client.profiles.batchUpsertProfiles(request, options: .init()).results
            guard case .upserted? = results[0].result, case .error(let bad)? = results[1].result,
                case .error(let other)? = results[2].result
            else {
                Issue.record("unexpected: \(results)")
                return
            }
            #expect(bad.code == 3 && other.code == Int32(LikenessError.Code.aborted.rawValue), "\(results)")
        }
    }

    @Test func `an administrator sees the state and rebuilds the index`() async throws {
        try await ServiceFixture.run { fixture in
            try await Self.load(fixture.client)
            let admin = fixture.client.admin
            #expect(try await ServiceFixture.isServing(fixture.client))
            let statistics = try await admin.getStatistics(.init(), options: .init())
            #expect(statistics.profiles?.live == 3)
            #expect(statistics.outboxPending == 0)
            #expect((statistics.pool?.maxConnections ?? 0) == 10)
            #expect((statistics.embeddingSpaces.first?.embeddings ?? 0) >= 5)
            #expect(try await admin.getMigrationStatus(.init(), options: .init()).current)
            #expect(try await admin.getVersion(.init(), options: .init()).pgvectorVersion.isEmpty == false)

            let started = try await admin.reindex(.init(method: .ivfflat, lists: 1), options: .init())
            var operation = try #require(started.operation)
            while operation.state == .running {
                let waited = try await admin.waitOperation(
                    .init(id: operation.id, timeout: .init(seconds: 5)),
                    options: .init()
                )
                operation = try #require(waited.operation)
                _ = try await Self.search(fixture.client, "sea", .vector)
            }
            #expect(operation.state == .succeeded)
            let space = try #require(try await admin.getStatistics(.init(), options: .init()).embeddingSpaces.first)
            #expect(space.index?.method == .ivfflat)
            #expect(space.index?.valid == true)
        }
    }

    @Test func `a reader may search and may not write or administer`() async throws {
        let roles = ServerConfigurationRoles.readersAndAdmins
        try await ServiceFixture.run(embeds: false, roles: roles) { fixture in
            let reader = try ServiceFixture.client(
                fixture.authority,
                port: fixture.port,
                name: "URI:spiffe://test/reader"
            )
            #expect(try await Self.search(reader, "anything", .text).hits.isEmpty)
            let write = await ServiceFixture.failure {
                try await reader.profiles.createProfile(.init(profile: Profile(displayName: "X")), options: .init())
            }
            #expect(write?.code == .permissionDenied)
            let statistics = await ServiceFixture.failure {
                try await reader.admin.getStatistics(.init(), options: .init())
            }
            #expect(statistics?.code == .permissionDenied)
            await reader.close()

            let stranger = try ServiceFixture.client(
                fixture.authority,
                port: fixture.port,
                name: "DNS:spiffe.test.reader"
            )
            let search = await ServiceFixture.failure { try await Self.search(stranger, "anything", .text) }
            #expect(search?.code == .permissionDenied)
            #expect(try await ServiceFixture.isServing(stranger))
            await stranger.close()
        }
    }
}
