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

    private static func pool(_ cluster: PrivateCluster) -> ConnectionPool {
        ConnectionPool(cluster.connection(database: "postgres").patient, .patient, logger: Self.logger)
    }

    /// Asks until it works.
    private static func answers(_ pool: ConnectionPool) async throws -> Bool {
        try await Patience.until {
            do {
                _ = try await pool.execute(Self.one, deadline: .now + .seconds(10))
                return true
            } catch { return false }
        }
    }

    @Test func `a cluster keeps its data over a restart, and a second server on it is refused`() async throws {
        try await TestFolders.withPath { folder in
            let first = try await Self.start(folder)
            let pool = Self.pool(first)
            try await pool.withConnection { try await $0.executeScript("CREATE TABLE t AS SELECT 42 AS n") }
            await #expect(throws: ClusterError.self) { _ = try await Self.start(folder) }
            await pool.shutDown()
            await first.stop()
            #expect(!first.isRunning)
            let second = try await Self.start(folder)
            let again = Self.pool(second)
            #expect(try await again.execute(Statement("", "SELECT n FROM t")).value(0, 0, as: Int.self) == 42)
            await again.shutDown()
            await second.stop()
        }
    }

    @Test(.enabled(if: geteuid() == 0))
    func `a folder that the account of PostgreSQL cannot reach is named, and the cause`()
        async throws
    {
        try await TestFolders.withPath { folder in
            try #require(mkdir(folder, 0o755) == 0 && mkdir("\(folder)/closed", 0o700) == 0)
            let error = await #expect(throws: ClusterError.self) { _ = try await Self.start("\(folder)/closed/b") }
            let reason = try #require(error?.description)
            #expect(reason.contains("account “postgres”, which cannot enter \(folder)/closed: choose"), "\(reason)")
            #expect(reason.contains("chmod o+x \(folder)/closed"), "\(reason)")
            // What it says helps.
            try #require(chmod("\(folder)/closed", 0o711) == 0)
            await (try Self.start("\(folder)/closed/b")).stop()
        }
    }

    @Test func `a killed server is reported as down at once, and used again when it is back`() async throws {
        try await TestFolders.withPath { folder in
            let first = try await Self.start(folder)
            let pool = Self.pool(first)
            _ = try await pool.execute(Self.one)
            kill(first.process, SIGKILL)
            _ = await first.exit()
            var refused = 0
            let keepsFailing = try await Patience.until(every: .milliseconds(1)) {
                do {
                    _ = try await pool.execute(Self.one)
                } catch let error as DatabaseError where error.kind == .poolDown {
                    refused += 1
                } catch is DatabaseError {}
                return pool.statistics.openFailed >= 4
            }
            #expect(keepsFailing && pool.statistics.isDown)
            // Between two attempts to connect there are pauses, in which callers are refused without one.
            #expect(refused > 3 * Int(pool.statistics.openFailed), "\(refused) refused: \(pool.statistics)")
            let second = try await Self.start(folder)
            #expect(try await Self.answers(pool))
            await pool.shutDown()
            await second.stop()
        }
    }

    @Test func `one killed backend ends all sessions, and calls work again after recovery`() async throws {
        try await TestFolders.withPath { folder in
            let cluster = try await Self.start(folder)
            let pool = Self.pool(cluster)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask { try await pool.withConnection { try await $0.ping() } }
                }
                try await group.waitForAll()
            }
            let victim = try await Connection.open(cluster.connection(database: "postgres").patient)
            kill(victim.backendProcess, SIGKILL)
            _ = try await Patience.until { pool.statistics.idle == 0 }
            #expect(pool.statistics.idle == 0 && pool.statistics.closedBroken > 0)
            #expect(try await Self.answers(pool))
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
            for _ in 0..<5 {
                let error = await #expect(throws: DatabaseError.self) {
                    _ = try await pool.execute(Self.one, deadline: .now + .milliseconds(300))
                }
                #expect(error.map { Self.isAnOutage($0.kind) } == true)
            }
            kill(process, SIGCONT)
            kill(cluster.process, SIGCONT)
            #expect(try await Self.answers(pool))
            await pool.shutDown()
            await cluster.stop()
        }
    }

    @Test func `too many sessions is a failure to connect, with pauses`() async throws {
        try await TestFolders.withPath { folder in
            let cluster = try await Self.start(folder)
            let connection = cluster.connection(database: "postgres").patient
            var taken: [Connection] = []
            // The superuser's reserve is ours too; so until the server says no.
            while let next = try? await Connection.open(connection) { taken.append(next) }
            #expect(taken.count >= 25)
            let pool = Self.pool(cluster)
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await pool.execute(Self.one)
            }
            #expect(error?.kind == .poolDown)
            #expect(pool.statistics.openFailed <= 3)
            for connection in taken { connection.close() }
            #expect(try await Self.answers(pool))
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

    @Test func `a log that leads elsewhere is not followed`() async throws {
        try await TestFolders.withPath { folder in
            mkdir(folder, 0o711)
            let log = folder + "/server.log"
            symlink(folder + "/elsewhere", log)
            await #expect(throws: ClusterError.self) { _ = try await Self.start(folder) }
            #expect(access(folder + "/elsewhere", F_OK) != 0)
        }
    }
}
