import Glibc
import LikenessPostgres
import Logging
import Synchronization

/// The PostgreSQL server of one test process: started with the first test that wants it, gone when the process ends.
///
/// `LIKENESS_TEST_CLUSTER` names the socket folder of a server to use instead; `LIKENESS_TEST_PG_BIN` where the
/// programs are.
package actor TestCluster {
    package static let shared = TestCluster()

    package nonisolated let programs = Environment["LIKENESS_TEST_PG_BIN"] ?? "/usr/lib/postgresql/15/bin"
    private var starting: Task<Server, any Error>?

    package struct Server: Sendable {
        package let socketDirectory: String
        package let user: String
        /// Connections to the database `postgres`, for making and dropping the tests' own.
        let administration: ConnectionPool
    }

    /// Whether there is a server to test with. False is an error where `LIKENESS_REQUIRE_PG` is 1.
    package nonisolated var isAvailable: Bool {
        Environment["LIKENESS_TEST_CLUSTER"] != nil || access("\(self.programs)/postgres", X_OK) == 0
    }

    package func server() async throws -> Server {
        if let starting { return try await starting.value }
        let task = Task { try await self.start() }
        self.starting = task
        return try await task.value
    }

    private func start() async throws -> Server {
        if let socketDirectory = Environment["LIKENESS_TEST_CLUSTER"] {
            return Self.server(socketDirectory, user: Environment["PGUSER"] ?? "postgres")
        }
        TestFolders.removeLeftovers()
        let folder = TestFolders.unusedPath()
        var configuration = PrivateCluster.Configuration(folder: folder)
        configuration.programs = self.programs
        // Speed over durability: the data lives as long as the test process.
        configuration.settings = [
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
            "shared_buffers": "64MB", "max_connections": "200", "max_wal_size": "1GB", "wal_level": "minimal",
            "max_wal_senders": "0",
        ]
        let cluster = try await PrivateCluster.start(configuration, logger: Logger(label: "likeness.test"))
        TestFolders.removeAtExit(folder, server: cluster.process)
        return Self.server(cluster.socketDirectory, user: configuration.user)
    }

    private static func server(_ socketDirectory: String, user: String) -> Server {
        var connection = ConnectionConfiguration(socketDirectory: socketDirectory, user: user, database: "postgres")
            .patient
        connection.sessionSettings = [:]
        var pool = PoolConfiguration()
        pool.connectionsMax = 2
        // All tests may begin at once and stand in line here; how fast they are served is the machine's affair.
        pool.waitersMax = 10_000
        pool.acquireTimeout = .seconds(900)
        return Server(
            socketDirectory: socketDirectory,
            user: user,
            administration: ConnectionPool(connection, pool, logger: Logger(label: "likeness.test"))
        )
    }
}

/// The process's environment.
package enum Environment {
    package static subscript(name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
