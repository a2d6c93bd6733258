import LikenessPostgres
import LikenessTesting
import Logging
import Testing

/// The pool with real connections.
@Suite(.emptyDatabase) struct PoolTests {
    private static let one = Statement("one", "SELECT 1")

    private func pool(_ change: (inout PoolConfiguration) -> Void = { _ in }) -> ConnectionPool {
        var configuration = PoolConfiguration.patient
        change(&configuration)
        return ConnectionPool(TestDatabase.current.configuration, configuration, logger: Logger(label: "likeness.test"))
    }

    @Test func `many callers share ten connections`() async throws {
        let pool = TestDatabase.current.pool
        let processes = try await withThrowingTaskGroup(of: Int32.self) { group in
            for caller in 0..<100 {
                group.addTask {
                    var process: Int32 = 0
                    for round in 0..<20 {
                        process = try await pool.withConnection { connection in
                            let number = Int32(caller * 100 + round)
                            let result = try await connection.execute(
                                Statement("echo", "SELECT $1", [.int4]),
                                Parameters(number)
                            )
                            #expect(try result.value(0, 0, as: Int32.self) == number)
                            return connection.backendProcess
                        }
                    }
                    return process
                }
            }
            return try await group.reduce(into: Set<Int32>()) { $0.insert($1) }
        }
        #expect(processes.count <= 10)
        let statistics = pool.statistics
        #expect(statistics.acquired == 2000)
        #expect(statistics.busy == 0 && statistics.waiting == 0 && statistics.idle <= 10)
    }

    @Test func `200 waiters of an exhausted pool are all answered while it is, as exhausted`() async throws {
        let pool = self.pool {
            $0.connectionsMax = 2
            $0.waitersMax = 200
            $0.acquireTimeout = .milliseconds(300)
        }
        let (holding, held) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let holders = (0..<2).map { _ in
            Task {
                // On a busy machine opening a connection may take longer than this pool lets anybody wait.
                while !Task.isCancelled {
                    do {
                        return try await pool.withConnection { _ in
                            held.yield()
                            for await _ in released { break }
                        }
                    } catch let error as DatabaseError where error.nothingWasSent {}
                }
            }
        }
        var count = 0
        for await _ in holding {
            count += 1
            if count == 2 { break }
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    let error = await #expect(throws: DatabaseError.self) { _ = try await pool.execute(Self.one) }
                    guard case .poolExhausted(let waited) = error?.kind else {
                        Issue.record("\(String(describing: error))")
                        return
                    }
                    #expect(waited >= .milliseconds(300) && error?.nothingWasSent == true)
                }
            }
        }
        release.finish()
        for holder in holders { try await holder.value }
        _ = try await pool.execute(Self.one)
        await pool.shutDown()
    }

    @Test func `terminated sessions are replaced before anybody notices`() async throws {
        let pool = TestDatabase.current.pool
        let administration = try await Connection.open(TestDatabase.current.configuration)
        defer { administration.close() }
        for _ in 0..<5 {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try? await pool.execute(Self.one) } }
            }
            let terminated = try await administration.execute(
                Statement(
                    "terminate",
                    """
                    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                    """
                )
            )
            #expect(terminated.rowCount > 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask { _ = try await pool.execute(Self.one, isIdempotent: true) }
                }
                try await group.waitForAll()
            }
        }
        #expect(pool.statistics.closedBroken > 0)
        #expect(pool.statistics.refusedDown == 0)
    }

    @Test func `a session that dies under a statement says so and is not lent again`() async throws {
        let pool = self.pool { $0.connectionsMax = 1 }
        let error = await #expect(throws: DatabaseError.self) {
            _ = try await pool.execute(Statement("", "SELECT pg_terminate_backend(pg_backend_pid())"))
        }
        #expect(error?.kind == .connectionLost)
        #expect(error?.sqlState == "57P01")
        #expect(error?.outcomeUnknown == true)
        _ = try await pool.execute(Self.one)
        #expect(pool.statistics.opened == 2 && pool.statistics.closedBroken == 1)
        await pool.shutDown()
    }

    @Test func `a borrower that leaves a transaction open does not poison the next`() async throws {
        let pool = self.pool { $0.connectionsMax = 1 }
        try await pool.withConnection { try await $0.executeScript("BEGIN; CREATE TABLE t (n int)") }
        let found = try await pool.execute(Statement("", "SELECT to_regclass('t') IS NULL"))
        #expect(try found.value(0, 0, as: Bool.self))
        await pool.shutDown()
    }

    @Test func `a cancelled waiter leaves the queue`() async throws {
        let pool = self.pool { $0.connectionsMax = 1 }
        try await pool.withConnection { connection in
            let waiter = Task { try await pool.execute(Self.one).rowCount }
            while pool.statistics.waiting == 0 { await Task.yield() }
            waiter.cancel()
            let error = await #expect(throws: DatabaseError.self) { _ = try await waiter.value }
            #expect(error?.kind == .cancelled && error?.nothingWasSent == true)
            #expect(pool.statistics.waiting == 0)
            try await connection.ping()
        }
        await pool.shutDown()
    }

    @Test func `unused connections close, and a shut pool says so`() async throws {
        let pool = self.pool { $0.idleTime = .milliseconds(50) }
        _ = try await pool.execute(Self.one)
        _ = try await Patience.until { pool.statistics.closedIdle > 0 }
        #expect(pool.statistics.idle == 0 && pool.statistics.closedIdle == 1)
        await pool.shutDown()
        let error = await #expect(throws: DatabaseError.self) { _ = try await pool.execute(Self.one) }
        #expect(error?.kind == .poolClosed)
    }
}
