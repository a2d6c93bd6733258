import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Fusions and examples against what their parts say one by one.
@Suite(.freshDatabase) struct FusedSearchTests {
    private static let deeds = [
        "wove silk carpets", "baked rye bread", "dived for pearls", "mined copper ore", "flew mail planes",
        "nursed wounded soldiers", "farmed sugar beet", "forged iron gates", "sang baroque arias",
        "sailed clipper ships",
    ]

    /// 300 people, more than a query names: two deeds each, of which one is their summary.
    private static func fill(_ fixture: RepositoryFixture, count: Int = 300) async throws {
        let people = (0..<count).map { number in
            let (first, second) = (Self.deeds[number % 10], Self.deeds[number / 10 % 10])
            var person = Samples.named("Person \(number)", slug: "person-\(number)", summary: "\(first) \(number % 7)")
            person.experiences = [Experience(title: "Work", organization: "Guild \(number % 3)", description: second)]
            person.skills = [Skill(name: String(first.split(separator: " ")[1]))]
            return person
        }
        for start in stride(from: 0, to: count, by: 100) {
            let (results, _) = try await fixture.profiles.batchUpsert(Array(people[start..<min(start + 100, count)]))
            for result in results { _ = try result.get() }
        }
        try await fixture.embedAll()
    }

    private static func vector(_ text: String) -> SearchFusion.Leaf { .init(.vector(WordVectors.vector(text))) }

    /// What each leaf says of everybody: its own search, with room for all.
    private static func everything(
        _ fusion: SearchFusion,
        _ fixture: RepositoryFixture,
        filter: Filter? = nil
    ) async throws -> SearchFusion.LeafScores {
        var scores: SearchFusion.LeafScores = []
        for leaf in fusion.leaves {
            var query = SearchQuery(leaf.ask)
            query.limit = 1_000
            query.precision = .exact
            query.filter = filter
            let hits = try await fixture.search.search(query).hits
            scores.append(
                Dictionary(
                    uniqueKeysWithValues: hits.enumerated().map {
                        ($1.profile?.id ?? "", .init(score: $1.score, rank: $0 + 1))
                    }
                )
            )
        }
        return scores
    }

