internal import LikenessPostgres
internal import LikenessRepository
internal import Logging

/// What `likenessd statement` does: the statement that a search by vector runs, for EXPLAIN and pgbench.
package enum SearchStatementCommand {
    /// - Parameters:
    ///   - database: libpq connection string or URI.
    ///   - limit: Hits, 1 to 1000.
    /// - Returns: Its text and what `PGOPTIONS` has to be for it.
    package static func vectorStatement(
        database: String,
        limit: Int
    ) async throws -> (text: String, options: String) {
        let connection: ConnectionConfiguration
        do {
            connection = try ConnectionConfiguration(connectionString: database)
        } catch {
            throw ConfigurationError(["--database: \(error.detail)"])
        }
        let pool = ConnectionPool(connection, logger: Logger(label: "likeness.statement"))
        do {
            let statement = try await SearchRepository(database: Database(pool: pool)).vectorStatement(limit: limit)
            await pool.shutDown()
            return statement
        } catch {
            await pool.shutDown()
            throw error
        }
    }
}
