import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// Searches by words against the plain formula, while profiles change under the index.
@Suite(.freshDatabase) struct ProfileWordsTests {
    /// What the words of a query weigh: the formula of `WordsScore` over all live profiles.
    private struct Weights {
        let profiles: Int
        let holding: [String: Int]

        func of(_ word: String) -> Int64 {
            WordsScore.weight(profiles: Double(self.profiles), holding: Double(self.holding[word, default: 0]))
        }
    }

    private static func words(_ fixture: RepositoryFixture) async throws -> [String: Set<String>] {
        let result = try await fixture.pool.execute(
            Statement(
                "test_words",
                """
                SELECT p.slug, array(
                    SELECT lexeme FROM unnest(p.search)
                    UNION SELECT w.lexeme FROM experiences e, unnest(e.search) w WHERE e.profile_id = p.id
                    UNION SELECT w.lexeme FROM skills s, unnest(s.search) w WHERE s.profile_id = p.id)
                FROM profiles p WHERE p.is_active
                """
            )
        )
        var words: [String: Set<String>] = [:]
        for row in 0..<result.rowCount {
            words[try result.value(row, 0)] = Set(try result.value(row, 1, as: [String].self))
        }
        return words
    }

    private static func weights(_ words: [String: Set<String>]) -> Weights {
        var holding: [String: Int] = [:]
        for word in words.values.joined() { holding[word, default: 0] += 1 }
        return Weights(profiles: words.count, holding: holding)
    }

    /// Slugs and scores in the formula's order. Ids order equal scores, and slugs of these tests are in the order of ids.
    private static func expected(
        _ query: [String],
        _ words: [String: Set<String>],
        _ weights: Weights,
        ids: [String: String]
    ) -> [(slug: String, score: Double)] {
        let whole = Double(query.reduce(0) { $0 + weights.of($1) })
        let scored = words.compactMap { (slug, words) -> (slug: String, score: Double)? in
            let sum = query.reduce(0) { $0 + (words.contains($1) ? weights.of($1) : 0) }
            return sum > 0 ? (slug, Double(sum) / whole) : nil
        }
        return scored.sorted { one, other in
            one.score == other.score
                ? ids[one.slug, default: ""] < ids[other.slug, default: ""] : one.score > other.score
        }
    }

    /// Words that stemming leaves alone. The first are in most profiles, the last in hardly any.
    private static let vocabulary = (0..<40).map { "w\($0)x" }

