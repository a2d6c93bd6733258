package import LikenessMessages
package import LikenessPostgres
package import Logging

/// The schema this binary was built for: the numbered files of `migrations/`, embedded by `scripts/generate-migrations`.
package enum MigrationCatalog {
    /// The migrations in their order, for `MigrationRunner`.
    package static func migrations() throws(MigrationError) -> [LikenessPostgres.Migration] { try self.parsed.get() }

    /// Once: health looks every few seconds whether all have run.
    private static let parsed = Result { () throws(MigrationError) in
        var migrations: [LikenessPostgres.Migration] = []
        for file in Self.files {
            migrations.append(
                try LikenessPostgres.Migration(fileName: file.fileName, sql: file.sql, sha256: file.sha256)
            )
        }
        return migrations
    }

    /// What ran on the database and what has not, as the contract shows it.
    package static func status(
        of database: Database,
        logger: Logger,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> GetMigrationStatusResponse {
        Self.response(try await self.statuses(of: database, logger: logger, deadline: deadline))
    }

    /// Why this binary cannot work with the database as its migrations left it; empty when it can.
    package static func obstacles(
        _ database: Database,
        logger: Logger,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> [String] {
        try await self.statuses(of: database, logger: logger, deadline: deadline).compactMap(\.obstacle)
    }

    private static func statuses(
        of database: Database,
        logger: Logger,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [MigrationRunner.Status] {
        do {
            let runner = try MigrationRunner(try self.migrations(), logger: logger)
            return try await database.pool.withConnection(deadline: deadline) { connection in
                try await runner.status(connection)
            }
        } catch let error as MigrationError {
            if case .database(let databaseError) = error { throw RepositoryError(databaseError) }
            throw .internal(detail: error.description)
        } catch {
            throw RepositoryError(any: error)
        }
    }

    private static func response(_ statuses: [MigrationRunner.Status]) -> GetMigrationStatusResponse {
        var response = GetMigrationStatusResponse()
        response.migrations = statuses.map { status in
            var migration = LikenessMessages.Migration()
            migration.version = Int32(status.version)
            migration.name = status.name
            switch status.state {
            case .applied(let at, _):
                migration.state = .applied
                migration.applyTime = ProtobufTimestamp(at)
            case .pending: migration.state = .pending
            case .edited: migration.state = .edited
            case .unknown: migration.state = .unknown
            }
            return migration
        }
        response.current = statuses.allSatisfy { $0.obstacle == nil }
        return response
    }
}
