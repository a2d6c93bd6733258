internal import LikenessPostgres

/// The SQL of projections: `migrations/*_view_words.sql`.
enum ViewWordsStatements {
    // MARK: Which there are

    /// - Parameter alias: Of a row of `view_projections`.
    private static func isUsable(_ alias: SQL) -> SQL {
        "\(alias).dropped_at IS NULL AND \(alias).system_identifier = (pg_control_system()).system_identifier"
    }

    /// The projection of some masks in some revisions: `$1` ids, `$2` revisions.
    static let find = Statement(
        "view_find",
        """
        SELECT v.id FROM view_projections v
        WHERE v.mask_ids = $1 AND v.mask_revisions = $2 AND \(isUsable("v"))
        """,
        [.uuidArray, .int8Array]
    )

    /// Those who make or drop projections wait for each other; writers of profiles do not.
    static let lockAll = Statement("views_lock", "LOCK TABLE view_projections IN SHARE ROW EXCLUSIVE MODE")

    /// Ends the use of those whose masks have changed or are gone, and of those from another server.
    static let dropOutdated = Statement(
        "views_drop_outdated",
        """
        UPDATE view_projections v SET dropped_at = now(), updated_at = now()
        WHERE v.dropped_at IS NULL AND (
            NOT (\(isUsable("v")))
            OR EXISTS (
                SELECT FROM unnest(v.mask_ids, v.mask_revisions) AS k (id, revision)
                WHERE NOT EXISTS (
                    SELECT FROM masks m WHERE m.id = k.id AND m.revision = k.revision AND m.is_active
                )
            )
        )
        """
    )

    /// Ends the use of the one that was used the longest ago, more than `$1` seconds, when there are `$2` or more.
    static let dropUnused = Statement(
        "views_drop_unused",
        """
        UPDATE view_projections v SET dropped_at = now(), updated_at = now()
        WHERE v.id IN (
            SELECT u.id FROM view_projections u
            WHERE u.dropped_at IS NULL AND u.used_at < now() - make_interval(secs => $1)
                AND (SELECT count(*) FROM view_projections c WHERE c.dropped_at IS NULL) >= $2
            ORDER BY u.used_at LIMIT 1
        )
        """,
        [.float8, .int8]
    )

    static let count = Statement(
        "views_count",
        "SELECT count(*) FROM view_projections v WHERE v.dropped_at IS NULL"
    )

    /// Makes one, if the masks are still in those revisions: `$1` ids, `$2` revisions.
    static let insert = Statement(
        "view_insert",
        """
        INSERT INTO view_projections (mask_ids, mask_revisions)
        SELECT $1, $2 WHERE NOT EXISTS (
            SELECT FROM unnest($1, $2) AS k (id, revision)
            WHERE NOT EXISTS (SELECT FROM masks m WHERE m.id = k.id AND m.revision = k.revision AND m.is_active)
        )
        RETURNING id
        """,
        [.uuidArray, .int8Array]
    )

    /// `$1` projections that searches have used.
    static let used = Statement(
        "views_used",
        "UPDATE view_projections v SET used_at = now() WHERE v.id = ANY ($1)",
        [.uuidArray]
    )

    // MARK: How far one is

    /// Writers that may not know of a projection made a moment ago: they have written profiles already.
    static let writers = Statement(
        "profile_writers",
        """
        SELECT l.virtualtransaction FROM pg_locks l
        WHERE l.locktype = 'relation' AND l.relation = 'profiles'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted
            AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
        """
    )

    static let begin = Statement(
        "view_begin",
        "UPDATE view_projections v SET base = pg_current_snapshot(), updated_at = now() WHERE v.id = $1 AND v.base IS NULL",
        [.uuid]
    )

    /// Whoever projects holds the row; what is read after that is newer than what anyone before has projected.
    static let lock = Statement(
        "view_lock",
        """
        SELECT v.base IS NOT NULL, v.read_to, v.snapshot::text FROM view_projections v
        WHERE v.id = $1 AND \(isUsable("v")) FOR UPDATE
        """,
        [.uuid]
    )