    private static func profile(_ number: Int, _ random: inout SplitMix) -> Profile {
        func text(_ count: Int) -> String {
            (0..<count).map { _ in
                let place = Double.random(in: 0..<1, using: &random)
                return Self.vocabulary[Int(place * place * Double(Self.vocabulary.count))]
            }.joined(separator: " ")
        }
        var profile = Samples.named("P\(number)", slug: "p-\(number)", summary: text(4))
        profile.experiences = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            Experience(title: text(1), organization: "O", description: text(2))
        }
        profile.skills = (0..<Int.random(in: 0...2, using: &random)).map { _ in Skill(name: text(1)) }
        return profile
    }

    private static func ids(_ fixture: RepositoryFixture) async throws -> [String: String] {
        let result = try await fixture.pool.execute(Statement("test_ids", "SELECT slug, id::text FROM profiles"))
        var ids: [String: String] = [:]
        for row in 0..<result.rowCount { ids[try result.value(row, 0)] = try result.value(row, 1, as: String.self) }
        return ids
    }

    @Test func `the first k are the formula's, before and after writes that the index has not seen`() async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 11)
            for number in 0..<120 { _ = try await fixture.profiles.create(Self.profile(number, &random)) }
            // The first search reads the index; what is written later it has not seen.
            _ = try await fixture.search.search(SearchQuery(.text("w0x")))
            let weights = Self.weights(try await Self.words(fixture))
            for round in 0..<3 {
                let words = try await Self.words(fixture)
                let ids = try await Self.ids(fixture)
                for _ in 0..<12 {
                    let asked = Set(
                        (0..<Int.random(in: 1...8, using: &random)).map { _ in
                            Self.vocabulary[Int.random(in: 0..<Self.vocabulary.count, using: &random)]
                        }
                    ).sorted()
                    var query = SearchQuery(.text(asked.joined(separator: " ")))
                    query.limit = [1, 10, 25, 300][Int.random(in: 0..<4, using: &random)]
                    query.withHighlights = false
                    let answer = try await fixture.search.search(query)
                    let expected = Self.expected(asked, words, weights, ids: ids).prefix(query.limit)
                    #expect(answer.hits.map { $0.profile?.slug ?? "" } == expected.map(\.slug), "round \(round)")
                    for (hit, expected) in zip(answer.hits, expected) {
                        #expect(abs(hit.score - expected.score) < 1e-9)
                    }
                    #expect(answer.completeness.level == .exact)
                }
                for number in 0..<20 {
                    let number = number * 6 + round
                    var changed = Self.profile(number, &random)
                    changed.summary += " w39x"
                    switch number % 4 {
                    case 0: _ = try? await fixture.profiles.softDelete(.slug("p-\(number)"))
                    case 1: _ = try? await fixture.profiles.restore(.slug("p-\(number - 1)"))
                    case 2: _ = try await fixture.profiles.create(Self.profile(1_000 + 100 * round + number, &random))
                    default:
                        _ = try? await fixture.profiles.softDelete(.slug("p-\(number)"))
                        changed.slug = "q-\(round)-\(number)"
                        _ = try await fixture.profiles.create(changed)
                    }
                }
            }
        }
    }

    @Test func `more writes than a search looks at bring the index up to date`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("First", slug: "first", summary: "w1x"))
            _ = try await fixture.search.search(SearchQuery(.text("w1x")))
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, summary)
                SELECT 'p-' || n, 'P', 'w1x w2x' FROM generate_series(1, 2000) AS n;
                SELECT write_profile_words(array_agg(id)) FROM profiles
                """
            )
            var query = SearchQuery(.text("w2x"))
            query.limit = 1_000
            #expect(try await fixture.search.search(query).hits.count == 1_000)
            // Now they count among the words' holders.
            let rare = try await fixture.search.search(SearchQuery(.text("w1x w3x")))
            let (one, none) = (
                WordsScore.weight(profiles: 2_001, holding: 2_001), WordsScore.weight(profiles: 2_001, holding: 0)
            )
            #expect(abs(rare.hits[0].score - Double(max(1, one)) / Double(max(1, one) + none)) < 1e-9)
        }
    }

    @Test func `who was best when the index was read, and holds less now, hides no one who is best now`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, summary)
                SELECT 'best-' || n, 'P', 'w1x w2x w3x' FROM generate_series(1, 200) AS n
                UNION ALL SELECT 'next-' || n, 'P', 'w1x w2x' FROM generate_series(1, 30) AS n
                UNION ALL SELECT 'other-' || n, 'P', 'w9x' FROM generate_series(1, 1000) AS n;
                SELECT write_profile_words(array_agg(id)) FROM profiles
                """
            )
            func found() async throws -> [String] {
                let answer = try await fixture.search.search(SearchQuery(.text("w1x w2x w3x")))
                return answer.hits.map { String($0.profile?.slug.prefix(5) ?? "") }
            }
            #expect(try await found() == Array(repeating: "best-", count: 10))
            try await fixture.execute(
                """
                UPDATE profiles SET summary = 'w3x' WHERE slug LIKE 'best-%';
                SELECT write_profile_words(array_agg(id)) FROM profiles WHERE slug LIKE 'best-%'
                """
            )
            #expect(try await found() == Array(repeating: "next-", count: 10))
        }
    }

    @Test func `profiles written before there were words get theirs with the first search`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.named("First", slug: "first", summary: "w1x"))
            _ = try await fixture.profiles.create(Samples.named("Second", slug: "second", summary: "w1x w2x"))
            try await fixture.execute("DELETE FROM profile_words")
            let answer = try await fixture.search.search(SearchQuery(.text("w1x")))
            #expect(Set(answer.hits.map { $0.profile?.slug ?? "" }) == ["first", "second"])
            #expect(try await fixture.value("SELECT count(*) FROM profile_words", as: Int64.self) == 2)
        }
    }

    /// A restored database has the numbers of another server's transactions.
    @Test func `numbers of transactions that are yet to come are no changes`() async throws {
        try await RepositoryFixture.run { fixture in
            for number in 0..<3 {
                _ = try await fixture.profiles.create(Samples.named("P", slug: "p-\(number)", summary: "w1x"))
            }
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, summary)
                SELECT 'r-' || n, 'P', 'w2x' FROM generate_series(1, 700) AS n;
                SELECT write_profile_words(array_agg(id)) FROM profiles;
                UPDATE profile_words SET changed = '99999999999'
                """
            )
            #expect(try await fixture.search.search(SearchQuery(.text("w1x"))).hits.count == 3)
            _ = try await fixture.profiles.create(Samples.named("New", slug: "new", summary: "w1x"))
            #expect(try await fixture.search.search(SearchQuery(.text("w1x"))).hits.count == 4)
        }
    }

    /// PostgreSQL's tsvector ends at a megabyte, a profile later.
    @Test func `a profile of more different words than fit is written, and found by most of them`() async throws {
        try await RepositoryFixture.run { fixture in
            var profile = Samples.named("Long", slug: "long", summary: "w1x")
            profile.experiences = (0..<10).map { section in
                Experience(
                    title: "T",
                    organization: "O",
                    description: (0..<12_000).map { "z\(section)y\($0)q" }.joined(separator: " ")
                )
            }
            _ = try await fixture.profiles.create(profile)
            for word in ["w1x", "z3y7q"] {
                let answer = try await fixture.search.search(SearchQuery(.text(word)))
                #expect(answer.hits.map { $0.profile?.slug ?? "" } == ["long"], "\(word)")
            }
            #expect(
                try await fixture.value("SELECT pg_column_size(words) FROM profile_words", as: Int32.self) > 500_000
            )
        }
    }
}
