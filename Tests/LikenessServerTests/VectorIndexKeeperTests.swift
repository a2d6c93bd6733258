import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessServer
import LikenessTesting
import Testing

/// A service that gives a space its index when it has grown.
@Suite(.freshDatabase) struct VectorIndexKeeperTests {
    private static let table = "embeddings_all_minilm_l6_v2"

    /// One person with that many sections, of vectors that differ.
    private static func fill(_ sections: Int) async throws {
        try await TestDatabase.current.pool.withConnection { connection in
            try await connection.executeScript(
                SQL(
                    verbatim: """
                        INSERT INTO profiles (slug, display_name) VALUES ('one', 'One');
                        INSERT INTO \(Self.table) (profile_id, section_id, kind, is_active, embedding)
                        SELECT p.id, gen_random_uuid(), 2, true,
                            ('[' || n || ',1' || repeat(',0', 382) || ']')::vector
                        FROM profiles p, generate_series(1, \(sections)) AS n
                        """
                )
            )
        }
    }

    @Test func `a service builds the index of a space that holds more than ten thousand, as an operation`() async throws
    {
        try await Self.fill(VectorIndexNeed.embeddingsMax + 1)
        let log = RecordedLog()
        try await ServiceFixture.run(embeds: false, logger: log.logger, workers: [.vectorIndexes]) { fixture in
            let admin = fixture.client.admin
            let isBuilt = try await Patience.until {
                try await admin.listOperations(.init(), options: .init()).operations.first?.state == .succeeded
            }
            #expect(isBuilt)
            let index = try await admin.getStatistics(.init(), options: .init()).embeddingSpaces.first?.index
            #expect(index?.method == .hnsw && index?.valid == true && index?.parameters == "m=16, ef_construction=200")
            let operations = try await admin.listOperations(.init(), options: .init()).operations
            let id = try #require(operations.first?.id)
            #expect(log.lines.contains { $0.hasPrefix("info reindex begins ") && $0.contains(" operation=\(id) ") })
            #expect(log.lines.contains { $0.hasPrefix("info reindex has ended ") && $0.contains(" operation=\(id) ") })
            #expect(operations.map(\.kind) == ["reindex"] && operations.map(\.target) == ["all-MiniLM-L6-v2"])
        }
    }

    @Test func `the method of an index to come is chosen by a setting, and nothing is built for it`() async throws {
        try await ServiceFixture.run(embeds: false, change: { settings, _ in settings.indexMethod = .ivfflat }) {
            fixture in
            let operations = try await fixture.client.admin.listOperations(.init(), options: .init()).operations
            #expect(operations.isEmpty)
        }
        try await EmbeddedDatabase.run { embedded in
            let space = try await embedded.embeddings.space(named: "")
            #expect(space.indexMethod == .ivfflat && !space.hasIndex)
        }
    }

    @Test func `one of many keepers builds, and says so; none builds what is small or has just failed to build`()
        async throws
    {
        try await Self.fill(300)
        try await EmbeddedDatabase.run { embedded in
            let database = embedded.database
            let tokens = try await PageTokens.load(from: database)
            let operations = OperationRepository(database: database, pageTokens: tokens)
            let log = RecordedLog()
            func keeper(_ embeddingsMax: Int, pause: Duration = .zero) -> VectorIndexKeeper {
                var need = VectorIndexNeed()
                (need.embeddingsMax, need.firstPause) = (embeddingsMax, pause)
                return VectorIndexKeeper(
                    reindexer: Reindexer(
                        database: database,
                        operations: operations,
                        configuration: TestDatabase.current.configuration,
                        logger: log.logger
                    ),
                    operations: operations,
                    need: need,
                    logger: log.logger
                )
            }
            func states() async throws -> [OperationState] { try await operations.list().operations.map(\.state) }
            try await keeper(300).build()
            #expect(try await states() == [])

            // It cannot be built beside a relation of its name.
            try await database.pool.withConnection { connection in
                try await connection.executeScript(SQL(verbatim: "CREATE VIEW \(Self.table)_ann_next AS SELECT 1"))
            }
            try await keeper(299).build()
            #expect(try await states() == [.failed])
            #expect(log.lines.contains { $0.contains("the vector index was not built") })
            try await database.pool.withConnection { connection in
                try await connection.executeScript(SQL(verbatim: "DROP VIEW \(Self.table)_ann_next"))
            }
            // Nor another keeper, before its time.
            try await keeper(299, pause: .seconds(60)).build()
            #expect(try await states() == [.failed])

            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 { group.addTask { try await keeper(299).build() } }
                try await group.waitForAll()
            }
            #expect(try await states() == [.succeeded, .failed])
            #expect(log.lines.count { $0.contains("its vector index is being built") } == 2)
            #expect(log.lines.count { $0.contains("the vector index is built") } == 1)
            #expect(try await EmbeddingRepository(database: database).space(named: "").hasIndex)
        }
    }
}
