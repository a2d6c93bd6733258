internal import LikenessPostgres

/// What the index of words is read from: `migrations/*_profile_words.sql`.
enum ProfileWordsStatements {
    /// What transactions have ended. An index that holds what they wrote names it.
    static let snapshot = Statement("profile_words_snapshot", "SELECT pg_current_snapshot()::text")

    /// Live profiles from id `$1` on, in ascending order, with their words; `NULL` for those that have none yet.
    static let page = Statement(
        "profile_words_page",
        """
        SELECT p.id, CASE WHEN w.profile_id IS NOT NULL THEN tsvector_to_array(w.words) END
        FROM profiles p LEFT JOIN profile_words w ON w.profile_id = p.id
        WHERE p.is_active AND p.id >= $1 ORDER BY p.id LIMIT \(pageSize)
        """,
        [.uuid]
    )

    static let pageSize = 5_000

    /// The words of live ones: `$1` ids.
    static let ofProfiles = Statement(
        "profile_words_of",
        "SELECT w.profile_id, tsvector_to_array(w.words) FROM profile_words w WHERE w.profile_id = ANY ($1) AND w.is_active",
        [.uuidArray]
    )

    static let fill = Statement("profile_words_fill", "SELECT fill_profile_words($1)", [.uuidArray])

    /// Reads the words of some profiles again that were read as by an earlier version, and says of how many.
    static let readAgain = Statement("profile_words_read_again", "SELECT read_words_again(\(readAgainMax))")

    /// Their sections are held for some milliseconds each.
    private static let readAgainMax = 20

    /// The rows that an index of a snapshot has not seen, from an id on, in ascending order; `NULL` words for a profile that is
    /// gone. Parameters: `$1` snapshot (text), `$2` id.
    static let changes = Statement(
        "profile_words_changes",
        """
        SELECT w.profile_id, CASE WHEN w.is_active THEN tsvector_to_array(w.words) END
        FROM profile_words w WHERE \(unseen(by: "$1")) AND w.profile_id >= $2
        ORDER BY w.profile_id LIMIT \(pageSize)
        """,
        [.text, .uuid]
    )

    /// How many there are, counted up to `unseenMax` and one more. Parameters: `$1` snapshot (text).
    static let unseenCount = Statement(
        "profile_words_unseen",
        """
        SELECT count(*) FROM (SELECT FROM profile_words w WHERE \(unseen(by: "$1")) LIMIT \(unseenMax + 1)) AS unseen
        """,
        [.text]
    )

    /// A search looks at so many rows beside the index; with more the index is brought up to date first.
    static let unseenMax = 500

    /// A row `w` of `profile_words` was written by a transaction that a snapshot does not show.
    ///
    /// The upper bound is for databases that were restored: their rows have the numbers of another server's transactions,
    /// of which those that this server has yet to reach are no changes.
    static func unseen(by snapshot: SQL) -> SQL {
        """
        w.changed >= pg_snapshot_xmin(\(snapshot)::text::pg_snapshot)
        AND w.changed < pg_snapshot_xmax(pg_current_snapshot())
        AND NOT pg_visible_in_snapshot(w.changed, \(snapshot)::text::pg_snapshot)
        """
    }
}
