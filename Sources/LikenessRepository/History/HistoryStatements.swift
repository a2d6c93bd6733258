internal import LikenessPostgres

/// The SQL of what profiles were: `migrations/*_profile_history.sql`.
enum HistoryStatements {
    private static let columns: SQL = "h.revision, h.created_at, h.caller, h.method, h.changed_paths"

    /// A write of profile `$1`: the one that made revision `$2`.
    static let revision = Statement(
        "history_revision",
        "SELECT \(columns), h.previous FROM profile_revisions h WHERE h.profile_id = $1 AND h.revision = $2",
        [.uuid, .int8]
    )
    /// The first write of profile `$1` after `$2`.
    static let firstAfter = Statement(
        "history_first_after",
        """
        SELECT \(columns), h.previous FROM profile_revisions h WHERE h.profile_id = $1 AND h.created_at > $2
        ORDER BY h.revision LIMIT 1
        """,
        [.uuid, .timestamptz]
    )

    /// Writes of profile `$1` before the one that made revision `$2`, the last first.
    ///
    /// - Parameter withPrevious: What it was before each, too.
    static func page(limit: Int, withPrevious: Bool) -> Statement {
        let previous: SQL = withPrevious ? "h.previous" : "NULL::bytea"
        return Statement(
            "history_page_\(limit)\(withPrevious ? "_whole" : "")",
            """
            SELECT \(columns), \(previous) FROM profile_revisions h WHERE h.profile_id = $1 AND h.revision < $2
            ORDER BY h.revision DESC LIMIT \(limit)
            """,
            [.uuid, .int8]
        )
    }

    /// Since when what profiles were is known to callers who look through a view; `$1` seconds that it is kept.
    static let knownSince = Statement(
        "history_known_since",
        """
        SELECT greatest(h.kept_since, now() - make_interval(secs => $1)) FROM profile_history h
        WHERE h.kept_since IS NOT NULL
        """,
        [.float8]
    )

    /// Whether writes are to have their rows, for those that are made outside a service.
    static let isKept = Statement(
        "history_is_kept",
        "SELECT EXISTS (SELECT FROM profile_history h WHERE h.kept_since IS NOT NULL)"
    )

    // Housekeeping.
    static let begin = Statement(
        "history_begin",
        "UPDATE profile_history SET kept_since = now(), updated_at = now() WHERE kept_since IS NULL RETURNING true"
    )
    static let end = Statement(
        "history_end",
        "UPDATE profile_history SET kept_since = NULL, updated_at = now() WHERE kept_since IS NOT NULL RETURNING true"
    )
    /// Some of the rows that are older than `$1` seconds, a row of the answer for each. With `$2` only where none has been kept for
    /// so many seconds.
    static let purge = Statement(
        "history_purge",
        """
        DELETE FROM profile_revisions h USING (
            SELECT o.profile_id, o.revision FROM profile_revisions o
            WHERE o.created_at < now() - make_interval(secs => $1) AND ($2 IS NULL OR EXISTS (
                SELECT FROM profile_history k WHERE k.kept_since IS NULL AND k.updated_at < now() - make_interval(secs => $2)))
            ORDER BY o.created_at LIMIT \(purgeSize) FOR UPDATE SKIP LOCKED
        ) AS old
        WHERE h.profile_id = old.profile_id AND h.revision = old.revision
        RETURNING true
        """,
        [.float8, .float8]
    )
    static let purgeSize = 1_000
}
