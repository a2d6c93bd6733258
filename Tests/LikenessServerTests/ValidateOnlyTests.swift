import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// Requests that are checked and not carried out.
@Suite(.freshDatabase) struct ValidateOnlyTests {
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")

    private static func text(_ text: String, _ mode: SearchMode = .hybrid) -> Query {
        Query(ask: .text(.init(text: text, mode: mode)))
    }

    private static func like(_ slugs: [String], unlike: [String] = []) -> Query {
        func keys(_ slugs: [String]) -> [ProfileKey] { slugs.map { ProfileKey(key: .slug($0)) } }
        return Query(ask: .examples(.init(positive: keys(slugs), negative: keys(unlike))))
    }

    private static func fusion(_ queries: [Query]) -> Query {
        Query(ask: .fusion(.init(queries: queries.map { SubQuery(query: $0) })))
    }

    private static let vector = Query(ask: .vector(.init(values: embedder.vector("nurse"))))

    private static let right: [QueryRequest] = [
        QueryRequest(query: text("nurse")), QueryRequest(query: text("nurse", .text), filter: "slug = \"ada\""),
        QueryRequest(query: text("\"a\" -b c*", .vector), limit: 1_000), QueryRequest(query: vector, precision: .exact),
        QueryRequest(query: like(["ada"])), QueryRequest(query: fusion([text("a"), vector, like(["ada"])])),
        QueryRequest(query: text("nurse"), pageWindow: 100), QueryRequest(query: text("nurse"), mask: "brief"),
        QueryRequest(query: text("nurse"), embeddingSpace: "all-MiniLM-L6-v2"),
        QueryRequest(query: text("nurse"), groupBy: .section),
    ]

    private static let wrong: [QueryRequest] = [
        QueryRequest(), QueryRequest(query: Query()), QueryRequest(query: text("")),
        QueryRequest(query: text("nurse"), limit: 1_001), QueryRequest(query: text("nurse"), filter: "nothing = 1"),
        QueryRequest(query: text("nurse"), filter: "slug ="), QueryRequest(query: text("nurse"), mask: "none"),
        QueryRequest(query: text("nurse"), filter: "headline:a", mask: "brief"),
        QueryRequest(query: text("nurse"), embeddingSpace: "none"), QueryRequest(query: vector, embeddingSpace: "none"),
        QueryRequest(query: Query(ask: .vector(.init(values: [1, 2])))),
        QueryRequest(query: Query(ask: .vector(.init(values: [Float](repeating: 0, count: 384))))),
        QueryRequest(query: text("a*")), QueryRequest(query: text("nurse -doct*", .text)),
        QueryRequest(query: like(["nobody"])), QueryRequest(query: like(["ada"], unlike: ["ada"])),
        QueryRequest(query: fusion([text("a"), text("b*", .text)])),
        QueryRequest(query: fusion([fusion([fusion([fusion([text("a")])])])])),
        QueryRequest(query: fusion(Array(repeating: fusion([text("a"), text("b")]), count: 6))),
        QueryRequest(query: text("nurse"), precision: .init(rawValue: 9)),
        QueryRequest(query: text("nurse"), pageToken: "forged"),
        QueryRequest(query: text("nurse"), consistencyToken: "x"),
        QueryRequest(query: text("nurse"), pageWindow: 10_001),
        QueryRequest(query: text("nurse"), readMask: .init(paths: ["salary"])),
        QueryRequest(query: text("nurse"), sectionsPerHit: 11),
        QueryRequest(query: text("nurse"), sectionsPerHit: 1, groupBy: .section),
        QueryRequest(query: text("nurse"), pageWindow: 10, groupBy: .section),
        QueryRequest(query: text("nurse"), pageToken: "forged", groupBy: .section),
        QueryRequest(query: text("nurse"), groupBy: .init(rawValue: 9)),
        QueryRequest(query: text("nurse"), facetOptions: FacetOptions(limit: 1)),
    ]

    private static func fill(_ fixture: ServiceFixture) async throws {
        let client = fixture.client
        _ = try await client.profiles.batchUpsertProfiles(
            .init(profiles: [Profile(slug: "ada", displayName: "Ada", summary: "nurse")], waitFor: .embedded),
            options: .init()
        )
        let hiding = Mask(name: "brief", configuration: MaskConfiguration(hiddenFields: ["headline"]))
        _ = try await client.admin.createMask(.init(mask: hiding), options: .init())
    }

    @Test func `what is right has an empty answer, and nothing is embedded, searched or kept`() async throws {
        let embedder = FakeEmbedder(modelID: Self.embedder.modelID)
        try await ServiceFixture.run(embedders: EmbedderRegistry([embedder])) { fixture in
            try await Self.fill(fixture)
            let search = fixture.client.search
            let embedded = embedder.statistics.sequences
            for var request in Self.right {
                request.validateOnly = true
                #expect(try await search.query(request, options: .init()) == QueryResponse(), "\(request)")
                let batch = try await search.queryBatch(.init(queries: [request]), options: .init())
                #expect(batch.results == [.init(result: .response(QueryResponse()))], "\(request)")
                guard request.pageWindow == 0 else { continue }
                let pages = try await search.queryStream(.init(query: request), options: .init()) { pages in
                    var all: [QueryStreamResponse] = []
                    while let page = try await pages.next() { all.append(page) }
                    return all
                }
                #expect(pages == [QueryStreamResponse()], "\(request)")
            }
            #expect(embedder.statistics.sequences == embedded)
            let kept = try await TestDatabase.current.pool.execute(.init("", "SELECT count(*) FROM result_sets"))
            #expect(try kept.value(0, 0, as: Int64.self) == 0)
        }
    }

    @Test func `what is wrong has the error that the search has`() async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            try await Self.fill(fixture)
            let search = fixture.client.search
            func failure(_ request: QueryRequest) async -> String {
                let error = await ServiceFixture.failure { try await search.query(request, options: .init()) }
                guard let error else { return "none" }
                return "\(error) \(error.reason) \(error.violations) \(error.details.map(\.value))"
            }
            for var request in Self.wrong {
                let wanted = await failure(request)
                #expect(wanted != "none", "\(request)")
                request.validateOnly = true
                #expect(await failure(request) == wanted, "\(request)")
            }
        }
    }

    /// What belongs to a page is checked without the page.
    @Test func `a page token is checked`() async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            try await Self.fill(fixture)
            _ = try await fixture.client.profiles.batchUpsertProfiles(
                .init(profiles: [Profile(slug: "ben", displayName: "Ben", summary: "nurse")]),
                options: .init()
            )
            var request = QueryRequest(query: Self.text("nurse", .text), limit: 1, pageWindow: 10)
            request.pageToken = try await fixture.client.search.query(request, options: .init()).nextPageToken
            #expect(!request.pageToken.isEmpty)
            request.validateOnly = true
            #expect(try await fixture.client.search.query(request, options: .init()) == QueryResponse())
            request.filter = "slug = \"ada\""
            let error = await ServiceFixture.failure {
                try await fixture.client.search.query(request, options: .init())
            }
            #expect(error?.violations.first?.ruleID == "page_token.query", "\(String(describing: error))")
        }
    }
}
