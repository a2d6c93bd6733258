extension MigrationRunner {
    /// What must be done first by a role that may do more than this connection's: each as one command for a shell.
    /// Changes nothing.
    ///
    /// Asked before anything runs, because what fails half-way leaves a database that is neither old nor new.
    package func requirements(
        of pending: [Migration],
        on connection: Connection
    ) async throws(MigrationError) -> [String] {
        guard !pending.isEmpty else { return [] }
        let wanted = SchemaObjects(pending).extensions
        let all = SchemaObjects(self.migrations)
        do {
            var batch = Batch()
            batch.add(Self.missingExtensions, Parameters(wanted))
            batch.add(Self.missingSchemaRights)
            batch.add(Self.foreignObjects, Parameters(all.relations + ["schema_migrations"], all.functions))
            var results = try await connection.execute(batch)
            var commands: [String] = []
            for _ in 0..<3 {
                let result = results.next()
                for row in 0..<result.rowCount { commands.append(try result.value(row, 0)) }
            }
            return commands
        } catch {
            throw .database(error)
        }
    }

    private static let missingExtensions = Statement(
        "",
        """
        SELECT CASE WHEN v.name IS NULL
            THEN format('install the extension %s on the database''s machine%s', wanted.name,
                CASE wanted.name WHEN 'vector' THEN ': scripts/setup-pgvector' ELSE '' END)
            ELSE format('psql -d %I -c ''CREATE EXTENSION %I''', current_database(), wanted.name) END
        FROM unnest($1) WITH ORDINALITY AS wanted (name, place)
        LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = wanted.name
        LEFT JOIN pg_catalog.pg_available_extension_versions v
            ON v.name = a.name AND v.version = a.default_version
        JOIN pg_catalog.pg_roles r ON r.rolname = current_user
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extname = wanted.name)
            AND (v.name IS NULL OR NOT (
                r.rolsuper OR (
                    (v.trusted OR NOT v.superuser) AND has_database_privilege(current_database(), 'CREATE'))))
        ORDER BY wanted.place
        """,
        [.textArray]
    )

    /// Since PostgreSQL 15 only a database's owner may create in its schema `public`.
    private static let missingSchemaRights = Statement(
        "",
        """
        SELECT format('psql -d %I -c ''GRANT USAGE, CREATE ON SCHEMA public TO %I''', current_database(), current_user)
        WHERE NOT (has_schema_privilege('public', 'USAGE') AND has_schema_privilege('public', 'CREATE'))
        """
    )

    /// Only an owner may change or index a table.
    private static let foreignObjects = Statement(
        "",
        """
        SELECT format('psql -d %I -c ''ALTER %s public.%I OWNER TO %I''', current_database(),
            CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                ELSE 'TABLE' END, c.relname, current_user)
        FROM pg_catalog.pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY ($1) AND NOT pg_has_role(c.relowner, 'USAGE')
        UNION ALL
        SELECT format('psql -d %I -c ''ALTER FUNCTION %s OWNER TO %I''', current_database(), p.oid::regprocedure,
            current_user)
        FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY ($2) AND NOT pg_has_role(p.proowner, 'USAGE')
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
        ORDER BY 1
        """,
        [.textArray, .textArray]
    )
}
