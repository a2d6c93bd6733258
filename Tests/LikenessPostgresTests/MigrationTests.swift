import LikenessTesting
import Logging
import Testing

@testable import LikenessPostgres

@Suite(.emptyDatabase) struct MigrationTests {
    private let logger = Logger(label: "likeness.test")

    private func runner(_ files: [(String, String)]) throws -> MigrationRunner {
        try MigrationRunner(files.map { try Migration(fileName: $0.0, sql: $0.1) }, logger: self.logger)
    }

    private func apply(_ files: [(String, String)]) async throws -> [Int] {
        try await self.runner(files).apply(
            TestDatabase.current.configuration,
            lockDeadline: .now + .seconds(30)
        ).map(\.version)
    }

    private func count(_ sql: SQL) async throws -> Int {
        try await TestDatabase.current.pool.execute(Statement("", sql)).value(0, 0)
    }

    private let files = [
        ("0001_first.sql", "-- What it is.\nCREATE TABLE a (n int); INSERT INTO a VALUES (1);"),
        ("0002_second.sql", "INSERT INTO a VALUES (2);"),
        (
            "0010_index.sql",
            """
            -- likeness: transaction=off
            CREATE INDEX CONCURRENTLY IF NOT EXISTS a_n_idx ON a (n); -- one; only one
            CREATE INDEX CONCURRENTLY IF NOT EXISTS a_n2_idx ON a ((n || $$;'$$));
            """
        ),
    ]

    @Test func `each file runs once, in order, and is remembered`() async throws {
        #expect(try await self.apply(Array(self.files.prefix(2).reversed())) == [1, 2])
        #expect(try await self.apply(self.files) == [10])
        #expect(try await self.apply(self.files) == [])
        #expect(try await self.count("SELECT sum(n) FROM a") == 3)
        #expect(try await self.count("SELECT count(*) FROM pg_indexes WHERE tablename = 'a'") == 2)
        let runner = try self.runner(self.files + [("0011_next.sql", "SELECT 1")])
        let status = try await TestDatabase.current.pool.withConnection { try await runner.status($0) }
        #expect(status.map(\.version) == [1, 2, 10, 11])
        #expect(status.last?.state == .pending)
        if case .applied = status[0].state {} else { Issue.record("\(status[0])") }
    }

