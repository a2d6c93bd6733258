import FoundationEssentials
import LikenessPostgres
import LikenessTesting
import Testing

/// Every type goes to the server and comes back.
@Suite(.emptyDatabase) struct ValueTests {
    /// Sends one value and reads it back.
    func echo<Value: ParameterValue & ResultValue>(_ value: Value) async throws -> Value {
        let result = try await TestDatabase.current.pool.execute(
            Statement("", "SELECT $1", [Value.postgresType]), Parameters(value))
        return try result.value(0, 0)
    }

    @Test func `numbers and truth come back as they went`() async throws {
        for value in [true, false] { #expect(try await self.echo(value) == value) }
        for value in [Int16.min, -1, 0, 1, .max] { #expect(try await self.echo(value) == value) }
        for value in [Int32.min, -1, 0, 1, .max] { #expect(try await self.echo(value) == value) }
        for value in [Int64.min, -1, 0, 1, .max] { #expect(try await self.echo(value) == value) }
        for value in [-Float.greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude, .infinity, .pi] {
            #expect(try await self.echo(value).bitPattern == value.bitPattern)
        }
        for value in [-Double.greatestFiniteMagnitude, -0.0, .leastNonzeroMagnitude, -.infinity, .pi] {
            #expect(try await self.echo(value).bitPattern == value.bitPattern)
        }
        #expect(try await self.echo(Double.nan).isNaN)
    }
}
