package import LikenessPostgres

/// The texts of the search statements: one per shape of query, so that each is prepared once and planned once.
///
/// Limits are literals in a few sizes, because PostgreSQL plans `LIMIT $n` as a tenth of the table. Each statement
/// returns everything that its answer needs.
package enum SearchStatements {
    /// How a statement finds the nearest embeddings.
    package enum Scan: String, Sendable, CaseIterable {
        /// Through the vector index.
        case approximate
        /// By comparing with every embedding.
        case exact
    }

    /// Hits that statements exist for. A query uses the smallest that holds its limit.
    package static let limits = [10, 20, 50, 100, 200, 500, 1_000]

    /// Hits that statements describe where they rank more.
    static let describedLimits = [10, 50]

    /// Hits that are ranked for pages, beyond those.
    static let windows = [2_000, 5_000, 10_000]

    /// Search by meaning. Parameters: `$1` vector, then those of the scope.
    ///
    /// - Parameters:
    ///   - limit: Hits, one of `limits`.
    ///   - described: How many of them are described, one of `describedLimits`; of the others only their ids and scores are to be read. `nil` for all.
    ///   - sections: Sections to look at before the best of each profile is taken; at least `limit`.
    package static func vector(
        space: EmbeddingSpaceInfo,
        scan: Scan,
        limit: Int,
        described: Int? = nil,
        sections: Int,
        withPassages: Bool,
        scope: ScopeSQL = .live
    ) -> SQL {
        """
        WITH nearest AS MATERIALIZED (
        \(self.nearest(space: space, scan: scan, sections: sections, equals: limit, scope: scope))
        ), ranked AS MATERIALIZED (
            SELECT profile_id, 1 - distance AS score, kind, section_id\(
                self.isDescribed(described, score: "1 - distance", profile: "profile_id")) FROM (
                SELECT DISTINCT ON (profile_id) profile_id, kind, section_id, distance
                FROM nearest ORDER BY profile_id, distance, kind, section_id
            ) AS per_profile
            ORDER BY score DESC, profile_id LIMIT \(limit)
        )
        \(self.hits(
            withPassages ? .plain : .none,
            described: described,
            examined: "(SELECT count(*) FROM nearest)",
            horizon: "(SELECT 1 - max(distance) FROM nearest)"
        ))
        """
    }
}
