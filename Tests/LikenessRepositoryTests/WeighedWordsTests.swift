import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Searches by words through weights of kinds: of those whom the index of words names so many are weighed as can be among the hits.
@Suite(.freshDatabase) struct WeighedWordsTests {
    @Test func `the first that are named are weighed until no other can come before them`() async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 29)
            _ = try await FacetTests.store((0..<400).map { FacetTests.person($0, &random) }, fixture)
            let masks = MaskRepository(database: fixture.database, pageTokens: PageTokens())
            var attempts: [Int] = []
            for (name, weights) in [
                ("less", [SectionWeight(kind: .summary, weight: 0.5)]),
                ("none", [SectionWeight(kind: .summary, weight: 0)]),
                ("skills", [SectionWeight(kind: .skills, weight: 3), SectionWeight(kind: .experience, weight: 2)]),
            ] {
                let rules = MaskConfiguration(excludeTags: ["c c"], weights: weights)
                _ = try await masks.create(Mask(name: name, configuration: rules))
                let view = try await masks.view(bound: [], requested: name)
                for text in [
                    "alpha", "beta", "alpha beta", "beta gamma delta", "alpha epsilon1", "person", "alpha -gamma",
                ] {
                    for (limit, minScore) in [(1, 0.0), (3, 0), (10, 0), (10, 0.4), (20, 0)] {
                        var query = SearchQuery(.text(text))
                        (query.view, query.limit, query.minScore) = (view, limit, minScore)
                        let found = try await fixture.search.search(query)
                        let recorder = SearchRecorder()
                        let explained = try await fixture.search.explain(query, plans: .none, recorder: recorder)
                        attempts.append(explained.statements.count { $0.name == "rank_text" })
                        query.precision = .exact
                        let all = try await fixture.search.search(query)
                        #expect(found.hits == all.hits, "\(name) \(text) \(limit) \(minScore)")
                        #expect(found.completeness == all.completeness, "\(name) \(text) \(limit) \(minScore)")
                    }
                }
            }
            // Some are sure with the first who are named, others are not.
            #expect(attempts.contains(1) && attempts.contains { $0 > 1 }, "\(attempts)")
        }
    }
}
