internal import LikenessPostgres

/// The SQL of saved searches, as their owners see them.
enum SavedSearchStatements {
    static let columns: SQL = """
        s.id, s.owner, s.slug, s.description, s.query, s.bound_masks, s.revision, s.basis, s.seen_through, s.is_too_wide,
            s.match_count, s.last_event, s.created_at, s.updated_at
        """

    /// `$1` owner, `$2` name.
    static let get = Statement(
        "saved_search_get",
        "SELECT \(columns) FROM saved_searches s WHERE s.owner = $1 AND s.slug = $2",
        [.text, .text]
    )
    static let lock = Statement(
        "saved_search_lock",
        "SELECT \(columns) FROM saved_searches s WHERE s.owner = $1 AND s.slug = $2 FOR NO KEY UPDATE",
        [.text, .text]
    )
    /// `$1` id.
    static let byID = Statement(
        "saved_search_by_id",
        "SELECT \(columns) FROM saved_searches s WHERE s.id = $1",
        [.uuid]
    )
    /// `$1` ids.
    static let byIDs = Statement(
        "saved_searches_by_id",
        "SELECT \(columns) FROM saved_searches s WHERE s.id = ANY ($1)",
        [.uuidArray]
    )

    /// One owner's by name: `$1` owner, `$2` name of the one before.
    static func page(limit: Int) -> Statement {
        Statement(
            "saved_searches_page_\(limit)",
            """
            SELECT \(columns) FROM saved_searches s WHERE s.owner = $1 AND s.slug > $2
            ORDER BY s.slug LIMIT \(limit)
            """,
            [.text, .text]
        )
    }

    /// All by owner and name: `$1` and `$2` those of the one before.
    static func pageOfAll(limit: Int) -> Statement {
        Statement(
            "saved_searches_page_of_all_\(limit)",
            """
            SELECT \(columns) FROM saved_searches s WHERE (s.owner, s.slug) > ($1, $2)
            ORDER BY s.owner, s.slug LIMIT \(limit)
            """,
            [.text, .text]
        )
    }

    /// One new search of an owner at a time, until the transaction ends: `$1` owner.
    static let claimOwner = Statement(
        "saved_searches_claim",
        "SELECT pg_advisory_xact_lock(hashtextextended('likeness saved searches of ' || $1, 0))",
        [.text]
    )
    /// No row when there are too many: `$1` owner, `$2` name, `$3` description, `$4` query, `$5` masks, `$6` an owner's at most, `$7` all at
    /// most.
    static let insert = Statement(
        "saved_search_insert",
        """
        INSERT INTO saved_searches AS s (owner, slug, description, query, bound_masks)
        SELECT $1, $2, $3, $4, $5
        WHERE (SELECT count(*) FROM saved_searches o WHERE o.owner = $1) < $6
            AND (SELECT count(*) FROM saved_searches) < $7
        RETURNING \(columns)
        """,
        [.text, .text, .text, .bytea, .textArray, .int8, .int8]
    )
    /// `$1` id, `$2` description, `$3` query, `$4` masks, `$5` whether who matches has to be found again.
    static let update = Statement(
        "saved_search_update",
        """
        UPDATE saved_searches s SET description = $2, query = $3, bound_masks = $4, revision = s.revision + 1,
            basis = CASE WHEN $5 THEN NULL ELSE s.basis END, is_too_wide = s.is_too_wide AND NOT $5, updated_at = now()
        WHERE s.id = $1 RETURNING \(columns)
        """,
        [.uuid, .text, .bytea, .textArray, .bool]
    )
    static let delete = Statement(
        "saved_search_delete",
        "DELETE FROM saved_searches s WHERE s.id = $1 RETURNING \(columns)",
        [.uuid]
    )

    // MARK: Watching

    /// The owner is bound to other masks now: `$1` id, `$2` masks.
    static let rebind = Statement(
        "saved_search_rebind",
        """
        UPDATE saved_searches SET bound_masks = $2, basis = NULL, is_too_wide = false
        WHERE id = $1 AND bound_masks <> $2
        """,
        [.uuid, .textArray]
    )
    /// `$1` id, `$2` number of the event before.
    static let events = Statement(
        "saved_search_events",
        """
        SELECT e.number, e.profile_id, e.is_match, e.score, e.created_at
        FROM saved_search_events e WHERE e.search_id = $1 AND e.number > $2 ORDER BY e.number LIMIT \(partSize)
        """,
        [.uuid, .int8]
    )
    /// `$1` id, `$2` the least profile.
    static let matches = Statement(
        "saved_search_matches",
        """
        SELECT m.profile_id, m.score, m.created_at
        FROM saved_search_matches m WHERE m.search_id = $1 AND m.profile_id >= $2 ORDER BY m.profile_id LIMIT \(partSize)
        """,
        [.uuid, .uuid]
    )
    static let partSize = 100

    /// What tells whether there is something new: `$1` ids.
    static let marks = Statement(
        "saved_search_marks",
        """
        SELECT s.id, s.revision, s.last_event, s.basis, s.is_too_wide, s.bound_masks
        FROM saved_searches s WHERE s.id = ANY ($1)
        """,
        [.uuidArray]
    )
    static let inRecovery = Statement("saved_search_in_recovery", "SELECT pg_is_in_recovery()")

    // MARK: Clearing away

    /// Some events that are too old, or too many of one search: `$1` seconds that they are kept, `$2` of one search at most.
    static let purge = Statement(
        "saved_search_purge",
        """
        WITH old AS (
            (
                SELECT e.search_id, e.number FROM saved_search_events e
                WHERE e.created_at < now() - make_interval(secs => $1) LIMIT \(purgedAtOnce)
            )
            UNION
            SELECT b.search_id, b.number FROM saved_searches s CROSS JOIN LATERAL (
                SELECT e.search_id, e.number FROM saved_search_events e
                WHERE e.search_id = s.id AND e.number <= s.last_event - $2 ORDER BY e.number LIMIT \(purgedAtOnce)
            ) AS b
        ), gone AS (
            DELETE FROM saved_search_events e USING old o WHERE e.search_id = o.search_id AND e.number = o.number
            RETURNING 1
        )
        SELECT count(*) FROM gone
        """,
        [.float8, .int8]
    )
    static let purgedAtOnce = 10_000
}
