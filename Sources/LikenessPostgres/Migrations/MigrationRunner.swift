package import Logging

/// Brings a database to the state that the program's migrations describe.
///
/// Any number of runners may start at once: one works, the others wait for it and find nothing left to do.
package struct MigrationRunner: Sendable {
    package struct Status: Sendable, Hashable {
        package enum State: Sendable, Hashable {
            case applied(at: PostgresTimestamp, took: Duration)
            case pending
            /// Applied, and the file is another one now.
            case edited
            /// Applied by a newer program.
            case unknown
        }
        package let version: Int
        package let name: String
        package let state: State
        /// Of the file, or of an unknown one as its runner recorded it.
        package let change: Migration.Change?

        /// Why this program cannot work with the database as this migration leaves it; `nil` when it can.
        package var obstacle: String? {
            let name = "migration \(Migration.fileName(version: self.version, name: self.name))"
            return switch self.state {
            case .applied: nil
            case .pending: "\(name) has not run: run likenessd migrate up"
            case .edited: "\(name) was edited after it ran"
            case .unknown where self.change == .expand: nil
            case .unknown:
                "\(name) is of a newer release, and this one cannot work after it (contract): upgrade this daemon"
            }
        }
    }

    let migrations: [Migration]
    private let logger: Logger

    /// - Throws: `.malformed` if two migrations share a number.
    package init(_ migrations: [Migration], logger: Logger) throws(MigrationError) {
        self.migrations = migrations.sorted { $0.version < $1.version }
        self.logger = logger
        for (one, next) in zip(self.migrations, self.migrations.dropFirst()) where one.version == next.version {
            throw .malformed("\(one.fileName) and \(next.fileName) share a number")
        }
    }

    /// What ran and what has not, by number. Changes nothing.
    package func status(_ connection: Connection) async throws(MigrationError) -> [Status] {
        let applied = try await self.applied(connection)
        let digests = try await self.digests(connection)
        var all: [Status] = zip(self.migrations, digests).map { migration, digest in
            guard let row = applied[migration.version] else {
                return Status(
                    version: migration.version,
                    name: migration.name,
                    state: .pending,
                    change: migration.change
                )
            }
            let state: Status.State = row.digest == digest ? .applied(at: row.at, took: row.took) : .edited
            return Status(
                version: migration.version,
                name: migration.name,
                state: state,
                change: migration.change
            )
        }
        let known = Set(self.migrations.map(\.version))
        for (version, row) in applied where !known.contains(version) {
            all.append(Status(version: version, name: row.name, state: .unknown, change: row.change))
        }
        return all.sorted { $0.version < $1.version }
    }

    /// The migrations that `apply` would run now.
    ///
    /// - Throws: `.edited`, `.databaseIsNewer`, `.outOfOrder`, `.notUTF8` where `apply` would refuse.
    package func plan(_ connection: Connection) async throws(MigrationError) -> [Migration] {
        if let encoding = connection.parameterStatus("server_encoding"), encoding != "UTF8" {
            throw .notUTF8(encoding: encoding)
        }
        let applied = try await self.applied(connection)
        let digests = try await self.digests(connection)
        let latest = applied.keys.max() ?? 0
        let program = self.migrations.last?.version ?? 0
        let known = Set(self.migrations.map(\.version))
        for (version, row) in applied.sorted(by: { $0.key > $1.key })
        where !known.contains(version) && row.change != .expand {
            throw .databaseIsNewer(database: version, program: program)
        }
        var pending: [Migration] = []
        for (migration, digest) in zip(self.migrations, digests) {
            if let row = applied[migration.version] {
                if row.digest != digest { throw .edited(fileName: migration.fileName) }
            } else {
                if migration.version < latest { throw .outOfOrder(fileName: migration.fileName, applied: latest) }
                pending.append(migration)
            }
        }
        return pending
    }

    /// Runs what has not run yet.
    ///
    /// - Parameters:
    ///   - configuration: Of a session for this alone. It needs the same backend from call to call: no PgBouncer in
    ///     transaction mode.
    ///   - lockDeadline: How long other runners are waited for.
    /// - Returns: The migrations that ran.
    @discardableResult
    package func apply(
        _ configuration: ConnectionConfiguration,
        lockDeadline: ContinuousClock.Instant
    ) async throws(MigrationError) -> [Migration] {
        var configuration = configuration
        configuration.applicationName = "likeness migrate"
        // An index may take hours to build.
        configuration.sessionSettings["statement_timeout"] = "0"
        configuration.sessionSettings["idle_in_transaction_session_timeout"] = "0"
        do {
            let connection = try await Connection.open(configuration)
            defer { connection.close() }  // Also gives the lock back.
            try await self.lock(connection, deadline: lockDeadline)
            let pending = try await self.plan(connection)
            guard !pending.isEmpty else { return [] }
            let commands = try await self.requirements(of: pending, on: connection)
            guard commands.isEmpty else { throw MigrationError.needsAdministrator(commands: commands) }
            try await connection.executeScript(Self.tableStatement)
            for migration in pending { try await self.run(migration, connection) }
            return pending
        } catch let error as MigrationError {
            throw error
        } catch let error as DatabaseError {
            throw .database(error)
        } catch {
            throw .malformed("\(error)")
        }
    }

    // MARK: Steps

    private static let tableStatement: SQL = """
        SET client_min_messages = warning;
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version bigint PRIMARY KEY,
            name text NOT NULL,
            sha256 text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            duration_ms bigint NOT NULL
        );
        ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS change text
        """

    /// Asks again and again rather than wait inside the server: a waiting statement would hold a snapshot, and
    /// CREATE INDEX CONCURRENTLY in the other runner would wait for that.
    private func lock(_ connection: Connection, deadline: ContinuousClock.Instant) async throws {
        // "likeness" in ASCII.
        let statement = Statement("", "SELECT pg_catalog.pg_try_advisory_lock(7811893112038847347)")
        while true {
            let result = try await connection.execute(statement)
            if try result.value(0, 0, as: Bool.self) { return }
            guard ContinuousClock.now < deadline else { throw MigrationError.lockTimeout }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func run(_ migration: Migration, _ connection: Connection) async throws {
        self.logger.info("migrating", metadata: ["migration": "\(migration.fileName)"])
        let start = ContinuousClock.now
        let digest = try await self.digests(connection, of: [migration])[0]
        do {
            if migration.isTransactional {
                try await connection.withTransaction { connection in
                    try await connection.executeScript(SQL(verbatim: migration.sql))
                    guard connection.isInTransaction else {
                        throw MigrationError.malformed("\(migration.fileName) ends the transaction that it runs in")
                    }
                    try await self.record(migration, digest, since: start, connection)
                }
            } else {
                for statement in SQLScript.statements(of: migration.sql) {
                    try await connection.executeScript(SQL(verbatim: statement))
                }
                try await self.record(migration, digest, since: start, connection)
            }
        } catch let error as DatabaseError {
            throw MigrationError.failed(fileName: migration.fileName, error)
        }
    }

    private func record(
        _ migration: Migration,
        _ digest: String,
        since start: ContinuousClock.Instant,
        _ connection: Connection
    ) async throws(DatabaseError) {
        let milliseconds = start.duration(to: .now) / Duration.milliseconds(1)
        _ = try await connection.execute(
            Statement(
                "",
                """
                INSERT INTO schema_migrations (version, name, sha256, duration_ms, change) VALUES ($1, $2, $3, $4, $5)
                """,
                [.int8, .text, .text, .int8, .text]
            ),
            Parameters(
                Int64(migration.version),
                migration.name,
                digest,
                Int64(milliseconds),
                migration.change?.rawValue
            )
        )
    }

    private struct Applied {
        let name: String
        let digest: String
        let at: PostgresTimestamp
        let took: Duration
        let change: Migration.Change?
    }

    private func applied(_ connection: Connection) async throws(MigrationError) -> [Int: Applied] {
        do {
            let exists = try await connection.execute(
                Statement("", "SELECT pg_catalog.to_regclass('schema_migrations') IS NOT NULL")
            )
            guard try exists.value(0, 0, as: Bool.self) else { return [:] }
            let result = try await connection.execute(
                // Earlier releases made the table without the column `change`.
                Statement(
                    "",
                    """
                    SELECT version, name, sha256, applied_at, duration_ms, to_jsonb(m) ->> 'change'
                    FROM schema_migrations m
                    """
                )
            )
            var applied: [Int: Applied] = [:]
            for row in 0..<result.rowCount {
                applied[try result.value(row, 0)] = Applied(
                    name: try result.value(row, 1),
                    digest: try result.value(row, 2),
                    at: try result.value(row, 3),
                    took: .milliseconds(try result.value(row, 4, as: Int64.self)),
                    change: try result.value(row, 5, as: String?.self).flatMap { Migration.Change(rawValue: $0) }
                )
            }
            return applied
        } catch {
            throw .database(error)
        }
    }

    /// SHA-256 of each file in hexadecimal. The server computes those that are not known: this module needs no second
    /// cryptographic library.
    private func digests(
        _ connection: Connection,
        of migrations: [Migration]? = nil
    ) async throws(MigrationError) -> [String] {
        let migrations = migrations ?? self.migrations
        let known = migrations.compactMap(\.sha256)
        guard known.count < migrations.count else { return known }
        do {
            let result = try await connection.execute(
                Statement(
                    "",
                    """
                    SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(file, 'UTF8')), 'hex')
                    FROM unnest($1) WITH ORDINALITY AS files (file, place) ORDER BY place
                    """,
                    [.textArray]
                ),
                Parameters(migrations.map(\.sql))
            )
            var digests: [String] = []
            for row in 0..<result.rowCount { digests.append(try result.value(row, 0)) }
            return digests
        } catch {
            throw .database(error)
        }
    }
}
