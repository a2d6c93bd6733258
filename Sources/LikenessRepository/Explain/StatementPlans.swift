internal import LikenessPostgres

/// PostgreSQL's plans of statements that a search has run, made again with the same text, parameters and settings.
///
/// `EXPLAIN` of a statement with parameters would plan with their values, which searches do not: their statements are prepared, and have one
/// plan. So the statement is prepared in the session and `EXPLAIN EXECUTE` shows the plan that counts. That command takes no parameters, only
/// literals: they are made of the parameters by PostgreSQL itself, in a block whose text is always the same.
struct StatementPlans: Sendable {
    let database: Database
    /// For all of them together.
    let deadline: ContinuousClock.Instant
    /// Runs the statements, too.
    let analyzes: Bool

    enum Plan: Sendable, Hashable {
        case made(String)
        /// Why there is none, in one sentence.
        case missing(String)
    }

    /// A longer plan is cut.
    static let bytesMax = 100_000

    /// - Throws: Whatever keeps all of them from being made: no connection, `.cancelled`.
    func plan(
        of statement: Statement,
        _ parameters: Parameters,
        settings: [SessionSetting] = []
    ) async throws(RepositoryError) -> Plan {
        let time = ContinuousClock.now.duration(to: self.deadline)
        guard time > .milliseconds(1) else { return .missing("no time was left") }
        var names = ["plan_cache_mode", "statement_timeout"]
        var values = [
            statement.name.isEmpty ? "force_custom_plan" : "force_generic_plan", "\(Int64(time / .milliseconds(1)))ms",
        ]
        for setting in settings {
            names.append(setting.name)
            values.append(setting.value)
        }
        var batch = Batch()
        batch.add(Self.settings, Parameters(names, values))
        batch.add(
            Self.text,
            Parameters(statement.sql, self.analyzes ? "ANALYZE, BUFFERS" : "COSTS")
        )
        batch.add(
            Statement("", Self.arguments(parameters.count), parameters.types, countedAs: "explain_arguments"),
            parameters
        )
        batch.add(Self.explanation)
        batch.add(Self.result)
        do throws(RepositoryError) {
            let plan = try await self.run(batch)
            return .made(PlanText.withoutValues(plan, of: statement.sql, bytesMax: Self.bytesMax))
        } catch .unavailable(.timedOut, _), .deadlineExceeded {
            if Task.isCancelled { throw .cancelled }
            return .missing("it was not made within \(Int64(time / .milliseconds(1))) ms")
        }
    }

    private func run(_ batch: Batch) async throws(RepositoryError) -> String {
        do {
            // PostgreSQL stops first, and the session stays.
            let deadline = self.deadline + .seconds(1)
            return try await self.database.pool.withTransaction(isReadOnly: true, deadline: deadline) { connection in
                var results = try await connection.execute(batch)
                for _ in 0..<4 { _ = results.next() }
                return try results.next().value(0, 0, as: String.self)
            }
        } catch {
            throw RepositoryError(any: error)
        }
    }

    // MARK: Statements

    /// Until the end of the transaction.
    private static let settings = Statement(
        "explain_settings",
        "SELECT set_config(s.name, s.value, true) FROM unnest($1::text[], $2::text[]) AS s (name, value)",
        [.textArray, .textArray]
    )

    private static let text = Statement(
        "explain_text",
        """
        SELECT set_config('likeness.explain_text', $1, true), set_config('likeness.explain_options', $2, true)
        """,
        [.text, .text]
    )

    /// The parameters as literals, and their types.
    private static func arguments(_ count: Int) -> SQL {
        func list(_ one: (SQL) -> SQL) -> SQL {
            guard count > 0 else { return "''" }
            var items = one("$1")
            for place in 1..<count { items = "\(items) || ', ' || \(one("$\(place + 1)"))" }
            return "'(' || \(items) || ')'"
        }
        return """
            SELECT set_config('likeness.explain_types', \(list { "pg_typeof(\($0))::text" }), true),
                set_config('likeness.explain_values', \(list { "quote_nullable(\($0))" }), true)
            """
    }

    /// A prepared statement outlives a transaction that fails.
    private static let explanation = Statement(
        "explain_statement",
        """
        DO $block$
        DECLARE
            line text;
            plan text := '';
        BEGIN
            IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'likeness_explained') THEN
                DEALLOCATE likeness_explained;
            END IF;
            EXECUTE 'PREPARE likeness_explained ' || current_setting('likeness.explain_types') || ' AS '
                || current_setting('likeness.explain_text');
            FOR line IN EXECUTE 'EXPLAIN (' || current_setting('likeness.explain_options') || ') EXECUTE likeness_explained '
                || current_setting('likeness.explain_values')
            LOOP
                plan := plan || line || E'\\n';
            END LOOP;
            DEALLOCATE likeness_explained;
            PERFORM set_config('likeness.explain_plan', plan, true);
        END $block$
        """
    )

    private static let result = Statement("explain_plan", "SELECT current_setting('likeness.explain_plan')")
}

/// The text of a plan.
enum PlanText {
    /// Takes the texts out of a plan that is made for certain values: those that are not the statement's own become `…`.
    static func withoutValues(_ plan: String, of statement: String, bytesMax: Int) -> String {
        var shown = ""
        var rest = plan[...]
        while let start = rest.firstIndex(of: "'"), shown.utf8.count < bytesMax {
            shown += rest[..<start]
            // A quote inside is written twice.
            var end = rest.index(after: start)
            while end < rest.endIndex {
                if rest[end] == "'" {
                    let next = rest.index(after: end)
                    guard next < rest.endIndex, rest[next] == "'" else { break }
                    end = next
                }
                end = rest.index(after: end)
            }
            guard end < rest.endIndex else {
                rest = rest[rest.endIndex...]
                break
            }
            let literal = rest[start...end]
            shown += statement.contains(literal) ? String(literal) : "'…'"
            rest = rest[rest.index(after: end)...]
        }
        shown += rest
        guard shown.utf8.count > bytesMax else { return shown }
        return String(decoding: shown.utf8.prefix(bytesMax), as: UTF8.self) + "…\n"
    }
}
