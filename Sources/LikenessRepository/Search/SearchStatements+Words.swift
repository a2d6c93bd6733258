package import LikenessPostgres

/// The statements of searches by words, alone and with a vector.
///
/// Their parameters: `$1` what asks for each of the words (text[] of tsquery), `$2` the weight of each (float8[]), `$3` the sum of the weights (float8), `$4`
/// phrases that must occur (text[]), `$5` phrases that must not (text[]), `$6` the text to compare with display names (text); with `Nominees.index` `$7` profiles
/// (uuid[]), `$8` what each holds of the weights (float8[]), `$9` the snapshot of the index (text); then the vector of a hybrid one; then those of
/// the scope.
extension SearchStatements {
    /// Whom a statement scores by words.
    package enum Nominees: Hashable, Sendable {
        /// The profiles that the index of words names, as it scored them, and those that were written since.
        case index
        /// All within the scope that have the phrases.
        case passing(withPhrases: Bool)
    }

    /// Profiles that a hybrid search takes from the words, and at least from the vector: the same for all limits up to 100, and above for all that one
    /// statement serves, so that their first hits are the same.
    package static func hybridWindow(limit: Int) -> Int { limit <= 100 ? 100 : limit * 2 }

    /// The most that it takes from the vector.
    static func hybridNearest(limit: Int, _ scan: Scan) -> Int {
        scan == .exact ? max(200, self.hybridWindow(limit: limit)) : self.hybridWindow(limit: limit)
    }

    /// Sections that it takes them from, at first: no fewer for a larger limit. Profiles have several that are near, so twice as many as profiles; a
    /// filter makes each of an index dear, and where all are compared any number costs the same.
    static func hybridSections(limit: Int, _ scan: Scan, isWhole: Bool) -> Int {
        let wanted = self.hybridNearest(limit: limit, scan)
        let each =
            switch scan {
            case .exact: 4
            case .approximate: isWhole ? 2 : 1
            }
        return max(wanted, min(each * wanted, SearchPlan.sectionsMax))
    }

    /// Search by words.
    package static func text(
        limit: Int,
        withPassages: Bool,
        withSections: Bool = true,
        nominees: Nominees,
        scope: ScopeSQL = .live
    ) -> SQL {
        """
        WITH \(self.nominated(nominees, scope)),
        best AS MATERIALIZED (
        \(self.bestByWords(limit: limit, nominees, scope))
        ),
        \(withSections ? self.textSections(of: "best") : self.noTextSections),
        ranked AS MATERIALIZED (
            SELECT b.profile_id, b.coverage AS score, s.kind, s.section_id
            FROM best b LEFT JOIN text_sections s ON s.profile_id = b.profile_id
        )
        \(self.hits(withPassages ? .marked : .none))
        """
    }