    @Test func `each hit has the score of all queries, also of those that found it beyond their best`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let inner = SearchFusion(
                .linear,
                [.init(.leaf(Self.vector("forged iron gates"))), .init(.leaf(.init(.text("Guild copper -planes"))))]
            )
            let fusion = SearchFusion(
                .linear,
                [
                    .init(.leaf(Self.vector("sailed clipper ships")), weight: 2),
                    .init(
                        .leaf(.init(.hybrid(text: "silk carpets", vector: WordVectors.vector("silk carpets")))),
                        weight: 0.5
                    ), .init(.fusion(inner)),
                ]
            )
            for filter in [nil, try Filter("experiences.organization:\"Guild 1\"")] {
                let all = try await Self.everything(fusion, fixture, filter: filter)
                #expect(filter != nil || all.contains { $0.count > 120 }, "more than the 100 that a query names")
                let plain = SearchFusion.ranked(fusion.scores(all)).prefix(10)
                var query = SearchQuery(.fusion(fusion))
                query.filter = filter
                let answer = try await fixture.search.search(query)
                #expect(answer.hits.count == 10 && answer.strategy == "fusion_linear")
                for (hit, wanted) in zip(answer.hits, plain) {
                    #expect(abs(hit.score - wanted.score) < 1e-6)
                    #expect(abs(hit.score - (fusion.scores(all)[hit.profile?.id ?? ""] ?? 0)) < 1e-6)
                }
                let (first, evidence) = (try #require(answer.hits.first), answer.hits.flatMap(\.evidence))
                #expect(first.section != nil && !first.highlights.isEmpty)
                #expect(Set(evidence.map(\.query)).isSubset(of: [1, 2, 3, 4]) && evidence.contains { $0.query == 4 })
            }
        }
    }

    @Test func `ranks are added, and the first are those of a larger limit`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let fusion = SearchFusion(
                .reciprocalRank(constant: 60),
                [.init(.leaf(Self.vector("mined copper ore"))), .init(.leaf(.init(.text("silk ore bread"))))]
            )
            var all = try await Self.everything(fusion, fixture)
            for leaf in all.indices { all[leaf] = all[leaf].filter { ($0.value.rank ?? 0) <= 100 } }
            let plain = SearchFusion.ranked(fusion.scores(all))
            var query = SearchQuery(.fusion(fusion))
            query.limit = 50
            let many = try await fixture.search.search(query).hits
            #expect(many.map(\.profile?.id) == plain.prefix(50).map(\.id))
            query.limit = 10
            let answer = try await fixture.search.search(query)
            #expect(answer.hits.map(\.profile?.id) == many.prefix(10).map(\.profile?.id))
            #expect(answer.strategy == "fusion_reciprocal_rank" && answer.completeness.level == .approximate)
            query.minScore = many[4].score
            #expect(try await fixture.search.search(query).hits.count == 5)
        }
    }

    @Test func `an answer is exact when nobody behind the best of each query could be in it`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture, count: 60)
            let fusion = SearchFusion(
                .linear,
                [.init(.leaf(Self.vector("sang baroque arias"))), .init(.leaf(.init(.text("iron"))))]
            )
            let answer = try await fixture.search.search(SearchQuery(.fusion(fusion)))
            #expect(answer.completeness == Completeness(level: .exact))
            var query = SearchQuery(.fusion(SearchFusion(.linear, [.init(.leaf(.init(.text("- -"))))])))
            query.withHighlights = false
            #expect(try await fixture.search.search(query).completeness.level == .truncated)
        }
    }

    @Test func `examples find those like them and not themselves`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture, count: 100)
            func examples(
                _ positive: [String],
                _ negative: [String] = []
            ) async throws -> (fusion: SearchFusion, examples: Set<String>, space: String) {
                try await fixture.search.fusion(
                    positive: positive.map { .slug($0) },
                    negative: negative.map { .slug($0) },
                    space: "",
                    path: "query.examples",
                    at: nil,
                    deadline: nil
                )
            }
            // "sailed clipper ships" in both places.
            let found = try await examples(["person-99"])
            #expect(found.space == "all-MiniLM-L6-v2" && found.examples.count == 1 && found.fusion.parts.count == 3)
            var query = SearchQuery(.fusion(found.fusion))
            query.limit = 5
            let with = try await fixture.search.search(query).hits
            #expect(with.first?.profile?.slug == "person-99" && abs((with.first?.score ?? 0) - 1) < 1e-5)
            query.left = found.examples
            let without = try await fixture.search.search(query).hits
            #expect(without.map(\.profile?.id) != with.map(\.profile?.id) && without.count == 5)
            #expect(without.prefix(4).map(\.profile?.id) == with.dropFirst().map(\.profile?.id))
            #expect(without.flatMap(\.evidence).map(\.rank).min() == 1)

            // One that is not wanted drives away those like it: "baked rye bread" is what 1 has in both places... and 11.
            let mixed = try await examples(["person-90", "person-91"])
            let away = try await examples(["person-90", "person-91"], ["person-11"])
            func score(_ fusion: SearchFusion, of slug: String) async throws -> Double {
                var query = SearchQuery(.fusion(fusion))
                query.limit = 100
                return try await fixture.search.search(query).hits.first { $0.profile?.slug == slug }?.score ?? 0
            }
            #expect(try await score(away.fusion, of: "person-11") < score(mixed.fusion, of: "person-11") - 0.01)
        }
    }

    @Test func `examples that are none are named`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture, count: 3)
            _ = try await fixture.profiles.softDelete(.slug("person-1"))
            _ = try await fixture.profiles.create(Samples.named("New", slug: "new"))
            func failure(_ positive: [ProfileKey], _ negative: [ProfileKey] = []) async -> RepositoryError? {
                do throws(RepositoryError) {
                    _ = try await fixture.search.fusion(
                        positive: positive,
                        negative: negative,
                        space: "",
                        path: "query.examples",
                        at: nil,
                        deadline: nil
                    )
                    return nil
                } catch {
                    return error
                }
            }
            func none(_ key: String) -> String { "is no live profile: \"\(key)\"" }
            #expect(await failure([.slug("person-0")]) == nil)
            #expect(
                await failure([.slug("person-0"), .slug("nobody")])
                    == .invalidField(path: "query.examples.positive[1]", reason: none("nobody"))
            )
            #expect(
                await failure([.slug("person-1")])
                    == .invalidField(path: "query.examples.positive[0]", reason: none("person-1"))
            )
            #expect(
                await failure([.slug("person-0")], [.id("00000000-0000-0000-0000-000000000000")])
                    == .invalidField(
                        path: "query.examples.negative[0]",
                        reason: none("00000000-0000-0000-0000-000000000000")
                    )
            )
            #expect(
                await failure([.slug("person-0")], [.slug("person-2"), .slug("person-0")])
                    == .invalidField(path: "query.examples.negative[1]", reason: "is a positive example too")
            )
            guard case .invalidField("query.examples.positive[0].id", _)? = await failure([.id("7")]) else {
                Issue.record("an id that is none")
                return
            }
            guard
                case .failedPrecondition("NOT_EMBEDDED", "query.examples.positive[0]", _)? = await failure([
                    .slug("new")
                ])
            else {
                Issue.record("one that has no embedding yet")
                return
            }
        }
    }
}
