import LikenessPostgres
import LikenessTesting
import Logging
import Testing

/// One session: statements, pipelines, settings, plans, scripts and COPY.
@Suite(.emptyDatabase) struct ConnectionTests {
    private func withConnection(_ body: (Connection) async throws -> Void) async throws {
        let connection = try await Connection.open(TestDatabase.current.configuration)
        defer { connection.close() }
        try await body(connection)
    }

    private func number(_ connection: Connection, _ sql: SQL) async throws -> Int {
        try await connection.execute(Statement("", sql)).value(0, 0)
    }

    @Test func `a statement is prepared once per connection`() async throws {
        try await self.withConnection { connection in
            let statement = Statement("add", "SELECT $1 + $2", [.int8, .int8])
            for index in 0..<20 {
                let result = try await connection.execute(statement, Parameters(Int64(index), Int64(1)))
                #expect(try result.value(0, 0, as: Int.self) == index + 1)
            }
            #expect(try await self.number(connection, "SELECT count(*) FROM pg_prepared_statements") == 1)
        }
    }

    @Test func `a pipeline answers in order and is one transaction`() async throws {
        try await self.withConnection { connection in
            try await connection.executeScript("CREATE TABLE t (n int4 PRIMARY KEY)")
            let insert = Statement("insert", "INSERT INTO t VALUES ($1)", [.int4])
            let count = Statement("count", "SELECT count(*) FROM t")
            var results = try await connection.pipeline { batch in
                batch.add(count)
                for n in 0..<3 { batch.add(insert, Parameters(Int32(n))) }
                batch.add(count)
            }
            #expect(results.count == 5)
            #expect(try results.next().value(0, 0, as: Int.self) == 0)
            for _ in 0..<3 { #expect(results.next().affectedRows == 1) }
            #expect(try results.next().value(0, 0, as: Int.self) == 3)

            let error = await #expect(throws: DatabaseError.self) {
                _ = try await connection.pipeline { batch in
                    batch.add(insert, Parameters(Int32(10)))
                    batch.add(insert, Parameters(Int32(0)))
                    batch.add(insert, Parameters(Int32(11)))
                }
            }
            #expect(error?.kind == .statement(sqlState: SQLState.uniqueViolation))
            #expect(error?.constraint == "t_pkey")
            #expect(error?.nothingWasSent == false)
            #expect(error.map { "\($0)" }?.contains("t_pkey") == false)
            #expect(try await self.number(connection, "SELECT count(*) FROM t") == 3)
        }
    }

    @Test func `a statement that fails to parse is prepared anew when it can be`() async throws {
        try await self.withConnection { connection in
            let statement = Statement("later", "SELECT n FROM later")
            await #expect(throws: DatabaseError.self) { _ = try await connection.execute(statement) }
            try await connection.executeScript("CREATE TABLE later AS SELECT 7 AS n")
            #expect(try await connection.execute(statement).value(0, 0, as: Int.self) == 7)
        }
    }

    @Test func `plans that the server dropped or outdated are made again, once and unseen`() async throws {
        try await self.withConnection { connection in
            try await connection.executeScript("CREATE TABLE t AS SELECT 1::int4 AS n")
            let statement = Statement("read", "SELECT * FROM t")
            #expect(try await connection.execute(statement).value(0, 0, as: Int.self) == 1)
            try await connection.executeScript("DEALLOCATE ALL")
            #expect(try await connection.execute(statement).value(0, 0, as: Int.self) == 1)
            try await connection.executeScript("ALTER TABLE t ALTER n TYPE int8")
            #expect(try await connection.execute(statement).value(0, 0, as: Int.self) == 1)
            try await connection.executeScript("ALTER TABLE t ADD COLUMN more text")
            #expect(try await connection.execute(statement).columnCount == 2)
            #expect(try await self.number(connection, "SELECT count(*) FROM pg_prepared_statements") == 1)
            try await connection.executeScript("DISCARD ALL")
            #expect(try await connection.execute(statement).columnCount == 2)
        }
    }