    /// Search by meaning and by words under one snapshot.
    ///
    /// Each branch names candidates, as does a display name that is the text. Of all of them the coverage of the words is taken or computed, the
    /// nearest section and the nearest one of another kind are found, and how much the text is its name; these are fused by `HybridScore`.
    ///
    /// - Parameters:
    ///   - described: As ``vector(space:scan:limit:described:sections:withPassages:scope:)`` has it.
    ///   - sections: Those that the vector names.
    package static func hybrid(
        space: EmbeddingSpaceInfo,
        scan: Scan,
        limit: Int,
        described: Int? = nil,
        sections: Int,
        withPassages: Bool,
        nominees: Nominees,
        kinds: HybridScore.Kinds = .two,
        scope: ScopeSQL = .live
    ) -> SQL {
        let vector: SQL = nominees == .index ? "$10" : "$7"
        func similarity(_ table: SQL) -> SQL {
            HybridScore.sqlSimilarity(
                nearest: "\(table).similarity",
                second: "\(table).second_similarity",
                kinds
            )
        }
        let partlyNamed = HybridScore.sqlNamed(similarity: "c.fused", name: "k.similarity")
        let prefersWords = HybridScore.sqlPrefersWords(similarity: similarity("b"), coverage: "b.coverage")
        let window = self.hybridWindow(limit: limit)
        let shown: SQL =
            described.map { "(SELECT * FROM best ORDER BY score DESC, profile_id LIMIT \($0))" } ?? "best"
        return """
            WITH \(self.nominated(nominees, scope)),
            by_words AS MATERIALIZED (
            \(self.bestByWords(limit: window, nominees, scope))
            ),
            nearest AS MATERIALIZED (
            \(self.nearest(space: space, scan: scan, sections: sections, equals: sections, vector: vector, scope: scope))
            ),
            by_meaning AS MATERIALIZED (
                SELECT m.profile_id, row_number() OVER (ORDER BY m.distance, m.profile_id) AS rank
                FROM (SELECT profile_id, min(distance) AS distance FROM nearest GROUP BY profile_id) AS m
                WHERE \(self.isWanted(profile: "m.profile_id", nominees: nominees))
                ORDER BY m.distance, m.profile_id LIMIT \(self.hybridNearest(limit: limit, scan))
            ),
            named AS MATERIALIZED (
                SELECT p.id AS profile_id FROM profiles p
                WHERE p.is_active AND fold_term(p.display_name) COLLATE "C" = fold_term($6)\(scope.passes)
                LIMIT \(window)
            ),
            candidates AS MATERIALIZED (
                SELECT profile_id FROM by_words
                UNION
                SELECT n.profile_id FROM named n
                WHERE \(self.isWanted(profile: "n.profile_id", nominees: nominees))
                UNION
                SELECT m.profile_id FROM by_meaning m
            ),
            kinds AS MATERIALIZED (
            \(self.nearestOfKinds(space: space, vector: vector))
            ),
            similarities AS MATERIALIZED (\(self.twoNearest(of: "kinds"))),
            compared AS MATERIALIZED (
                SELECT c.profile_id, m.rank AS vector_rank, v.similarity, v.kind, v.section_id, v.second_similarity, v.second_kind,
                    v.second_section, w.rank AS text_rank, w.coverage, n.profile_id IS NOT NULL AS is_named,
                    CASE WHEN n.profile_id IS NULL THEN \(similarity("v")) ELSE 1 END AS fused
                FROM candidates c
                LEFT JOIN similarities v ON v.profile_id = c.profile_id
                LEFT JOIN by_meaning m ON m.profile_id = c.profile_id
                LEFT JOIN by_words w ON w.profile_id = c.profile_id
                LEFT JOIN named n ON n.profile_id = c.profile_id
            ),
            \(self.coverages(limit: limit, window: window, nominees)),
            \(self.nameable),
            \(self.names(of: "nameable")),
            best AS MATERIALIZED (
                SELECT c.profile_id,
                    \(HybridScore.sql(similarity: "CASE WHEN c.is_named THEN 1 ELSE \(partlyNamed) END", coverage: "t.coverage"))
                        AS score,
                    c.vector_rank, c.similarity, c.kind, c.section_id, c.second_similarity, c.second_kind,
                    c.second_section, c.text_rank, t.coverage
                FROM compared c
                LEFT JOIN coverages t ON t.profile_id = c.profile_id
                LEFT JOIN names k ON k.profile_id = c.profile_id
                ORDER BY score DESC, c.profile_id LIMIT \(limit)
            ),
            \(self.textSections(of: shown)),
            ranked AS MATERIALIZED (
                SELECT b.profile_id, b.score\(
                    self.isDescribed(described, score: "b.score", profile: "b.profile_id")), b.vector_rank, b.similarity, b.kind AS vector_kind,
                    b.section_id AS vector_section, b.text_rank, b.coverage, s.kind AS text_kind,
                    s.section_id AS text_section, b.second_similarity, b.second_kind, b.second_section,
                    CASE WHEN \(prefersWords) THEN s.kind ELSE coalesce(b.kind, s.kind) END AS kind,
                    CASE WHEN \(prefersWords) THEN s.section_id ELSE coalesce(b.section_id, s.section_id) END AS section_id
                FROM best b LEFT JOIN text_sections s ON s.profile_id = b.profile_id
            )
            \(self.hits(
                withPassages ? .marked : .none,
                described: described,
                withEvidence: true,
                withSecond: true,
                examined: "(SELECT count(*) FROM nearest)",
                horizon: "(SELECT count(*) FROM candidates)::float8"
            ))
            """
    }

    // MARK: Parts

