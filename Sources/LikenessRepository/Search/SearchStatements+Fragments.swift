internal import LikenessPostgres

/// The parts that search statements share.
extension SearchStatements {
    /// The embeddings nearest to a vector: profile_id, kind, section_id, distance. A section has one for each part of its text.
    ///
    /// The exact form orders by an expression that no index offers, so the planner cannot turn it into the other.
    ///
    /// A filter is looked at for each section that the index delivers, so that it goes on until enough have passed; `OFFSET 0`
    /// keeps that from becoming a join, whose order the planner would choose. The exact form may be any join.
    static func nearest(
        space: EmbeddingSpaceInfo,
        scan: Scan,
        sections: Int,
        vector: SQL = "$1",
        filter: SQL? = nil
    ) -> SQL {
        let distance: SQL = "e.embedding <=> \(vector)::vector"
        let order: SQL =
            switch (scan, space.indexPrecision) {
            case (.exact, _): "(\(distance)) + 0.0, e.section_id, e.kind"
            case (.approximate, .float): distance
            case (.approximate, .half):
                "e.embedding::halfvec(\(space.dimension)) <=> \(vector)::vector::halfvec(\(space.dimension))"
            }
        let passing: SQL =
            switch (scan, filter) {
            case (_, nil): ""
            case (.exact, let filter?):
                " AND e.profile_id IN (SELECT p.id FROM profiles p WHERE p.is_active AND \(filter))"
            case (.approximate, let filter?):
                " AND EXISTS (SELECT FROM profiles p WHERE p.id = e.profile_id AND \(filter) OFFSET 0)"
            }
        return """
                SELECT e.profile_id, \(SectionWindow.sectionKind("e.kind")) AS kind, e.section_id, \(distance) AS distance
                FROM \(space.table.name) e WHERE e.is_active\(passing)
                ORDER BY \(order) LIMIT \(sections)
            """
    }

    /// How many live profiles pass a filter, counted up to a limit.
    static func matching(_ filter: SQL, limit: Int) -> SQL {
        """
        SELECT count(*) FROM (
            SELECT FROM profiles p WHERE p.is_active AND \(filter) LIMIT \(limit)
        ) AS matching
        """
    }

    /// The beginnings of two fields of the section: the long one and the other one. Expects `p` and `e` to be its profile
    /// and experience.
    static func plainPassages(kind: SQL, profile: SQL) -> SQL {
        let characters = Passage.charactersMax
        return """
            CASE \(kind)
                WHEN 1 THEN left(p.summary, \(characters))
                WHEN 2 THEN left(e.description, \(characters))
                ELSE left(
                    (SELECT string_agg(k.name, ', ' ORDER BY k.position) FROM skills k WHERE k.profile_id = \(profile)),
                    \(characters))
            END AS passage,
            CASE \(kind)
                WHEN 1 THEN left(p.headline, \(characters))
                WHEN 2 THEN left(join_texts(e.highlights), \(characters))
            END AS other_passage
            """
    }

    /// The fields of the section with the words marked, in the order of `SectionFields`. Expects `marking`.
    static func markedPassages(kind: SQL, profile: SQL) -> SQL {
        func marked(_ text: SQL, options: SQL = Passage.headlineOptions) -> SQL {
            """
            ts_headline('public.likeness_words', split_words(translate(\(text), E'\\x02\\x03\\x04', '')),
                (SELECT query FROM marking), \(options))
            """
        }
        func whole(_ text: SQL) -> SQL { marked(text, options: Passage.wholeOptions) }
        let skills: SQL = """
            (SELECT string_agg(concat_ws(' ', k.name, nullif(join_texts(k.keywords), '')), ', ' ORDER BY k.position)
            FROM skills k WHERE k.profile_id = \(profile))
            """
        return """
            CASE \(kind)
                WHEN 1 THEN \(marked("p.summary"))
                WHEN 2 THEN \(marked("e.description"))
                ELSE \(marked(skills))
            END AS passage,
            CASE \(kind)
                WHEN 1 THEN \(marked("p.headline"))
                WHEN 2 THEN \(marked("join_texts(e.highlights)"))
            END AS other_passage,
            CASE \(kind)
                WHEN 1 THEN \(whole("p.display_name"))
                WHEN 2 THEN \(whole("e.title"))
            END AS name_passage,
            CASE WHEN \(kind) = 2 THEN \(whole("e.organization")) END AS organization_passage
            """
    }
}