    static let page = Statement(
        "view_words_page",
        """
        SELECT w.profile_id, tsvector_to_array(w.words) FROM view_words w
        WHERE w.view_id = $1 AND w.words IS NOT NULL AND w.profile_id >= $2
        ORDER BY w.profile_id LIMIT \(ProfileWordsStatements.pageSize)
        """,
        [.uuid, .uuid]
    )

    /// The words that a projection has of some profiles: `$1` projection, `$2` ids.
    static let ofProfiles = Statement(
        "view_words_of",
        """
        SELECT w.profile_id, tsvector_to_array(w.words) FROM view_words w
        WHERE w.view_id = $1 AND w.profile_id = ANY ($2) AND w.words IS NOT NULL
        """,
        [.uuid, .uuidArray]
    )

    /// The rows that an index of a snapshot has not seen, from an id on, in ascending order; `NULL` words for a profile that is no
    /// longer shown. Parameters: `$1` projection, `$2` snapshot (text), `$3` id.
    static let changes = Statement(
        "view_words_changes",
        """
        SELECT w.profile_id, CASE WHEN w.words IS NOT NULL THEN tsvector_to_array(w.words) END
        FROM view_words w WHERE w.view_id = $1 AND \(ProfileWordsStatements.unseen(by: "$2")) AND w.profile_id >= $3
        ORDER BY w.profile_id LIMIT \(ProfileWordsStatements.pageSize)
        """,
        [.uuid, .text, .uuid]
    )

    /// Whether a projection has all profiles, what was written last included, and whether an index of it has seen all of that. No
    /// row when it is not to be used. Parameters: `$1` projection, `$2` the snapshot of the index (text), or NULL.
    static let state = Statement(
        "view_state",
        """
        SELECT v.snapshot IS NOT NULL AND NOT EXISTS (
                SELECT FROM profile_changes w WHERE \(ProfileWordsStatements.unseen(by: "v.snapshot"))
            ),
            $2 IS NOT NULL AND NOT EXISTS (
                SELECT FROM view_words w WHERE w.view_id = v.id AND \(ProfileWordsStatements.unseen(by: "$2"))
            )
        FROM view_projections v WHERE v.id = $1 AND \(isUsable("v"))
        """,
        [.uuid, .text]
    )

    // MARK: Projecting

    /// Profiles that are projected in one transaction.
    static let stepSize = 100
    /// When all are: the more of them at once, the less often the count of a text that many have is written.
    static let readingSize = 500

    /// Profiles from an id on, in ascending order, deleted ones too.
    static let profiles = Statement(
        "view_profiles",
        "SELECT p.id FROM profiles p WHERE p.id >= $1 ORDER BY p.id LIMIT \(readingSize)",
        [.uuid]
    )

    /// Profiles that were written since a snapshot, from an id on, in ascending order. Parameters: `$1` snapshot (text), `$2` id.
    static let written = Statement(
        "view_written",
        """
        SELECT w.profile_id FROM profile_changes w WHERE \(ProfileWordsStatements.unseen(by: "$1")) AND w.profile_id >= $2
        ORDER BY w.profile_id LIMIT \(stepSize)
        """,
        [.text, .uuid]
    )

    /// `$1` projection, `$2` profiles, and of those that are shown each section: `$3` its profile, `$4` kind, `$5` id, `$6` row.
    static let project = Statement(
        "view_project",
        "SELECT project_profiles($1, $2, $3, $4, $5, $6)",
        [.uuid, .uuidArray, .uuidArray, .int2Array, .uuidArray, .textArray]
    )

