internal import LikenessPostgres

/// The SQL of operations.
enum OperationStatements {
    private static let columns: SQL = """
        o.id, o.kind, o.target, o.state, o.phase, o.percent, o.created_at, o.ended_at, o.error_code, o.error_message,
        (o.parameters ->> 'seconds_left')::float8
        """

    static let insert = Statement(
        "operation_insert",
        """
        INSERT INTO operations AS o (id, kind, target, request_id, parameters)
        VALUES ($1, $2, $3, \(RequestIDStatements.key("$4", "$6")), $5)
        RETURNING \(columns)
        """,
        [.uuid, .text, .text, .uuid, .jsonb, .text]
    )
    static let get = Statement("operation_get", "SELECT \(columns) FROM operations o WHERE o.id = $1", [.uuid])
    /// `$1` id, `$2` caller; as in `RequestIDStatements`, a bare id still counts.
    static let byRequestID = Statement(
        "operation_by_request_id",
        """
        SELECT \(columns) FROM operations o WHERE o.request_id IN ($1, \(RequestIDStatements.key("$1", "$2")))
        """,
        [.uuid, .text]
    )
    static let running = Statement(
        "operations_running",
        "SELECT \(columns) FROM operations o WHERE o.state = 1 ORDER BY o.created_at"
    )
    /// How many have failed or were cancelled since the last that succeeded, and seconds since the last of them ended: `$1` kind, `$2` target.
    static let failuresInARow = Statement(
        "operation_failures_in_a_row",
        """
        SELECT count(*), coalesce(extract(epoch FROM now() - max(o.ended_at)), 0)::float8
        FROM operations o
        WHERE o.kind = $1 AND o.target = $2 AND o.state IN (3, 4) AND NOT EXISTS (
            SELECT FROM operations s WHERE s.kind = $1 AND s.target = $2 AND s.state = 2 AND s.created_at > o.created_at)
        """,
        [.text, .text]
    )
    /// Newest first. `$1` and `$2` are the last one seen: microseconds since 2000 and id.
    static func page(limit: Int) -> Statement {
        Statement(
            "operations_page_\(limit)",
            """
            SELECT \(columns) FROM operations o WHERE (o.created_at, o.id) < ($1, $2)
            ORDER BY o.created_at DESC, o.id DESC LIMIT \(limit)
            """,
            [.timestamptz, .uuid]
        )
    }
    /// `$2` phase, `$3` percent, `$4` seconds left or NULL.
    static let progress = Statement(
        "operation_progress",
        """
        UPDATE operations SET phase = $2, percent = greatest(percent, $3),
            parameters = CASE WHEN $4 IS NULL THEN parameters - 'seconds_left'
                ELSE parameters || jsonb_build_object('seconds_left', $4) END, updated_at = now()
        WHERE id = $1 AND state = 1 RETURNING is_cancel_requested
        """,
        [.uuid, .text, .float8, .float8]
    )
    static let requestCancel = Statement(
        "operation_request_cancel",
        "UPDATE operations SET is_cancel_requested = true, updated_at = now() WHERE id = $1 AND state = 1",
        [.uuid]
    )
    /// `$2` state, `$3` code, `$4` message.
    static let finish = Statement(
        "operation_finish",
        """
        UPDATE operations SET state = $2, error_code = $3, error_message = left($4, 1000),
            percent = CASE WHEN $2 = 2 THEN 100 ELSE percent END, phase = CASE WHEN $2 = 2 THEN 'done' ELSE phase END,
            parameters = parameters - 'seconds_left', ended_at = now(), updated_at = now()
        WHERE id = $1 AND state = 1
        """,
        [.uuid, .int2, .int4, .text]
    )
    /// The locks that a running operation holds on its own connection, whichever server runs it.
    static let tryLock = Statement(
        "operation_try_lock",
        "SELECT pg_try_advisory_lock(hashtext('likeness.' || $1), hashtext($2))",
        [.text, .text]
    )
    static let tryTransactionLock = Statement(
        "operation_try_transaction_lock",
        "SELECT pg_try_advisory_xact_lock(hashtext('likeness.' || $1), hashtext($2))",
        [.text, .text]
    )

