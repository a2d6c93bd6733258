internal import LikenessPostgres

/// What hits that were found are chosen and ordered by.
extension SearchStatements {
    /// Live profiles in an order: id. `$1` ids.
    static func ordered(by order: HitOrder) -> SQL {
        "SELECT p.id FROM profiles p WHERE p.is_active AND p.id = ANY ($1) ORDER BY \(order.sql)"
    }

    /// All that have the words, in an order, and how many there are: profile_id, rank by score, total. The parameters are those of
    /// `matches`.
    static func orderedMatches(_ order: HitOrder, limit: Int, _ nominees: Nominees, scope: ScopeSQL) -> SQL {
        let coverage: SQL = nominees == .index ? "$10" : "$7"
        let within: SQL = nominees == .index ? " AND \(scope.holds("o.profile_id"))" : ""
        return """
            WITH \(self.nominated(nominees, scope)),
            matching AS MATERIALIZED (
                SELECT o.profile_id, row_number() OVER (ORDER BY o.weight DESC, o.profile_id) AS rank, count(*) OVER () AS total
                FROM nominated o
                WHERE o.weight / $3 >= \(coverage)::float8 AND \(self.isNotExcluded(profile: "o.profile_id"))\(within)
            )
            SELECT m.profile_id, m.rank, m.total FROM matching m JOIN profiles p ON p.id = m.profile_id
            ORDER BY \(order.sql) LIMIT \(limit)
            """
    }

    /// The same through a view. The parameters are those of `viewMatches`.
    static func viewOrderedMatches(
        _ order: HitOrder,
        limit: Int,
        withPhrases: Bool,
        weights: KindWeights,
        scope: ScopeSQL
    ) -> SQL {
        """
        WITH \(self.termsAndExclusion),
        \(self.nominatedInView(.passing(withPhrases: withPhrases), scope, weights)),
        matching AS MATERIALIZED (
            SELECT o.profile_id, row_number() OVER (ORDER BY o.weight DESC, o.profile_id) AS rank, count(*) OVER () AS total
            FROM nominated o
            WHERE o.weight / $3 >= $8::float8 AND \(self.isNotExcludedInView(profile: "o.profile_id"))
        )
        SELECT m.profile_id, m.rank, m.total FROM matching m JOIN profiles p ON p.id = m.profile_id
        ORDER BY \(order.sql) LIMIT \(limit)
        """
    }

    /// What boosts go by: id, recency, completeness. `$1` ids, `$2` the half-life in days (float8).
    static let boosts = Statement(
        "search_boosts",
        """
        SELECT p.id, power(0.5, greatest(extract(epoch FROM now() - p.updated_at)::float8, 0) / (86400 * $2)),
            ((p.headline <> '')::integer + (p.summary <> '')::integer + (p.location <> '')::integer
                + EXISTS (SELECT FROM experiences e WHERE e.profile_id = p.id)::integer
                + EXISTS (SELECT FROM skills s WHERE s.profile_id = p.id)::integer) / 5::float8
        FROM profiles p WHERE p.id = ANY ($1)
        """,
        [.uuidArray, .float8]
    )

    /// One vector of each section, the mean of its parts: profile_id, vector. `$1` profiles (uuid[]), `$2` kinds (int2[]), `$3`
    /// sections (uuid[]).
    static func sectionVectors(_ space: EmbeddingSpaceInfo) -> SQL {
        self.sectionVectors(table: space.table.name, counts: "e.is_active")
    }

    /// The same of sections that a view shows as they are; `$4` name of the space (text), `$5` the projection (uuid).
    static func viewSectionVectors(_ embeddings: ViewEmbeddings) -> SQL {
        self.sectionVectors(
            table: embeddings.table,
            counts: embeddings.counts(space: "$4", profile: "h.profile_id", view: "$5")
        )
    }

    private static func sectionVectors(table: SQL, counts: SQL) -> SQL {
        """
        SELECT h.profile_id, avg(e.embedding ORDER BY e.kind)
        FROM unnest($1::uuid[], $2::smallint[], $3::uuid[]) AS h (profile_id, kind, section_id)
            JOIN \(table) e ON e.profile_id = h.profile_id AND e.section_id = h.section_id
                AND \(SectionWindow.sectionKind("e.kind")) = h.kind
        WHERE \(counts)
        GROUP BY h.profile_id
        """
    }
}
