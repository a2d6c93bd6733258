import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Pages of exports: what they cost.
@Suite(.freshDatabase) struct ProfileExportTests {
    @Test func `a page reads its own profiles and no others`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, tags) SELECT 'p' || i, 'P ' || i, ARRAY['t' || i % 7]
                FROM generate_series(1, 20000) i;
                INSERT INTO experiences (profile_id, position, category, title)
                SELECT p.id, n, 1, 'Title ' || n FROM profiles p, generate_series(0, 2) n;
                INSERT INTO skills (profile_id, position, name) SELECT id, 0, 'Skill' FROM profiles
                """
            )
            for isAnalyzed in [false, true] {
                if isAnalyzed { try await fixture.execute("ANALYZE profiles, experiences, skills, external_ids") }
                let size = ProfileRepository.exportSize
                let statement = ProfileStatements.exportPage(limit: size)
                let hot = try await Self.plan(fixture, "PREPARE hot (uuid, int8) AS \(SQL(verbatim: statement.sql))")
                #expect(hot.contains("profiles_pkey") && !hot.contains("Seq Scan on profiles"), "\(hot)")
                guard isAnalyzed else { continue }
                #expect(!hot.contains("Seq Scan"), "\(hot)")
                for filter in ["tags:t3", #"experiences.title = "Title 1""#, "NOT skills.name = Skill"] {
                    var parameters = Parameters(ExportPosition.start.id, Int64(ProfileRepository.exportBytesMax))
                    let condition = try #require(try Filter(filter)).sql(&parameters, rows: .ofEach)
                    let text = ProfileStatements.exportPageText(
                        limit: size,
                        window: ProfileRepository.exportWindow,
                        condition: condition
                    )
                    let plan = try await fixture.pool.withConnection { connection in
                        let result = try await connection.execute(
                            Statement("", "EXPLAIN (COSTS OFF) \(text)", parameters.types),
                            parameters
                        )
                        return try Self.lines(result)
                    }
                    #expect(
                        plan.contains("profiles_pkey") && !plan.contains("Seq Scan on profiles"),
                        "\(filter): \(plan)"
                    )
                }
            }
        }
    }

    /// Of a prepared statement as the server runs it again and again.
    private static func plan(_ fixture: RepositoryFixture, _ prepare: SQL) async throws -> String {
        try await fixture.pool.withConnection { connection in
            try await connection.executeScript("SET plan_cache_mode = force_generic_plan; \(prepare)")
            let result = try await connection.execute(
                Statement(
                    "",
                    "EXPLAIN (COSTS OFF) EXECUTE hot ('00000000-0000-0000-0000-000000000000', 2097152)"
                )
            )
            let lines = try Self.lines(result)
            try await connection.executeScript("DEALLOCATE hot; RESET plan_cache_mode")
            return lines
        }
    }

    private static func lines(_ result: borrowing QueryResult) throws -> String {
        var lines: [String] = []
        for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
        return lines.joined(separator: "\n")
    }
}
