internal import LikenessPostgres

/// The SQL of rankings that are kept.
enum ResultSetStatements {
    /// One write of a caller at a time, until it ends: what is given up and what is added fit together. `$1` caller.
    static let claimCaller = Statement(
        "result_sets_claim",
        "SELECT pg_advisory_xact_lock(hashtextextended('likeness result sets of ' || $1, 0))",
        [.text]
    )

    /// Gives up the caller's oldest sets, as many as leave room for one more. `$1` caller, `$2` sets at most, `$3` hits of the new
    /// one, `$4` hits at most.
    static let giveUp = Statement(
        "result_sets_give_up",
        """
        DELETE FROM result_sets WHERE id IN (
            SELECT o.id FROM (
                SELECT s.id, s.expires_at, row_number() OVER newest AS sets, sum(\(Self.weight("s"))) OVER newest AS hits
                FROM result_sets s WHERE s.caller = $1
                WINDOW newest AS (ORDER BY s.created_at DESC, s.id ROWS UNBOUNDED PRECEDING)
            ) AS o
            WHERE o.expires_at <= now() OR o.sets >= $2 OR o.hits + $3 > $4
        )
        """,
        [.text, .int8, .int8, .int8]
    )

    /// What a set counts in the bounds: its hits, and each kB of the rest of its answer, facets above all, as the hits that take as much.
    private static func weight(_ set: SQL) -> SQL {
        "\(set).hit_count + octet_length(\(set).answer) / 1000 * \(self.hitsPerKilobyte)"
    }
    static let hitsPerKilobyte = 10

    /// No row when all callers together keep too much. `$1` id, `$2` caller, `$3` hits, `$4` answer, `$5` seconds that it is kept,
    /// `$6` sets at most, `$7` hits at most.
    static let insert = Statement(
        "result_set_insert",
        """
        INSERT INTO result_sets (id, caller, hit_count, answer, expires_at, created_at)
        SELECT $1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5), clock_timestamp()
        FROM (
            SELECT count(*) AS sets, coalesce(sum(\(Self.weight("s"))), 0) AS hits FROM result_sets s WHERE expires_at > now()
        ) AS kept
        WHERE kept.sets < $6 AND kept.hits + $3 + octet_length($4) / 1000 * \(Self.hitsPerKilobyte) <= $7
        RETURNING expires_at
        """,
        [.uuid, .text, .int4, .bytea, .float8, .int8, .int8]
    )

    /// `$1` id, then the columns of a `Ranking` and those of its `FusedColumns`.
    static let insertHits = Statement(
        "result_set_insert_hits",
        """
        INSERT INTO result_set_hits (set_id, place, \(Self.columns), texts, evidence)
        SELECT s.id, r.place, \(Self.parts),
            ($14)[r.place + 1 : r.place + \(Ranking.rowSize)], coalesce(substring($15 FROM e.start + 1 FOR e.stop - e.start), '')
        FROM result_sets s
            CROSS JOIN LATERAL generate_series(0, s.hit_count - 1, \(Ranking.rowSize)) AS r (place)
            CROSS JOIN LATERAL (
                SELECT coalesce(($16)[r.place / \(Ranking.rowSize)], 0), ($16)[r.place / \(Ranking.rowSize) + 1]
            ) AS e (start, stop)
        WHERE s.id = $1
        """,
        [.uuid] + Self.columnTypes + [.int2Array, .bytea, .int4Array]
    )

    private static let columns: SQL = """
        profile_ids, scores, kinds, section_ids, vector_ranks, similarities, vector_kinds, vector_section_ids,
        text_ranks, coverages, text_kinds, text_section_ids
        """
    private static let columnTypes: [PostgresType] = [
        .uuidArray, .float8Array, .int2Array, .uuidArray, .int4Array, .float8Array, .int2Array, .uuidArray,
        .int4Array, .float8Array, .int2Array, .uuidArray,
    ]
    private static let parts: SQL = (2...13).reduce("") { list, number in
        "\(list)\(number == 2 ? "" : ", ")($\(number))[r.place + 1 : r.place + \(Ranking.rowSize)]"
    }

    /// `$1` id, `$2` the first place of the first row, `$3` the place behind the last hit.
    static let hits = Statement(
        "result_set_hits",
        """
        SELECT place, \(Self.columns), texts, evidence FROM result_set_hits
        WHERE set_id = $1 AND place >= $2 AND place < $3 ORDER BY place
        """,
        [.uuid, .int4, .int4]
    )

    /// `$1` id, `$2` caller. After the hits: a set that is there now was there then.
    static let set = Statement(
        "result_set",
        "SELECT answer, hit_count, expires_at FROM result_sets WHERE id = $1 AND caller = $2 AND expires_at > now()",
        [.uuid, .text]
    )

    /// Of all callers. `$1` sets at most.
    static let purge = Statement(
        "result_sets_purge",
        """
        WITH gone AS (
            DELETE FROM result_sets WHERE id IN (
                SELECT id FROM result_sets WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            RETURNING id
        )
        SELECT count(*) FROM gone
        """,
        [.int8]
    )
}
