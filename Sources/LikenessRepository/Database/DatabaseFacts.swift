package import LikenessPostgres

/// What a server says of itself, for those who look whether the service can work with it.
package struct DatabaseFacts: Sendable {
    package struct Extension: Sendable, Hashable {
        package let name: String
        /// `nil` when the database has it not.
        package let version: String?
        /// What CREATE EXTENSION would make; `nil` when the server has no files of it.
        package let availableVersion: String?
    }

    package let version: String
    /// As in `150004`.
    package let versionNumber: Int
    package let encoding: String
    /// Sessions that the server has for ordinary roles.
    package let connectionsMax: Int
    package let isStandby: Bool
    /// Seconds since 1970 by the server's clock, when it answered.
    package let clock: Double
    /// Where its data are; `nil` when the role may not see it.
    package let dataFolder: String?
    /// Those that the migrations need.
    package let extensions: [Extension]

    /// - Throws: `DatabaseError`; `MigrationError` if the embedded migrations cannot be read.
    package static func read(_ connection: Connection) async throws -> DatabaseFacts {
        let needed = SchemaObjects(try MigrationCatalog.migrations()).extensions
        var batch = Batch()
        batch.add(Self.extensionStatement, Parameters(needed))
        batch.add(Self.statement)
        var results = try await connection.execute(batch)
        let found = results.next()
        var extensions: [Extension] = []
        for row in 0..<found.rowCount {
            extensions.append(
                Extension(
                    name: try found.value(row, 0),
                    version: try found.value(row, 1),
                    availableVersion: try found.value(row, 2)
                )
            )
        }
        let facts = results.next()
        return DatabaseFacts(
            version: try facts.value(0, 0),
            versionNumber: Int(try facts.value(0, 1, as: Int32.self)),
            encoding: try facts.value(0, 2),
            connectionsMax: Int(try facts.value(0, 3, as: Int32.self)),
            isStandby: try facts.value(0, 4),
            clock: try facts.value(0, 5),
            dataFolder: try facts.value(0, 6),
            extensions: extensions
        )
    }

    private static let statement = Statement(
        "database_facts",
        """
        SELECT current_setting('server_version'), current_setting('server_version_num')::int4,
            pg_encoding_to_char(d.encoding)::text,
            current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4,
            pg_is_in_recovery(), extract(epoch FROM clock_timestamp())::float8,
            (SELECT s.setting FROM pg_settings s WHERE s.name = 'data_directory')
        FROM pg_database d WHERE d.datname = current_database()
        """
    )

    /// `$1` names.
    private static let extensionStatement = Statement(
        "database_extensions",
        """
        SELECT w.name, e.extversion::text, a.default_version::text
        FROM unnest($1) AS w (name)
        LEFT JOIN pg_extension e ON e.extname = w.name
        LEFT JOIN pg_available_extensions a ON a.name = w.name
        ORDER BY 1
        """,
        [.textArray]
    )
}
