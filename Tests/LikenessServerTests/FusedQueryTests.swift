import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

/// Fused queries and examples, as clients see them.
@Suite(.freshDatabase) struct FusedQueryTests {
    private static let people = [
        ("ada", "Nurse in a field hospital", "Nursed wounded soldiers through two winters."),
        ("ben", "Hospital matron", "Led the nurses of a hospital for wounded soldiers."),
        ("cleo", "Army surgeon", "Operated on soldiers in a field hospital."),
        ("dan", "Baker", "Baked rye bread and cakes for a small town."),
        ("eva", "Pastry cook", "Baked cakes and bread for a grand hotel."),
        ("fay", "Sailor", "Sailed clipper ships around the Horn."),
    ]

    private static func fill(_ fixture: ServiceFixture) async throws {
        let profiles = Self.people.map { slug, title, summary in
            Profile(
                slug: slug,
                displayName: slug,
                summary: summary,
                experiences: [Experience(title: title, organization: "Somewhere")]
            )
        }
        _ = try await fixture.client.profiles.batchUpsertProfiles(
            .init(profiles: profiles, waitFor: .embedded),
            options: .init()
        )
    }

    private static func like(_ positive: [String], unlike negative: [String] = []) -> Query {
        func keys(_ slugs: [String]) -> [ProfileKey] { slugs.map { ProfileKey(key: .slug($0)) } }
        return Query(ask: .examples(.init(positive: keys(positive), negative: keys(negative))))
    }

    private static func text(_ text: String, _ mode: SearchMode = .hybrid) -> Query {
        Query(ask: .text(.init(text: text, mode: mode)))
    }

    private static func slugs(_ response: QueryResponse) -> [String] { response.hits.map { $0.profile?.slug ?? "" } }

    @Test func `examples are answered with what they came to`() async throws {
        try await ServiceFixture.run { fixture in
            try await Self.fill(fixture)
            let answer = try await fixture.client.search.query(
                .init(query: Self.like(["ada"]), limit: 2),
                options: .init()
            )
            #expect(Set(Self.slugs(answer)) == ["ben", "cleo"] && answer.strategy == "examples")
            let derived = try #require(answer.derivedQuery)
            #expect(derived.queries.count == 2, "a summary and an experience")
            // Asked instead it has the same scores, and the example too.
            let again = try await fixture.client.search.query(
                .init(query: Query(ask: .fusion(derived)), limit: 3),
                options: .init()
            )
            #expect(Self.slugs(again).first == "ada" && again.strategy == "fusion_linear" && again.derivedQuery == nil)
            for (hit, wanted) in zip(again.hits.dropFirst(), answer.hits) {
                #expect(hit.profile?.id == wanted.profile?.id && abs(hit.score - wanted.score) < 1e-6)
            }
            let streamed = try await fixture.client.search.queryStream(
                .init(query: .init(query: Self.like(["ada"], unlike: ["cleo"]), limit: 1)),
                options: .init()
            ) { responses in
                var slugs: [String] = []
                while let response = try await responses.next() {
                    slugs += response.hits.map { $0.profile?.slug ?? "" }
                }
                return slugs
            }
            #expect(streamed == ["ben"])
        }
    }

    @Test func `a text and an example together find who is both`() async throws {
        try await ServiceFixture.run { fixture in
            try await Self.fill(fixture)
            let both = Query(
                ask: .fusion(
                    .init(queries: [
                        .init(query: Self.text("bakes for hotels")), .init(query: Self.like(["dan"]), weight: 0.5),
                    ])
                )
            )
            let answer = try await fixture.client.search.query(.init(query: both, limit: 3), options: .init())
            #expect(Self.slugs(answer).first == "eva" && !Self.slugs(answer).contains("dan"))
            #expect(answer.derivedQuery == nil && answer.embeddingSpace == "all-MiniLM-L6-v2")
            #expect(answer.hits.first?.evidence.map(\.query).contains(1) == true)
            #expect(answer.hits.first?.section != nil && answer.hits.first?.highlights.isEmpty == false)
        }
    }

    @Test func `bad queries name their field`() async throws {
        try await ServiceFixture.run { fixture in
            try await Self.fill(fixture)
            func fused(_ queries: [SubQuery], _ constant: Int32 = 0) -> Query {
                Query(ask: .fusion(.init(queries: queries, rankConstant: constant)))
            }
            func nested(_ depth: Int) -> Query {
                depth == 0 ? Self.text("bread", .text) : fused([.init(query: nested(depth - 1))])
            }
            let path = "query.fusion.queries[0].query"
            let cases: [(Query, String)] = [
                (Query(ask: .examples(.init())), "query.examples.positive"),
                (Self.like(Array(repeating: "ada", count: 21)), "query.examples.positive"),
                (Self.like(["ada"], unlike: Array(repeating: "dan", count: 21)), "query.examples.negative"),
                (Self.like(["ada", "nobody"]), "query.examples.positive[1]"),
                (Self.like(["ada"], unlike: ["ada"]), "query.examples.negative[0]"),
                (fused([]), "query.fusion.queries"),
                (fused(Array(repeating: .init(query: Self.text("a")), count: 11)), "query.fusion.queries"),
                (fused([.init()]), path), (fused([.init(query: Query())]), "\(path).ask"),
                (fused([.init(query: Self.text(" "))]), "\(path).text.text"),
                (fused([.init(query: Self.text("a"), weight: -1)]), "query.fusion.queries[0].weight"),
                (fused([.init(query: Self.text("a"), weight: .nan)]), "query.fusion.queries[0].weight"),
                (fused([.init(query: Self.text("a"))], -1), "query.fusion.rank_constant"),
                (nested(4), "query.fusion.queries[0].query.fusion.queries[0].query.fusion.queries[0].query.fusion"),
                (fused([.init(query: Self.like(["nobody"]))]), "\(path).examples.positive[0]"),
                // Two of the examples' kinds of sections, five times, and one more.
                (
                    fused(
                        Array(repeating: .init(query: Self.like(["ada"])), count: 5) + [.init(query: Self.text("a"))]
                    ),
                    "query.fusion.queries[5].query"
                ),
            ]
            for (query, field) in cases {
                let failure = await ServiceFixture.failure {
                    try await fixture.client.search.query(.init(query: query), options: .init())
                }
                #expect(failure?.code == .invalidArgument, "\(field): \(String(describing: failure))")
                #expect(
                    failure?.violations.map(\.field).contains(field) == true,
                    "\(field): \(String(describing: failure))"
                )
            }
            #expect(
                Self.slugs(try await fixture.client.search.query(.init(query: nested(3)), options: .init())).count == 2
            )
        }
    }
}