    @Test func `inside a transaction a stale plan runs the whole transaction again`() async throws {
        try await self.withConnection { connection in
            try await connection.executeScript("CREATE TABLE t AS SELECT 1::int4 AS n")
            let statement = Statement("read", "SELECT * FROM t")
            _ = try await connection.execute(statement)
            try await connection.executeScript("ALTER TABLE t ALTER n TYPE int8")
            var runs = 0
            try await connection.withTransaction(attempts: 2) { connection in
                runs += 1
                try await connection.executeScript("INSERT INTO t VALUES (2)")
                #expect(try await connection.execute(statement).rowCount == 2)
            }
            #expect(runs == 2)
            #expect(try await self.number(connection, "SELECT count(*) FROM t") == 2)
        }
    }

    @Test func `settings travel only when they differ, and come back after a failure`() async throws {
        try await self.withConnection { connection in
            let show = Statement("show", "SELECT current_setting('hnsw.ef_search')")
            for value in [40, 40, 100, 40] {
                let result = try await connection.execute(show, settings: [SessionSetting("hnsw.ef_search", value)])
                #expect(try result.value(0, 0, as: String.self) == String(value))
            }
            // The failing request takes its setting back with it.
            await #expect(throws: DatabaseError.self) {
                _ = try await connection.execute(
                    Statement("", "SELECT 1/0"),
                    settings: [SessionSetting("hnsw.ef_search", 7)]
                )
            }
            for value in [7, 40] {
                let result = try await connection.execute(show, settings: [SessionSetting("hnsw.ef_search", value)])
                #expect(try result.value(0, 0, as: String.self) == String(value))
            }
            // So does a transaction that is rolled back.
            struct Stop: Error {}
            await #expect(throws: Stop.self) {
                try await connection.withTransaction { connection in
                    _ = try await connection.execute(show, settings: [SessionSetting("hnsw.ef_search", 8)])
                    throw Stop()
                }
            }
            let result = try await connection.execute(show, settings: [SessionSetting("hnsw.ef_search", 8)])
            #expect(try result.value(0, 0, as: String.self) == "8")
        }
    }

    @Test func `sessions start with limits and with settings of extensions`() async throws {
        var configuration = TestDatabase.current.configuration
        configuration.sessionSettings = ConnectionConfiguration.defaultSessionSettings
        configuration.sessionSettings["hnsw.ef_search"] = "123"
        configuration.sessionSettings["search_path"] = #"public, "a b\c""#
        configuration.applicationName = "it's me"
        let connection = try await Connection.open(configuration)
        defer { connection.close() }
        var values: [String: String] = [:]
        for name in [
            "hnsw.ef_search", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
            "client_connection_check_interval", "search_path", "application_name", "client_encoding",
        ] {
            values[name] = try await connection.execute(
                Statement("", "SELECT current_setting($1)", [.text]),
                Parameters(name)
            ).value(0, 0)
        }
        #expect(values["hnsw.ef_search"] == "123")
        #expect(values["statement_timeout"] == "30s")
        #expect(values["lock_timeout"] == "1s")
        #expect(values["idle_in_transaction_session_timeout"] == "5s")
        #expect(values["client_connection_check_interval"] == "1s")
        #expect(values["search_path"] == #"public, "a b\c""#)
        #expect(values["application_name"] == "it's me")
        #expect(values["client_encoding"] == "UTF8")
        #expect(connection.isInHotStandby == false)
    }

    @Test(arguments: [nil, "-c enable_seqscan=on"])
    func `a setting of the session's own holds for every call that asks for no other`(options: String?) async throws {
        var configuration = TestDatabase.current.configuration
        configuration.sessionSettings["enable_seqscan"] = "off"
        // What the connection string says wins.
        configuration.serverOptions = options
        let own = options == nil ? "off" : "on"
        let connection = try await Connection.open(configuration)
        defer { connection.close() }
        let show = Statement("show", "SELECT current_setting('enable_seqscan')")
        func shown(_ settings: [SessionSetting] = []) async throws -> String {
            try await connection.execute(show, settings: settings).value(0, 0)
        }
        #expect(try await shown() == own)
        for other in ["on", "off"] {
            #expect(try await shown([SessionSetting("enable_seqscan", other)]) == other)
            #expect(try await shown([SessionSetting("enable_seqscan", other), SessionSetting("jit", "off")]) == other)
            #expect(try await shown([SessionSetting("jit", "off")]) == own)
            #expect(try await shown() == own)
        }

        // Also after a call that failed, and one whose setting was taken back with its transaction.
        await #expect(throws: DatabaseError.self) {
            let settings = [SessionSetting("enable_seqscan", "on")]
            _ = try await connection.execute(Statement("", "SELECT 1/0"), settings: settings)
        }
        #expect(try await shown() == own)
        _ = try await shown([SessionSetting("enable_seqscan", "on")])
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
            try await connection.withTransaction { connection in
                let inside: String = try await connection.execute(show).value(0, 0)
                #expect(inside == own)
                throw Stop()
            }
        }
        #expect(try await shown() == own)
    }

    @Test func `unnamed statements leave nothing behind, nor do their settings`() async throws {
        var configuration = TestDatabase.current.configuration
        configuration.statementNaming = .unnamed
        let connection = try await Connection.open(configuration)
        defer { connection.close() }
        let show = Statement("show", "SELECT current_setting('hnsw.ef_search', true), $1", [.int4])
        let result = try await connection.execute(
            show,
            Parameters(Int32(5)),
            settings: [SessionSetting("hnsw.ef_search", 77)]
        )
        #expect(try result.value(0, 0, as: String?.self) == "77")
        let after = try await connection.execute(show, Parameters(Int32(5)))
        #expect(try after.value(0, 0, as: String?.self) != "77")
        #expect(try await self.number(connection, "SELECT count(*) FROM pg_prepared_statements") == 0)
    }

    @Test func `a transaction commits, rolls back, and reports a commit that did not happen`() async throws {
        struct Stop: Error {}
        try await self.withConnection { connection in
            try await connection.executeScript("CREATE TABLE t (n int4 UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            let insert = Statement("insert", "INSERT INTO t VALUES ($1)", [.int4])
            try await connection.withTransaction { connection in
                _ = try await connection.execute(insert, Parameters(Int32(1)))
                #expect(connection.isInTransaction)
            }
            await #expect(throws: Stop.self) {
                try await connection.withTransaction { connection in
                    _ = try await connection.execute(insert, Parameters(Int32(2)))
                    throw Stop()
                }
            }
            #expect(try await self.number(connection, "SELECT count(*) FROM t") == 1)
            #expect(!connection.isInTransaction)

            let deferred = await #expect(throws: DatabaseError.self) {
                try await connection.withTransaction { connection in
                    _ = try await connection.execute(insert, Parameters(Int32(1)))
                }
            }
            #expect(deferred?.kind == .statement(sqlState: SQLState.uniqueViolation))

            let swallowed = await #expect(throws: DatabaseError.self) {
                try await connection.withTransaction { connection in
                    _ = try? await connection.executeScript("SELECT 1/0")
                }
            }
            #expect(swallowed?.kind == .statement(sqlState: SQLState.inFailedTransaction))
            try await connection.withTransaction { _ in }
            try await connection.withTransaction(isolation: .serializable, isReadOnly: true) { connection in
                let isolation = try await connection.execute(Statement("", "SHOW transaction_isolation"))
                #expect(try isolation.value(0, 0, as: String.self) == "serializable")
            }
        }
    }

    @Test func `the server may ask for a transaction to be run again`() async throws {
        let pool = TestDatabase.current.pool
        try await pool.withConnection { try await $0.executeScript("CREATE TABLE t AS SELECT 0 AS n") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10 {
                        try await pool.withTransaction(isolation: .serializable, attempts: 200) { connection in
                            let n: Int = try await connection.execute(Statement("read", "SELECT n FROM t")).value(0, 0)
                            _ = try await connection.execute(
                                Statement("write", "UPDATE t SET n = $1", [.int4]),
                                Parameters(Int32(n + 1))
                            )
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await pool.execute(Statement("", "SELECT n FROM t")).value(0, 0, as: Int.self) == 80)
    }

    @Test func `32 MiB go out while 32 MiB come in`() async throws {
        try await self.withConnection { connection in
            let echo = Statement("echo", "SELECT $1", [.bytea])
            let chunk = [UInt8](repeating: 0x5A, count: 1 << 20)
            var results = try await connection.pipeline { batch in
                for _ in 0..<32 { batch.add(echo, Parameters(chunk)) }
            }
            var bytes = 0
            while results.count > 0 { bytes += try results.next().value(0, 0, as: [UInt8].self).count }
            #expect(bytes == 32 << 20)
        }
    }

    @Test func `100,000 rows go in by binary COPY and come out again`() async throws {
        try await self.withConnection { connection in
            try await connection.executeScript("CREATE TABLE t (n int8, name text, tags text[])")
            let count = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                for n in 0..<100_000 {
                    try await writer.writeRow(Int64(n), n % 10 == 0 ? nil : "row \(n)", ["a", "b"])
                }
            }
            #expect(count == 100_000)
            let sum = try await connection.execute(Statement("", "SELECT sum(n)::int8, count(name) FROM t"))
            #expect(try sum.value(0, 0, as: Int.self) == 4_999_950_000)
            #expect(try sum.value(0, 1, as: Int.self) == 90_000)

            var lines = 0
            var bytes = 0
            let rows = try await connection.copyOut("COPY t TO STDOUT") { row in
                lines += 1
                bytes += row.count
                if lines % 10_000 == 0 { await Task.yield() }
            }
            #expect(rows == 100_000 && lines == 100_000 && bytes > 1_000_000)
            try await connection.ping()
        }
    }

    @Test func `a COPY of no rows is one`() async throws {
        try await self.withConnection { connection in
            try await connection.executeScript("CREATE TABLE t (n int8)")
            #expect(try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { _ in } == 0)
            try await connection.ping()
        }
    }

    @Test func `a COPY that either side gives up leaves no rows and a working connection`() async throws {
        struct Stop: Error {}
        try await self.withConnection { connection in
            try await connection.executeScript("CREATE TABLE t (n int8 CHECK (n < 100))")
            await #expect(throws: Stop.self) {
                _ = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                    for n in 0..<50_000 { try await writer.writeRow(Int64(n % 10)) }
                    throw Stop()
                }
            }
            #expect(try await self.number(connection, "SELECT count(*) FROM t") == 0)
            let refused = await #expect(throws: DatabaseError.self) {
                _ = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                    for n in 0..<1000 { try await writer.writeRow(Int64(n)) }
                }
            }
            #expect(refused?.kind == .statement(sqlState: SQLState.checkViolation))
            await #expect(throws: Stop.self) {
                try await connection.copyOut("COPY (SELECT generate_series(1, 1000000)) TO STDOUT") { _ in throw Stop()
                }
            }
            await #expect(throws: DatabaseError.self) { try await connection.copyOut("SELECT 1") { _ in } }
            await #expect(throws: DatabaseError.self) { _ = try await connection.copyIn("COPY t TO STDOUT") { _ in } }
            #expect(try await self.number(connection, "SELECT count(*) FROM t") == 0)
        }
    }

    @Test func `scripts run all their statements and tell what failed`() async throws {
        try await self.withConnection { connection in
            try await connection.executeScript("CREATE TABLE a (n int); INSERT INTO a VALUES (1), (2); SELECT * FROM a")
            #expect(try await self.number(connection, "SELECT count(*) FROM a") == 2)
            let error = await #expect(throws: DatabaseError.self) {
                try await connection.executeScript("INSERT INTO a VALUES (3); SELECT broken; INSERT INTO a VALUES (4)")
            }
            #expect(error?.kind == .statement(sqlState: "42703"))
            #expect(try await self.number(connection, "SELECT count(*) FROM a") == 2)
            await #expect(throws: DatabaseError.self) { try await connection.executeScript("COPY a FROM STDIN") }
            try await connection.ping()
        }
    }

    @Test func `a connection that cannot be opened says why, in time`() async throws {
        var configuration = TestDatabase.current.configuration
        configuration.database = "no such database"
        let missing = await #expect(throws: DatabaseError.self) { _ = try await Connection.open(configuration) }
        #expect(missing?.kind == .connectFailed)
        #expect(missing?.detail.contains("no such database") == true)
        #expect(missing?.nothingWasSent == true)
        let refused = await #expect(throws: DatabaseError.self) {
            _ = try await Connection.open(
                ConnectionConfiguration(endpoints: [.init(host: "127.0.0.1", port: 1)], user: "x", database: "x")
            )
        }
        #expect(refused?.kind == .connectFailed)
        let unresolved = await #expect(throws: DatabaseError.self) {
            _ = try await Connection.open(
                ConnectionConfiguration(endpoints: [.init(host: "no-such-host.invalid")], user: "x", database: "x")
            )
        }
        #expect(unresolved?.kind == .connectFailed)
    }
}
