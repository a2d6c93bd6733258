package import LikenessMessages
package import LikenessPostgres
package import Logging

/// Brings a database to the schema that this binary was built for, and says how far it is.
package struct Schema: Sendable {
    package enum State: String, Sendable {
        case applied, pending, edited, unknown
    }

    package struct Migration: Sendable {
        package let version: Int
        package let name: String
        package let state: State
    }

    private let logger: Logger

    package init(logger: Logger) { self.logger = logger }

    private func runner() throws(MigrationError) -> MigrationRunner {
        var migrations: [LikenessPostgres.Migration] = []
        for file in MigrationCatalog.files {
            migrations.append(try LikenessPostgres.Migration(fileName: file.fileName, sql: file.sql))
        }
        return try MigrationRunner(migrations, logger: self.logger)
    }

    /// Runs what has not run yet, waiting at most a minute for another process that does so.
    ///
    /// - Returns: The names of the files that ran.
    /// - Throws: `MigrationError`.
    package func apply(_ configuration: ConnectionConfiguration) async throws -> [String] {
        let applied = try await self.runner().apply(configuration, lockDeadline: .now + .seconds(60))
        return applied.map(\.fileName)
    }

    /// Every migration that this binary or the database knows, by number.
    ///
    /// - Throws: `MigrationError`, `DatabaseError`.
    package func status(_ configuration: ConnectionConfiguration) async throws -> [Migration] {
        let connection = try await Connection.open(configuration)
        defer { connection.close() }
        return try await self.status(connection).map { Self.migration($0) }
    }

    /// The same for the contract, over a pooled connection.
    package func status(
        _ database: Database, deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> GetMigrationStatusResponse {
        let all: [MigrationRunner.Status]
        do {
            all = try await database.pool.withConnection(deadline: deadline) { try await self.status($0) }
        } catch let error as MigrationError {
            if case .database(let error) = error { throw RepositoryError(error) }
            throw .internal(detail: error.description)
        } catch {
            throw RepositoryError(any: error)
        }
        return GetMigrationStatusResponse(
            migrations: all.map { status in
                var migration = LikenessMessages.Migration(version: Int32(status.version), name: status.name)
                switch status.state {
                case .applied(let time, _):
                    migration.state = .applied
                    migration.applyTime = ProtobufTimestamp(time)
                case .pending: migration.state = .pending
                case .edited: migration.state = .edited
                case .unknown: migration.state = .unknown
                }
                return migration
            }, current: all.allSatisfy { Self.migration($0).state == .applied })
    }

    /// Makes the database when the server has none of that name. `template1`'s owner must be the caller.
    ///
    /// - Parameter name: Letters, digits and underscores.
    package static func createDatabase(_ name: String, through server: ConnectionConfiguration) async throws {
        precondition(name.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x5F }, "a plain name")
        let connection = try await Connection.open(server)
        defer { connection.close() }
        let found = try await connection.execute(
            Statement("", "SELECT 1 FROM pg_database WHERE datname = $1", [.text]), Parameters(name))
        if found.rowCount == 0 { try await connection.executeScript("CREATE DATABASE \(name)") }
    }

    private func status(_ connection: Connection) async throws -> [MigrationRunner.Status] {
        try await self.runner().status(connection)
    }

    private static func migration(_ status: MigrationRunner.Status) -> Migration {
        let state: State =
            switch status.state {
            case .applied: .applied
            case .pending: .pending
            case .edited: .edited
            case .unknown: .unknown
            }
        return Migration(version: status.version, name: status.name, state: state)
    }
}
