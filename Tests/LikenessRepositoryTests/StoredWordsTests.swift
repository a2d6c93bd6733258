import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Words of any text that can be stored, by this version or an earlier one.
@Suite(.freshDatabase) struct StoredWordsTests {
    @Test func `whatever can be stored can be read, and searched for`() async throws {
        try await RepositoryFixture.run { fixture in
            let signs = "ก" + String(repeating: "\u{0E48}", count: 700) + "กข"
            let ligatures = String(repeating: "\u{FDFA}", count: 20_000)
            try await fixture.fill(
                [.person("signs", "\(signs) signword"), .person("ligatures", "ligatureword \(ligatures)")]
            )
            #expect(try await fixture.found("ligatureword") == ["ligatures"])
            #expect(try await fixture.found("signword") == ["signs"])
            for text in [signs, String(ligatures.prefix(9_000))] { _ = try await fixture.found(text) }
        }
    }

    @Test(arguments: ["a.b", "c++ ", "機", "x-", "é"])
    func `a long text of any kind can be stored and its beginning found`(unit: String) async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 7)
            let text =
                "Firstword "
                + (0..<60_000).map { _ in
                    unit + String(UInt32.random(in: 0...9_999_999, using: &random), radix: 36)
                }.joined(separator: unit == "機" ? "" : " ")
            try await fixture.fill([.person("long", text)])
            #expect(try await fixture.found("firstword") == ["long"])
        }
    }

    @Test func `words that an earlier version read are read again, a write or not`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                (0..<50).map { number in
                    .person("p-\(number)", "Wrote C#") {
                        $0.experiences = [Experience(title: "Number \(number)", description: "R&D")]
                    }
                }
            )
            // As the version before has stored them.
            for table in ["profiles", "experiences", "skills"] {
                let column = table == "profiles" ? "summary" : table == "experiences" ? "description" : "name"
                try await fixture.execute("ALTER TABLE \(table) DISABLE TRIGGER USER")
                try await fixture.execute("UPDATE \(table) SET search = to_tsvector('public.likeness', \(column))")
                try await fixture.execute("ALTER TABLE \(table) ENABLE TRIGGER USER")
            }
            try await fixture.execute(
                """
                UPDATE profile_words
                SET words = profile_lexemes(profile_id), reading = 1, changed = pg_current_xact_id()
                """
            )
            #expect(try await fixture.found("C#") == [])
            // A write makes one section anew; the others are still read again.
            _ = try await fixture.profiles.update(
                .slug("p-7"),
                with: Profile(summary: "Wrote C# and more"),
                updateMask: ["summary"]
            )
            var done = 0
            while case let count = try await fixture.search.words.readAgain(deadline: nil), count > 0 { done += count }
            #expect(done == 50)
            var query = SearchQuery(.text("C#"))
            query.limit = 100
            #expect(try await fixture.search.search(query).hits.count == 50)
            query = SearchQuery(.text("R&D"))
            query.limit = 100
            #expect(try await fixture.search.search(query).hits.count == 50)
        }
    }

    @Test func `where nothing is to be read again, a locked table is not waited for`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill([.person("one", "Wrote C#")])
            try await fixture.pool.withTransaction { connection in
                try await connection.executeScript("LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE")
                #expect(try await fixture.search.words.readAgain(deadline: nil) == 0)
            }
        }
    }

    /// The rule: PostgreSQL's English configuration drops the word's cut form, but not the word.
    @Test func `words that the stemmer cuts to a stop word are kept whole, and no others`() async throws {
        try await RepositoryFixture.run { fixture in
            let counts = try await fixture.pool.withConnection { connection in
                let result = try await connection.execute(
                    Statement(
                        "test_kept_words",
                        """
                        WITH stop AS (
                            SELECT word FROM regexp_split_to_table(
                                pg_read_file((SELECT setting FROM pg_config WHERE name = 'SHAREDIR') || '/tsearch_data/english.stop'),
                                '\\s+') AS word
                            WHERE word <> ''
                        ), asked AS (
                            SELECT DISTINCT stem.word || ending AS word
                            FROM stop, LATERAL (
                                VALUES (word), (word || right(word, 1)), (regexp_replace(word, 'e$', '')), (regexp_replace(word, 'y$', 'i'))
                            ) AS stem (word), unnest(ARRAY['', 's', 'es', 'ed', 'ing', 'ings', 'ly', 'ingly', 'ness', 'e', 'y', 'er']) AS ending
                        ), ruled AS (
                            SELECT word, word ~ '^[a-z]{2,9}(s|ed|ing|ings|ly|e|y)$' AND ts_lexize('english_stem', word) <> '{}'
                                AND ts_lexize('english_stem', (ts_lexize('likeness_stem', word))[1]) = '{}' AS is_kept
                            FROM asked
                        )
                        SELECT count(*) FILTER (WHERE is_kept),
                            count(*) FILTER (WHERE is_kept <> (keep_words('A ' || word || ', as such') <> 'A ' || word || ', as such'))
                        FROM ruled
                        """
                    )
                )
                return (try result.value(0, 0, as: Int64.self), try result.value(0, 1, as: Int64.self))
            }
            #expect(counts.0 > 100)
            #expect(counts.1 == 0)
        }
    }
}
