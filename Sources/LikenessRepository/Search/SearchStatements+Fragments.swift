internal import LikenessPostgres

/// The parts that search statements share.
extension SearchStatements {
    /// The embeddings nearest to a vector: profile_id, kind, section_id, distance. A section has one for each part of its text.
    ///
    /// The exact form orders by an expression that no index offers, so the planner cannot turn it into the other: by the score and the
    /// profile, as hits are, so that wherever it ends the hits before are the first.
    ///
    /// A filter is looked at for each section that the index delivers, so that it goes on until enough have passed. The exact form
    /// may be any join.
    static func nearest(
        space: EmbeddingSpaceInfo,
        scan: Scan,
        sections: Int,
        vector: SQL = "$1",
        scope: ScopeSQL
    ) -> SQL {
        let distance: SQL = "e.embedding <=> \(vector)::vector"
        let order: SQL =
            switch (scan, space.indexPrecision) {
            case (.exact, _): "1 - (\(distance)) DESC, e.profile_id, e.kind, e.section_id"
            case (.approximate, .float): distance
            case (.approximate, .half):
                "e.embedding::halfvec(\(space.dimension)) <=> \(vector)::vector::halfvec(\(space.dimension))"
            }
        let within: SQL =
            switch scan {
            case _ where scope.isWhole: ""
            case .exact: " AND e.profile_id IN (SELECT p.id FROM \(scope.profiles))"
            case .approximate: " AND \(scope.holds("e.profile_id"))"
            }
        return """
                SELECT e.profile_id, \(SectionWindow.sectionKind("e.kind")) AS kind, e.section_id, \(distance) AS distance
                FROM \(space.table.name) e WHERE e.is_active\(within)
                ORDER BY \(order) LIMIT \(sections)
            """
    }

    /// How many profiles are within a scope, counted up to a limit.
    static func matching(_ scope: ScopeSQL, limit: Int) -> SQL {
        "SELECT count(*) FROM (SELECT FROM \(scope.profiles) LIMIT \(limit)) AS matching"
    }

    /// Of some live profiles, always the same while the table is, how many there are and how many of them are within a scope.
    /// Parameters: `$1` the percentage of all, then those of the scope.
    static func sample(_ scope: ScopeSQL) -> SQL {
        """
        SELECT count(*), count(*) FILTER (WHERE true\(scope.passes))
        FROM profiles p TABLESAMPLE SYSTEM ($1) REPEATABLE (1) WHERE p.is_active
        """
    }
}
