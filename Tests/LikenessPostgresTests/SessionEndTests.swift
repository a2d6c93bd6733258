import Glibc
import LikenessPostgres
import LikenessTesting
import Logging
import Testing

/// Ends of sessions and of those who hold them.
@Suite(.emptyDatabase) struct SessionEndTests {
    @Test func `notifications arrive in their order, until the session ends`() async throws {
        let connection = try await Connection.open(TestDatabase.current.configuration)
        let stream = try await connection.listen(to: ["first", "it's \"quoted\""])
        let pool = TestDatabase.current.pool
        for number in 0..<3 {
            _ = try await pool.execute(
                Statement("", "SELECT pg_notify($1, $2)", [.text, .text]),
                Parameters("it's \"quoted\"", "\(number)")
            )
        }
        _ = try await pool.execute(Statement("", "SELECT pg_notify('nobody', ''), pg_notify('first', 'end')"))
        var heard: [String] = []
        for await notification in stream {
            heard.append(notification.payload)
            if notification.channel == "first" { connection.close() }
        }
        #expect(heard == ["0", "1", "2", "end"])
    }

    @Test func `a server that accepts and says nothing costs the connect timeout`() async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                #expect(bind(listener, address, length) == 0)
                #expect(Glibc.listen(listener, 5) == 0)
                #expect(getsockname(listener, address, &length) == 0)
            }
        }
        var configuration = ConnectionConfiguration(
            endpoints: [.init(host: "localhost", port: Int(UInt16(bigEndian: address.sin_port)))],
            user: "x",
            database: "x"
        )
        configuration.connectTimeout = .milliseconds(300)
        let start = ContinuousClock.now
        let error = await #expect(throws: DatabaseError.self) { _ = try await Connection.open(configuration) }
        #expect(start.duration(to: .now) >= configuration.connectTimeout)
        #expect(error?.kind == .connectFailed && error?.detail == "timed out")
    }

    @Test func `a statement does not outlive a client that was killed`() async throws {
        let configuration = TestDatabase.current.configuration
        let folder = configuration.endpoints[0].host
        let user = configuration.user
        let database = configuration.database
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [folder = folder as String, user = user as String, database = database as String] in
            let connection = try await Connection.open(
                ConnectionConfiguration(socketDirectory: folder, user: user, database: database).patient
            )
            let task = Task { try await connection.executeScript("SELECT pg_sleep(3600) AS orphan") }
            let other = try await Connection.open(
                ConnectionConfiguration(socketDirectory: folder, user: user, database: database).patient
            )
            while try await other.execute(SessionEndTests.orphans).value(0, 0, as: Int.self) == 0 {}
            kill(getpid(), SIGKILL)
            try await task.value
        }
        let hasEnded = try await Patience.until {
            try await TestDatabase.current.pool.execute(Self.orphans).value(0, 0, as: Int.self) == 0
        }
        #expect(hasEnded)
    }

    static let orphans = Statement(
        "orphans",
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND query LIKE '%AS orphan'
        """
    )

    @Test func `a lost commit is called unknown, a lost statement in a transaction is not`() async throws {
        let pool = TestDatabase.current.pool
        let inside = await #expect(throws: DatabaseError.self) {
            try await pool.withTransaction { connection in
                _ = try await connection.execute(Statement("", "SELECT pg_terminate_backend(pg_backend_pid())"))
            }
        }
        #expect(inside?.kind == .connectionLost && inside?.outcomeUnknown == false)
        try await pool.withConnection { connection in
            try await connection.executeScript(
                """
                CREATE TABLE t (n int);
                CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION die()
                """
            )
        }
        let commit = await #expect(throws: DatabaseError.self) {
            try await pool.withTransaction { try await $0.executeScript("INSERT INTO t VALUES (1)") }
        }
        #expect(commit?.kind == .connectionLost && commit?.outcomeUnknown == true)
    }
}
