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
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func withMonitor(_ body: (ConnectionPool, ServiceMonitor) async throws -> Void) async throws {
        var configuration = PoolConfiguration.patient
        configuration.connectionsMax = 5
        let pool = ConnectionPool(TestDatabase.current.configuration, configuration, logger: Self.logger)
        let database = Database(pool: pool)
        let monitor = ServiceMonitor(
            startTime: ProtobufTimestamp(),
            database: database,
            rights: try DatabaseRights(database: database),
            embeddings: EmbeddingRepository(database: database),
            embedders: EmbedderRegistry(),
            logger: Self.logger
        )
        do { try await body(pool, monitor) } catch {
            await pool.shutDown()
            throw error
        }
        await pool.shutDown()
    }

    @Test func `connections that are lent and those that wait are counted each as what they are`() async throws {
        try await self.withMonitor { pool, monitor in
            func connections() -> [String: Double] {
                let found = monitor.samples().filter { $0.name == ServiceMetric.poolConnections.name }
                return Dictionary(
                    found.map { sample in
                        (sample.labels.first { $0.name == "db_client_connection_state" }?.value ?? "", sample.value)
                    },
                    uniquingKeysWith: +
                )
            }
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
        }
    }

    @Test func `statements are counted by name, and by code where they fail`() async throws {
        try await self.withMonitor { pool, monitor in
            _ = try await pool.execute(Statement("asked", "SELECT 1"))
            _ = try? await pool.execute(Statement("asked", "SELECT 1"), deadline: .now - .seconds(1))
            await #expect(throws: DatabaseError.self) { _ = try await pool.execute(Statement("wrong", "SELECT 1 / 0")) }
            let samples = monitor.samples()
            let statements = samples.filter { $0.name == ServiceMetric.operationDuration.name }
            let found = Dictionary(
                statements.map { ($0.labels.dropFirst().map(\.value), $0.histogram?.buckets.reduce(0, +) ?? 0) },
                uniquingKeysWith: +
            )
            #expect(found[["asked"]] == 1 && found[["wrong", "22012", "22012"]] == 1)
            #expect(
                statements.allSatisfy {
                    $0.labels.allSatisfy { ServiceMetric.operationDuration.labels.contains($0.name) }
                }
            )
            let reasons = samples.filter { $0.name == ServiceMetric.poolRefusals.name }.map { $0.labels.map(\.value) }
            #expect(Set(reasons) == [["timeout"], ["deadline"], ["queue_full"], ["down"], ["closed"], ["cancelled"]])
        }
    }

    @Test func `a request that no connection came for in time is counted by why`() async throws {
        var configuration = PoolConfiguration.patient
        configuration.connectionsMax = 1
        configuration.waitersMax = 1
        let pool = ConnectionPool(TestDatabase.current.configuration, configuration, logger: Self.logger)
        try await pool.withConnection { _ -> Void in
            // In vain: the only one is lent.
            _ = await #expect(throws: DatabaseError.self) {
                _ = try await pool.execute(Statement("late", "SELECT 1"), deadline: .now + .milliseconds(50))
            }
        }
        let activity = DatabaseActivity(pool: pool.statistics, times: pool.times, statements: [])
        let counts = activity.samples().filter { $0.name == ServiceMetric.poolRefusals.name && $0.value > 0 }
        #expect(counts.map { $0.labels[0].value } == ["deadline"])
        await pool.shutDown()
    }
}
