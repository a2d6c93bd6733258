import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// Errors of searches name the field in the request that was sent, in the message as in the detail.
@Suite(.freshDatabase) struct QueryErrorsTests {
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")

    private static func text(_ text: String, _ mode: SearchMode = .hybrid) -> Query {
        Query(ask: .text(.init(text: text, mode: mode)))
    }

    private static func fusion(_ queries: Query...) -> Query {
        Query(ask: .fusion(.init(queries: queries.map { SubQuery(query: $0) })))
    }

    private static let vector = Query(ask: .vector(.init(values: [1, 2])))

    /// What is wrong, and its path in a `QueryRequest`.
    private static let wrong: [(QueryRequest, String)] = [
        (QueryRequest(query: text("a"), limit: 1_001), "limit"),
        (QueryRequest(query: text("a"), filter: "nothing = 1"), "filter"),
        (QueryRequest(query: text("a"), mask: "nobody"), "mask"),
        (QueryRequest(query: text("a*", .text)), "query.text.text"),
        (QueryRequest(query: vector), "query.vector.values"),
        (QueryRequest(query: fusion(text("a"), text("a*"))), "query.fusion.queries[1].query.text.text"),
        (QueryRequest(query: fusion(text("a"), text("a*", .text))), "query.fusion.queries[1].query.text.text"),
        (
            QueryRequest(query: fusion(text("a"), fusion(vector))),
            "query.fusion.queries[1].query.fusion.queries[0].query.vector.values"
        ),
        (QueryRequest(query: text("a"), facetOptions: FacetOptions(limit: 1)), "facet_options"),
    ]

    @Test func `every method names the field by its path, in message and detail`() async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            let search = fixture.client.search
            for (request, path) in Self.wrong {
                var checked = request
                checked.validateOnly = true
                let validated = checked
                let errors = [
                    (path, await ServiceFixture.failure { try await search.query(request, options: .init()) }),
                    (path, await ServiceFixture.failure { try await search.query(validated, options: .init()) }),
                    (
                        "query." + path,
                        await ServiceFixture.failure {
                            try await search.queryStream(.init(query: request), options: .init()) { pages in
                                while try await pages.next() != nil {}
                            }
                        }
                    ),
                    (
                        "query." + path,
                        await ServiceFixture.failure {
                            try await search.explainQuery(.init(query: request), options: .init())
                        }
                    ),
                ]
                for (path, error) in errors {
                    #expect(error?.code == .invalidArgument && error?.violations.map(\.field) == [path], "\(path)")
                    #expect(error?.message.hasPrefix(path + " ") == true, "\(path): \(error?.message ?? "none")")
                }
            }
        }
    }

    @Test func `a search by both that has compared all is exact`() async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            let client = fixture.client
            // More sections than the window of a search, of which a filter lets few through.
            let people = (0..<250).map {
                Profile(slug: "p\($0)", displayName: "P \($0)", summary: "Nurse \($0)", tags: $0 < 7 ? ["few"] : [])
            }
            for start in stride(from: 0, to: people.count, by: 50) {
                _ = try await client.profiles.batchUpsertProfiles(
                    .init(profiles: Array(people[start..<start + 50]), waitFor: .embedded),
                    options: .init()
                )
            }
            _ = try await client.admin.createMask(.init(mask: Mask(name: "all")), options: .init())
            for mask in ["", "all"] {
                var request = QueryRequest(query: Self.text("nurse"), filter: "tags:few", mask: mask, facets: ["tags"])
                let few = try await client.search.query(request, options: .init())
                #expect(few.hits.count == 7 && few.completeness?.level == .exact, "\(few)")
                #expect(few.facets.first?.countKind == .exact && few.facets.first?.profileCount == 7)
                request.filter = ""
                let many = try await client.search.query(request, options: .init())
                #expect(many.completeness?.level == .approximate && many.facets.first?.countKind == .atLeast)
            }
        }
    }
}
