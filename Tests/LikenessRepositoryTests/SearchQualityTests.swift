import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// Recall against exact scans, order, plans: on enough embeddings for the index to matter.
@Suite(.freshDatabase) struct SearchQualityTests {
    private static func ids(_ answer: SearchAnswer<[Hit]>) -> [String] { answer.hits.map { $0.profile?.id ?? "" } }

    @Test func `the index finds nearly what an exact scan finds`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 11_000)
            var found = 0
            var wanted = 0
            for question in ClusteredVectors.questions(25) {
                var query = SearchQuery(.vector(question))
                let automatic = try await fixture.search.search(query)
                #expect(automatic.strategy == "vector_hnsw")
                query.precision = .exact
                let exact = try await fixture.search.search(query)
                #expect(exact.strategy == "vector_exact")
                #expect(exact.hits.count == 10)
                found += Set(Self.ids(automatic)).intersection(Self.ids(exact)).count
                wanted += 10
            }
            #expect(Double(found) / Double(wanted) >= 0.95)
        }
    }

    @Test(arguments: [Precision.exact, .approximate])
    func `the first k are the first k of any larger limit`(precision: Precision) async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 3_000)
            for question in ClusteredVectors.questions(8) {
                var query = SearchQuery(.vector(question))
                query.precision = precision
                query.limit = 400
                let all = try await fixture.search.search(query)
                #expect(all.hits.count == 400)
                for limit in [1, 3, 7, 10, 11, 20, 40, 50, 100, 200] {
                    query.limit = limit
                    #expect(Self.ids(try await fixture.search.search(query)) == Array(Self.ids(all).prefix(limit)))
                }
                let scores = all.hits.map(\.score)
                #expect(scores == scores.sorted(by: >))
            }
        }
    }

    @Test(arguments: [Precision.exact, .approximate])
    func `equal scores are ordered by id, also across limits`(precision: Precision) async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            let (results, _) = try await fixture.profiles.batchUpsert(
                (0..<120).map { Samples.named("Person \($0)", slug: "person-\($0)", summary: "same") }
            )
            for result in results { _ = try result.get() }
            let space = try await fixture.embeddings.space(named: "")
            let jobs = try await fixture.embeddings.claim(space: space, count: 500)
            try await fixture.embeddings.store(
                jobs.map { ($0, SectionVectors([WordVectors.vector("same")])) },
                in: space
            )
            var query = SearchQuery(.vector(WordVectors.vector("same other")))
            query.precision = precision
            query.limit = 120
            let all = Self.ids(try await fixture.search.search(query))
            #expect(all == all.sorted())
            #expect(all.count == 120)
            for limit in [1, 5, 10, 60] {
                query.limit = limit
                #expect(Self.ids(try await fixture.search.search(query)) == Array(all.prefix(limit)))
            }
        }
    }

    @Test(arguments: [Precision.exact, .approximate])
    func `one profile with many near sections does not crowd out the others`(precision: Precision) async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            var crowd = Samples.named("Crowd", slug: "crowd")
            crowd.experiences = (0..<300).map { Experience(title: "silk \($0)") }
            let others = (0..<15).map { Samples.named("Other \($0)", summary: "wool and silk") }
            for result in try await fixture.profiles.batchUpsert([crowd] + others).results { _ = try result.get() }
            try await fixture.embedAll()
            var query = SearchQuery(.vector(WordVectors.vector("silk")))
            query.precision = precision
            let answer = try await fixture.search.search(query)
            #expect(answer.hits.count == 10)
            #expect(answer.hits.first?.profile?.slug == "crowd")
            #expect(Set(Self.ids(answer)).count == 10)
            query.limit = 50
            let all = try await fixture.search.search(query)
            // A graph of hundreds of equal vectors may leave some out of reach, and then the answer says so.
            let isTruncated = precision == .approximate && all.completeness.level == .truncated
            #expect(all.hits.count == 16 || isTruncated)
            #expect(isTruncated || all.completeness.level == (precision == .exact ? .exact : .approximate))
        }
    }

    @Test func `words and both are ordered the same with any limit`() async throws {
        try await RepositoryFixture.run { fixture in
            let words = ["iron", "silk", "bread", "pearl", "ore", "mail", "clay", "sugar"]
            var random = SplitMix(seed: 5)
            let profiles = (0..<90).map { index in
                Samples.named(
                    "Person \(index)",
                    slug: "person-\(index)",
                    summary: (0..<3).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
                )
            }
            for result in try await fixture.profiles.batchUpsert(profiles).results { _ = try result.get() }
            try await fixture.embedAll()
            let vector = WordVectors.vector("iron clay")
            for ask in [SearchQuery.Ask.text("iron clay mail"), .hybrid(text: "iron clay mail", vector: vector)] {
                var query = SearchQuery(ask)
                query.limit = 50
                let all = try await fixture.search.search(query)
                for limit in [1, 4, 10, 13, 20, 25] {
                    query.limit = limit
                    #expect(try await fixture.search.search(query).hits == Array(all.hits.prefix(limit)))
                }
                for (one, next) in zip(all.hits, all.hits.dropFirst()) {
                    #expect(
                        one.score > next.score
                            || (one.score == next.score && (one.profile?.id ?? "") < (next.profile?.id ?? ""))
                    )
                }
            }
        }
    }

    /// The window counts sections, hits are people.
    @Test(arguments: [Precision.unspecified, .exact, .approximate])
    func `a hybrid search is never short while there are more people`(precision: Precision) async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            let profiles = (0..<280).map { index in
                var profile = Samples.named(
                    "Person \(index)",
                    slug: "person-\(index)",
                    summary: index < 5 ? "shared rare" : "shared n\(index)"
                )
                profile.tags = index < 58 ? ["few"] : []
                profile.experiences = (0..<5).map { Experience(title: "shared n\(index)", organization: "o\($0)") }
                return profile
            }
            for result in try await fixture.profiles.batchUpsert(profiles).results { _ = try result.get() }
            try await fixture.embedAll()
            var query = SearchQuery(.hybrid(text: "rare", vector: WordVectors.vector("shared")))
            query.precision = precision
            query.withHighlights = false
            for limit in [10, 60, 100, 200] {
                query.limit = limit
                let answer = try await fixture.search.search(query)
                #expect(answer.hits.count == limit, "\(answer.completeness)")
                #expect(Set(Self.ids(answer)).count == limit)
            }
            query.filter = try Filter("tags:few")
            let answer = try await fixture.search.search(query)
            #expect(answer.hits.count == 58 || answer.completeness.level == .truncated, "\(answer.completeness)")
            #expect(precision == .approximate || answer.hits.count == 58)
        }
    }

    // MARK: Plans

    /// The plan of a prepared statement as the repository's connections make it.
    private static func plan(
        _ fixture: RepositoryFixture,
        _ sql: SQL,
        types: SQL,
        arguments: SQL,
        settings: SQL = ""
    ) async throws -> String {
        try await fixture.pool.withConnection { connection in
            try await connection.executeScript(settings)
            try await connection.executeScript("PREPARE hot (\(types)) AS \(sql)")
            let result = try await connection.execute(Statement("", "EXPLAIN (COSTS OFF) EXECUTE hot (\(arguments))"))
            var lines: [String] = []
            for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
            try await connection.executeScript("DEALLOCATE hot; RESET enable_seqscan")
            return lines.joined(separator: "\n")
        }
    }

    @Test func `the approximate statements use the vector index, the exact ones do not`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await ClusteredVectors.fill(fixture, sections: 300)
            let space = try await fixture.embeddings.space(named: "")
            let numbers = WordVectors.vector("x").map { "\($0)" }.joined(separator: ",")
            let vector = SQL(verbatim: "'[\(numbers)]'")
            for (limit, scan) in SearchStatements.limits.flatMap({ limit in
                SearchStatements.Scan.allCases.map { (limit, $0) }
            }) {
                let settings: SQL = scan == .approximate ? "SET enable_seqscan = off" : ""
                let byMeaning = SearchStatements.vector(
                    space: space,
                    scan: scan,
                    limit: limit,
                    sections: limit * 2,
                    withPassages: true
                )
                let byBoth = SearchStatements.hybrid(
                    space: space,
                    scan: scan,
                    limit: limit,
                    sections: limit * 2,
                    withPassages: true,
                    nominees: .index
                )
                let statements: [(SQL, SQL, SQL)] = [
                    ("vector", vector, byMeaning),
                    ("\(Self.wordsTypes), vector", "\(Self.wordsArguments), \(vector)", byBoth),
                ]
                for (types, arguments, sql) in statements {
                    let plan = try await Self.plan(fixture, sql, types: types, arguments: arguments, settings: settings)
                    #expect(plan.contains("Index Scan using \(space.table.index)") == (scan == .approximate), "\(plan)")
                    #expect(plan.contains("Index Scan using profiles_pkey") || scan == .exact, "\(plan)")
                    #expect(
                        sql.text != byBoth.text || plan.contains("profiles_folded_name_idx") || scan == .exact,
                        "\(plan)"
                    )
                }
            }
        }
    }

    /// Of the statements with words, nominees from the index.
    private static let wordsTypes: SQL = "text[], float8[], float8, text[], text[], text, uuid[], float8[], text"
    private static let wordsArguments: SQL = "'{a}', '{1}', 1, '{}', '{}', 'a', '{}', '{}', pg_current_snapshot()::text"

    @Test func `what the index of words names is looked up by id, phrases in the full-text indexes`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, summary)
                SELECT 'person-' || n, 'Person', md5(n::text) FROM generate_series(1, 3000) AS n;
                INSERT INTO experiences (profile_id, position, title)
                SELECT id, 0, md5(slug) FROM profiles;
                INSERT INTO skills (profile_id, position, name) SELECT id, 0, md5(slug || 'x') FROM profiles;
                SELECT write_profile_words(array_agg(id)) FROM profiles;
                ANALYZE
                """
            )
            let named = try await Self.plan(
                fixture,
                SearchStatements.text(limit: 10, withPassages: true, nominees: .index),
                types: Self.wordsTypes,
                arguments: Self.wordsArguments,
                settings: "SET enable_seqscan = off"
            )
            #expect(named.contains("profile_words_changed_idx"), "\(named)")
            #expect(named.contains("Index Scan using profiles_pkey"), "\(named)")
            #expect(!named.contains("Seq Scan"), "\(named)")
            let phrases = try await Self.plan(
                fixture,
                SearchStatements.text(limit: 10, withPassages: true, nominees: .passing(withPhrases: true)),
                types: "text[], float8[], float8, text[], text[], text",
                arguments: "'{a}', '{1}', 1, '{a b}', '{}', 'a'"
            )
            for index in ["profiles_search_idx", "experiences_search_idx", "skills_search_idx"] {
                #expect(phrases.contains("Bitmap Index Scan on \(index)"), "\(phrases)")
            }
            #expect(phrases.contains("Index Scan using profile_words_pkey"), "\(phrases)")
        }
    }
}
