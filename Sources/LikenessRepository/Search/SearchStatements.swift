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

    /// Search by meaning. Parameters: `$1` vector.
    ///
    /// The order of columns is `VectorRow`'s.
    ///
    /// - Parameters:
    ///   - limit: Hits, one of `limits`.
    ///   - sections: Sections to look at before the best of each profile is taken; at least `limit`.
    ///   - filter: A condition on `p`, with parameters behind the others.
    package static func vector(
        space: EmbeddingSpaceInfo,
        scan: Scan,
        limit: Int,
        sections: Int,
        withPassages: Bool,
        filter: SQL? = nil
    ) -> SQL {
        """
        WITH nearest AS MATERIALIZED (
        \(self.nearest(space: space, scan: scan, sections: sections, filter: filter))
        ), best AS MATERIALIZED (
            SELECT profile_id, kind, section_id, distance FROM (
                SELECT DISTINCT ON (profile_id) profile_id, kind, section_id, distance
                FROM nearest ORDER BY profile_id, distance, kind, section_id
            ) AS per_profile
            ORDER BY distance, profile_id LIMIT \(limit)
        )
        SELECT p.id, p.slug, p.display_name, p.headline, p.location, p.revision, p.updated_at,
            1 - b.distance AS similarity, b.kind, b.section_id, e.title, e.organization,
            (SELECT count(*) FROM nearest) AS sections, (SELECT 1 - max(distance) FROM nearest) AS horizon
            \(withPassages ? ", \(self.plainPassages(kind: "b.kind", profile: "b.profile_id"))" : "")
        FROM best b
        JOIN profiles p ON p.id = b.profile_id
        LEFT JOIN experiences e ON b.kind = 2 AND e.id = b.section_id
        ORDER BY b.distance, b.profile_id
        """
    }
}
