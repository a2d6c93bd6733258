import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// Pages through masks: of what the caller sees, and of nothing that it saw through another one.
@Suite(.freshDatabase) struct MaskedPagesTests {
    private static let website = "URI:spiffe://test/website"
    private static let roles = ServerConfiguration.Roles(
        admin: ["URI:spiffe://test/admin"],
        reader: [Self.website],
        masks: ["\(Self.website)=public"]
    )
    private static let models = EmbedderRegistry([FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")])
    /// Summaries and skills can be compared by meaning, experiences cannot.
    private static let rules = MaskConfiguration(
        excludeTags: ["private"],
        hiddenFields: ["tags", "location", "experiences.organization"],
        experiences: ExperienceScope(excludeTags: ["secret"])
    )

    private static func person(_ number: Int) -> Profile {
        Profile(
            slug: "sailor-\(number)",
            displayName: "Sailor \(number)",
            summary: "Sailed to port number\(number).",
            location: "Hull",
            tags: number % 5 == 4 ? ["private"] : [],
            experiences: [
                Experience(title: "Mate", organization: "Star Line", description: "Kept port \(number % 3)"),
                Experience(title: "Spy", description: "Watched port \(number)", tags: ["secret"]),
            ],
            skills: [Skill(name: "Knots \(number % 4)")]
        )
    }

    /// Of 60 people the mask shows 48.
    private static func fill(_ client: LikenessClient) async throws {
        let people = (0..<60).map { Self.person($0) }
        _ = try await client.profiles.batchUpsertProfiles(.init(profiles: people, waitFor: .embedded), options: .init())
        let mask = Mask(name: "public", configuration: Self.rules)
        _ = try await client.admin.createMask(CreateMaskRequest(mask: mask), options: .init())
    }

    private static func text(_ text: String, _ mode: SearchMode) -> Query {
        Query(ask: .text(.init(text: text, mode: mode)))
    }

    private static func slugs(_ response: QueryResponse) -> [String] { response.hits.map { $0.profile?.slug ?? "" } }

    private static func pages(_ request: QueryRequest, _ clients: [LikenessClient]) async throws -> [QueryResponse] {
        var request = request
        var pages: [QueryResponse] = []
        repeat {
            let response = try await clients[pages.count % clients.count].search.query(request, options: .init())
            pages.append(response)
            request.pageToken = response.nextPageToken
        } while !request.pageToken.isEmpty && pages.count < 50
        return pages
    }

    @Test func `pages are the hits of one search through the mask`() async throws {
        try await ServiceFixture.run(embedders: Self.models, roles: Self.roles) { fixture in
            try await Self.fill(fixture.client)
            try await ServiceFixture.run(embedders: Self.models, roles: Self.roles) { other in
                var bound: [LikenessClient] = []
                for one in [fixture, other] {
                    bound.append(try ServiceFixture.client(one.authority, port: one.port, name: Self.website))
                }
                let parts = [Self.text("port number7", .text), Self.text("Knots 2", .vector)].map {
                    SubQuery(query: $0)
                }
                let queries = [
                    Self.text("port number7 spy", .text), Self.text("port number7", .vector),
                    Self.text("Mate port number9", .hybrid), Query(ask: .fusion(.init(queries: parts))),
                    Query(ask: .fusion(.init(queries: parts, method: .reciprocalRank))),
                ]
                for (index, query) in queries.enumerated() {
                    for filter in ["", "summary:port"] {
                        var request = QueryRequest(query: query, limit: 60, filter: filter, mask: "public")
                        let whole = try await fixture.client.search.query(request, options: .init())
                        request.limit = 7
                        request.pageWindow = 60
                        let named = try await Self.pages(request, [fixture.client, other.client])
                        request.mask = ""
                        let asBound = try await Self.pages(request, bound)
                        for pages in [named, asBound] {
                            let hits = pages.flatMap(\.hits)
                            #expect(pages.count == 7 && hits.count == whole.hits.count, "\(index)")
                            for (hit, wanted) in zip(hits, whole.hits) { #expect(hit == wanted, "\(index)") }
                            #expect(
                                pages.allSatisfy { $0.totalSize == Int64(whole.hits.count) && $0.vanishedCount == 0 }
                            )
                            #expect(pages.allSatisfy { $0.completeness == whole.completeness })
                            #expect(pages.allSatisfy { $0.strategy == whole.strategy })
                        }
                        #expect(whole.hits.count == 48 && whole.hits.allSatisfy { $0.profile?.location == "" })
                    }
                }
                for client in bound { await client.close() }
            }
        }
    }

    @Test func `what is hidden meanwhile vanishes, and what is shown meanwhile does not come in`() async throws {
        try await ServiceFixture.run(embedders: Self.models, roles: Self.roles) { fixture in
            let client = fixture.client
            try await Self.fill(client)
            let bound = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.website)
            var request = QueryRequest(query: Self.text("port", .text), limit: 50)
            let whole = Self.slugs(try await bound.search.query(request, options: .init()))
            request.limit = 8
            request.pageWindow = 100
            let first = try await bound.search.query(request, options: .init())
            #expect(Self.slugs(first) == Array(whole.prefix(8)) && first.totalSizeKind == .exact)

            func update(_ slug: String, _ path: String, _ change: (inout Profile) -> Void) async throws {
                let key = ProfileKey(key: .slug(slug))
                var profile = try #require(
                    try await client.profiles.getProfile(.init(key: key), options: .init()).profile
                )
                change(&profile)
                let request = UpdateProfileRequest(key: key, profile: profile, updateMask: .init(paths: [path]))
                _ = try await client.profiles.updateProfile(request, options: .init())
            }
            try await update(whole[10], "tags") { $0.tags = ["private"] }
            try await update("sailor-4", "tags") { $0.tags = [] }
            try await update(whole[11], "summary") { $0.summary = "Stayed ashore" }
            _ = try await client.profiles.deleteProfile(.init(key: .init(key: .slug(whole[12]))), options: .init())

            request.pageToken = first.nextPageToken
            request.limit = 50
            let rest = try await bound.search.query(request, options: .init())
            #expect(Self.slugs(rest) == whole.dropFirst(8).filter { $0 != whole[10] && $0 != whole[12] })
            #expect(rest.vanishedCount == 2 && rest.totalSize == 48 && rest.nextPageToken.isEmpty)
            await bound.close()
        }
    }