    /// What candidates have of the words: coverages(profile_id, coverage), after bound(coverage) and threshold(score). Expects `compared`.
    ///
    /// Reading what a profile has of many words costs more than comparing its sections. Those whom the words have named are known, all others have
    /// no more than the least of them. So it is read of those alone who could then be among the hits; the others have none of them here, and score
    /// less than `limit` of the candidates do in any case.
    private static func coverages(limit: Int, window: Int, _ nominees: Nominees) -> SQL {
        /// Also where fewer may be shown than are wanted, or some of those were written since, those that the index did not name have no more than
        /// the least of those that it named.
        let leastNamed: SQL =
            switch nominees {
            case .index: "coalesce((SELECT min(u.weight) FROM unnest($8::float8[]) AS u (weight)), 0) / $3"
            case .passing: "0"
            }
        let named = HybridScore.sqlNamedMax(similarity: "c.fused", coverage: "b.coverage")
        let most = HybridScore.sql(similarity: named, coverage: "b.coverage")
        return """
            bound AS MATERIALIZED (
                SELECT greatest(\(leastNamed), CASE WHEN count(*) < \(window) THEN 0 ELSE min(w.coverage) END) AS coverage
                FROM by_words w
            ),
            threshold AS MATERIALIZED (
                SELECT \(HybridScore.sql(similarity: "c.fused", coverage: "c.coverage")) AS score
                FROM compared c ORDER BY score DESC OFFSET \(limit - 1) LIMIT 1
            ),
            coverages AS MATERIALIZED (
                SELECT profile_id, coverage FROM by_words
                UNION ALL
                SELECT c.profile_id, \(self.weight(of: "w.words")) / $3
                FROM compared c CROSS JOIN bound b JOIN profile_words w ON w.profile_id = c.profile_id
                -- Sums of the same terms may differ in their last digits.
                WHERE c.coverage IS NULL AND \(most) + 1e-9 >= coalesce((SELECT score FROM threshold), 0)
            )
            """
    }

    /// Whose display names are compared with the text: nameable(profile_id, coverage). Expects `compared`, `coverages` and `threshold`.
    ///
    /// A name holds no more than the profile does. So it is read where it could then count more than the similarity, of those who could then be
    /// among the hits.
    private static let nameable: SQL = {
        let named = HybridScore.sqlNamedMax(similarity: "c.fused", coverage: "t.coverage")
        let most = HybridScore.sql(similarity: named, coverage: "t.coverage")
        return """
            nameable AS MATERIALIZED (
                SELECT t.profile_id, t.coverage FROM coverages t JOIN compared c ON c.profile_id = t.profile_id
                WHERE NOT c.is_named AND \(named) > coalesce(c.fused, -1)
                    AND \(most) + 1e-9 >= coalesce((SELECT score FROM threshold), 0)
            )
            """
    }()

    /// The nearest section of each kind of each of `candidates`: profile_id, kind, section_id, similarity. They are looked up by their profiles,
    /// which `OFFSET 0` fences, however few embeddings there are.
    private static func nearestOfKinds(space: EmbeddingSpaceInfo, vector: SQL) -> SQL {
        """
            SELECT DISTINCT ON (s.profile_id, s.kind) s.profile_id, s.kind, s.section_id, s.similarity
                FROM candidates c CROSS JOIN LATERAL (
                    SELECT e.profile_id, \(SectionWindow.sectionKind("e.kind")) AS kind, e.section_id,
                        1 - (e.embedding <=> \(vector)::vector) AS similarity
                    FROM \(space.table.name) e WHERE e.profile_id = c.profile_id AND e.is_active OFFSET 0
                ) AS s
                ORDER BY s.profile_id, s.kind, s.similarity DESC, s.section_id
        """
    }

    /// Of rows of profile_id, kind, section_id, similarity, one for each kind of each profile, the first and the second of each profile: profile_id, kind, section_id,
    /// similarity, second_kind, second_section, second_similarity.
    static func twoNearest(of kinds: SQL) -> SQL {
        """

                SELECT DISTINCT ON (k.profile_id) k.profile_id, k.kind, k.section_id, k.similarity, lead(k.kind) OVER w AS second_kind,
                    lead(k.section_id) OVER w AS second_section, lead(k.similarity) OVER w AS second_similarity
                FROM \(kinds) k WINDOW w AS (PARTITION BY k.profile_id ORDER BY k.similarity DESC, k.kind)
                ORDER BY k.profile_id, k.similarity DESC, k.kind
            
        """
    }

