internal import LikenessPostgres

/// Something that the service's role may not do in the database, or that is not there.
package struct MissingRight: Sendable, Hashable, CustomStringConvertible {
    /// The kind and name of the object: "table profiles".
    package let object: String
    /// As in GRANT; `OWNERSHIP`; empty when the object is missing.
    package let right: String
    /// Whether calls of the service fail without it; without the others only rebuilds of indexes do.
    package let isEssential: Bool

    package var description: String {
        self.right.isEmpty ? "\(self.object) is missing" : "no \(self.right) on \(self.object)"
    }
}

/// What the service must be able to do in its database.
///
/// The objects are those that the migrations make, so that a new one cannot be forgotten here; what belongs to them and
/// who may do what is asked of PostgreSQL's catalog.
package struct DatabaseRights: Sendable {
    private let database: Database
    private let objects: SchemaObjects

    /// - Throws: `MigrationError` if the embedded migrations cannot be read.
    package init(database: Database) throws {
        self.database = database
        self.objects = SchemaObjects(try MigrationCatalog.migrations())
    }

    /// What is missing; empty when all is well.
    package func missing(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) -> [MissingRight] {
        let result = try await self.database.query(
            Self.statement,
            Parameters(
                self.objects.relations + ["schema_migrations"],
                self.objects.functions,
                self.objects.extensions
            ),
            deadline: deadline
        )
        return try readRows { () throws(DatabaseError) in
            var missing: [MissingRight] = []
            for row in 0..<result.rowCount {
                missing.append(
                    MissingRight(
                        object: try result.value(row, 0),
                        right: try result.value(row, 1),
                        isEssential: try result.value(row, 2)
                    )
                )
            }
            return missing
        }
    }

    /// Reads from every table of people as a search would, so that a lock or a broken file shows.
    ///
    /// - Returns: Whether the database takes writes.
    package func readTables(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) -> Bool {
        let found = try await self.database.query(Self.tablesOfPeople, deadline: deadline)
        var reads: SQL = "SELECT current_setting('transaction_read_only') = 'off'"
        try readRows { () throws(DatabaseError) in
            for row in 0..<found.rowCount {
                guard let table = SQL(plainName: try found.value(row, 0)) else { continue }
                reads = "\(reads), EXISTS (SELECT FROM \(table))"
            }
        }
        // Without a name: its text changes with the embedding spaces.
        let result = try await self.database.query(Statement("", reads, countedAs: "tables_read"), deadline: deadline)
        return try readRows { () throws(DatabaseError) in try result.value(0, 0) }
    }

    /// Whatever hangs together with `profiles` by foreign keys: sections, embedding spaces, their tables and the outbox. Not
    /// completions, operations and the like, without which people are still found.
    private static let tablesOfPeople = Statement(
        "tables_of_people",
        """
        WITH RECURSIVE family AS (
            SELECT to_regclass('profiles')::oid AS id
            UNION
            SELECT CASE WHEN c.conrelid = f.id THEN c.confrelid ELSE c.conrelid END
            FROM family f JOIN pg_constraint c ON c.contype = 'f' AND f.id IN (c.conrelid, c.confrelid)
        )
        SELECT c.relname::text FROM family f JOIN pg_class c ON c.oid = f.id ORDER BY 1
        """
    )

    /// `$1` relations, `$2` functions, `$3` extensions that must be there.
    ///
    /// The tables of embedding spaces are known by their names, because whether `embedding_spaces` may be read is one of
    /// the questions. A sequence that a table draws from comes with its table. A view reads with its owner's rights.
    private static let statement = Statement(
        "missing_rights",
        """
        WITH named AS (
            SELECT c.oid FROM unnest($1) AS wanted (name) JOIN pg_class c ON c.oid = to_regclass(quote_ident(wanted.name))
            UNION
            SELECT c.oid FROM pg_class c
            WHERE c.relkind = 'r' AND c.relname ~ '^embeddings_[a-z0-9_]{1,40}$' AND pg_table_is_visible(c.oid)
        ), relations AS (
            SELECT c.oid, c.relname, c.relkind, c.relowner,
                CASE c.relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view ' ELSE 'table ' END || c.relname AS label
            FROM pg_class c
            WHERE c.oid IN (SELECT oid FROM named)
                OR c.oid IN (
                    SELECT d.objid FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
                    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'
                        AND d.refobjid IN (SELECT oid FROM named))
        )
        SELECT 'extension ' || wanted.name, '', true FROM unnest($3) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM pg_extension e WHERE e.extname = wanted.name)
        UNION ALL
        SELECT 'schema public', 'USAGE', true WHERE NOT has_schema_privilege('public', 'USAGE')
        UNION ALL
        SELECT 'relation ' || wanted.name, '', true FROM unnest($1) AS wanted (name)
        WHERE to_regclass(quote_ident(wanted.name)) IS NULL AND has_schema_privilege('public', 'USAGE')
        UNION ALL
        SELECT 'function ' || wanted.name, '', true FROM unnest($2) AS wanted (name)
        WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.proname = wanted.name)
        UNION ALL
        SELECT r.label, needed.privilege, true
        FROM relations r CROSS JOIN LATERAL unnest(CASE
            WHEN r.relkind = 'S' THEN ARRAY['USAGE']
            WHEN r.relkind = 'v' OR r.relname = 'schema_migrations' THEN ARRAY['SELECT']
            ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'] END) AS needed (privilege)
        WHERE NOT CASE r.relkind
            WHEN 'S' THEN has_sequence_privilege(r.oid, needed.privilege)
            ELSE has_table_privilege(r.oid, needed.privilege) END
        UNION ALL
        SELECT DISTINCT format('table %s, which %s reads as its owner %s', t.relname, r.label,
            pg_get_userbyid(r.relowner)), 'SELECT', true
        FROM relations r
        JOIN pg_rewrite w ON w.ev_class = r.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.oid
        JOIN pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p', 'v', 'm')
        WHERE r.relkind = 'v' AND NOT has_table_privilege(r.relowner, t.oid, 'SELECT')
        UNION ALL
        SELECT 'function ' || p.oid::regprocedure, 'EXECUTE', true FROM pg_proc p
        WHERE p.proname = ANY ($2) AND pg_function_is_visible(p.oid) AND NOT has_function_privilege(p.oid, 'EXECUTE')
        UNION ALL
        SELECT r.label, 'OWNERSHIP', false FROM relations r
        WHERE r.relname LIKE 'embeddings\\_%' AND NOT pg_has_role(r.relowner, 'USAGE')
        ORDER BY 3 DESC, 1, 2
        """,
        [.textArray, .textArray, .textArray]
    )
}
