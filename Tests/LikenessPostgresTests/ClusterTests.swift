import Glibc
import LikenessPostgres
import LikenessTesting
import Logging
import Testing

/// Servers of our own: started, killed, stopped in their tracks, and found again.
@Suite(.serialized, .enabled(if: TestCluster.shared.isAvailable)) struct ClusterTests {
    private static let one = Statement("one", "SELECT 1")
    private static let logger = Logger(label: "likeness.test")

    private static func start(_ folder: String) async throws -> PrivateCluster {
        var configuration = PrivateCluster.Configuration(folder: folder)
        configuration.programs = TestCluster.shared.programs
        configuration.settings = ["fsync": "off", "shared_buffers": "16MB", "max_connections": "30"]
        return try await PrivateCluster.start(configuration, logger: Self.logger)
    }

    /// - Parameter patience: How long a connection may take to open, and to become free.
    private static func pool(_ cluster: PrivateCluster, patience: Duration = .seconds(2)) -> ConnectionPool {
        var configuration = cluster.connection(database: "postgres")
        configuration.connectTimeout = patience
        var pool = PoolConfiguration()
        pool.acquireTimeout = patience
        return ConnectionPool(configuration, pool, logger: Self.logger)
    }

    /// Asks until it works; returns how long that took.
    private static func untilAnswered(_ pool: ConnectionPool, within limit: Duration) async throws -> Duration {
        let start = ContinuousClock.now
        while true {
            do {
                _ = try await pool.execute(Self.one, deadline: .now + .seconds(2))
                return start.duration(to: .now)
            } catch {
                guard start.duration(to: .now) < limit else { throw error }
                await Task.yield()
            }
        }
    }

    @Test func `a cluster keeps its data over a restart, and a second server on it is refused`() async throws {
        try await TestFolders.withPath { folder in
            let first = try await Self.start(folder)
            let pool = Self.pool(first, patience: .seconds(20))
            try await pool.withConnection { try await $0.executeScript("CREATE TABLE t AS SELECT 42 AS n") }
            await #expect(throws: ClusterError.self) { _ = try await Self.start(folder) }
            await pool.shutDown()
            await first.stop()
            #expect(!first.isRunning)
            let second = try await Self.start(folder)
            let again = Self.pool(second, patience: .seconds(20))
            #expect(try await again.execute(Statement("", "SELECT n FROM t")).value(0, 0, as: Int.self) == 42)
            await again.shutDown()
            await second.stop()
        }
    }

    @Test func `a killed server is reported as down at once, and used again when it is back`() async throws {
        try await TestFolders.withPath { folder in
            let first = try await Self.start(folder)
            let pool = Self.pool(first)
            _ = try await pool.execute(Self.one)
            kill(first.process, SIGKILL)
            _ = await first.exit()
            var kinds: Set<DatabaseError.Kind> = []
            let start = ContinuousClock.now
            while start.duration(to: .now) < .seconds(2.5) {
                let called = ContinuousClock.now
                do {
                    _ = try await pool.execute(Self.one, deadline: called + .milliseconds(500))
                } catch let error as DatabaseError {
                    kinds.insert(error.kind)
                    #expect(called.duration(to: .now) < .seconds(20))
                }
            }
            #expect(kinds.contains(.poolDown))
            #expect(pool.statistics.isDown)
            #expect(pool.statistics.openFailed <= 6)
            let second = try await Self.start(folder)
            let took = try await Self.untilAnswered(pool, within: .seconds(20))
            print("answered \(took) after the server was back")
            await pool.shutDown()
            await second.stop()
        }
    }

    @Test func `one killed backend ends all sessions, and calls work again after recovery`() async throws {
        try await TestFolders.withPath { folder in
            let cluster = try await Self.start(folder)
            // The sessions are to be there; how long a busy machine takes to open them is not what is looked at.
            let pool = Self.pool(cluster, patience: .seconds(30))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask { try await pool.withConnection { try await $0.ping() } }
                }
                try await group.waitForAll()
            }
            let victim = try await Connection.open(cluster.connection(database: "postgres"))
            kill(victim.backendProcess, SIGKILL)
            let deadline = ContinuousClock.now + .seconds(10)
            while pool.statistics.idle > 0, ContinuousClock.now < deadline { await Task.yield() }
            #expect(pool.statistics.idle == 0 && pool.statistics.closedBroken > 0)
            let took = try await Self.untilAnswered(pool, within: .seconds(20))
            print("answered \(took) after a backend was killed")
            victim.close()
            await pool.shutDown()
            await cluster.stop()
        }
    }

    /// What a caller may hear while nothing answers: its statement, or its wait for a connection, took too long.
    private static func isAnOutage(_ kind: DatabaseError.Kind) -> Bool {
        switch kind {
        case .deadlineExceeded, .poolDown, .poolExhausted, .connectionLost: true
        default: false
        }
    }

    @Test func `a server that stands still costs callers their deadline and no more`() async throws {
        try await TestFolders.withPath { folder in
            let cluster = try await Self.start(folder)
            let pool = Self.pool(cluster)
            let process = try await pool.withConnection { $0.backendProcess }
            kill(cluster.process, SIGSTOP)
            kill(process, SIGSTOP)
            var slowest = Duration.zero
            for _ in 0..<5 {
                let start = ContinuousClock.now
                let error = await #expect(throws: DatabaseError.self) {
                    _ = try await pool.execute(Self.one, deadline: start + .milliseconds(300))
                }
                slowest = max(slowest, start.duration(to: .now))
                #expect(error.map { Self.isAnOutage($0.kind) } == true)
            }
            #expect(slowest < .seconds(20))
            print("slowest answer to a deadline of 300 ms: \(slowest)")
            kill(process, SIGCONT)
            kill(cluster.process, SIGCONT)
            let took = try await Self.untilAnswered(pool, within: .seconds(20))
            print("answered \(took) after the server went on")
            await pool.shutDown()
            await cluster.stop()
        }
    }

    @Test func `too many sessions is a failure to connect, with pauses`() async throws {
        try await TestFolders.withPath { folder in
            let cluster = try await Self.start(folder)
            let connection = cluster.connection(database: "postgres")
            var taken: [Connection] = []
            // The superuser's reserve is ours too; so until the server says no.
            while let next = try? await Connection.open(connection) { taken.append(next) }
            #expect(taken.count >= 25)
            let pool = Self.pool(cluster)
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await pool.execute(Self.one, deadline: .now + .milliseconds(900))
            }
            #expect(error?.kind == .poolDown)
            #expect(pool.statistics.openFailed <= 3)
            for connection in taken { connection.close() }
            _ = try await Self.untilAnswered(pool, within: .seconds(20))
            await pool.shutDown()
            await cluster.stop()
        }
    }

    @Test func `a server ends with its parent, and the next one starts on what it left`() async throws {
        try await TestFolders.withPath { folder in
            await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
                _ = try await Self.start(folder)
                kill(getpid(), SIGKILL)
            }
            let cluster = try await Self.start(folder)
            let pool = Self.pool(cluster)
            _ = try await pool.execute(Self.one)
            await pool.shutDown()
            await cluster.stop()
        }
    }

    @Test func `a long path gets a short socket, and a broken setting is explained`() async throws {
        try await TestFolders.withPath { folder in
            let long = folder + String(repeating: "x", count: 100)
            rename(folder, long)
            defer { rename(long, folder) }
            let cluster = try await Self.start(long)
            #expect(cluster.socketDirectory != long && cluster.socketDirectory.utf8.count < 80)
            await cluster.stop()
            #expect(access(cluster.socketDirectory, F_OK) != 0)
            var configuration = PrivateCluster.Configuration(folder: long)
            configuration.settings = ["shared_buffers": "lots"]
            let error = await #expect(throws: ClusterError.self) {
                _ = try await PrivateCluster.start(configuration, logger: Self.logger)
            }
            #expect(
                error?.description.contains("shared_buffers") == true || error?.description.contains("lots") == true
            )
        }
    }
}
