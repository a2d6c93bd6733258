internal import LikenessPostgres

/// The SQL of the changes of profiles: `migrations/*_profile_feed.sql`.
///
/// A statement's rows are those that its snapshot shows, and `pg_current_snapshot()` in it is that snapshot.
enum FeedStatements {
    /// What is read with every look, in front of the columns of a change. `$1` is the anchor of the newest moment that the reader knows,
    /// empty for none, and `$2` its number.
    private static let head: SQL = """
        pg_current_snapshot()::text, clock_timestamp(), \(origin), l.snapshot::text, l.last::text::bigint, \(last)::text::bigint,
            \(anchor), $1 = '' OR $1 IS NOT DISTINCT FROM l.anchor OR EXISTS (
                SELECT FROM profile_feed a WHERE a.number = $2 AND profile_feed_anchor(a) = $1)
        """
    static let headColumns = 8

    /// The server, its timeline, the database and the table: numbers of transactions mean nothing elsewhere, and a dump that is restored makes
    /// another table. NULL on a standby, whose snapshots do not say which transactions are running.
    private static let origin: SQL = """
        CASE WHEN NOT pg_is_in_recovery()
            THEN concat_ws('/', l.system_identifier, left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
                (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()), 'profile_feed'::regclass::oid) END
        """

    /// The last transaction whose change is there, or was before it was removed for its age.
    private static let last: SQL = "greatest((SELECT max(m.transaction) FROM profile_feed m), l.last)"

    /// Its last change: one that a database lacks which was set back to an earlier state. Found once, not for each row.
    private static let anchor: SQL = """
        coalesce((SELECT profile_feed_anchor(m) FROM profile_feed m
            WHERE m.transaction > (SELECT k.last FROM profile_feed_floor k) ORDER BY m.transaction DESC, m.number DESC LIMIT 1),
            l.anchor, '')
        """

    private static let columns: SQL = """
        f.number, f.transaction::text::bigint, f.profile_id, f.kind, f.revision, f.changed_paths, f.seen_by, f.created_at
        """

    /// The same of a subquery that has read them.
    private static let read: SQL = """
        n.number, n.transaction, n.profile_id, n.kind, n.revision, n.changed_paths, n.seen_by, n.created_at, p.slug
        """

    /// Where a feed that begins now begins.
    static let now = Statement("feed_now", "SELECT \(head) FROM profile_feed_floor l", [.text, .int8])

    /// Changes that a snapshot does not show, in the order of their numbers: `$3` its next transaction, `$4` those that were running.
    ///
    /// The upper bound is none; it has the planner expect few. `+ 0` keeps it from walking the numbers in search of them.
    static let since = Statement(
        "feed_since",
        """
        SELECT \(head), \(read)
        FROM profile_feed_floor l LEFT JOIN LATERAL (
            SELECT u.* FROM (
                SELECT \(columns) FROM profile_feed f
                WHERE f.transaction >= $3::xid8 AND f.transaction < pg_snapshot_xmax(pg_current_snapshot())
                UNION ALL
                SELECT \(columns) FROM profile_feed f WHERE f.transaction = ANY ($4::xid8[])
            ) AS u (number, transaction, profile_id, kind, revision, changed_paths, seen_by, created_at)
            ORDER BY u.number + 0 LIMIT \(pageSize)
        ) AS n ON true
        LEFT JOIN profiles p ON p.id = n.profile_id
        ORDER BY n.number
        """,
        [.text, .int8, .text, .textArray]
    )

