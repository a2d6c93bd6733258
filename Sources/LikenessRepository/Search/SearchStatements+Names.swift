internal import LikenessPostgres

/// How much a text is a profile's name, misspelt, begun, in another order or in part.
extension SearchStatements {
    /// Of profiles that have enough of the words what their display names count as similarity: names(profile_id, similarity), after asked_name,
    /// which is what a name is asked for. Expects `terms` and a table of profile_id and coverage.
    ///
    /// Reading a name as `words_of` does takes 0.08 ms, and many may have one word that is all of a text. So a plain name is first read in a fifth of
    /// that: if it has none of the words then, it has none, unless some have signs or are kept as they are (`keep_words`).
    ///
    /// - Parameter summaryWeight: Of 1: what summaries count, in which names are.
    static func names(of coverages: SQL, summaryWeight: Double = 1) -> SQL {
        """
        asked_name AS MATERIALIZED (
            SELECT string_agg('(' || t.query::text || ')', ' | ')::tsquery AS query,
                coalesce(bool_or(t.query::text ~ '[a-z]0''|[-._+/@#&]'), false) AS is_special
            FROM terms t
        ),
        names AS MATERIALIZED (
            SELECT s.profile_id, \(HybridScore.sqlName(held: "s.held", named: "s.named")) AS similarity FROM (
                SELECT t.profile_id, \(self.weight(of: "n.words")) / $3 AS held,
                    (SELECT avg(CASE WHEN array_to_tsvector(ARRAY[l.lexeme]) @@ a.query THEN 1.0::float8 ELSE 0 END)
                        FROM unnest(n.words) AS l) AS named
                FROM \(coverages) t JOIN profiles p ON p.id = t.profile_id CROSS JOIN asked_name a CROSS JOIN LATERAL (
                    SELECT CASE
                        WHEN NOT a.is_special AND octet_length(p.display_name) = length(p.display_name)
                            AND NOT to_tsvector('public.likeness_words', split_words(p.display_name)) @@ a.query THEN NULL
                        ELSE words_of(p.display_name)
                    END AS words OFFSET 0
                ) AS n
                WHERE t.coverage >= \(HybridScore.nameMin * summaryWeight) AND n.words IS NOT NULL OFFSET 0
            ) AS s WHERE s.held >= \(HybridScore.nameMin)
        )
        """
    }
}