    /// Who is scored by words: terms(n, query, weight), marking(query), exclusion(query), with phrases fulfilled(profile_id), and
    /// nominated(profile_id, weight). `OFFSET 0`: each is weighed once, not for the condition and once more for the order.
    static func nominated(_ nominees: Nominees, _ scope: ScopeSQL) -> SQL {
        let terms = self.termsAndExclusion
        switch nominees {
        case .index:
            return """
                \(terms),
                written AS MATERIALIZED (
                    SELECT w.profile_id, w.words, w.is_active FROM profile_words w
                    WHERE \(ProfileWordsStatements.unseen(by: "$9"))
                    LIMIT \(ProfileWordsStatements.unseenMax + 1)
                ),
                nominated AS MATERIALIZED (
                    SELECT u.profile_id, u.weight FROM unnest($7::uuid[], $8::float8[]) AS u (profile_id, weight)
                    WHERE NOT EXISTS (SELECT FROM written w WHERE w.profile_id = u.profile_id)
                    UNION ALL
                    SELECT s.profile_id, s.weight
                    FROM (SELECT w.profile_id, \(self.weight(of: "w.words")) AS weight FROM written w WHERE w.is_active OFFSET 0) AS s
                    WHERE s.weight > 0
                )
                """
        case .passing(let withPhrases):
            let phrases: SQL = withPhrases ? ", \(self.fulfilled)" : ""
            let source: SQL =
                switch (withPhrases, scope.isWhole) {
                case (false, true): "profile_words w WHERE w.is_active"
                case (false, false):
                    "profiles p JOIN profile_words w ON w.profile_id = p.id WHERE p.is_active\(scope.passes)"
                case (true, true):
                    "fulfilled f JOIN profile_words w ON w.profile_id = f.profile_id WHERE w.is_active"
                case (true, false):
                    """
                    fulfilled f JOIN profiles p ON p.id = f.profile_id JOIN profile_words w ON w.profile_id = p.id
                    WHERE p.is_active\(scope.passes)
                    """
                }
            return """
                \(terms)\(phrases),
                nominated AS MATERIALIZED (
                    SELECT s.profile_id, s.weight FROM (
                        SELECT w.profile_id, \(self.weight(of: "w.words")) AS weight FROM \(source) OFFSET 0
                    ) AS s WHERE s.weight > 0
                )
                """
        }
    }

    /// terms(n, query, weight), marking(query) and exclusion(query), of `$1`, `$2` and `$5`.
    static let termsAndExclusion: SQL = """
        terms AS MATERIALIZED (
            SELECT t.n, t.query::tsquery AS query, t.weight
            FROM unnest($1::text[], $2::float8[]) WITH ORDINALITY AS t (query, weight, n)
        ),
        marking AS MATERIALIZED (
            SELECT marking_query(array_agg(query)) AS query FROM terms
        ),
        exclusion AS MATERIALIZED (
            SELECT string_agg('(' || x.query::text || ')', ' | ')::tsquery AS query FROM (
                SELECT phrase_query(phrase) AS query FROM unnest($5::text[]) AS x (phrase)
            ) AS x WHERE numnode(x.query) > 0
        )
        """

    /// What some words hold of the weights. They are whole numbers, so that their sum does not depend on their order.
    static func weight(of words: SQL) -> SQL {
        "(SELECT sum(t.weight) FROM terms t WHERE \(words) @@ t.query)"
    }

    /// What some rows hold of the weights together, each a `words`. `OFFSET 0`: they are read once, and not found by an index of words, which would
    /// deliver everybody's.
    static func weight(ofAny rows: SQL) -> SQL {
        """
        (SELECT sum(t.weight) FROM terms t
            WHERE EXISTS (SELECT FROM (\(rows) OFFSET 0) AS r WHERE r.words @@ t.query))
        """
    }

    /// The first of the nominated that a search may show: profile_id, coverage, rank. They are looked at one by one in their
    /// order, which `OFFSET 0` fences, until there are enough.
    private static func bestByWords(limit: Int, _ nominees: Nominees, _ scope: ScopeSQL) -> SQL {
        let within: SQL =
            switch nominees {
            // Looked at already.
            case .passing: ""
            case .index: " AND \(scope.holds("o.profile_id"))"
            }
        return """
                SELECT o.profile_id, o.weight / $3 AS coverage,
                    row_number() OVER (ORDER BY o.weight DESC, o.profile_id) AS rank
                FROM (
                    SELECT o.profile_id, o.weight
                    FROM (SELECT profile_id, weight FROM nominated ORDER BY weight DESC, profile_id OFFSET 0) AS o
                    WHERE \(self.isNotExcluded(profile: "o.profile_id"))\(within)
                    ORDER BY o.weight DESC, o.profile_id LIMIT \(limit)
                ) AS o
            """
    }

