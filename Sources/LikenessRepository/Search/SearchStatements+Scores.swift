internal import LikenessPostgres

/// What a search scores a few profiles, without an order and without what hits show.
extension SearchStatements {
    /// By words, for texts without phrases: profile_id, score. The parameters are those of `text`, then `$7` profiles (uuid[]).
    static let textScores = Statement(
        "search_text_scores",
        """
        WITH \(nominated(.passing(withPhrases: false), ScopeSQL(condition: "p.id = ANY ($7)")))
        SELECT o.profile_id, o.weight / $3 AS score FROM nominated o WHERE \(isNotExcluded(profile: "o.profile_id"))
        """,
        [.textArray, .float8Array, .float8, .textArray, .textArray, .text, .uuidArray]
    )
}