    /// A token of an order that was made of what is hidden now, whatever the reason is, is as one that has expired.
    @Test func `a token is good for what the caller saw when it was given`() async throws {
        try await ServiceFixture.run(embedders: Self.models, roles: Self.roles) { fixture in
            let client = fixture.client
            try await Self.fill(client)
            let bound = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.website)
            var request = QueryRequest(query: Self.text("port", .text), limit: 8, mask: "public", pageWindow: 100)
            func token(_ client: LikenessClient) async throws -> String {
                try await client.search.query(request, options: .init()).nextPageToken
            }
            func failure(_ client: LikenessClient, _ token: String, mask: String) async -> String {
                var request = request
                (request.pageToken, request.mask) = (token, mask)
                let asked = request
                let error = await ServiceFixture.failure { try await client.search.query(asked, options: .init()) }
                return "\(String(describing: error)) \(error?.reason ?? "") \(error?.details.map(\.value) ?? [])"
            }
            let named = try await token(client)
            request.mask = ""
            let (asBound, free) = (try await token(bound), try await token(client))
            #expect(await failure(client, named, mask: "public").hasPrefix("nil"), "it is good")
            #expect(await failure(client, named, mask: "").contains("belongs to another query"))
            #expect(await failure(client, asBound, mask: "").contains("page_token is damaged"), "another caller's")

            let mask = Mask(name: "public", description: "changed")
            _ = try await client.admin.updateMask(
                .init(mask: mask, updateMask: .init(paths: ["description"])),
                options: .init()
            )
            let changed = await failure(bound, asBound, mask: "")
            #expect(changed.contains("PAGE_TOKEN_EXPIRED"), "\(changed)")
            #expect(await failure(client, named, mask: "public") == changed)
            _ = try await client.admin.deleteMask(.init(name: "public"), options: .init())
            _ = try await client.admin.restoreMask(.init(name: "public"), options: .init())
            #expect(await failure(bound, asBound, mask: "") == changed)
            // One that is gone is as that.
            let again = try await token(bound)
            #expect(await failure(bound, again, mask: "").hasPrefix("nil"), "it is good")
            #expect(await failure(client, free, mask: "").hasPrefix("nil"), "no mask is one that does not change")
            try await TestDatabase.current.pool.withConnection {
                try await $0.executeScript("UPDATE result_sets SET expires_at = now()")
            }
            #expect(await failure(bound, again, mask: "") == changed)
            await bound.close()
        }
    }

    /// A caller who is bound from now on, or no longer, has pages of what it saw before refused.
    @Test func `a caller who is bound otherwise pages no further`() async throws {
        let name = "URI:spiffe://test/other"
        var roles = ServerConfiguration.Roles(admin: ["URI:spiffe://test/admin"], reader: [name])
        try await ServiceFixture.run(embedders: Self.models, roles: roles) { fixture in
            try await Self.fill(fixture.client)
            var request = QueryRequest(query: Self.text("port", .text), limit: 8, pageWindow: 100)
            let free = try ServiceFixture.client(fixture.authority, port: fixture.port, name: name)
            let token = try await free.search.query(request, options: .init()).nextPageToken
            roles.masks = ["\(name)=public"]
            try await ServiceFixture.run(embedders: Self.models, roles: roles) { other in
                let bound = try ServiceFixture.client(other.authority, port: other.port, name: name)
                let ofBound = try await bound.search.query(request, options: .init()).nextPageToken
                for (client, token) in [(bound, token), (free, ofBound)] {
                    request.pageToken = token
                    let asked = request
                    let error = await ServiceFixture.failure { try await client.search.query(asked, options: .init()) }
                    #expect(error?.reason == "PAGE_TOKEN_EXPIRED", "\(String(describing: error))")
                }
                await bound.close()
            }
            await free.close()
        }
    }
}
