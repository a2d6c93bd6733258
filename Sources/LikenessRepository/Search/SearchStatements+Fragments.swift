internal import LikenessPostgres

/// The parts that search statements share.
extension SearchStatements {
    /// Distinct words of a query that are read; the rest is reported as not used.
    static let termsMax = 60

    /// The sections nearest to a vector: profile_id, kind, section_id, distance.
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
                SELECT e.profile_id, e.kind, e.section_id, \(distance) AS distance
                FROM \(space.table.name) e WHERE e.is_active\(passing)
                ORDER BY \(order) LIMIT \(sections)
            """
    }

    /// A profile passes a filter, as one more condition; nothing without a filter.
    static func passes(_ filter: SQL?, profile: SQL) -> SQL {
        guard let filter else { return "" }
        return " AND EXISTS (SELECT FROM profiles p WHERE p.id = \(profile) AND \(filter))"
    }

    /// How many live profiles pass a filter, counted up to a limit.
    static func matching(_ filter: SQL, limit: Int) -> SQL {
        """
        SELECT count(*) FROM (
            SELECT FROM profiles p WHERE p.is_active AND \(filter) LIMIT \(limit)
        ) AS matching
        """
    }

    /// How well the words of `$1` are covered by each live profile that has any of them: coverage(profile_id, coverage).
    ///
    /// A word's weight is its rarity among `$4` profiles, in whole millionths so that sums do not depend on their order.
    static var coverage: SQL {
        """
        terms AS MATERIALIZED (
            SELECT row_number() OVER (ORDER BY positions[1], lexeme) AS n, lexeme_query(lexeme) AS query
            FROM unnest(to_tsvector('public.likeness', $1)) ORDER BY n LIMIT \(self.termsMax)
        ),
        matches AS MATERIALIZED (
            SELECT t.n, p.id AS profile_id, 1::smallint AS kind, p.id AS section_id
            FROM terms t JOIN profiles p ON p.search @@ t.query
            UNION ALL
            SELECT t.n, e.profile_id, 2::smallint, e.id FROM terms t JOIN experiences e ON e.search @@ t.query
            UNION ALL
            SELECT t.n, s.profile_id, 3::smallint, s.profile_id FROM terms t JOIN skills s ON s.search @@ t.query
        ),
        covered AS MATERIALIZED (
            SELECT DISTINCT m.n, m.profile_id FROM matches m JOIN profiles p ON p.id = m.profile_id WHERE p.is_active
        ),
        weights AS MATERIALIZED (
            SELECT t.n, \(WordsScore.sqlWeight(profiles: "$4::float8", holding: "count(c.n)")) AS weight
            FROM terms t LEFT JOIN covered c ON c.n = t.n GROUP BY t.n
        ),
        coverage AS MATERIALIZED (
            SELECT c.profile_id, sum(w.weight)::float8 / (SELECT sum(weight) FROM weights)::float8 AS coverage
            FROM covered c JOIN weights w ON w.n = c.n GROUP BY c.profile_id
        )
        """
    }

    /// The section of each profile that holds the most of the words: text_sections(profile_id, kind, section_id).
    static func bestSections(of profiles: SQL) -> SQL {
        """
        text_sections AS MATERIALIZED (
            SELECT DISTINCT ON (m.profile_id) m.profile_id, m.kind, m.section_id
            FROM (
                SELECT d.profile_id, d.kind, d.section_id, sum(w.weight) AS weight
                FROM (
                    SELECT DISTINCT n, profile_id, kind, section_id FROM matches
                    WHERE profile_id IN (SELECT profile_id FROM \(profiles))
                ) AS d JOIN weights w ON w.n = d.n
                GROUP BY d.profile_id, d.kind, d.section_id
            ) AS m
            ORDER BY m.profile_id, m.weight DESC, m.kind, m.section_id
        )
        """
    }

    /// Who has every phrase of `$2` in some section: fulfilled(profile_id), and who has any of `$3`: excluded(profile_id). Each
    /// phrase costs one look into the indexes of words, however many profiles are ranked; without any nothing is looked up.
    static var phrases: SQL {
        func sections(_ columns: SQL, _ source: SQL, _ condition: (SQL) -> SQL) -> SQL {
            """
            SELECT \(columns)p.id AS profile_id FROM \(source)profiles p \(condition("p.search"))
            UNION SELECT \(columns)e.profile_id FROM \(source)experiences e \(condition("e.search"))
            UNION SELECT \(columns)s.profile_id FROM \(source)skills s \(condition("s.search"))
            """
        }
        return """
            requirements AS MATERIALIZED (
                SELECT r.n, phraseto_tsquery('public.likeness', r.phrase) AS query
                FROM unnest($2::text[]) WITH ORDINALITY AS r (phrase, n)
            ),
            fulfilled AS MATERIALIZED (
                SELECT f.profile_id FROM (
                    \(sections("r.n, ", "requirements r JOIN ") { "ON \($0) @@ r.query" })
                ) AS f
                GROUP BY f.profile_id HAVING count(*) = (SELECT count(*) FROM requirements)
            ),
            exclusion AS MATERIALIZED (
                SELECT string_agg('(' || x.query::text || ')', ' | ')::tsquery AS query FROM (
                    SELECT phraseto_tsquery('public.likeness', phrase) AS query FROM unnest($3::text[]) AS x (phrase)
                ) AS x WHERE numnode(x.query) > 0
            ),
            excluded AS MATERIALIZED (
                \(sections("", "") {
                    "WHERE (SELECT query IS NOT NULL FROM exclusion) AND \($0) @@ (SELECT query FROM exclusion)"
                })
            )
            """
    }

    /// Joins `phrases` to a list of profiles, for `phraseConditions`.
    static func phraseJoins(profile: SQL) -> SQL {
        """
        LEFT JOIN fulfilled ON fulfilled.profile_id = \(profile)
        LEFT JOIN excluded ON excluded.profile_id = \(profile)
        """
    }

    static var phraseConditions: SQL {
        "(fulfilled.profile_id IS NOT NULL OR cardinality($2::text[]) = 0) AND excluded.profile_id IS NULL"
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

    /// Two fields of the section with the words of `$1` marked: the long one and the other one.
    static func markedPassages(kind: SQL, profile: SQL) -> SQL {
        func marked(_ text: SQL) -> SQL {
            """
            ts_headline('public.likeness', translate(\(text), E'\\x02\\x03', ''),
                (SELECT string_agg(query::text, ' | ')::tsquery FROM terms), \(Passage.headlineOptions))
            """
        }
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
            END AS other_passage
            """
    }
}
