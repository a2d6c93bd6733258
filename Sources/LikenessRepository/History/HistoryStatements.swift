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

    /// What profiles were before the writes that made some revisions, but for creations: `$1` profiles, `$2` a revision of each. The first
    /// two, and those of the next that have `$3` bytes, or so; of the others NULL.
    static let previous = Statement(
        "history_previous",
        """
        SELECT c.profile_id, c.revision, CASE WHEN c.number <= 2 OR c.bytes_before < $3 THEN c.previous END FROM (
            SELECT h.profile_id, h.revision, h.previous, w.number,
                sum(octet_length(h.previous)) OVER (ORDER BY w.number) - octet_length(h.previous) AS bytes_before
            FROM unnest($1, $2) WITH ORDINALITY AS w (profile_id, revision, number)
                JOIN profile_revisions h ON h.profile_id = w.profile_id AND h.revision = w.revision
            WHERE h.previous IS NOT NULL
        ) AS c
        """,
        [.uuidArray, .int8Array, .int8]
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

    /// Writes of profile `$1` before the one that made revision `$2`, of those since `$3` and up to `$4` that have changed more than the
    /// fields `$5`; the last first, as far as no write is missing between. With what the profile was before each.
    ///
    /// What is passed over is not read: how often fields were changed that a view hides costs next to nothing.
    static let seenPage = Statement(
        "history_page_seen",
        """
        SELECT \(columns), h.previous FROM (
            SELECT s.*, sum(octet_length(s.previous)) OVER (
                ORDER BY s.revision DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
            FROM (
                SELECT c.*, bool_and(c.is_next) OVER (ORDER BY c.revision DESC) AS is_complete
                FROM (
                    SELECT r.*, coalesce(lag(r.revision) OVER (ORDER BY r.revision DESC), $2) = r.revision + 1 AS is_next
                    FROM profile_revisions r WHERE r.profile_id = $1 AND r.revision < $2 AND r.created_at >= $3
                ) AS c
            ) AS s
            WHERE s.is_complete AND ($4 IS NULL OR s.created_at <= $4)
                AND (s.previous IS NULL OR NOT s.changed_paths <@ $5)
        ) AS h
        WHERE coalesce(h.bytes_before, 0) < \(seenPageBytes)
        ORDER BY h.revision DESC LIMIT \(seenPageSize)
        """,
        [.uuid, .int8, .timestamptz, .timestamptz, .textArray]
    )
    static let seenPageSize = 100
    /// Of what profiles were; the last of them may go beyond.
    static let seenPageBytes = 8 << 20

    /// Since when what profiles were is known to callers who look through a view, whichever server they ask; `$1` seconds that it is kept by
    /// this one, which count until a time is recorded.
    static let knownSince = Statement(
        "history_known_since",
        """
        SELECT greatest(h.kept_since, now() - make_interval(secs => coalesce(h.kept_seconds, $1))) FROM profile_history h
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

    /// A server keeps a history for `$1` seconds. The longest time of those that said so within `$2` seconds counts, and what is older
    /// is no longer complete.
    ///
    /// Answers with whether none was kept before, and the seconds that count.
    static let begin = Statement(
        "history_begin",
        """
        WITH said AS (
            INSERT INTO profile_history_times (seconds, said_at) VALUES ($1, now())
            ON CONFLICT (seconds) DO UPDATE SET said_at = now()
        ), forgotten AS (
            DELETE FROM profile_history_times t WHERE t.seconds <> $1 AND t.said_at < now() - make_interval(secs => $2)
        )
        UPDATE profile_history h SET kept_seconds = longest.seconds,
            kept_since = greatest(coalesce(h.kept_since, now()), now() - make_interval(secs => longest.seconds)), updated_at = now()
        FROM (
            SELECT k.kept_since IS NULL AS is_new, greatest($1, (
                SELECT max(t.seconds) FROM profile_history_times t WHERE t.said_at >= now() - make_interval(secs => $2)
            )) AS seconds
            FROM profile_history k FOR UPDATE
        ) AS longest
        RETURNING longest.is_new, h.kept_seconds
        """,
        [.float8, .float8]
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
