internal import LikenessPostgres

/// The parts that search statements share.
extension SearchStatements {
    /// The embeddings nearest to a vector: profile_id, kind, section_id, distance. A section has one for each part of its text.
    ///
    /// - Parameters:
    ///   - sections: Rows at most.
    ///   - equals: Through the index, profiles of one and the same vector that suffice beside the one that the index holds.
    static func nearest(
        space: EmbeddingSpaceInfo,
        scan: Scan,
        sections: Int,
        equals: Int,
        vector: SQL = "$1",
        scope: ScopeSQL
    ) -> SQL {
        switch scan {
        case .exact: self.nearestOfAll(space: space, sections: sections, vector: vector, scope: scope)
        case .approximate:
            self.nearestOfIndex(space: space, sections: sections, equals: equals, vector: vector, scope: scope)
        }
    }

    /// Orders by an expression that no index offers, so that the planner cannot turn it into the other form: by the score and the
    /// profile, as hits are, so that wherever it ends the hits before are the first. A filter may be any join.
    private static func nearestOfAll(
        space: EmbeddingSpaceInfo,
        sections: Int,
        vector: SQL,
        scope: ScopeSQL
    ) -> SQL {
        let distance: SQL = "e.embedding <=> \(vector)::vector"
        let within: SQL = scope.isWhole ? "" : " AND e.profile_id IN (SELECT p.id FROM \(scope.profiles))"
        return """
                SELECT e.profile_id, \(SectionWindow.sectionKind("e.kind")) AS kind, e.section_id, \(distance) AS distance
                FROM \(space.table.name) e WHERE e.is_active\(within)
                ORDER BY 1 - (\(distance)) DESC, e.profile_id, e.kind, e.section_id LIMIT \(sections)
            """
    }

    /// The index holds one of many equal vectors; each that it delivers is followed by its copies, the first by profile.
    ///
    /// Nothing bounds the inner subquery: the index goes on until the outer one has its rows. A filter is looked at for each section
    /// that the index delivers and for each copy. What an index without copies' predicate, from an earlier version, delivers of
    /// copies is left out, as they come with theirs. `OFFSET 0` and LIMIT keep the subqueries apart: the copies are read in
    /// the order of their index, however many there are.
    private static func nearestOfIndex(
        space: EmbeddingSpaceInfo,
        sections: Int,
        equals: Int,
        vector: SQL,
        scope: ScopeSQL
    ) -> SQL {
        let order: SQL =
            switch space.indexPrecision {
            case .float: "e.embedding <=> \(vector)::vector"
            case .half: "e.embedding::halfvec(\(space.dimension)) <=> \(vector)::vector::halfvec(\(space.dimension))"
            }
        func within(_ word: SQL, _ profile: SQL) -> SQL { scope.isWhole ? "" : " \(word) \(scope.holds(profile))" }
        return """
                SELECT s.profile_id, s.kind, s.section_id, n.distance
                FROM (
                    SELECT e.profile_id, \(SectionWindow.sectionKind("e.kind")) AS kind, e.section_id, e.equal_key,
                        e.embedding, e.embedding <=> \(vector)::vector AS distance
                    FROM \(space.table.name) e WHERE e.is_active AND \(EqualKey.isIndexed("e.equal_key"))
                    ORDER BY \(order) OFFSET 0
                ) AS n CROSS JOIN LATERAL (
                    SELECT n.profile_id, n.kind, n.section_id\(within("WHERE", "n.profile_id"))
                    UNION ALL
                    SELECT c.profile_id, c.kind, c.section_id
                    FROM (
                        SELECT c.profile_id, c.kind, c.section_id,
                            dense_rank() OVER (ORDER BY c.equal_key, c.profile_id) AS place
                        FROM (
                            SELECT c.profile_id, \(SectionWindow.sectionKind("c.kind")) AS kind, c.section_id, c.embedding,
                                c.equal_key
                            FROM \(space.table.name) c
                            WHERE \(EqualKey.isCopy(of: "n.equal_key"))\(within("AND", "c.profile_id"))
                            ORDER BY c.equal_key, c.profile_id LIMIT \(sections)
                        ) AS c
                        WHERE c.embedding = n.embedding
                    ) AS c
                    WHERE c.place <= \(equals)
                ) AS s
                LIMIT \(sections)
            """
    }

    /// How many profiles are within a scope, counted up to a limit.
    static func matching(_ scope: ScopeSQL, limit: Int) -> SQL {
        "SELECT count(*) FROM (SELECT FROM \(scope.profiles) LIMIT \(limit)) AS matching"
    }

    /// Of some live profiles, always the same while the table is, how many there are and how many of them are within a scope.
    /// Parameters: `$1` the percentage of all, then those of the scope.
    ///
    /// Looked at one by one: the planner would read all rows that an `EXISTS` of the filter could find into a hash table.
    static func sample(_ scope: ScopeSQL) -> SQL {
        """
        SELECT count(*), count(*) FILTER (WHERE \(scope.holds("s.id")))
        FROM profiles s TABLESAMPLE SYSTEM ($1) REPEATABLE (1) WHERE s.is_active
        """
    }
}