    @Test func `five runners at once run each file once, also beside CREATE INDEX CONCURRENTLY`() async throws {
        let files = self.files
        let ran = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<5 { group.addTask { try await self.apply(files) } }
            return try await group.reduce(into: [Int]()) { $0 += $1 }
        }
        #expect(ran.sorted() == [1, 2, 10])
        #expect(try await self.count("SELECT count(*) FROM a") == 2)
    }

    @Test func `an edited file is refused`() async throws {
        _ = try await self.apply(self.files)
        var edited = self.files
        edited[0].1 += " "
        let error = await #expect(throws: MigrationError.self) { _ = try await self.apply(edited) }
        guard case .edited(fileName: "0001_first.sql") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let runner = try self.runner(edited)
        let status = try await TestDatabase.current.pool.withConnection { try await runner.status($0) }
        #expect(status[0].state == .edited)
    }

    @Test func `a database newer than the program is refused`() async throws {
        _ = try await self.apply(self.files)
        let error = await #expect(throws: MigrationError.self) { _ = try await self.apply(Array(self.files.prefix(2))) }
        guard case .databaseIsNewer(database: 10, program: 2) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a database whose texts are not UTF-8 is refused, with the way out`() async throws {
        let database = TestDatabase.current
        let name = SQL(quoting: "\(database.name)_ascii")
        try await database.pool.withConnection { connection in
            try await connection.executeScript(
                "CREATE DATABASE \(name) ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
            )
        }
        var configuration = database.configuration
        configuration.database = "\(database.name)_ascii"
        let target = configuration
        let runner = try self.runner(self.files)
        let error = await #expect(throws: MigrationError.self) {
            _ = try await runner.apply(target, lockDeadline: .now + .seconds(30))
        }
        try await database.pool.withConnection { try await $0.executeScript("DROP DATABASE \(name)") }
        guard case .notUTF8(encoding: "SQL_ASCII") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("ENCODING 'UTF8'") == true)
    }

    @Test func `a file that comes too late is refused`() async throws {
        _ = try await self.apply(self.files)
        let error = await #expect(throws: MigrationError.self) {
            _ = try await self.apply(self.files + [("0005_late.sql", "SELECT 1")])
        }
        guard case .outOfOrder(fileName: "0005_late.sql", applied: 10) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a failing file leaves nothing behind, and the ones before it stay`() async throws {
        let broken = [self.files[0], ("0003_broken.sql", "INSERT INTO a VALUES (5); SELECT broken; ")]
        let error = await #expect(throws: MigrationError.self) { _ = try await self.apply(broken) }
        guard case .failed(fileName: "0003_broken.sql", let cause) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.sqlState == "42703")
        #expect(try await self.count("SELECT sum(n) FROM a") == 1)
        #expect(try await self.apply([self.files[0], ("0003_broken.sql", "INSERT INTO a VALUES (5)")]) == [3])
        let sneaky = await #expect(throws: MigrationError.self) {
            _ = try await self.apply([
                self.files[0], ("0003_broken.sql", "INSERT INTO a VALUES (5)"), ("0004_sneaky.sql", "COMMIT; SELECT 1"),
            ])
        }
        guard case .malformed = sneaky else {
            Issue.record("\(String(describing: sneaky))")
            return
        }
    }

    @Test func `a runner that cannot have the lock says so`() async throws {
        let holder = try await Connection.open(TestDatabase.current.configuration)
        defer { holder.close() }
        _ = try await holder.execute(Statement("", "SELECT pg_advisory_lock(7811893112038847347)::text"))
        let runner = try self.runner(self.files)
        let error = await #expect(throws: MigrationError.self) {
            try await runner.apply(TestDatabase.current.configuration, lockDeadline: .now + .milliseconds(150))
        }
        guard case .lockTimeout = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(arguments: ["1_x.sql", "00001_x.sql", "0001.sql", "0001_x.txt", "0000_x.sql", "000a_x.sql"])
    func `a file with another kind of name is refused`(name: String) {
        #expect(throws: MigrationError.self) { try Migration(fileName: name, sql: "") }
        #expect(throws: MigrationError.self) { try Migration(fileName: "0001_x.sql", sql: "-- likeness: speed=fast\n") }
    }

    @Test func `scripts are cut where statements end`() {
        let script = """
            -- a; b
            SELECT ';', E'\\';', "a;b"; /* ; /* ; */ ; */ SELECT $x$;$x$, $$;$$, $1; SELECT (1; 2);
            ;; -- the end;
            SELECT 'x'';'; SELECT a$b$c
            """
        let statements = SQLScript.statements(of: script)
        #expect(statements.count == 5)
        #expect(statements[1].contains("$x$;$x$, $$;$$, $1"))
        #expect(statements[2].contains("(1; 2)"))
        #expect(statements[3].contains("'x'';'"))
    }

    @Test func `an older program works on after an expanding migration and not after a contracting one`() async throws {
        let old = try self.runner(self.files)
        _ = try await self.apply(self.files)
        let expanded = self.files + [("0011_more.sql", "-- likeness: change=expand\nCREATE TABLE b (n int)")]
        #expect(try await self.apply(expanded) == [11])
        let pool = TestDatabase.current.pool
        var status = try await pool.withConnection { try await old.status($0) }
        #expect(status.last?.state == .unknown && status.last?.change == .expand)
        #expect(status.compactMap(\.obstacle) == [])
        // It also starts again, and has nothing to do.
        #expect(try await self.apply(self.files) == [])

        let contracted = expanded + [("0012_less.sql", "-- likeness: change=contract\nDROP TABLE b")]
        #expect(try await self.apply(contracted) == [12])
        status = try await pool.withConnection { try await old.status($0) }
        #expect(status.compactMap(\.obstacle).count == 1)
        #expect(status.last?.obstacle?.contains("migration 0012_less.sql is of a newer release") == true)
        await #expect(throws: MigrationError.self) { _ = try await self.apply(self.files) }
        let unknown = #expect(throws: MigrationError.self) {
            _ = try self.runner([("0001_a.sql", "-- likeness: change=perhaps\nSELECT 1")])
        }
        guard case .malformed = unknown else {
            Issue.record("\(String(describing: unknown))")
            return
        }
    }

    @Test func `a database of the release before the column for it is read and extended`() async throws {
        _ = try await self.apply([self.files[0]])
        try await TestDatabase.current.pool.withConnection {
            try await $0.executeScript("ALTER TABLE schema_migrations DROP COLUMN change")
        }
        let runner = try self.runner(self.files)
        let status = try await TestDatabase.current.pool.withConnection { try await runner.status($0) }
        #expect(status.map { $0.obstacle == nil } == [true, false, false])
        #expect(try await self.apply(self.files) == [2, 10])
    }

    @Test func `what only a superuser may do is said before anything runs`() async throws {
        let database = TestDatabase.current
        // Roles belong to all databases of the server.
        let role = "\(database.name)_owner"
        try await database.pool.withConnection { connection in
            try await connection.executeScript(
                "CREATE ROLE \(SQL(quoting: role)) LOGIN; ALTER DATABASE \(SQL(quoting: database.name)) OWNER TO \(SQL(quoting: role))"
            )
        }
        var configuration = database.configuration
        configuration.user = role
        let owner = configuration
        let runner = try self.runner([
            (
                "0001_first.sql",
                "CREATE EXTENSION IF NOT EXISTS vector;\nCREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE TABLE a (v vector(3));"
            )
        ])
        let error = await #expect(throws: MigrationError.self) {
            try await runner.apply(owner, lockDeadline: .now + .seconds(30))
        }
        guard case .needsAdministrator(let commands) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(commands == ["psql -d \(database.name) -c 'CREATE EXTENSION vector'"])
        #expect(error?.description.contains("nothing was changed") == true)
        #expect(try await self.count("SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations'") == 0)

        // What it says is enough. (pg_trgm is trusted: the owner of the database makes it itself.)
        try await database.pool.withConnection { try await $0.executeScript("CREATE EXTENSION vector") }
        #expect(try await runner.apply(owner, lockDeadline: .now + .seconds(30)).count == 1)

        // Objects of another's, and a schema that nothing may be made in.
        try await database.pool.withConnection { connection in
            try await connection.executeScript(
                "ALTER TABLE a OWNER TO CURRENT_USER; ALTER SCHEMA public OWNER TO CURRENT_USER"
            )
        }
        let next = try self.runner([
            (
                "0001_first.sql",
                "CREATE EXTENSION IF NOT EXISTS vector;\nCREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE TABLE a (v vector(3));"
            ), ("0002_next.sql", "ALTER TABLE a ADD COLUMN n int"),
        ])
        let second = await #expect(throws: MigrationError.self) {
            try await next.apply(owner, lockDeadline: .now + .seconds(30))
        }
        let text = second?.description ?? ""
        #expect(text.contains("'GRANT USAGE, CREATE ON SCHEMA public TO \(role)'"))
        #expect(text.contains("'ALTER TABLE public.a OWNER TO \(role)'"))
        try await database.pool.withConnection { connection in
            try await connection.executeScript(
                """
                ALTER DATABASE \(SQL(quoting: database.name)) OWNER TO CURRENT_USER;
                DROP OWNED BY \(SQL(quoting: role)) CASCADE; DROP ROLE \(SQL(quoting: role))
                """
            )
        }
    }
}