    /// The first reading is as far as `$2`.
    static let readTo = Statement(
        "view_read_to",
        "UPDATE view_projections v SET read_to = $2, updated_at = now() WHERE v.id = $1",
        [.uuid, .uuid]
    )
    /// It is complete: what was written meanwhile is still to be projected.
    static let readAll = Statement(
        "view_read_all",
        "UPDATE view_projections v SET snapshot = v.base, updated_at = now() WHERE v.id = $1",
        [.uuid]
    )
    /// All that `$2` shows is projected.
    static let caughtUp = Statement(
        "view_caught_up",
        "UPDATE view_projections v SET snapshot = $2::pg_snapshot, updated_at = now() WHERE v.id = $1",
        [.uuid, .text]
    )

    // MARK: Clearing away

    private static let clearedMax = 2_000

    /// Some rows of projections that are no longer used; says how many.
    static let clear = Statement(
        "views_clear",
        """
        WITH dropped AS MATERIALIZED (
            SELECT v.id FROM view_projections v WHERE v.dropped_at IS NOT NULL
        ), sections AS (
            DELETE FROM view_sections s WHERE (s.view_id, s.profile_id, s.kind, s.section_id) IN (
                SELECT d.view_id, d.profile_id, d.kind, d.section_id FROM view_sections d
                WHERE d.view_id IN (SELECT id FROM dropped) LIMIT \(clearedMax)
            )
            RETURNING 1
        ), words AS (
            DELETE FROM view_words w WHERE (w.view_id, w.profile_id) IN (
                SELECT d.view_id, d.profile_id FROM view_words d
                WHERE d.view_id IN (SELECT id FROM dropped) LIMIT \(clearedMax)
            )
            RETURNING 1
        ), texts AS (
            DELETE FROM view_texts t WHERE (t.view_id, t.profile_id) IN (
                SELECT d.view_id, d.profile_id FROM view_texts d
                WHERE d.view_id IN (SELECT id FROM dropped) LIMIT \(clearedMax)
            )
            RETURNING 1
        ), spellings AS (
            DELETE FROM view_spellings s WHERE (s.view_id, s.kind, s.folded, s.text) IN (
                SELECT d.view_id, d.kind, d.folded, d.text FROM view_spellings d
                WHERE d.view_id IN (SELECT id FROM dropped) LIMIT \(clearedMax)
            )
            RETURNING 1
        ), terms AS (
            DELETE FROM view_terms t WHERE t.ctid = ANY (ARRAY(
                SELECT d.ctid FROM view_terms d WHERE d.view_id IN (SELECT id FROM dropped) LIMIT \(clearedMax)
            ))
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM sections) + (SELECT count(*) FROM words) + (SELECT count(*) FROM texts)
            + (SELECT count(*) FROM spellings) + (SELECT count(*) FROM terms)
        """
    )

    /// The rows of projections that have no others.
    static let clearProjections = Statement(
        "views_clear_projections",
        """
        DELETE FROM view_projections v WHERE v.dropped_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM view_words w WHERE w.view_id = v.id)
            AND NOT EXISTS (SELECT FROM view_sections s WHERE s.view_id = v.id)
            AND NOT EXISTS (SELECT FROM view_texts t WHERE t.view_id = v.id)
            AND NOT EXISTS (SELECT FROM view_spellings s WHERE s.view_id = v.id)
            AND NOT EXISTS (SELECT FROM view_terms t WHERE t.view_id = v.id)
        """
    )

    /// Some notes of writes that every projection has; says how many. Those that are being written are left for the next time.
    static let clearChanges = Statement(
        "profile_changes_clear",
        """
        WITH known AS MATERIALIZED (
            SELECT c.profile_id FROM profile_changes c
            WHERE NOT EXISTS (
                SELECT FROM view_projections v
                WHERE v.dropped_at IS NULL AND NOT pg_visible_in_snapshot(c.changed, coalesce(v.snapshot, v.base, '1:1:'))
            )
            ORDER BY c.profile_id LIMIT \(clearedMax) FOR UPDATE SKIP LOCKED
        ), cleared AS (
            DELETE FROM profile_changes c USING known k WHERE c.profile_id = k.profile_id RETURNING 1
        )
        SELECT count(*) FROM cleared
        """
    )
}
