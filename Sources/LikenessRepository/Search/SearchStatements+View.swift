internal import LikenessPostgres

/// The statements of searches through a view. They look at its projection alone: `view_words` in place of `profile_words`, and
/// `view_sections` in place of the columns `search`.
///
/// The parameters of the ranking: those that every statement with words begins with (`$1` to `$6`), `$7` the projection (uuid); with
/// `Nominees.index` `$8` profiles (uuid[]) and `$9` what each holds of the weights (float8[]); then those of the scope.
extension SearchStatements {
    /// The best by words: profile_id, coverage, kind, section_id.
    ///
    /// - Parameter scope: Of the view and of the request, at this moment: a projection may be a moment older.
    static func viewText(
        limit: Int,
        withSections: Bool = true,
        nominees: Nominees,
        weights: KindWeights,
        scope: ScopeSQL
    ) -> SQL {
        """
        WITH \(self.termsAndExclusion),
        \(self.nominatedInView(nominees, scope, weights)),
        best AS MATERIALIZED (
            SELECT o.profile_id, o.weight / $3 AS coverage FROM (\(self.bestInView(limit: limit, scope))) AS o
        ),
        \(withSections ? self.textSectionsInView(weights) : self.noTextSections)
        SELECT b.profile_id, b.coverage, s.kind, s.section_id
        FROM best b LEFT JOIN text_sections s ON s.profile_id = b.profile_id
        ORDER BY b.coverage DESC, b.profile_id
        """
    }

    /// The first of the nominated that a search may show, looked at one by one in their order until there are enough: profile_id, weight.
    static func bestInView(limit: Int, _ scope: ScopeSQL) -> SQL {
        """
        SELECT o.profile_id, o.weight
        FROM (SELECT profile_id, weight FROM nominated ORDER BY weight DESC, profile_id OFFSET 0) AS o
        WHERE \(self.isNotExcludedInView(profile: "o.profile_id")) AND \(scope.holds("o.profile_id"))
        ORDER BY o.weight DESC, o.profile_id LIMIT \(limit)
        """
    }

    /// The section of each profile of `best` that holds the most of the words: text_sections(profile_id, kind, section_id).
    static func textSectionsInView(_ weights: KindWeights) -> SQL {
        """
        text_sections AS MATERIALIZED (
            SELECT DISTINCT ON (m.profile_id) m.profile_id, m.kind, m.section_id
            FROM (
        \(self.sectionWeightsInView(of: "best", weights))
            ) AS m
            WHERE m.weight > 0
            ORDER BY m.profile_id, m.weight DESC, m.kind, m.section_id
        )
        """
    }

    /// As `sectionWeights`, of what a view shows. `$7` the projection.
    static func sectionWeightsInView(of profiles: SQL, _ weights: KindWeights) -> SQL {
        func weighted(_ weight: SQL, _ kind: SQL) -> SQL {
            weights.areEqual ? weight : "\(weight) * \(weights.sql(kind))"
        }
        let skills: SQL = """
            SELECT v.words FROM view_sections v WHERE v.view_id = $7 AND v.profile_id = b.profile_id AND v.kind = 3
            """
        return """
                    SELECT b.profile_id, v.kind, v.section_id, \(weighted(self.weight(of: "v.words"), "v.kind")) AS weight
                    FROM \(profiles) b JOIN view_sections v ON v.view_id = $7 AND v.profile_id = b.profile_id AND v.kind < 3
                    UNION ALL
                    SELECT b.profile_id, 3::smallint, b.profile_id, \(weighted(self.weight(ofAny: skills), "3"))
                    FROM \(profiles) b
                    OFFSET 0
            """
    }

    /// What a profile's sections hold of the weights: each word counts as in the section whose kind counts most. Whole numbers, as
    /// `weight(of:)` has them, so that the sum does not depend on their order; a word that counts at all counts 1 at least.
    ///
    /// `OFFSET 0`: the sections are read once for all words, and by their profile. By a word that many have, an index of words would deliver
    /// those of everybody.
    static func weightInView(of profile: SQL, _ weights: KindWeights) -> SQL {
        """
        (SELECT sum(CASE WHEN m.most > 0 THEN greatest(1, round(m.weight * m.most)) ELSE 0 END) FROM (
            SELECT t.weight, max(\(weights.sql("v.kind"))) AS most
            FROM (
                SELECT v.kind, v.words FROM view_sections v WHERE v.view_id = $7 AND v.profile_id = \(profile) OFFSET 0
            ) AS v JOIN terms t ON v.words @@ t.query
            GROUP BY t.n, t.weight
        ) AS m)
        """
    }

