import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Many sections with one and the same text, more than a statement looks at.
@Suite(.freshDatabase) struct EqualVectorsTests {
    @Test func `equal sections keep no exact answer short, and its first are the first of a larger one`() async throws {
        try await RepositoryFixture.run { fixture in
            let numbers = WordVectors.vector("equal").map { "\($0)" }.joined(separator: ",")
            try await fixture.execute(
                """
                DROP INDEX embeddings_all_minilm_l6_v2_ann;
                INSERT INTO profiles (slug, display_name) SELECT 'person-' || n, 'Person' FROM generate_series(1, 300) AS n;
                INSERT INTO embeddings_all_minilm_l6_v2 (profile_id, section_id, kind, is_active, embedding)
                SELECT p.id, gen_random_uuid(), 2, true, '[\(numbers)]'
                FROM profiles p, generate_series(1, 70)
                """
            )
            var query = SearchQuery(.vector(WordVectors.vector("another")))
            query.precision = .exact
            query.withHighlights = false
            query.limit = 200
            let all = try await fixture.search.search(query).hits.compactMap(\.profile?.id)
            #expect(all.count == 200 && all == all.sorted())
            query.limit = 10
            let first = try await fixture.search.search(query)
            #expect(first.hits.compactMap(\.profile?.id) == Array(all.prefix(10)))
            #expect(first.completeness.level == .exact)
        }
    }
}