    static let buildProgress = Statement(
        "index_progress",
        """
        SELECT phase, CASE WHEN tuples_total > 0 THEN 100.0 * tuples_done / tuples_total
            WHEN blocks_total > 0 THEN 100.0 * blocks_done / blocks_total ELSE 0 END::float8, tuples_done
        FROM pg_stat_progress_create_index WHERE pid = $1
        """,
        [.int4]
    )
    /// Whether an index can be used; no row when there is none.
    static let indexValidity = Statement(
        "index_validity",
        "SELECT i.indisvalid FROM pg_index i WHERE i.indexrelid = to_regclass($1)",
        [.text]
    )
    /// `$1` table, `$2` index, `$3` dimension, `$4` method, `$5` precision, `$6` m, `$7` ef_construction, `$8` lists.
    static let buildStatement = Statement(
        "index_build_statement",
        "SELECT distinct_vector_index_statement($1, $2, $3, $4, $5, $6, $7, $8, true)",
        [.text, .text, .int4, .text, .text, .int4, .int4, .int4]
    )
    /// Live rows with a vector that the index holds several times, at most `count`: those from before equal vectors were known, and
    /// those that concurrent writes brought. Section, kind, key, and whether it is a further one: the first stays in the index.
    static func repeatedVectors(of space: EmbeddingSpaceInfo, count: Int, _ statements: StatementCache) -> Statement {
        statements.statement(.named("embeddings_repeated", of: "\(count)/\(space.table.name)"), []) {
            """
            SELECT section_id, kind, key, place > 1 FROM (
                SELECT section_id, kind, key, row_number() OVER (PARTITION BY key ORDER BY equal_key, section_id, kind) AS place,
                    count(*) OVER (PARTITION BY key) AS count
                FROM (
                    SELECT section_id, kind, equal_key, coalesce(equal_key, vector_key(embedding)) AS key
                    FROM \(space.table.name) WHERE is_active AND \(EqualKey.isIndexed("equal_key"))
                ) AS indexed
            ) AS keyed
            WHERE count > 1 ORDER BY key, place LIMIT \(count)
            """
        }
    }
    /// Gives rows their keys, so that others can be copies of them: `$1` sections, `$2` kinds, `$3` keys. What others write is left alone.
    static func keepVectors(of space: EmbeddingSpaceInfo, _ statements: StatementCache) -> Statement {
        statements.statement(
            .named("embeddings_keep", of: space.table.name.text),
            [.uuidArray, .int2Array, .int4Array]
        ) {
            """
            WITH free AS MATERIALIZED (\(self.free(of: space)) AND e.equal_key IS NULL FOR NO KEY UPDATE OF e SKIP LOCKED)
            UPDATE \(space.table.name) e SET equal_key = f.key FROM free f
            WHERE e.section_id = f.section_id AND e.kind = f.kind
            """
        }
    }
    /// Makes rows copies of others that have their vector and their key: as the last.
    static func takeOutVectors(of space: EmbeddingSpaceInfo, _ statements: StatementCache) -> Statement {
        statements.statement(
            .named("embeddings_take_out", of: space.table.name.text),
            [.uuidArray, .int2Array, .int4Array]
        ) {
            """
            WITH free AS MATERIALIZED (\(self.free(of: space)) FOR NO KEY UPDATE OF e SKIP LOCKED)
            UPDATE \(space.table.name) e SET equal_key = \(EqualKey.ofCopies("f.key")) FROM free f
            WHERE e.section_id = f.section_id AND e.kind = f.kind AND EXISTS (
                SELECT FROM \(space.table.name) r WHERE r.equal_key = f.key AND r.embedding = e.embedding
                    AND (r.section_id, r.kind) <> (e.section_id, e.kind) OFFSET 0)
            RETURNING e.section_id
            """
        }
    }
    private static func free(of space: EmbeddingSpaceInfo) -> SQL {
        """
        SELECT e.section_id, e.kind, s.key FROM unnest($1, $2, $3) AS s (section_id, kind, key)
        JOIN \(space.table.name) e ON e.section_id = s.section_id AND e.kind = s.kind
        WHERE e.is_active AND \(EqualKey.isIndexed("e.equal_key"))
        """
    }

    /// The extension's version, whether pg_prewarm can be called, and what builds get by the server's own settings: MiB and
    /// workers.
    static let extensions = Statement(
        "extensions",
        """
        SELECT coalesce((SELECT extversion FROM pg_extension WHERE extname = 'vector'), ''),
            EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_prewarm'),
            pg_size_bytes(current_setting('maintenance_work_mem')) / 1048576,
            current_setting('max_parallel_maintenance_workers')::int4
        """
    )
    static let prewarm = Statement("index_prewarm", "SELECT pg_prewarm(to_regclass($1))", [.text])
    /// Gives a new index the name that searches know, and its space what the index was built with; one transaction.
    static func takeName(of space: EmbeddingSpaceInfo) -> SQL {
        "ALTER INDEX \(space.table.nextIndex) RENAME TO \(space.table.index); \(self.describe(space))"
    }
    /// Copies to a space what its index says of itself; an index that says nothing changes nothing.
    static func describe(_ space: EmbeddingSpaceInfo) -> SQL {
        """
        UPDATE embedding_spaces s SET index_method = b.method, m = b.m, ef_construction = b.ef_construction, lists = b.lists,
            vectors_built = b.vectors, updated_at = now()
        FROM jsonb_to_record(obj_description(to_regclass('\(space.table.index)'), 'pg_class')::jsonb)
            AS b (method text, m integer, ef_construction integer, lists integer, vectors bigint)
        WHERE s.table_name = '\(space.table.name)' AND b.method IS NOT NULL
        """
    }
}
