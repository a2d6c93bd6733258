import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// The first hits are those of any larger limit, as far as `docs/search.md` promises it.
@Suite(.freshDatabase) struct LargerLimitTests {
    private static let limits = [1, 3, 10, 25, 50, 100]
    private static let filters = ["", "tags:half", "tags:sixth", "tags:few"]

    /// Profiles with some of ten words, the first ones in most of them, and tags that a half, a sixth and a twentieth have. Questions are made of the
    /// words, and of one that few have.
    private static func fill(_ fixture: RepositoryFixture) async throws {
        try await ClusteredVectors.fill(fixture, sections: 3_000)
        try await fixture.execute(
            """
            UPDATE profiles p SET tags = array_remove(ARRAY[
                    CASE WHEN n % 2 = 0 THEN 'half' END, CASE WHEN n % 6 = 0 THEN 'sixth' END, CASE WHEN n % 20 = 0 THEN 'few' END
                ], NULL),
                summary = (
                    SELECT string_agg('w' || (abs(hashint4(n * 31 + k)) % 10) * (abs(hashint4(n * 17 + k)) % 10) / 10 || 'x', ' ')
                    FROM generate_series(0, n % 5) AS k
                ) || CASE WHEN n % 300 = 7 THEN ' rarest' ELSE '' END
            FROM (SELECT id, row_number() OVER (ORDER BY slug)::int AS n FROM profiles) AS numbered
            WHERE numbered.id = p.id;
            SELECT write_profile_words(array_agg(id)) FROM profiles;
            ANALYZE
            """
        )
    }

    private struct Asked {
        let ask: SearchQuery.Ask
        let isByVector: Bool
        let filter: String
    }

    private static func questions() -> [Asked] {
        let texts = ["w0x w3x", "w1x w2x w7x", "rarest", "w8x rarest", "w0x", "person w5x"]
        return zip(texts, ClusteredVectors.questions(texts.count)).flatMap { text, vector in
            self.filters.flatMap { filter in
                [
                    Asked(ask: .vector(vector), isByVector: true, filter: filter),
                    Asked(ask: .text(text), isByVector: false, filter: filter),
                    Asked(ask: .hybrid(text: text, vector: vector), isByVector: false, filter: filter),
                ]
            }
        }
    }

    @Test(arguments: [Precision.unspecified, .exact, .approximate])
    func `the first hits are those of larger limits`(precision: Precision) async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await Self.fill(fixture)
            // An index that misses some and gives up soon, so that larger limits compare all where smaller ones need not.
            try await fixture.execute("UPDATE embedding_spaces SET ef_search = 40; SET hnsw.max_scan_tuples = 400")
            fixture.search.forgetCatalog()
            var otherStrategies = 0
            for asked in Self.questions() {
                var answers: [SearchAnswer<[Hit]>] = []
                var scores: [String: Set<Double>] = [:]
                for limit in Self.limits {
                    var query = SearchQuery(asked.ask)
                    (query.limit, query.precision, query.withHighlights) = (limit, precision, false)
                    if precision == .unspecified, case .text = asked.ask {
                    } else if precision != .exact {
                        query.efSearch = 40
                    }
                    if !asked.filter.isEmpty { query.filter = try Filter(asked.filter) }
                    let answer = try await fixture.search.search(query)
                    for hit in answer.hits { scores[hit.profile?.id ?? "", default: []].insert(hit.score) }
                    answers.append(answer)
                }
                for (place, small) in answers.enumerated() {
                    for large in answers[place...].dropFirst() {
                        // By vector the promise is for one strategy.
                        guard !asked.isByVector || small.strategy == large.strategy else {
                            otherStrategies += 1
                            continue
                        }
                        let both = (
                            small.hits.map(Self.said), Array(large.hits.prefix(small.hits.count)).map(Self.said)
                        )
                        #expect(
                            both.0 == both.1,
                            "\(asked.filter) \(small.strategy) \(small.hits.count) \(large.strategy) \(large.hits.count)"
                        )
                    }
                }
                #expect(asked.isByVector || scores.values.allSatisfy { $0.count == 1 }, "\(asked.filter)")
            }
            #expect((otherStrategies > 0) == (precision == .unspecified))
        }
    }

    private static func said(_ hit: Hit) -> String { "\(hit.profile?.id ?? "") \(hit.score)" }
}
