internal import LikenessPostgres

/// The SQL of the server that compares writes with saved searches.
enum SavedSearchFollowingStatements {
    /// `$1` who wants to, `$2` seconds.
    static let lead = Statement(
        "saved_searches_lead",
        """
        UPDATE saved_search_follower SET holder = $1, expires_at = now() + make_interval(secs => $2), updated_at = now()
        WHERE holder = $1 OR holder IS NULL OR expires_at < now()
        RETURNING true
        """,
        [.uuid, .float8]
    )
    static let resign = Statement(
        "saved_searches_resign",
        "UPDATE saved_search_follower SET holder = NULL, updated_at = now() WHERE holder = $1",
        [.uuid]
    )
    /// Whether it still is the one, until the transaction ends: `$1` who.
    static let hold = Statement(
        "saved_searches_hold",
        "SELECT true FROM saved_search_follower WHERE holder = $1 FOR UPDATE",
        [.uuid]
    )

    static let heads = Statement(
        "saved_search_heads",
        """
        SELECT s.id, s.revision, s.bound_masks, s.basis, s.seen_through, s.is_too_wide FROM saved_searches s ORDER BY s.id
        """
    )

    /// Writes in the order in which they were noted, those of one profile in theirs.
    static let changes = Statement(
        "saved_search_changes",
        "SELECT c.id, c.profile_id FROM saved_search_changes c ORDER BY c.id LIMIT \(changesMax)"
    )
    static let changesMax = 2_000
    static let forgetChanges = Statement(
        "saved_search_changes_forget",
        "DELETE FROM saved_search_changes WHERE id = ANY ($1)",
        [.int8Array]
    )

    /// The oldest transaction that writes, and the next one.
    static let transactions = Statement(
        "saved_search_transactions",
        """
        SELECT pg_snapshot_xmin(c.s)::text::bigint, pg_snapshot_xmax(c.s)::text::bigint
        FROM (SELECT pg_current_snapshot() AS s) AS c
        """
    )
    /// `$1` the least id.
    static let profiles = Statement(
        "saved_search_profiles",
        "SELECT p.id FROM profiles p WHERE p.is_active AND p.id >= $1 ORDER BY p.id LIMIT \(profilesMax)",
        [.uuid]
    )
    static let profilesMax = 1_000

    /// `$1` profiles.
    static let matchesOfProfiles = Statement(
        "saved_search_matches_of_profiles",
        "SELECT m.search_id, m.profile_id FROM saved_search_matches m WHERE m.profile_id = ANY ($1)",
        [.uuidArray]
    )
    /// `$1` search.
    static let matchesOfSearch = Statement(
        "saved_search_matches_of_search",
        "SELECT m.profile_id FROM saved_search_matches m WHERE m.search_id = $1",
        [.uuid]
    )

    /// Holds searches whose matches are known, until the transaction ends: `$1` ids.
    static let lock = Statement(
        "saved_searches_lock",
        """
        SELECT s.id, s.revision FROM saved_searches s WHERE s.id = ANY ($1) AND s.basis IS NOT NULL
        ORDER BY s.id FOR NO KEY UPDATE
        """,
        [.uuidArray]
    )
    /// The same of one, whatever is known: `$1` id.
    static let lockOne = Statement(
        "saved_search_lock_one",
        "SELECT s.revision, s.seen_through FROM saved_searches s WHERE s.id = $1 FOR NO KEY UPDATE",
        [.uuid]
    )

    /// Writes events, and what they make of the matches, of searches that are held: `$1` searches, `$2` profiles, `$3` whether they match,
    /// `$4` scores; in their order.
    static let record = Statement(
        "saved_search_record",
        """
        WITH news AS MATERIALIZED (
            SELECT n.search_id, n.profile_id, n.is_match, n.score,
                row_number() OVER (PARTITION BY n.search_id ORDER BY n.place) AS place
            FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS n (search_id, profile_id, is_match, score, place)
        ), started AS (
            INSERT INTO saved_search_matches (search_id, profile_id, score)
            SELECT n.search_id, n.profile_id, n.score FROM news n WHERE n.is_match
        ), ceased AS (
            DELETE FROM saved_search_matches m USING news n
            WHERE NOT n.is_match AND m.search_id = n.search_id AND m.profile_id = n.profile_id
        ), counted AS (
            SELECT n.search_id, count(*) AS events, 2 * count(*) FILTER (WHERE n.is_match) - count(*) AS matches
            FROM news n GROUP BY n.search_id
        ), grown AS (
            UPDATE saved_searches s SET last_event = s.last_event + c.events, match_count = s.match_count + c.matches
            FROM counted c WHERE s.id = c.search_id
            RETURNING s.id, s.last_event - c.events AS base
        )
        INSERT INTO saved_search_events (search_id, number, profile_id, is_match, score)
        SELECT n.search_id, g.base + n.place, n.profile_id, n.is_match, n.score
        FROM news n JOIN grown g ON g.id = n.search_id
        """,
        [.uuidArray, .uuidArray, .boolArray, .float8Array]
    )
    /// Who matches these is to be found again: `$1` ids.
    static let unsettle = Statement(
        "saved_searches_unsettle",
        "UPDATE saved_searches SET basis = NULL WHERE id = ANY ($1) AND basis IS NOT NULL",
        [.uuidArray]
    )
    /// Ends the events of those that more than `$2` profiles match: `$1` ids.
    static let endWide = Statement(
        "saved_searches_end_wide",
        """
        WITH wide AS (
            UPDATE saved_searches s SET is_too_wide = true, match_count = 0, last_event = s.last_event + 1
            WHERE s.id = ANY ($1) AND s.match_count > $2 RETURNING s.id
        ), gone AS (
            DELETE FROM saved_search_matches m USING wide w WHERE m.search_id = w.id
        )
        DELETE FROM saved_search_events e USING wide w WHERE e.search_id = w.id
        """,
        [.uuidArray, .int4]
    )

    // Events begin anew. `$1` search.
    static let dropMatches = Statement(
        "saved_search_drop_matches",
        "DELETE FROM saved_search_matches WHERE search_id = $1",
        [.uuid]
    )
    static let dropEvents = Statement(
        "saved_search_drop_events",
        "DELETE FROM saved_search_events WHERE search_id = $1",
        [.uuid]
    )
    /// `$1` search, `$2` profiles, `$3` scores.
    static let insertMatches = Statement(
        "saved_search_insert_matches",
        """
        INSERT INTO saved_search_matches (search_id, profile_id, score)
        SELECT $1, m.profile_id, m.score FROM unnest($2, $3) AS m (profile_id, score)
        """,
        [.uuid, .uuidArray, .float8Array]
    )
    /// The number of an event that never was: whoever knows of one before begins anew too. `$1` search, `$2` how many match.
    static let skipEvent = Statement(
        "saved_search_skip_event",
        "UPDATE saved_searches SET last_event = last_event + 1, match_count = $2 WHERE id = $1",
        [.uuid, .int4]
    )
    /// `$1` search, `$2` basis, `$3` masks, `$4` whether too many match.
    static let settle = Statement(
        "saved_search_settle",
        "UPDATE saved_searches SET basis = $2, seen_through = $3, is_too_wide = $4 WHERE id = $1",
        [.uuid, .text, .text, .bool]
    )
}
