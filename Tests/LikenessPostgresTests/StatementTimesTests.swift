import LikenessTesting
import Logging
import Testing

@testable import LikenessPostgres

/// How long the database took, by statement and outcome: of a real one.
@Suite(.emptyDatabase) struct StatementTimesTests {
    private struct Counted: Hashable {
        let statement: String
        let code: String
        let count: UInt64

        init(_ statement: String, _ code: String = "", _ count: UInt64 = 1) {
            (self.statement, self.code, self.count) = (statement, code, count)
        }
    }

    /// What is counted while `body` runs, without what opening a connection asks.
    private func counted(_ body: (Connection) async throws -> Void) async throws -> Set<Counted> {
        let times = StatementTimes()
        let connection = try await Connection.open(TestDatabase.current.configuration, times: times)
        defer { connection.close() }
        try await body(connection)
        return Set(times.entries.map { Counted($0.statement, $0.failure?.reason ?? "", $0.times.count) })
            .subtracting([Counted("extension_types")])
    }

    @Test func `a statement counts under its name, variants of one text together`() async throws {
        let found = try await self.counted { connection in
            for _ in 0..<3 { _ = try await connection.execute(Statement("one", "SELECT 1")) }
            for limit in [10, 50] {
                _ = try await connection.execute(Statement("page_\(limit)_live", "SELECT \(limit)"))
            }
            _ = try await connection.execute(Statement("", "SELECT 2", countedAs: "shape"))
            _ = try await connection.execute(Statement("", "SELECT 3"))
            _ = try await connection.executeScript("SELECT 1; SELECT 2")
            // Asks nothing.
            try await connection.ping()
        }
        #expect(
            found == [
                Counted("one", "", 3), Counted("page_live", "", 2), Counted("shape"), Counted("_OTHER"),
                Counted("script"),
            ]
        )
    }

    @Test func `a round trip counts once: for its first statement with a name, or for the one that failed`()
        async throws
    {
        let (first, second) = (Statement("first", "SELECT 1"), Statement("second", "SELECT 1 / $1", [.int4]))
        let found = try await self.counted { connection in
            for divisor in [1, 0] as [Int32] {
                _ = try? await connection.pipeline { batch in
                    batch.add(Statement("", "SELECT set_config('work_mem', '1MB', true)"))
                    batch.add(first)
                    batch.add(second, Parameters(divisor))
                    batch.add(first)
                }
            }
            // One that cannot be prepared.
            _ = try? await connection.execute(Statement("third", "SELECT FROM nothing"))
        }
        #expect(found == [Counted("first"), Counted("second", "22012"), Counted("third", "42P01")])
    }

    @Test func `what was given up is counted when the server has ended it, a lost connection as such`() async throws {
        let found = try await self.counted { connection in
            let deadline = ContinuousClock.now + .milliseconds(50)
            _ = try? await connection.execute(Statement("nap", "SELECT pg_sleep(600)"), deadline: deadline)
            await connection.settle()
            _ = try? await connection.execute(
                Statement("suicide", "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(600)")
            )
        }
        #expect(found == [Counted("nap", "57014"), Counted("suicide", "57P01")])
    }

    @Test func `COMMIT and COPY have names`() async throws {
        let found = try await self.counted { connection in
            try await connection.executeScript("CREATE TABLE t (n int4)")
            try await connection.withTransaction { connection in
                _ = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                    try await writer.writeRow(Parameters(Int32(1)))
                }
            }
        }
        #expect(found == [Counted("script"), Counted("copy"), Counted("commit")])
    }

    @Test func `names and codes without end are bounded`() {
        let times = StatementTimes()
        let start = Moment.now
        let label = StatementLabel("failing")
        for number in 0..<2 * StatementTimes.failuresMax {
            let error = DatabaseError(.statement(sqlState: "X\(number)"))
            times.record(label, error, from: start, to: start + .seconds(1))
        }
        let failures = times.entries
        #expect(failures.count == StatementTimes.failuresMax + 1)
        #expect(failures.map(\.times.count).reduce(0, +) == 2 * UInt64(StatementTimes.failuresMax))
        let other = failures.filter { $0.statement == "_OTHER" }
        #expect(
            other.map(\.failure?.reason) == ["_OTHER"] && other[0].times.count == UInt64(StatementTimes.failuresMax)
        )
    }

    @Test func `a time falls into the bucket whose bound it does not exceed`() {
        var histogram = TimeHistogram()
        #expect(histogram.buckets.count == TimeHistogram.bounds.count + 1)
        let start = Moment.now
        for (index, bound) in TimeHistogram.bounds.enumerated() {
            histogram.observe(from: start, to: start + .seconds(bound))
            #expect(histogram.buckets[index] == 1, "\(bound)")
        }
        histogram.observe(from: start, to: start + .seconds(11))
        #expect(histogram.buckets.last == 1 && histogram.count == UInt64(TimeHistogram.bounds.count) + 1)
        #expect(abs(histogram.seconds - TimeHistogram.bounds.reduce(11, +)) < 1e-6)
    }

    @Test func `a pool counts what its connections are asked, and how long they take to come`() async throws {
        let pool = ConnectionPool(
            TestDatabase.current.configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        for _ in 0..<2 { _ = try await pool.execute(Statement("one", "SELECT 1")) }
        let times = pool.times
        #expect(times.wait.count == 2 && times.use.count == 2 && times.create.count == 1)
        // The first waited for the connection to be opened, the second for nothing.
        #expect(times.create.seconds > 0 && times.wait.seconds >= times.create.seconds && times.wait.buckets[0] >= 1)
        #expect(pool.statementTimes.entries.first { $0.statement == "one" }?.times.count == 2)
        await pool.shutDown()
    }
}
