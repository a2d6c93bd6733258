internal import LikenessPostgres

/// What the tables of texts differ in.
extension CompletionStatements.Source {
    /// What names of its statements begin with.
    var name: String {
        switch self {
        case .all: "completions"
        case .view: "view_completions"
        }
    }

    var table: SQL {
        switch self {
        case .all: "completion_terms"
        case .view: "view_terms"
        }
    }

    var types: [PostgresType] {
        switch self {
        case .all: [.text, .int2Array, .int8]
        case .view: [.text, .int2Array, .int8, .uuid]
        }
    }

    /// Before a condition on a row `t`.
    var isOfIt: SQL {
        switch self {
        case .all: ""
        case .view: "t.view_id = $4 AND "
        }
    }

    /// The same after a condition that an index is for: no other index is taken for this one.
    var isOfItUnindexed: SQL {
        switch self {
        case .all: ""
        case .view: "AND (t.view_id = $4) IS TRUE"
        }
    }

    /// Of those that match.
    var order: SQL {
        switch self {
        case .all: ""
        case .view: "ORDER BY t.profile_count DESC, t.folded, t.kind"
        }
    }

    /// What is left of `ranked`: at least one row, so that its last columns always come: how many were ranked, and whether more match
    /// than were looked at.
    func shown(isCut: SQL) -> SQL {
        """
        SELECT l.kind, l.text, l.profile_count, l.profile_id, l.fit, l.place, char_length(fold_term($1)) AS length,
            n.ranked, n.is_cut
        FROM (SELECT (SELECT count(*) FROM ranked) AS ranked, \(isCut) AS is_cut) AS n
        LEFT JOIN LATERAL (
            \(self.known)
        ) AS l ON true
        ORDER BY l.fit, l.distance, l.profile_count DESC, l.folded, l.kind
        """
    }

    private var known: SQL {
        switch self {
        case .all: Self.live
        case .view:
            """
            SELECT r.kind, r.text, r.profile_count, r.folded, r.distance, CASE WHEN r.kind = 1 AND r.profile_count = 1 THEN (
                    SELECT v.profile_id::text FROM view_texts v WHERE v.view_id = $4 AND v.name = r.folded LIMIT 1
                ) END AS profile_id,
                r.fit::int2 AS fit,
                CASE WHEN r.fit < 3 AND char_length(r.folded) = char_length(r.text) THEN r.place END AS place
            FROM ranked r WHERE fold_term($1) <> ''
            """
        }
    }

    /// Only texts that a live profile has at this moment. `OFFSET 0` keeps the planner from reading all texts once, for a hash table,
    /// instead of looking each one up.
    private static let live: SQL = """
            SELECT r.kind, r.text, greatest(r.profile_count, 1) AS profile_count, r.folded, r.distance, h.profile_id,
                r.fit::int2 AS fit,
                CASE WHEN r.fit < 3 AND char_length(r.folded) = char_length(r.text) THEN r.place END AS place
            FROM ranked r CROSS JOIN LATERAL (
                SELECT count(*) > 0 AS is_live,
                    CASE WHEN r.kind = 1 AND count(*) = 1 THEN min(p.id::text) END AS profile_id
                FROM (
                    SELECT p.id FROM profiles p
                    WHERE r.kind = 1 AND fold_term(p.display_name) COLLATE "C" = r.folded AND p.is_active LIMIT 2
                ) AS p
            ) AS h
            WHERE fold_term($1) <> '' AND CASE r.kind
                WHEN 1 THEN h.is_live
                WHEN 2 THEN EXISTS (
                    SELECT FROM experiences e JOIN profiles p ON p.id = e.profile_id
                    WHERE fold_term(e.title) COLLATE "C" = r.folded AND p.is_active OFFSET 0)
                WHEN 3 THEN EXISTS (
                    SELECT FROM experiences e JOIN profiles p ON p.id = e.profile_id
                    WHERE fold_term(e.organization) COLLATE "C" = r.folded AND p.is_active OFFSET 0)
                WHEN 4 THEN EXISTS (
                    SELECT FROM skills s JOIN profiles p ON p.id = s.profile_id
                    WHERE fold_term(s.name) COLLATE "C" = r.folded AND p.is_active OFFSET 0)
                WHEN 5 THEN EXISTS (
                    SELECT FROM profiles p WHERE fold_term(p.location) COLLATE "C" = r.folded AND p.is_active OFFSET 0)
                END
        """
}
