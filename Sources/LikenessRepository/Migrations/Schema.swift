package import LikenessPostgres
package import Logging

/// Brings a database to the schema that this binary was built for, before there is a pool.
package struct Schema: Sendable {
    private let logger: Logger

    package init(logger: Logger) { self.logger = logger }

    private func runner() throws(MigrationError) -> MigrationRunner {
        try MigrationRunner(try MigrationCatalog.migrations(), logger: self.logger)
    }

    /// Runs what has not run yet, waiting at most a minute for another process that does so.
    ///
    /// - Returns: The names of the files that ran.
    /// - Throws: `MigrationError`.
    package func apply(_ configuration: ConnectionConfiguration) async throws -> [String] {
        try await self.runner().apply(configuration, lockDeadline: .now + .seconds(60)).map(\.fileName)
    }

    /// What another role has to do before `apply` can succeed, each as one command; see `MigrationRunner`.
    ///
    /// - Throws: As `pending`.
    package func requirements(_ configuration: ConnectionConfiguration) async throws -> [String] {
        let connection = try await Connection.open(configuration)
        defer { connection.close() }
        let runner = try self.runner()
        return try await runner.requirements(of: try await runner.plan(connection), on: connection)
    }

    /// Every migration that this binary or the database knows, by number.
    ///
    /// - Throws: `MigrationError`, `DatabaseError`.
    package func status(_ configuration: ConnectionConfiguration) async throws -> [MigrationRunner.Status] {
        let connection = try await Connection.open(configuration)
        defer { connection.close() }
        return try await self.runner().status(connection)
    }

    /// What `apply` would run now.
    ///
    /// - Returns: The names of the files.
    /// - Throws: `MigrationError` where `apply` would refuse, `DatabaseError`.
    package func pending(_ configuration: ConnectionConfiguration) async throws -> [String] {
        let connection = try await Connection.open(configuration)
        defer { connection.close() }
        return try await self.runner().plan(connection).map(\.fileName)
    }

    /// Makes the database when the server has none of that name.
    ///
    /// - Parameter name: Lower-case letters and underscores.
    package static func createDatabase(_ name: String, through server: ConnectionConfiguration) async throws {
        precondition(name.utf8.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x5F }, "a plain name")
        let connection = try await Connection.open(server)
        defer { connection.close() }
        let found = try await connection.execute(
            Statement("", "SELECT 1 FROM pg_database WHERE datname = $1", [.text]),
            Parameters(name)
        )
        if found.rowCount == 0 { try await connection.executeScript("CREATE DATABASE \(SQL(quoting: name))") }
    }
}

extension MigrationRunner.Status {
    /// "applied", "pending", "edited" or "unknown".
    package var stateName: String {
        switch self.state {
        case .applied: "applied"
        case .pending: "pending"
        case .edited: "edited"
        case .unknown: "unknown"
        }
    }
}
