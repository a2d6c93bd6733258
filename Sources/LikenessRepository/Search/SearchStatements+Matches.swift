internal import LikenessPostgres

/// Who is counted for a search by words: all that it is about, without an order. The parameters are those of `SearchStatements.text`, with one
/// more where a vector would be: the least coverage (float8).
extension SearchStatements {
    /// Rows of profile_id and how many rows there are in all; of more than `most` those with the lowest hash of their ids.
    static func matches(_ nominees: Nominees, most: Int, scope: ScopeSQL) -> SQL {
        let coverage: SQL = nominees == .index ? "$10" : "$7"
        let within: SQL = nominees == .index ? " AND \(scope.holds("o.profile_id"))" : ""
        return """
            WITH \(self.nominated(nominees, scope))
            SELECT m.profile_id, m.total FROM (
                SELECT o.profile_id, count(*) OVER () AS total FROM nominated o
                WHERE o.weight / $3 >= \(coverage)::float8 AND \(self.isNotExcluded(profile: "o.profile_id"))\(within)
            ) AS m
            ORDER BY uuid_hash_extended(m.profile_id, 0), m.profile_id LIMIT \(most)
            """
    }

    /// Those of some profiles that a search may show: profile_id. `$7` profiles (uuid[]).
    static func passing(_ scope: ScopeSQL) -> SQL {
        """
        WITH \(self.termsAndExclusion)
        SELECT o.profile_id FROM unnest($7::uuid[]) AS o (profile_id)
        WHERE \(self.isNotExcluded(profile: "o.profile_id")) AND \(scope.holds("o.profile_id"))
        """
    }

    // MARK: Through a view

    /// The same as `matches` without the index of words. `$7` the projection (uuid), `$8` the least coverage (float8).
    static func viewMatches(withPhrases: Bool, most: Int, weights: KindWeights, scope: ScopeSQL) -> SQL {
        """
        WITH \(self.termsAndExclusion),
        \(self.nominatedInView(.passing(withPhrases: withPhrases), scope, weights))
        SELECT m.profile_id, m.total FROM (
            SELECT o.profile_id, count(*) OVER () AS total FROM nominated o
            WHERE o.weight / $3 >= $8::float8 AND \(self.isNotExcludedInView(profile: "o.profile_id"))
        ) AS m
        ORDER BY uuid_hash_extended(m.profile_id, 0), m.profile_id LIMIT \(most)
        """
    }

    /// The same as `passing`. `$7` the projection (uuid), `$8` profiles (uuid[]).
    ///
    /// - Parameter weights: Only those whose sections hold enough by these: `$9` the least coverage (float8).
    static func viewPassing(_ scope: ScopeSQL, weighed weights: KindWeights?) -> SQL {
        let holding: SQL =
            weights.map { weights in
                """
                 AND EXISTS (
                    SELECT FROM (SELECT \(self.weightInView(of: "o.profile_id", weights)) AS weight OFFSET 0) AS h
                    WHERE h.weight > 0 AND h.weight / $3 >= $9::float8)
                """
            } ?? ""
        return """
            WITH \(self.termsAndExclusion)
            SELECT o.profile_id, 0::bigint FROM unnest($8::uuid[]) AS o (profile_id)
            WHERE \(self.isNotExcludedInView(profile: "o.profile_id")) AND \(scope.holds("o.profile_id"))\(holding)
            """
    }
}
