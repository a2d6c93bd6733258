import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging
import Testing

/// What the service must be able to do in its database, and how it is said when it may not.
@Suite(.freshDatabase) struct DatabaseRightsTests {
    /// Lends a role without any right of its own, and drops it with all that it was given.
    private static func withRole(
        _ fixture: RepositoryFixture,
        _ body: (_ role: String, _ rights: DatabaseRights) async throws -> Void
    ) async throws {
        let role = "\(TestDatabase.current.name)_role"
        try await fixture.execute("CREATE ROLE \"\(role)\" LOGIN")
        var configuration = fixture.configuration
        configuration.user = role
        let pool = ConnectionPool(configuration, .patient, logger: .init(label: "test"))
        let result: Result<Void, any Error>
        do {
            try await body(role, try DatabaseRights(database: Database(pool: pool)))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await pool.shutDown()
        try await fixture.execute(
            "REASSIGN OWNED BY \"\(role)\" TO CURRENT_USER; DROP OWNED BY \"\(role)\"; DROP ROLE \"\(role)\""
        )
        try result.get()
    }

    @Test func `the objects are those that the migrations make, to the last one`() async throws {
        try await RepositoryFixture.run { fixture in
            let objects = SchemaObjects(try MigrationCatalog.migrations())
            let made: String = try await fixture.value(
                """
                SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'S')
                    AND c.relname !~ '^embeddings_'
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
                """
            )
            let named = (objects.relations + ["schema_migrations"]).sorted().joined(separator: " ")
            #expect(made == named)
            let functions: String = try await fixture.value(
                """
                SELECT string_agg(DISTINCT p.proname, ' ' ORDER BY p.proname) FROM pg_proc p
                WHERE p.pronamespace = 'public'::regnamespace AND p.proname !~ '^embeddings_'
                    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
                """
            )
            #expect(functions == objects.functions.sorted().joined(separator: " "))
            #expect(objects.extensions.sorted() == ["pg_trgm", "unaccent", "vector"])
            let rights = try DatabaseRights(database: fixture.database)
            #expect(try await rights.missing() == [])
            #expect(try await rights.readTables())
        }
    }

    @Test func `each right that is missing is named with its object`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.withRole(fixture) { role, rights in
                let everything = try await rights.missing().map(\.description)
                for wanted in [
                    "no INSERT on table profiles", "no USAGE on sequence embedding_outbox_ticket",
                    "no SELECT on view completion_texts", "no SELECT on table schema_migrations",
                    "no DELETE on table embeddings_all_minilm_l6_v2",
                    "no OWNERSHIP on table embeddings_all_minilm_l6_v2",
                ] { #expect(everything.contains(wanted), "\(wanted)") }
                #expect(!everything.contains { $0.contains("INSERT on table schema_migrations") })

                // What a hand that forgets the view and the sequences does after a restore.
                try await fixture.execute(
                    """
                    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "\(role)";
                    REVOKE ALL ON completion_texts FROM "\(role)";
                    ALTER TABLE embeddings_all_minilm_l6_v2 OWNER TO "\(role)"
                    """
                )
                #expect(
                    try await rights.missing().map(\.description) == [
                        "no USAGE on sequence embedding_outbox_ticket", "no USAGE on sequence profile_feed_number",
                        "no USAGE on sequence saved_search_change_id", "no SELECT on view completion_texts",
                    ]
                )
                try await fixture.execute(
                    """
                    GRANT SELECT ON completion_texts TO "\(role)";
                    GRANT USAGE ON SEQUENCE embedding_outbox_ticket, profile_feed_number, saved_search_change_id TO "\(role)"
                    """
                )
                #expect(try await rights.missing() == [])

                // A view reads as its owner, who may have lost what it reads.
                try await fixture.execute(
                    """
                    GRANT CREATE ON SCHEMA public TO "\(role)"; ALTER VIEW completion_texts OWNER TO "\(role)";
                    REVOKE SELECT ON skills FROM "\(role)"; REVOKE EXECUTE ON FUNCTION fold_term FROM PUBLIC
                    """
                )
                #expect(
                    try await rights.missing().map(\.description) == [
                        "no EXECUTE on function fold_term(text)", "no SELECT on table skills",
                        "no SELECT on table skills, which view completion_texts reads as its owner \(role)",
                    ]
                )
            }
        }
    }

    @Test func `what is not there is missing`() async throws {
        try await RepositoryFixture.run { fixture in
            let rights = try DatabaseRights(database: fixture.database)
            try await fixture.execute(
                "DROP VIEW completion_texts CASCADE; DROP FUNCTION add_completion_terms; DROP TABLE operations"
            )
            #expect(
                try await rights.missing().map(\.description) == [
                    "function add_completion_terms is missing", "function count_completion_terms is missing",
                    "relation completion_texts is missing", "relation operations is missing",
                ]
            )
        }
    }

    @Test func `settings of the server that log what people search for are named`() async throws {
        try await RepositoryFixture.run { fixture in
            #expect(try await ServerLogSettings.concerns(fixture.database) == [])
            let name = TestDatabase.current.name
            func concerns(_ settings: String) async throws -> [String] {
                try await fixture.execute(settings)
                // The settings of a database hold from the next session on.
                let pool = ConnectionPool(fixture.configuration, .patient, logger: .init(label: "test"))
                let concerns = try await ServerLogSettings.concerns(Database(pool: pool))
                await pool.shutDown()
                return concerns
            }
            let set = "ALTER DATABASE \"\(name)\" SET"
            let found = try await concerns(
                "\(set) log_min_duration_statement = '1h'; \(set) log_statement = 'mod'; \(set) log_parameter_max_length_on_error = 64"
            )
            #expect(found.count == 3)
            #expect(
                found.contains(
                    "log_min_duration_statement = 3600000 logs statements with their parameters: set log_parameter_max_length = 0"
                )
            )
            #expect(try await concerns("\(set) log_parameter_max_length = 0").count == 1)
            #expect(try await concerns("\(set) log_parameter_max_length_on_error = 0") == [])
            #expect(
                try await concerns(
                    "\(set) session_preload_libraries = 'auto_explain'; \(set) auto_explain.log_min_duration = '1h'"
                )
                .map { $0.prefix(29) } == ["auto_explain.log_min_duration"]
            )
        }
    }
}
