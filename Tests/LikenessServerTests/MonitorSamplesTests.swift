import LikenessEmbedding
import LikenessMessages
import LikenessMetrics
import LikenessPostgres
import LikenessTesting
import Logging
import Testing

@testable import LikenessRepository
@testable import LikenessServer

/// What a service tells of its parts, asked of real ones.
@Suite(.freshDatabase) struct MonitorSamplesTests {
    @Test func `connections that are lent and those that wait are counted each as what they are`() async throws {
        var configuration = PoolConfiguration.patient
        configuration.connectionsMax = 5
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pool = ConnectionPool(TestDatabase.current.configuration, configuration, logger: logger)
        let database = Database(pool: pool)
        let monitor = ServiceMonitor(
            startTime: ProtobufTimestamp(),
            database: database,
            rights: try DatabaseRights(database: database),
            embeddings: EmbeddingRepository(database: database),
            embedders: EmbedderRegistry(),
            logger: logger
        )
        func connections() -> [String: Double] {
            let found = monitor.samples().filter { $0.name == ServiceMetric.poolConnections.name }
            return Dictionary(
                found.map { sample in
                    (sample.labels.first { $0.name == "db_client_connection_state" }?.value ?? "", sample.value)
                },
                uniquingKeysWith: +
            )
        }
        do {
            #expect(connections() == ["idle": 0, "used": 0, "connecting": 0])
            try await pool.withConnection { _ in
                try await pool.withConnection { _ in
                    try await pool.withConnection { _ in
                        #expect(connections() == ["idle": 0, "used": 3, "connecting": 0])
                    }
                }
                #expect(connections() == ["idle": 2, "used": 1, "connecting": 0])
            }
            #expect(connections() == ["idle": 3, "used": 0, "connecting": 0])
        } catch {
            await pool.shutDown()
            throw error
        }
        await pool.shutDown()
    }
}
