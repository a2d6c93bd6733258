import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging
import Testing

@Suite struct StatisticsAndMigrationTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test(.freshDatabase) func `statistics count what is there`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.curie())
            try await fixture.embedAll()
            _ = try await fixture.profiles.create(Samples.named("Two"))
            _ = try await fixture.profiles.softDelete(.slug("two"))
            let statistics = try await fixture.statistics.statistics()
            #expect(statistics.profiles == ProfileCounts(live: 1, deleted: 1, experiences: 2, skills: 2))
            #expect(statistics.outboxPending == 1)
            #expect(statistics.databaseBytes > 1_000_000)
            let space = try #require(statistics.embeddingSpaces.first)
            #expect(space.name == "all-MiniLM-L6-v2" && space.active && space.embeddings == 4 && space.dimension == 384)
            #expect(space.index == nil)
            try await fixture.buildVectorIndexes()
            let index = try #require(try await fixture.statistics.statistics().embeddingSpaces.first?.index)
            #expect(
                index.name == "embeddings_all_minilm_l6_v2_ann" && index.method == .hnsw && index.valid
                    && index.bytes > 0
            )
            #expect(index.parameters == "m=16, ef_construction=64")
            let versions = try await fixture.statistics.versions()
            #expect(versions.postgres.hasPrefix("1") && versions.pgvector.hasPrefix("0."))
        }
    }

    @Test(.emptyDatabase) func `the embedded migrations make the schema, run once, and report what was edited`()
        async throws
    {
        let configuration = TestDatabase.current.configuration
        let database = Database(pool: TestDatabase.current.pool)
        let pending = try await MigrationCatalog.status(of: database, logger: Self.logger)
        #expect(pending.migrations.allSatisfy { $0.state == .pending })
        #expect(!pending.current)
        let runner = try MigrationRunner(try MigrationCatalog.migrations(), logger: Self.logger)
        #expect(
            try await runner.apply(configuration, lockDeadline: .now + .seconds(60)).count == pending.migrations.count
        )
        #expect(try await runner.apply(configuration, lockDeadline: .now + .seconds(60)).isEmpty)
        let applied = try await MigrationCatalog.status(of: database, logger: Self.logger)
        #expect(applied.current)
        #expect(applied.migrations.allSatisfy { $0.state == .applied && $0.applyTime != nil })
        try await TestDatabase.current.pool.withConnection { connection in
            try await connection.executeScript("UPDATE schema_migrations SET sha256 = 'x' WHERE version = 2")
        }
        let edited = try await MigrationCatalog.status(of: database, logger: Self.logger)
        #expect(edited.migrations.map(\.state).filter { $0 != .applied } == [.edited])
        #expect(!edited.current)
    }

    @Test(.freshDatabase) func `every migration can run again on its own result`() async throws {
        try await TestDatabase.current.pool.withConnection { connection in
            try await connection.executeScript("DELETE FROM schema_migrations")
        }
        let migrations = try MigrationCatalog.migrations()
        let runner = try MigrationRunner(migrations, logger: Self.logger)
        let applied = try await runner.apply(TestDatabase.current.configuration, lockDeadline: .now + .seconds(60))
        #expect(applied.count == migrations.count)
    }

    @Test(.emptyDatabase)
    func `a session that is open during the migrations goes on using indexes of functions they change`()
        async throws
    {
        let configuration = TestDatabase.current.configuration
        let migrations = try MigrationCatalog.migrations()
        let earlier = try MigrationRunner(Array(migrations.prefix { $0.version <= 10 }), logger: Self.logger)
        _ = try await earlier.apply(configuration, lockDeadline: .now + .seconds(60))
        try await TestDatabase.current.pool.withConnection { connection in
            func plan() async throws -> String {
                let result = try await connection.execute(
                    Statement(
                        "",
                        """
                        EXPLAIN SELECT id FROM profiles
                        WHERE is_active AND fold_term(display_name) COLLATE "C" = 'name 7'
                        """
                    )
                )
                return try (0..<result.rowCount).map { try result.value($0, 0, as: String.self) }.joined()
            }
            try await connection.executeScript(
                """
                INSERT INTO profiles (slug, display_name) SELECT 'p-' || n, 'Name ' || n FROM generate_series(1, 1000) AS n;
                ANALYZE profiles;
                SET enable_seqscan = off
                """
            )
            #expect(try await plan().contains("profiles_folded_name_idx"))
            let first = try MigrationRunner(Array(migrations.prefix { $0.version <= 11 }), logger: Self.logger)
            _ = try await first.apply(configuration, lockDeadline: .now + .seconds(60))
            #expect(try await plan().contains("profiles_folded_name_idx"))
            let all = try MigrationRunner(migrations, logger: Self.logger)
            _ = try await all.apply(configuration, lockDeadline: .now + .seconds(60))
            #expect(try await plan().contains("profiles_folded_name_idx"))
        }
    }

    @Test func `the embedded migrations are the files`() throws {
        let files = try LikenessPostgres.Migration.all(inFolder: TestDatabase.migrationsFolder)
        #expect(try MigrationCatalog.migrations().map(\.fileName) == files.map(\.fileName))
        for (embedded, file) in zip(try MigrationCatalog.migrations(), files) {
            // A literal has no newline before its closing quotes.
            #expect(embedded.sql + "\n" == file.sql || embedded.sql == file.sql)
        }
    }

    @Test func `every migration since the ninth says whether the previous release can live with it`() throws {
        for migration in try MigrationCatalog.migrations() where migration.version > 8 {
            #expect(migration.change != nil, "\(migration.fileName): -- likeness: change=expand, or contract")
        }
    }

    /// What a daemon asks before it serves, of each release from the ninth migration on beside the database of this one.
    @Test(.freshDatabase) func `an earlier release goes on unless a migration says that it cannot`() async throws {
        let migrations = try MigrationCatalog.migrations()
        for known in 8..<migrations.count {
            let earlier = try MigrationRunner(Array(migrations.prefix(known)), logger: Self.logger)
            let later = migrations.dropFirst(known)
            let (status, left) = try await TestDatabase.current.pool.withConnection { connection in
                let status = try await earlier.status(connection)
                return (status, later.contains { $0.change == .contract } ? [] : try await earlier.plan(connection))
            }
            #expect(status.filter { $0.state == .unknown }.map(\.version) == later.map(\.version))
            #expect(
                status.filter { $0.obstacle != nil }.map(\.version)
                    == later.filter { $0.change == .contract }.map(\.version),
                "with the first \(known)"
            )
            #expect(left.isEmpty, "with the first \(known)")
        }
    }

    @Test(.freshDatabase) func `a database that went away is unavailable`() async throws {
        try await RepositoryFixture.run { fixture in
            var configuration = fixture.configuration
            configuration.database = "there_is_no_such_database"
            let pool = ConnectionPool(configuration, logger: Self.logger)
            let profiles = ProfileRepository(database: Database(pool: pool), pageTokens: PageTokens(key: Array(0..<16)))
            // The pool may not have had its first refusal in time, or not have connected on a busy machine.
            let isRefused = try await Patience.until {
                do throws(RepositoryError) {
                    _ = try await profiles.get(.slug("x"), deadline: .now + .seconds(1))
                    Issue.record("a profile came out of nowhere")
                    return true
                } catch {
                    guard case .unavailable(.access, let detail) = error else { return false }
                    return detail.contains("3D000")
                }
            }
            #expect(isRefused)
            await pool.shutDown()
            do throws(RepositoryError) {
                _ = try await profiles.get(.slug("x"))
                Issue.record("a closed pool served")
            } catch {
                guard case .unavailable(.unreachable, _) = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
    }
}
