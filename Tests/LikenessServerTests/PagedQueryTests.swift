import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// Pages of rankings that are kept, as clients see them.
@Suite(.freshDatabase) struct PagedQueryTests {
    private static func person(_ number: Int, _ deed: String = "Sailed to port") -> Profile {
        Profile(
            slug: "sailor-\(number)",
            displayName: "Sailor \(number)",
            summary: "\(deed) number\(number).",
            tags: number % 2 == 0 ? ["even"] : []
        )
    }

    private static func fill(_ client: LikenessClient, _ numbers: Range<Int>) async throws {
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 100) {
            let people = (start..<min(start + 100, numbers.upperBound)).map { Self.person($0) }
            let response = try await client.profiles.batchUpsertProfiles(
                .init(profiles: people, waitFor: .committed),
                options: .init()
            )
            try #require(response.results.allSatisfy { if case .upserted? = $0.result { true } else { false } })
        }
    }

    private static func words(_ text: String, mode: SearchMode = .text, size: Int32, window: Int32) -> QueryRequest {
        QueryRequest(query: .init(ask: .text(.init(text: text, mode: mode))), limit: size, pageWindow: window)
    }

    private static func slugs(_ response: QueryResponse) -> [String] { response.hits.map { $0.profile?.slug ?? "" } }

    /// All pages, each asked of the next client in turn.
    private static func pages(
        _ request: QueryRequest,
        _ clients: [LikenessClient],
        between: (Int) async throws -> Void = { _ in }
    ) async throws -> [QueryResponse] {
        var request = request
        var pages: [QueryResponse] = []
        repeat {
            let response = try await clients[pages.count % clients.count].search.query(request, options: .init())
            pages.append(response)
            request.pageToken = response.nextPageToken
            try await between(pages.count)
        } while !request.pageToken.isEmpty && pages.count < 50
        return pages
    }

    /// Creates, changes and deletes people until it is cancelled.
    private static func writing(_ client: LikenessClient) -> Task<Void, any Error> {
        Task {
            for number in 0..<400 where !Task.isCancelled {
                switch number % 3 {
                case 0: try await Self.fill(client, (2_000 + number)..<(2_001 + number))
                case 1:
                    // Other words: it would rank elsewhere now.
                    let changed = [Self.person(number * 2 + 1, "Left the sea")]
                    _ = try await client.profiles.batchUpsertProfiles(.init(profiles: changed), options: .init())
                default:
                    _ = try await client.profiles.deleteProfile(
                        .init(key: .init(key: .slug("sailor-\(number * 2)"))),
                        options: .init()
                    )
                }
            }
        }
    }

    @Test func `ten pages of a hundred agree while people are written, changed and deleted`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await Self.fill(fixture.client, 0..<1_000)
            let request = Self.words("port", size: 100, window: 1_000)
            var writer: Task<Void, any Error>?
            let pages = try await Self.pages(request, [fixture.client]) { _ in
                // Once the ranking is kept.
                writer = writer ?? Self.writing(fixture.client)
            }
            writer?.cancel()
            _ = try? await writer?.value
            let found = pages.flatMap(Self.slugs)
            let vanished = pages.reduce(0) { $0 + Int($1.vanishedCount) }
            #expect(pages.count == 10 && pages.allSatisfy { $0.totalSize == 1_000 })
            #expect(pages.map(\.firstPlace) == (0..<10).map { $0 * 100 + 1 })
            #expect(Set(found).count == found.count && found.count + vanished == 1_000)
            #expect(pages.allSatisfy { $0.totalSizeKind == pages[0].totalSizeKind && $0.strategy == "text" })
            #expect(zip(pages.flatMap(\.hits), pages.flatMap(\.hits).dropFirst()).allSatisfy { $0.score >= $1.score })
            // None is left out but the deleted.
            let gone = Set((0..<1_000).map { "sailor-\($0)" }).subtracting(found)
            for slug in gone {
                let profile = try await fixture.client.profiles.getProfile(
                    .init(key: .init(key: .slug(slug))),
                    options: .init()
                ).profile
                #expect(profile?.deleteTime != nil, "\(slug)")
            }
        }
    }

    @Test(arguments: [SearchMode.text, .vector, .hybrid], ["", "tags:\"even\""])
    func `pages from two daemons are the hits of one search`(mode: SearchMode, filter: String) async throws {
        let models = EmbedderRegistry([FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")])
        try await ServiceFixture.run(embedders: models) { fixture in
            let people = (0..<60).map { Self.person($0) }
            _ = try await fixture.client.profiles.batchUpsertProfiles(
                .init(profiles: people, waitFor: .embedded),
                options: .init()
            )
            try await ServiceFixture.run(embedders: models) { other in
                var request = Self.words("port number7", mode: mode, size: 60, window: 0)
                request.filter = filter
                let whole = try await fixture.client.search.query(request, options: .init())
                #expect(whole.nextPageToken.isEmpty && whole.totalSize == 0 && whole.firstPlace == 0)
                request.limit = 7
                request.pageWindow = 60
                let pages = try await Self.pages(request, [fixture.client, other.client])
                #expect(pages.count == (filter.isEmpty ? 9 : 5))
                #expect(pages.allSatisfy { $0.totalSize == Int64(whole.hits.count) && $0.vanishedCount == 0 })
                let hits = pages.flatMap(\.hits)
                #expect(hits.map(\.profile?.id) == whole.hits.map(\.profile?.id))
                for (hit, wanted) in zip(hits, whole.hits) {
                    #expect(hit.score == wanted.score && hit.section == wanted.section)
                    #expect(hit.evidence == wanted.evidence && hit.highlights == wanted.highlights)
                }
                #expect(pages.allSatisfy { $0.completeness == pages[0].completeness })
                #expect(pages.dropLast().allSatisfy { $0.pageExpireTime != nil })
            }
        }
    }

    // MARK: Fusions and examples

    private static let deeds = ["Sailed to port", "Baked rye bread", "Dived for pearls", "Mined copper ore"]

    /// People with two deeds each, of which one is an experience.
    private static func fill(_ client: LikenessClient, workers count: Int) async throws {
        let people = (0..<count).map { number in
            var person = Self.person(number, Self.deeds[number % 4])
            person.experiences = [
                Experience(title: "Work \(number % 5)", organization: "Guild", description: Self.deeds[number / 4 % 4])
            ]
            return person
        }
        _ = try await client.profiles.batchUpsertProfiles(.init(profiles: people, waitFor: .embedded), options: .init())
    }

    private static func like(_ positive: String, unlike negative: String? = nil, shown: Bool = false) -> Query {
        func key(_ slug: String) -> ProfileKey { ProfileKey(key: .slug(slug)) }
        return Query(
            ask: .examples(
                .init(
                    positive: [key(positive)],
                    negative: [negative].compactMap { $0.map(key) },
                    includeExamples: shown
                )
            )
        )
    }

    private static func text(_ text: String, _ mode: SearchMode) -> Query {
        Query(ask: .text(.init(text: text, mode: mode)))
    }

    private static func fused(_ queries: [Query], _ method: FusionMethod = .linear) -> Query {
        Query(ask: .fusion(.init(queries: queries.map { SubQuery(query: $0) }, method: method)))
    }

    @Test func `pages of fusions and examples are the hits of one search`() async throws {
        let models = EmbedderRegistry([FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")])
        try await ServiceFixture.run(embedders: models) { fixture in
            try await Self.fill(fixture.client, workers: 60)
            let words = Self.text("bread number7 -pearls", .text)
            let queries = [
                Self.like("sailor-3", unlike: "sailor-8"), Self.like("sailor-3", shown: true),
                Self.fused([words, Self.text("sailed to port", .vector)]),
                Self.fused([words, Self.text("copper number9", .hybrid)], .reciprocalRank),
                Self.fused([
                    Self.fused([Self.text("ore", .text), Self.like("sailor-4")], .reciprocalRank),
                    Self.text("number11 pearls", .hybrid),
                ]),
            ]
            try await ServiceFixture.run(embedders: models) { other in
                for (index, query) in queries.enumerated() {
                    for filter in ["", "tags:even"] {
                        var request = QueryRequest(query: query, limit: 60, filter: filter)
                        let whole = try await fixture.client.search.query(request, options: .init())
                        request.limit = 7
                        request.pageWindow = 60
                        let pages = try await Self.pages(request, [fixture.client, other.client])
                        let hits = pages.flatMap(\.hits)
                        #expect(pages.count > 2 && hits.map(\.profile?.id) == whole.hits.map(\.profile?.id), "\(index)")
                        for (hit, wanted) in zip(hits, whole.hits) { #expect(hit == wanted, "\(index)") }
                        #expect(hits.contains { $0.evidence.contains { $0.query > 1 } }, "\(index)")
                        for page in pages {
                            #expect(page.derivedQuery == whole.derivedQuery && page.strategy == whole.strategy)
                            #expect(page.totalSize == Int64(whole.hits.count) && page.vanishedCount == 0)
                            #expect(page.completeness == whole.completeness)
                            #expect(page.embeddingSpace == whole.embeddingSpace)
                        }
                    }
                }
            }
        }
    }

    @Test func `pages of examples go on when the examples are gone, and show what sections are called now`()
        async throws
    {
        let models = EmbedderRegistry([FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")])
        try await ServiceFixture.run(embedders: models) { fixture in
            let client = fixture.client
            try await Self.fill(client, workers: 24)
            var request = QueryRequest(query: Self.like("sailor-3"), limit: 30)
            let whole = try await client.search.query(request, options: .init())
            request.limit = 5
            request.pageWindow = 100
            let first = try await client.search.query(request, options: .init())
            #expect(first.totalSize == Int64(whole.hits.count) && first.totalSizeKind == .exact)
            #expect(whole.hits.count > 15 && first.derivedQuery != nil)

            _ = try await client.profiles.deleteProfile(.init(key: .init(key: .slug("sailor-3"))), options: .init())
            let key = ProfileKey(key: .slug(Self.slugs(whole)[10]))
            var person = try #require(try await client.profiles.getProfile(.init(key: key), options: .init()).profile)
            person.experiences[0].title = "Other"
            _ = try await client.profiles.updateProfile(
                .init(key: key, profile: person, updateMask: .init(paths: ["experiences"])),
                options: .init()
            )
            let gone = Self.slugs(whole)[12]
            _ = try await client.profiles.deleteProfile(.init(key: .init(key: .slug(gone))), options: .init())

            request.pageToken = first.nextPageToken
            request.limit = 30
            let rest = try await client.search.query(request, options: .init())
            #expect(Self.slugs(rest) == Self.slugs(whole).dropFirst(5).filter { $0 != gone })
            #expect(
                rest.derivedQuery == first.derivedQuery && rest.strategy == "examples" && rest.nextPageToken.isEmpty
            )
            #expect(rest.vanishedCount == 1 && rest.totalSize == first.totalSize)
            let titles = rest.hits[5].evidence.compactMap(\.section).filter { $0.kind == .experience }.map(\.title)
            #expect(titles == ["Other, Guild"])
        }
    }

    @Test func `bad requests for pages name their field`() async throws {
        let roles = ServerConfiguration.Roles(
            admin: ["URI:spiffe://test/admin"],
            reader: ["URI:spiffe://test/other"]
        )
        try await ServiceFixture.run(embeds: false, roles: roles) { fixture in
            try await Self.fill(fixture.client, 0..<30)
            let client = fixture.client
            let request = Self.words("port", size: 5, window: 30)
            let token = try await client.search.query(request, options: .init()).nextPageToken
            #expect(!token.isEmpty)
            func changed(_ change: (inout QueryRequest) -> Void) -> QueryRequest {
                var changed = request
                changed.pageToken = token
                change(&changed)
                return changed
            }
            let list = try await client.profiles.listProfiles(.init(pageSize: 5), options: .init()).nextPageToken
            let flipped = String(token.dropLast()) + (token.hasSuffix("0") ? "1" : "0")
            let cases: [(QueryRequest, LikenessError.Code, String)] = [
                (changed { $0.pageToken = flipped }, .invalidArgument, "page_token"),
                (changed { $0.pageToken = String(token.dropLast(4)) }, .invalidArgument, "page_token"),
                (changed { $0.pageToken = list }, .invalidArgument, "page_token"),
                (changed { $0.pageToken = String(repeating: "A", count: 1_001) }, .invalidArgument, "page_token"),
                (
                    changed { $0.query = .init(ask: .text(.init(text: "number7", mode: .text))) }, .invalidArgument,
                    "page_token"
                ),
                (changed { $0.filter = "tags:\"even\"" }, .invalidArgument, "page_token"),
                (changed { $0.minScore = 0.5 }, .invalidArgument, "page_token"),
                (changed { $0.pageWindow = 29 }, .invalidArgument, "page_token"),
                (changed { $0.limit = 1_001 }, .invalidArgument, "limit"),
                (Self.words("port", size: 5, window: -1), .invalidArgument, "page_window"),
                (Self.words("port", size: 5, window: 10_001), .invalidArgument, "page_window"),
                (changed { $0.mask = "public" }, .invalidArgument, "mask"),
                (
                    changed { $0.query = .init(ask: .fusion(.init(queries: [.init(query: request.query)]))) },
                    .invalidArgument, "page_token"
                ),
            ]
            for (number, (request, code, field)) in cases.enumerated() {
                let failure = await ServiceFixture.failure {
                    try await client.search.query(request, options: .init())
                }
                #expect(failure?.code == code, "\(number): \(String(describing: failure))")
                #expect(failure?.violations.first?.field ?? "" == field, "\(number): \(String(describing: failure))")
            }
            // Another caller's is as good as none.
            let stranger = try ServiceFixture.client(
                fixture.authority,
                port: fixture.port,
                name: "URI:spiffe://test/other"
            )
            let failure = await ServiceFixture.failure {
                try await stranger.search.query(changed { _ in }, options: .init())
            }
            #expect(failure?.code == .invalidArgument && failure?.violations.first?.field == "page_token")
            await stranger.close()
            // Page sizes may differ, and highlights.
            let rest = changed {
                $0.limit = 20
                $0.skipHighlights = true
            }
            #expect(try await client.search.query(rest, options: .init()).hits.count == 20)
            // A stream keeps nothing.
            let streamed = await ServiceFixture.failure {
                try await client.search.queryStream(.init(query: request), options: .init()) {
                    _ = try await $0.next()
                }
            }
            #expect(streamed?.violations.first?.field == "query.page_window")
        }
    }
}
