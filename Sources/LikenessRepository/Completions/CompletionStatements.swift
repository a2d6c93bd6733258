internal import LikenessPostgres

/// The SQL of completions.
enum CompletionStatements {
    /// Texts of one kind that one statement looks at before it ranks them.
    static let examinedMax = 2_000

    /// The most frequent texts that begin with one or two characters. Parameters: `$1` prefix, `$2` kinds (int2[]), `$3` how
    /// many of each kind. A prefix that folding makes longer ("ß") picks its texts out of those that begin with its first.
    ///
    /// The order of columns is `CompletionRow`'s, as that of the others.
    static func short(characters: Int) -> Statement {
        precondition((1...2).contains(characters))
        return Statement(
            "completions_short_\(characters)",
            """
            WITH asked AS MATERIALIZED (
                SELECT fold_term($1) AS prefix
            ), ranked AS MATERIALIZED (
                SELECT t.kind, t.folded, t.text, t.profile_count, 1 AS fit, 1 AS place, 0::float8 AS distance
                FROM unnest($2) AS k (kind) CROSS JOIN LATERAL (
                    SELECT e.kind, e.folded, e.text, e.profile_count FROM (
                        SELECT t.kind, t.folded, t.text, t.profile_count FROM completion_terms t
                        WHERE t.kind = k.kind
                            AND "left"(t.folded, \(characters)) = (SELECT "left"(prefix, \(characters)) FROM asked)
                        ORDER BY t.profile_count DESC, t.folded LIMIT \(examinedMax)
                    ) AS e
                    WHERE starts_with(e.folded, (SELECT prefix FROM asked))
                    ORDER BY e.profile_count DESC, e.folded LIMIT $3
                ) AS t
            )
            \(self.live(isCut: "(SELECT char_length(prefix) > \(characters) FROM asked)"))
            """,
            [.text, .int2Array, .int8]
        )
    }

    /// Texts of which a word begins with the prefix. Parameters as for `short`, but `$3` is how many in all.
    ///
    /// Later words are looked for only when too few texts begin with the prefix. `kind + 0` cannot be looked up, which
    /// leaves that to the index of words.
    static let long = Statement(
        "completions_long",
        """
        WITH asked AS MATERIALIZED (
            SELECT fold_term($1) AS prefix, term_query(fold_term($1)) AS words, term_pattern(fold_term($1)) AS pattern
        ), starting AS MATERIALIZED (
            SELECT t.kind, t.folded, t.text, t.profile_count FROM unnest($2) AS k (kind) CROSS JOIN LATERAL (
                SELECT t.kind, t.folded, t.text, t.profile_count FROM completion_terms t
                WHERE t.kind = k.kind AND t.folded >= (SELECT prefix FROM asked)
                    AND t.folded < (SELECT prefix || chr(1114111) FROM asked)
                ORDER BY t.folded LIMIT \(examinedMax)
            ) AS t
        ), examined AS MATERIALIZED (
            SELECT t.kind, t.folded, t.text, t.profile_count FROM completion_terms t
            WHERE (SELECT count(*) FROM starting) < $3 AND term_words(t.folded) @@ (SELECT words FROM asked)
                AND t.kind + 0::smallint = ANY ($2) AND NOT starts_with(t.folded, (SELECT prefix FROM asked))
            LIMIT \(examinedMax)
        ), ranked AS MATERIALIZED (
            SELECT c.kind, c.folded, c.text, c.profile_count, c.fit,
                CASE c.fit WHEN 1 THEN 1 ELSE 1 + regexp_instr(c.folded COLLATE "default", (SELECT pattern FROM asked)) END AS place,
                0::float8 AS distance
            FROM (
                SELECT s.*, 1 AS fit FROM starting s
                UNION ALL
                SELECT e.*, 2 AS fit FROM examined e WHERE e.folded COLLATE "default" ~ (SELECT pattern FROM asked)
            ) AS c
            ORDER BY c.fit, c.profile_count DESC, c.folded, c.kind LIMIT $3
        )
        \(Self.live(isCut: """
            (SELECT count(*) FROM examined) = \(examinedMax)
                OR EXISTS (SELECT FROM starting s GROUP BY s.kind HAVING count(*) = \(examinedMax))
            """))
        """,
        [.text, .int2Array, .int8]
    )

    /// Texts of which some words are spelt like the prefix, nearest first, those with fewer other words before others.
    /// Parameters as for `long`.
    static let similar = Statement(
        "completions_similar",
        """
        WITH asked AS MATERIALIZED (
            SELECT fold_term($1) AS prefix
        ), examined AS MATERIALIZED (
            SELECT t.kind, t.folded, t.text, t.profile_count FROM completion_terms t
            WHERE (SELECT prefix FROM asked) <% t.folded AND t.kind + 0::smallint = ANY ($2)
            LIMIT \(examinedMax)
        ), ranked AS MATERIALIZED (
            SELECT e.kind, e.folded, e.text, e.profile_count, 3 AS fit, 0 AS place,
                (a.prefix <<-> e.folded) + 0.01 * (a.prefix <-> e.folded) AS distance
            FROM asked a CROSS JOIN examined e
            ORDER BY distance, e.profile_count DESC, e.folded, e.kind LIMIT $3
        )
        \(Self.live(isCut: "(SELECT count(*) FROM examined) = \(examinedMax)"))
        """,
        [.text, .int2Array, .int8]
    )

    /// What is left of `ranked` when only texts count that a live profile has at this moment. At least one row, so that its
    /// last columns always come: how many were ranked, and whether more match than were looked at. `OFFSET 0` keeps the
    /// planner from reading all texts once, for a hash table, instead of looking each one up.
    private static func live(isCut: SQL) -> SQL {
        """
        SELECT l.kind, l.text, l.profile_count, l.profile_id, l.fit, l.place, char_length(fold_term($1)) AS length,
            n.ranked, n.is_cut
        FROM (SELECT (SELECT count(*) FROM ranked) AS ranked, \(isCut) AS is_cut) AS n
        LEFT JOIN LATERAL (
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
        ) AS l ON true
        ORDER BY l.fit, l.distance, l.profile_count DESC, l.folded, l.kind
        """
    }

    /// What is asked for is a parameter, of which the planner expects far more matches than there are.
    /// What one call costs is bounded, which parallel workers cannot make cheaper.
    static let settings = [
        SessionSetting("enable_seqscan", "off"), SessionSetting("max_parallel_workers_per_gather", "0"), similarity,
    ]
    /// At a share of 0.45 of trigrams one wrong letter in a word of six is similar; 0.6, the default, wants ten.
    private static let similarity = SessionSetting("pg_trgm.word_similarity_threshold", "0.45")

    /// `$1`: profiles whose texts a transaction has written.
    static let addTerms = Statement("completions_add", "SELECT add_completion_terms($1)", [.uuidArray])

    /// Without waiting: another server may count already. `$1` is a number that no other lock has.
    static let tryLock = Statement("completions_try_lock", "SELECT pg_try_advisory_xact_lock($1)", [.int8])
    static let count = Statement("completions_count", "SELECT count_completion_terms()")
}
