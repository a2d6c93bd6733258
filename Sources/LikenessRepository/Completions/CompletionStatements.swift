internal import LikenessPostgres

/// The SQL of completions to the texts of one table.
struct CompletionStatements: Sendable {
    /// Whose texts they are.
    enum Source: Sendable {
        /// Of all live profiles. Whether one has a text is looked up for each: deletions do not count anew.
        case all
        /// Of what a view shows: `$4` is its projection, which counts every write. Of many that match those are looked at which most
        /// profiles have, and not the first that come, an order in which hidden writes would have a part.
        case view
    }

    static let all = CompletionStatements(.all)
    static let view = CompletionStatements(.view)

    /// Texts of one kind that one statement looks at before it ranks them.
    static let examinedMax = 2_000

    /// Texts that begin with one or two characters.
    private let beginnings: [Statement]
    /// Texts of which a word begins with the prefix. Parameters as for `short`, but `$3` is how many in all.
    let long: Statement
    /// Texts of which some words are spelt like the prefix, nearest first, those with fewer other words before others.
    /// Parameters as for `long`.
    let similar: Statement

    private init(_ source: Source) {
        self.beginnings = [1, 2].map { Self.short(source, characters: $0) }
        self.long = Self.long(source)
        self.similar = Self.similar(source)
    }

    /// The most frequent texts that begin with one or two characters. Parameters: `$1` prefix, `$2` kinds (int2[]), `$3` how
    /// many of each kind. A prefix that folding makes longer ("ß") picks its texts out of those that begin with its first.
    ///
    /// The order of columns is `CompletionRow`'s, as that of the others.
    func short(characters: Int) -> Statement {
        precondition((1...2).contains(characters))
        return self.beginnings[characters - 1]
    }

    private static func short(_ source: Source, characters: Int) -> Statement {
        Statement(
            "\(source.name)_short_\(characters)",
            """
            WITH asked AS MATERIALIZED (
                SELECT fold_term($1) AS prefix
            ), ranked AS MATERIALIZED (
                SELECT t.kind, t.folded, t.text, t.profile_count, 1 AS fit, 1 AS place, 0::float8 AS distance
                FROM unnest($2) AS k (kind) CROSS JOIN LATERAL (
                    SELECT e.kind, e.folded, e.text, e.profile_count FROM (
                        SELECT t.kind, t.folded, t.text, t.profile_count FROM \(source.table) t
                        WHERE \(source.isOfIt)t.kind = k.kind
                            AND "left"(t.folded, \(characters)) = (SELECT "left"(prefix, \(characters)) FROM asked)
                        ORDER BY t.profile_count DESC, t.folded LIMIT \(Self.examinedMax)
                    ) AS e
                    WHERE starts_with(e.folded, (SELECT prefix FROM asked))
                    ORDER BY e.profile_count DESC, e.folded LIMIT $3
                ) AS t
            )
            \(source.shown(isCut: "(SELECT char_length(prefix) > \(characters) FROM asked)"))
            """,
            source.types
        )
    }

    /// Later words are looked for only when too few texts begin with the prefix. `kind + 0` cannot be looked up, which
    /// leaves that to the index of words.
    private static func long(_ source: Source) -> Statement {
        Statement(
            "\(source.name)_long",
            """
            WITH asked AS MATERIALIZED (
                SELECT fold_term($1) AS prefix, term_query(fold_term($1)) AS words, term_pattern(fold_term($1)) AS pattern
            ), starting AS MATERIALIZED (
                SELECT t.kind, t.folded, t.text, t.profile_count FROM unnest($2) AS k (kind) CROSS JOIN LATERAL (
                    SELECT t.kind, t.folded, t.text, t.profile_count FROM \(source.table) t
                    WHERE \(source.isOfIt)t.kind = k.kind AND t.folded >= (SELECT prefix FROM asked)
                        AND t.folded < (SELECT prefix || chr(1114111) FROM asked)
                    ORDER BY t.folded LIMIT \(Self.examinedMax)
                ) AS t
            ), examined AS MATERIALIZED (
                SELECT t.kind, t.folded, t.text, t.profile_count FROM \(source.table) t
                WHERE (SELECT count(*) FROM starting) < $3 AND term_words(t.folded) @@ (SELECT words FROM asked)
                    AND t.kind + 0::smallint = ANY ($2) AND NOT starts_with(t.folded, (SELECT prefix FROM asked))
                    \(source.isOfItUnindexed)
                \(source.order) LIMIT \(Self.examinedMax)
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
            \(source.shown(isCut: """
                (SELECT count(*) FROM examined) = \(Self.examinedMax)
                    OR EXISTS (SELECT FROM starting s GROUP BY s.kind HAVING count(*) = \(Self.examinedMax))
                """))
            """,
            source.types
        )
    }

    private static func similar(_ source: Source) -> Statement {
        Statement(
            "\(source.name)_similar",
            """
            WITH asked AS MATERIALIZED (
                SELECT fold_term($1) AS prefix
            ), examined AS MATERIALIZED (
                SELECT t.kind, t.folded, t.text, t.profile_count FROM \(source.table) t
                WHERE (SELECT prefix FROM asked) <% t.folded AND t.kind + 0::smallint = ANY ($2) \(source.isOfItUnindexed)
                \(source.order) LIMIT \(Self.examinedMax)
            ), ranked AS MATERIALIZED (
                SELECT e.kind, e.folded, e.text, e.profile_count, 3 AS fit, 0 AS place,
                    (a.prefix <<-> e.folded) + 0.01 * (a.prefix <-> e.folded) AS distance
                FROM asked a CROSS JOIN examined e
                ORDER BY distance, e.profile_count DESC, e.folded, e.kind LIMIT $3
            )
            \(source.shown(isCut: "(SELECT count(*) FROM examined) = \(Self.examinedMax)"))
            """,
            source.types
        )
    }

    /// What is asked for is a parameter, of which the planner expects far more matches than there are.
    /// What one call costs is bounded, which parallel workers cannot make cheaper.
    static let settings = [
        SessionSetting("enable_seqscan", "off"), SessionSetting("max_parallel_workers_per_gather", "0"), similarity,
    ]
    /// At a share of 0.45 of trigrams one wrong letter in a word of six is similar; 0.6, the default, wants ten.
    private static let similarity = SessionSetting("pg_trgm.word_similarity_threshold", "0.45")

    /// Without waiting: another server may count already. `$1` is a number that no other lock has.
    static let tryLock = Statement("completions_try_lock", "SELECT pg_try_advisory_xact_lock($1)", [.int8])
    static let count = Statement("completions_count", "SELECT count_completion_terms()")
}
