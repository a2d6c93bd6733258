package import LikenessMessages
package import LikenessPostgres
package import Logging

/// The schema this binary was built for: the numbered files of `migrations/`, embedded by `scripts/generate-migrations`.
package enum MigrationCatalog {
    /// The migrations in their order, for `MigrationRunner`.
    package static func migrations() throws(MigrationError) -> [LikenessPostgres.Migration] {
        var migrations: [LikenessPostgres.Migration] = []
        for file in self.files {
            migrations.append(try LikenessPostgres.Migration(fileName: file.fileName, sql: file.sql))
        }
        return migrations
    }

    /// What ran on the database and what has not, as the contract shows it.
    package static func status(
        of database: Database,
        logger: Logger,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> GetMigrationStatusResponse {
        let statuses: [MigrationRunner.Status]
        do {
            let runner = try MigrationRunner(try self.migrations(), logger: logger)
            statuses = try await database.pool.withConnection(deadline: deadline) { connection in
                try await runner.status(connection)
            }
        } catch let error as MigrationError {
            if case .database(let databaseError) = error { throw RepositoryError(databaseError) }
            throw .internal(detail: error.description)
        } catch {
            throw RepositoryError(any: error)
        }
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
        response.current = response.migrations.allSatisfy { $0.state == .applied }
        return response
    }
}
