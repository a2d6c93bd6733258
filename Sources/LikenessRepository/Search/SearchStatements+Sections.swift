internal import LikenessPostgres

/// All sections of profiles that were found: profile_id, kind, section_id, score. A section that says nothing has no row.
extension SearchStatements {
    /// `$1` profiles (uuid[]), `$2` vector.
    static func sectionSimilarities(_ space: EmbeddingSpaceInfo) -> SQL {
        """
        SELECT n.profile_id, n.kind, n.section_id, max(1 - n.distance) FROM (
            SELECT e.profile_id, \(SectionWindow.sectionKind("e.kind")) AS kind, e.section_id,
                e.embedding <=> $2::vector AS distance
            FROM \(space.table.name) e WHERE e.is_active AND e.profile_id = ANY ($1)
        ) AS n GROUP BY n.profile_id, n.kind, n.section_id
        """
    }

    /// The parameters that every statement with words begins with, then `$7` profiles (uuid[]).
    static let sectionCoverages: SQL = """
        WITH \(termsAndExclusion),
        found AS MATERIALIZED (SELECT unnest($7::uuid[]) AS profile_id)
        SELECT m.profile_id, m.kind, m.section_id, m.weight / $3 FROM (
        \(sectionWeights(of: "found"))
        ) AS m WHERE m.weight > 0
        """

    /// How many of the first profiles have no more sections than that together: `$1` profiles (uuid[]), best first, `$2` sections (int8).
    /// A summary and skills are counted whether there are any or not.
    static let profilesWithin = Statement(
        "search_profiles_within",
        profilesWithin("SELECT count(*) FROM experiences e WHERE e.profile_id = p.id"),
        [.uuidArray, .int8]
    )

    private static func profilesWithin(_ experiences: SQL) -> SQL {
        """
        SELECT count(*) FROM (
            SELECT sum(2 + (\(experiences))) OVER (ORDER BY p.place) AS sections
            FROM unnest($1::uuid[]) WITH ORDINALITY AS p (id, place)
        ) AS s WHERE s.sections <= $2
        """
    }

    // MARK: Through a view

    /// As `profilesWithin`, of sections that a view shows: `$3` the projection (uuid).
    static let viewProfilesWithin = profilesWithin(
        "SELECT count(*) FROM view_sections v WHERE v.view_id = $3 AND v.profile_id = p.id AND v.kind = 2"
    )

    /// `$1` profiles (uuid[]), `$2` vector, `$3` name of the space (text), `$4` the projection (uuid).
    static func viewSectionSimilarities(_ embeddings: ViewEmbeddings) -> SQL {
        """
        SELECT n.profile_id, n.kind, n.section_id, max(1 - n.distance)
        FROM (\(embeddings.rows(within: "e.profile_id = ANY ($1)", vector: "$2", space: "$3", view: "$4"))) AS n
        GROUP BY n.profile_id, n.kind, n.section_id
        """
    }

    /// As `sectionCoverages`, with `$7` the projection (uuid) and `$8` profiles (uuid[]).
    static func viewSectionCoverages(_ weights: KindWeights) -> SQL {
        """
        WITH \(self.termsAndExclusion),
        found AS MATERIALIZED (SELECT unnest($8::uuid[]) AS profile_id)
        SELECT m.profile_id, m.kind, m.section_id, m.weight / $3 FROM (
        \(self.sectionWeightsInView(of: "found", weights))
        ) AS m WHERE m.weight > 0
        """
    }
}
