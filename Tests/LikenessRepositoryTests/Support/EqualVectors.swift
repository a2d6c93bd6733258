import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting

/// Many made-up people with the same few skills and posts, and others among them: sections that are equal by the hundred.
enum EqualVectors {
    static let table = "embeddings_all_minilm_l6_v2"

    private static let trades = [
        "surgery nursing fever wounds", "bridges iron girders spans", "stars comets telescopes orbits",
        "ships rigging trade winds",
        "courts statutes contracts appeals", "rice barley ploughs harvest", "looms silk dyes carpets",
        "engines steam pistons rails",
        "verses rhymes ballads theatre", "acids salts furnaces glass",
    ]

    /// The made-up ones, with summaries of their own, and 166 who have nothing in common with them but their words.
    static func fill(_ fixture: RepositoryFixture, madeUp: Int = 5_000, others: Int = 166) async throws {
        try await fixture.buildVectorIndexes()
        try await fixture.execute(
            """
            INSERT INTO profiles (slug, display_name)
            SELECT 'made-up-' || n, 'Made-up' FROM generate_series(1, \(madeUp)) AS n
            UNION ALL SELECT 'other-' || n, 'Other' FROM generate_series(1, \(others)) AS n;
            CREATE TABLE texts (n serial PRIMARY KEY, text text UNIQUE, embedding vector);
            CREATE TABLE stored (slug text, kind smallint, section_id uuid DEFAULT gen_random_uuid(), text text);
            INSERT INTO stored (slug, kind, text)
            SELECT 'made-up-' || n, k.kind, CASE k.kind
                WHEN 1 THEN 'person works town' || n % 100 || ' near ' || w.words[n * 7 % 40 + 1] || ' number' || n
                WHEN 2 THEN (ARRAY['engineer at work', 'manager at work', 'analyst at work', 'assistant at work'])[n % 4 + 1]
                ELSE 'skill number' || n % 10 END
            FROM generate_series(1, \(madeUp)) AS n, unnest(ARRAY[1, 2, 3]) AS k (kind),
                (SELECT string_to_array('\(self.trades.joined(separator: " "))', ' ') AS words) AS w
            """
        )
        var rows: [String] = []
        for other in 1...others {
            let words = self.trades[other % self.trades.count].split(separator: " ")
            for section in 0..<7 {
                let text = "\(words[section % 4]) \(words[(section + other) % 4]) place\(other) year\(section)"
                rows.append("('other-\(other)', \(section == 0 ? 1 : 2), '\(text)')")
            }
        }
        try await fixture.execute("INSERT INTO stored (slug, kind, text) VALUES \(rows.joined(separator: ", "))")
        let texts = try await self.strings(fixture, "SELECT DISTINCT text FROM stored ORDER BY text")
        try await fixture.pool.withConnection { connection in
            _ = try await connection.copyIn("COPY texts (text, embedding) FROM STDIN (FORMAT binary)") { writer in
                for text in texts { try await writer.writeRow(text, Vector(self.unit(self.vector(text)))) }
            }
        }
    }

    /// Stores all that `fill` has made, in an order of chance that is the same in every run.
    static func store(_ fixture: RepositoryFixture) async throws {
        try await fixture.execute(
            """
            INSERT INTO \(self.table) (profile_id, section_id, kind, is_active, embedding)
            SELECT p.id, s.section_id, s.kind, true, t.embedding
            FROM stored s JOIN profiles p ON p.slug = s.slug JOIN texts t ON t.text = s.text
            ORDER BY md5(s.slug || s.text);
            ANALYZE
            """
        )
        fixture.search.forgetCatalog()
    }

    static let questions = [
        "nursing fever place16", "iron bridges", "comets orbits place7", "ships trade",
        "contracts year3",
        "barley harvest place44", "silk carpets", "steam engines place101", "ballads", "glass furnaces year2",
    ]

    /// All texts have something in common, as real ones have.
    static func vector(_ text: String) -> [Float] { WordVectors.vector("common common \(text)") }

    /// The share of the exact best ten that the index finds.
    static func recall(_ fixture: RepositoryFixture, limit: Int = 10) async throws -> Double {
        var (found, wanted) = (0, 0)
        for question in self.questions {
            var query = SearchQuery(.vector(self.vector(question)))
            (query.limit, query.withHighlights, query.precision) = (limit, false, .exact)
            let exact = try await fixture.search.search(query).hits.compactMap(\.profile?.id)
            query.precision = .approximate
            let answer = try await fixture.search.search(query).hits.compactMap(\.profile?.id)
            found += Set(exact).intersection(answer).count
            wanted += exact.count
        }
        return Double(found) / Double(wanted)
    }

    /// What must hold after every commit: each live row is indexed, or has the vector of one that is.
    static func lost(in table: String = Self.table) -> String {
        """
        SELECT count(*) FROM \(table) c WHERE c.is_active AND c.equal_key < 0 AND NOT EXISTS (
            SELECT FROM \(table) r WHERE r.is_active AND r.equal_key = -1 - c.equal_key AND r.embedding = c.embedding)
        """
    }

    static func indexed(_ fixture: RepositoryFixture) async throws -> Int64 {
        try await fixture.value("SELECT count(*) FROM \(self.table) WHERE is_active AND coalesce(equal_key, 0) >= 0")
    }

    static func strings(_ fixture: RepositoryFixture, _ sql: String) async throws -> [String] {
        try await fixture.pool.withConnection { connection in
            let result = try await connection.execute(Statement("", SQL(verbatim: sql)))
            return try (0..<result.rowCount).map { try result.value($0, 0, as: String.self) }
        }
    }

    private static func unit(_ values: [Float]) -> [Float] {
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }
}