    /// The same of those after number `$6` that snapshot `$5` shows.
    static let within = Statement(
        "feed_within",
        """
        SELECT \(head), \(read)
        FROM profile_feed_floor l LEFT JOIN LATERAL (
            SELECT \(columns) FROM profile_feed f
            WHERE f.number > $6 AND (f.transaction >= $3::xid8 OR f.transaction = ANY ($4::xid8[]))
                AND pg_visible_in_snapshot(f.transaction, $5::pg_snapshot)
            ORDER BY f.number LIMIT \(pageSize)
        ) AS n (number, transaction, profile_id, kind, revision, changed_paths, seen_by, created_at) ON true
        LEFT JOIN profiles p ON p.id = n.profile_id
        ORDER BY n.number
        """,
        [.text, .int8, .text, .textArray, .text, .int8]
    )
    static let pageSize = 500

    /// By whom the profiles were seen that changes `$1` took away, where that is noted.
    static let viewers = Statement(
        "feed_viewers",
        "SELECT f.number, f.seen_by FROM profile_feed f WHERE f.number = ANY ($1) AND f.seen_by IS NOT NULL",
        [.int8Array]
    )

    /// Live profiles from id `$1` on.
    static let existing = Statement(
        "feed_existing",
        ProfileStatements.pageByIDText(limit: existingSize, condition: "p.is_active"),
        [.uuid]
    )
    static let existingSize = 100

    /// Has the other servers look: `$1` who says so.
    static let notify = Statement("feed_notify", "SELECT pg_notify('\(verbatimChannel)', $1)", [.text])
    private static let verbatimChannel: SQL = "likeness_profiles"
    static let channel = "likeness_profiles"

    // MARK: Keeping

    /// Whether the rows are of this server's transactions.
    static let isOwn = Statement(
        "feed_is_own",
        "SELECT l.system_identifier = (SELECT c.system_identifier FROM pg_control_system() c) FROM profile_feed_floor l"
    )
    /// Removes rows that were restored from a dump: other transactions have written them than they say.
    static let adopt = Statement(
        "feed_adopt",
        """
        WITH restored AS (
            DELETE FROM profile_feed f WHERE f.xmin::text::bigint <> f.transaction::text::bigint % 4294967296
        ), times AS (
            DELETE FROM profile_feed_times
        )
        UPDATE profile_feed_floor SET system_identifier = (SELECT c.system_identifier FROM pg_control_system() c),
            snapshot = NULL, last = '0', anchor = NULL, taken_at = NULL, updated_at = now()
        """
    )

    /// Notes which transactions have ended by now.
    static let noteTime = Statement(
        "feed_note_time",
        """
        INSERT INTO profile_feed_times (last, anchor) SELECT \(last), \(anchor) FROM profile_feed_floor l
        """
    )
    /// What had ended `$1` seconds ago is not kept any more.
    static let raiseFloor = Statement(
        "feed_raise_floor",
        """
        WITH old AS (
            SELECT t.taken_at, t.snapshot, t.last, t.anchor FROM profile_feed_times t
            WHERE t.taken_at <= clock_timestamp() - make_interval(secs => $1) AND t.anchor IS NOT NULL
            ORDER BY t.taken_at DESC LIMIT 1
        ), gone AS (
            DELETE FROM profile_feed_times t USING old o WHERE t.taken_at <= o.taken_at
        )
        UPDATE profile_feed_floor l
        SET snapshot = o.snapshot, last = o.last, anchor = o.anchor, taken_at = o.taken_at, updated_at = now()
        FROM old o WHERE l.taken_at IS NULL OR l.taken_at < o.taken_at
        """,
        [.float8]
    )
    /// Removes some of that; a row of the answer for each.
    static let purge = Statement(
        "feed_purge",
        """
        DELETE FROM profile_feed f USING (
            SELECT o.number FROM profile_feed_floor l JOIN profile_feed o ON o.transaction < pg_snapshot_xmax(l.snapshot)
                AND pg_visible_in_snapshot(o.transaction, l.snapshot)
            ORDER BY o.transaction, o.number LIMIT \(purgedAtOnce) FOR UPDATE OF o SKIP LOCKED
        ) AS old
        WHERE f.number = old.number RETURNING true
        """
    )
    static let purgedAtOnce = 1_000
}