    /// - Parameters:
    ///   - profiles: Those that the index names.
    ///   - held: What each of them holds of the words, wherever it has them.
    ///
    /// `OFFSET 0`: each is weighed once, not for the condition and once more for the order.
    static func nominatedInView(
        _ nominees: Nominees,
        _ scope: ScopeSQL,
        _ weights: KindWeights,
        profiles: SQL = "$8",
        held: SQL = "$9"
    ) -> SQL {
        switch nominees {
        case .index:
            let named: SQL = "unnest(\(profiles)::uuid[], \(held)::float8[]) AS u (profile_id, weight)"
            guard weights.areEqual else {
                return """
                    nominated AS MATERIALIZED (
                        SELECT s.profile_id, s.weight FROM (
                            SELECT u.profile_id, \(self.weightInView(of: "u.profile_id", weights)) AS weight FROM \(named) OFFSET 0
                        ) AS s WHERE s.weight > 0
                    )
                    """
            }
            return """
                nominated AS MATERIALIZED (
                    SELECT u.profile_id, u.weight FROM \(named)
                )
                """
        case .passing(let withPhrases):
            let phrases: SQL = withPhrases ? "\(self.fulfilledInView), " : ""
            let source: SQL =
                withPhrases
                ? "fulfilled f JOIN view_words w ON w.view_id = $7 AND w.profile_id = f.profile_id" : "view_words w"
            let weight =
                weights.areEqual ? self.weight(of: "w.words") : self.weightInView(of: "w.profile_id", weights)
            return """
                \(phrases)nominated AS MATERIALIZED (
                    SELECT s.profile_id, s.weight FROM (
                        SELECT w.profile_id, \(weight) AS weight
                        FROM \(source) JOIN profiles p ON p.id = w.profile_id
                        WHERE w.view_id = $7 AND w.words IS NOT NULL AND p.is_active\(scope.passes) OFFSET 0
                    ) AS s WHERE s.weight > 0
                )
                """
        }
    }

    static func isNotExcludedInView(profile: SQL) -> SQL {
        """
        ((SELECT query IS NULL FROM exclusion) OR NOT EXISTS (
            SELECT FROM (
                SELECT x.words FROM view_sections x WHERE x.view_id = $7 AND x.profile_id = \(profile) OFFSET 0
            ) AS x WHERE x.words @@ (SELECT query FROM exclusion) OFFSET 0))
        """
    }

    private static var fulfilledInView: SQL {
        """
        requirements AS MATERIALIZED (
            SELECT r.n, phrase_query(r.phrase) AS query FROM unnest($4::text[]) WITH ORDINALITY AS r (phrase, n)
        ),
        fulfilled AS MATERIALIZED (
            SELECT f.profile_id FROM (
                SELECT DISTINCT r.n, x.profile_id
                FROM requirements r JOIN view_sections x ON x.words @@ r.query AND x.view_id = $7
            ) AS f
            GROUP BY f.profile_id HAVING count(*) = (SELECT count(*) FROM requirements)
        )
        """
    }

    /// Texts with the words of a search marked: what passages are made of where texts are not those that are stored. `$1` what asks
    /// for each of the words (text[] of tsquery), `$2` texts, `$3` which of them are shown whole.
    static let markedTexts = Statement(
        "search_marked_texts",
        """
        SELECT ts_headline('public.likeness_words', split_words(translate(t.text, E'\\x02\\x03\\x04', '')), m.query,
            CASE WHEN t.is_whole THEN \(Passage.wholeOptions) ELSE \(Passage.headlineOptions) END)
        FROM unnest($2::text[], $3::bool[]) WITH ORDINALITY AS t (text, is_whole, place)
            CROSS JOIN (SELECT marking_query(array_agg(q.query::tsquery)) AS query FROM unnest($1::text[]) AS q (query)) AS m
        ORDER BY t.place
        """,
        [.textArray, .textArray, .boolArray]
    )
}