    /// A profile has what a text wants and nothing that it excludes.
    private static func isWanted(profile: SQL, nominees: Nominees) -> SQL {
        switch nominees {
        case .index, .passing(withPhrases: false): self.isNotExcluded(profile: profile)
        case .passing(withPhrases: true):
            "\(profile) IN (SELECT profile_id FROM fulfilled) AND \(self.isNotExcluded(profile: profile))"
        }
    }

    static func isNotExcluded(profile: SQL) -> SQL {
        func has(_ table: SQL, _ key: SQL) -> SQL {
            // OFFSET 0: not by an index of words, which would deliver everybody's.
            """
            SELECT FROM (SELECT x.search FROM \(table) x WHERE x.\(key) = \(profile) OFFSET 0) AS x
                WHERE x.search @@ (SELECT query FROM exclusion)
            """
        }
        return """
            ((SELECT query IS NULL FROM exclusion) OR NOT EXISTS (
                \(has("profiles", "id"))
                UNION ALL \(has("experiences", "profile_id"))
                UNION ALL \(has("skills", "profile_id")) OFFSET 0))
            """
    }

    /// Who has every phrase of `$4` in some section: fulfilled(profile_id). Each phrase costs one look into the indexes of
    /// words.
    private static var fulfilled: SQL {
        func sections(_ table: SQL, _ profile: SQL) -> SQL {
            "SELECT r.n, x.\(profile) AS profile_id FROM requirements r JOIN \(table) x ON x.search @@ r.query"
        }
        return """
            requirements AS MATERIALIZED (
                SELECT r.n, phrase_query(r.phrase) AS query
                FROM unnest($4::text[]) WITH ORDINALITY AS r (phrase, n)
            ),
            fulfilled AS MATERIALIZED (
                SELECT f.profile_id FROM (
                    \(sections("profiles", "id"))
                    UNION \(sections("experiences", "profile_id"))
                    UNION \(sections("skills", "profile_id"))
                ) AS f
                GROUP BY f.profile_id HAVING count(*) = (SELECT count(*) FROM requirements)
            )
            """
    }

    /// The section of each profile that holds the most of the words: text_sections(profile_id, kind, section_id).
    private static func textSections(of profiles: SQL) -> SQL {
        """
        text_sections AS MATERIALIZED (
            SELECT DISTINCT ON (m.profile_id) m.profile_id, m.kind, m.section_id
            -- OFFSET 0 keeps the condition outside, where it does not weigh everything a second time.
            FROM (
        \(self.sectionWeights(of: profiles))
            ) AS m
            WHERE m.weight > 0
            ORDER BY m.profile_id, m.weight DESC, m.kind, m.section_id
        )
        """
    }

    /// The same where they are not asked for.
    static let noTextSections: SQL = """
        text_sections AS MATERIALIZED (
            SELECT NULL::uuid AS profile_id, NULL::smallint AS kind, NULL::uuid AS section_id WHERE false
        )
        """

    /// What each section of some profiles holds of the weights: profile_id, kind, section_id, weight, where NULL is nothing. Each word is looked
    /// for in the skills one by one, as they have it when one of them does: what asks for it is one word or another.
    static func sectionWeights(of profiles: SQL) -> SQL {
        let skills: SQL = "SELECT s.search AS words FROM skills s WHERE s.profile_id = b.profile_id"
        return """
                    SELECT b.profile_id, 1::smallint AS kind, b.profile_id AS section_id,
                        \(self.weight(of: "p.search")) AS weight
                    FROM \(profiles) b JOIN profiles p ON p.id = b.profile_id
                    UNION ALL
                    SELECT b.profile_id, 2::smallint, e.id, \(self.weight(of: "e.search"))
                    FROM \(profiles) b JOIN experiences e ON e.profile_id = b.profile_id
                    UNION ALL
                    SELECT b.profile_id, 3::smallint, b.profile_id, \(self.weight(ofAny: skills))
                    FROM \(profiles) b
                    OFFSET 0
            """
    }
}
