internal import LikenessPostgres

/// What a search scores a few profiles, without an order and without what hits show: profile_id, score.
extension SearchStatements {
    /// By words, for texts without phrases. The parameters are those of `text`, then `$7` profiles (uuid[]).
    static let textScores = Statement(
        "search_text_scores",
        """
        WITH \(nominated(.passing(withPhrases: false), ScopeSQL(condition: "p.id = ANY ($7)")))
        SELECT o.profile_id, o.weight / $3 AS score FROM nominated o WHERE \(isNotExcluded(profile: "o.profile_id"))
        """,
        [.textArray, .float8Array, .float8, .textArray, .textArray, .text, .uuidArray]
    )

    /// By a vector. `$1` vector, `$2` profiles (uuid[]).
    static func vectorScores(_ space: EmbeddingSpaceInfo) -> SQL {
        "SELECT s.profile_id, s.similarity FROM (\(self.similarities(space, vector: "$1", profiles: "$2"))) AS s"
    }

    /// By both, for texts without phrases: as `hybrid` does, where all sections are among its nearest. The parameters are those of `text`, then
    /// `$7` vector, `$8` profiles (uuid[]).
    static func hybridScores(_ space: EmbeddingSpaceInfo) -> SQL {
        let similarity = HybridScore.sqlSimilarity(nearest: "s.similarity", second: "s.second_similarity", .two)
        let named = HybridScore.sqlNamed(similarity: similarity, name: "k.similarity")
        let score = HybridScore.sql(
            similarity: "CASE WHEN n.is_named THEN 1 ELSE \(named) END",
            coverage: "o.weight / $3"
        )
        return """
            WITH \(self.nominated(.passing(withPhrases: false), ScopeSQL(condition: "p.id = ANY ($8)"))),
            coverages AS MATERIALIZED (SELECT o.profile_id, o.weight / $3 AS coverage FROM nominated o),
            \(self.names(of: "coverages")),
            kinds AS MATERIALIZED (\(self.kinds(space, vector: "$7", profiles: "$8"))),
            similarities AS MATERIALIZED (
                SELECT k.profile_id, max(k.similarity) AS similarity,
                    (array_agg(k.similarity ORDER BY k.similarity DESC))[2] AS second_similarity
                FROM kinds k GROUP BY k.profile_id
            )
            SELECT p.id, \(score)
            FROM profiles p
            LEFT JOIN nominated o ON o.profile_id = p.id
            LEFT JOIN similarities s ON s.profile_id = p.id
            LEFT JOIN names k ON k.profile_id = p.id
            CROSS JOIN LATERAL (SELECT fold_term(p.display_name) COLLATE "C" = fold_term($6) AS is_named) AS n
            WHERE p.is_active AND p.id = ANY ($8)
                AND (o.profile_id IS NOT NULL OR s.profile_id IS NOT NULL OR n.is_named)
                AND \(self.isNotExcluded(profile: "p.id"))
            """
    }

    /// Of the nearest section of each of some live profiles: profile_id, similarity.
    private static func similarities(_ space: EmbeddingSpaceInfo, vector: SQL, profiles: SQL) -> SQL {
        """
        SELECT e.profile_id, max(1 - (e.embedding <=> \(vector)::vector)) AS similarity
        FROM \(space.table.name) e WHERE e.is_active AND e.profile_id = ANY (\(profiles)) GROUP BY e.profile_id
        """
    }

    /// Of the nearest section of each kind of some live profiles: profile_id, similarity.
    private static func kinds(_ space: EmbeddingSpaceInfo, vector: SQL, profiles: SQL) -> SQL {
        """
        SELECT e.profile_id, max(1 - (e.embedding <=> \(vector)::vector)) AS similarity
        FROM \(space.table.name) e WHERE e.is_active AND e.profile_id = ANY (\(profiles))
        GROUP BY e.profile_id, \(SectionWindow.sectionKind("e.kind"))
        """
    }

    // MARK: Through a view

    /// By words, for texts without phrases. `$1` to `$6` as those of `text`, `$7` the projection (uuid), `$8` profiles (uuid[]), all of which the
    /// view shows.
    static func viewTextScores(_ weights: KindWeights) -> SQL {
        // Of the projection's rows: by the profiles' own ids all of the view's would be read.
        let few = ScopeSQL(condition: "w.profile_id = ANY ($8)")
        let nominated = self.nominatedInView(.passing(withPhrases: false), few, weights)
        return """
            WITH \(self.termsAndExclusion),
            \(nominated)
            SELECT o.profile_id, o.weight / $3 AS score
            FROM nominated o WHERE \(self.isNotExcludedInView(profile: "o.profile_id"))
            """
    }
}
