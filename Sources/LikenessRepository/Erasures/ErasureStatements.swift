internal import LikenessPostgres

/// The SQL of erasures: `migrations/*_erasures.sql`.
enum ErasureStatements {
    /// Those who are being written are waited for, as long as the call lasts. `$1` milliseconds.
    static let patience = Statement(
        "erasure_patience",
        "SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $1, true)",
        [.text]
    )
    /// Waits for those who project views, as `erase_profiles` does.
    static let lockProjections = Statement(
        "erasure_lock_projections",
        "SELECT FROM view_projections v ORDER BY v.id FOR UPDATE"
    )
    /// Waits for those who change masks, and keeps others from it.
    static let lockMasks = Statement("erasure_lock_masks", "LOCK TABLE masks IN SHARE MODE")
    /// What the feed of changes says of the profiles that this transaction removes: `$1` masks in their revisions that showed it.
    static let seenBy = Statement(
        "erasure_seen_by",
        "SELECT set_config('likeness.seen_by', $1::text, true)",
        [.textArray]
    )
    /// The same of the deletions of profiles that are deleted: `$1` ids, `$2` of each a list of masks.
    static let deletedSeenBy = Statement(
        "erasure_deleted_seen_by",
        """
        UPDATE profile_feed f SET seen_by = w.seen_by::text[], updated_at = now()
        FROM unnest($1, $2) AS w (id, seen_by) WHERE f.profile_id = w.id AND f.kind = 4
        """,
        [.uuidArray, .textArray]
    )
    /// They are removed for their age.
    static let isPurge = Statement("erasure_is_purge", "SELECT set_config('likeness.removal', 'purge', true)")
    /// Removes what is stored of `$1` profiles; `$2` seconds that backups are kept.
    static let erase = Statement(
        "profiles_erase",
        "SELECT erase_profiles($1, make_interval(secs => $2))",
        [.uuidArray, .float8]
    )
    /// `$1` profile.
    static let record = Statement(
        "erasure",
        "SELECT e.created_at, e.backups_expire_at FROM erasures e WHERE e.profile_id = $1",
        [.uuid]
    )

    /// One server at a time. `$1` is a number that no other lock has.
    static let tryLock = Statement("erasures_try_lock", "SELECT pg_try_advisory_xact_lock($1)", [.int8])
    /// Some of those that were deleted more than `$1` seconds ago, the first deleted first. Whom someone is writing is left for the
    /// next time.
    static let expired = Statement(
        "profiles_expired",
        """
        SELECT p.id FROM profiles p WHERE NOT p.is_active AND p.deleted_at < now() - make_interval(secs => $1)
        ORDER BY p.deleted_at LIMIT \(batchSize) FOR UPDATE SKIP LOCKED
        """,
        [.float8]
    )
    static let batchSize = 50

    /// Clears away what was left `$1` seconds ago or earlier, of some; says of how many.
    static let clear = Statement(
        "erasures_clear",
        "SELECT clear_erasures(make_interval(secs => $1), \(batchSize))",
        [.float8]
    )
    static let forget = Statement("erasures_forget", "DELETE FROM erasures e WHERE e.backups_expire_at < now()")

    /// The planner's statistics hold values of profiles. A role that does not own the tables leaves them to autovacuum.
    static func analyze(_ spaces: [EmbeddingSpaceInfo]) -> [Statement] {
        (PersonalTable.all + spaces.map { .embeddings($0) }).map {
            Statement("", "ANALYZE (SKIP_LOCKED) \($0.name)", countedAs: "analyze")
        }
    }

    /// Those of the last `$1` seconds.
    static let recent = Statement(
        "erasures_recent",
        "SELECT e.profile_id FROM erasures e WHERE e.created_at > now() - make_interval(secs => $1)",
        [.float8]
    )
}
