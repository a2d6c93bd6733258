internal import LikenessMessages
internal import LikenessPostgres

/// The embeddings that a search through a view compares with: those of texts that the view cannot alter, of sections that it shows.
///
/// A section that waits to be embedded is left out: its embedding is of a text that may never have been shown.
struct ViewEmbeddings: Sendable {
    let table: SQL
    let kinds: [SectionKind]
    let weights: KindWeights
    /// The view leaves no experience of a profile out.
    let hasAllExperiences: Bool

    init(_ space: EmbeddingSpaceInfo, _ view: View) {
        self.table = space.table.name
        self.weights = view.weights
        self.kinds = SectionText.kinds.filter { !view.alteredKinds.contains($0) && view.weights[$0] > 0 }
        self.hasAllExperiences = view.showsAllExperiences
    }

    /// Rows of profile_id, kind, section_id, distance; a section has one for each part of its text. A similarity above 0 counts by the
    /// weight of its kind, and the distance is what that leaves.
    ///
    /// - Parameters:
    ///   - within: A condition on a row `e`.
    ///   - space: The name of the space.
    func rows(within: SQL, vector: SQL, space: SQL, view: SQL) -> SQL {
        let rows: SQL = """
            SELECT e.profile_id, \(SectionWindow.sectionKind("e.kind")) AS kind, e.section_id,
                e.embedding <=> \(vector)::vector AS distance
            FROM \(self.table) e
            WHERE \(self.counts(space: space, view: view)) AND \(within)
            """
        guard !self.weights.areEqual else { return rows }
        // OFFSET 0: compared once.
        return """
            SELECT r.profile_id, r.kind, r.section_id,
                CASE WHEN r.distance < 1 THEN 1 - \(self.weights.sql("r.kind")) * (1 - r.distance) ELSE r.distance END AS distance
            FROM (\(rows) OFFSET 0) AS r
            """
    }

    /// Whether a row `e` is of a text that the view shows as it is, and of the present one.
    ///
    /// `IN` behind `IS NOT TRUE` is no join: what waits is read once, whatever the planner thinks how much that is. The outbox is empty
    /// most of the time, and so it would choose to read all of it for each row.
    ///
    /// - Parameter profile: As for `isShown`.
    func counts(space: SQL, profile: SQL? = nil, view: SQL) -> SQL {
        let kind = SectionWindow.sectionKind("e.kind")
        return """
            e.is_active AND (\(self.isShown(kind: kind, section: "e.section_id", profile: profile, view: view)))
                AND ((e.section_id, \(kind)) IN (
                    SELECT o.section_id, o.kind FROM embedding_outbox o WHERE o.space = \(space)
                )) IS NOT TRUE
            """
    }

    /// Whether a section of a profile that the view shows is one whose text it shows as it is.
    ///
    /// - Parameter profile: Whose it is, where few are asked for: `nil` reads all sections that the view shows.
    func isShown(kind: SQL, section: SQL, profile: SQL?, view: SQL) -> SQL {
        if self.kinds == SectionText.kinds, self.hasAllExperiences { return "true" }
        let ofProfile: SQL = profile.map { " AND v.profile_id = \($0)" } ?? ""
        let shown: SQL = "SELECT v.section_id FROM view_sections v WHERE v.view_id = \(view) AND v.kind = 2\(ofProfile)"
        var isShown: SQL = "false"
        for one in self.kinds {
            var condition: SQL = "\(kind) = \(Int(one.rawValue))"
            if one == .experience, !self.hasAllExperiences { condition = "\(condition) AND \(section) IN (\(shown))" }
            isShown = "\(isShown) OR (\(condition))"
        }
        return isShown
    }

    /// The profiles with the nearest sections, in a statement that begins with them: `by_distance` (profile_id, similarity), `count` at most.
    ///
    /// The nearest sections are of enough profiles nearly always. Where they are not, or others may be as near, all profiles are compared.
    func byDistance(count: Int, vector: SQL, space: SQL, view: SQL, scope: ScopeSQL, isWide: Bool) -> SQL {
        let profiles: SQL = "e.profile_id IN (SELECT p.id FROM \(scope.profiles))"
        // As above: where most pass, nothing is gained by looking for each by itself.
        let within: SQL = isWide ? "(\(profiles)) IS TRUE" : profiles
        let rows = self.rows(within: within, vector: vector, space: space, view: view)
        let sections = count * SearchPlan.exactMultiple
        return """
            near AS MATERIALIZED (
                SELECT n.profile_id, n.distance FROM (\(rows)) AS n ORDER BY n.distance, n.profile_id LIMIT \(sections)
            ),
            near_profiles AS MATERIALIZED (
                SELECT n.profile_id, max(1 - n.distance) AS similarity FROM near n
                GROUP BY n.profile_id ORDER BY similarity DESC, n.profile_id LIMIT \(count)
            ),
            is_enough AS MATERIALIZED (
                SELECT (SELECT count(*) FROM near) < \(sections)
                    OR (SELECT count(*) FROM near_profiles) = \(count)
                        AND (SELECT min(similarity) FROM near_profiles) > (SELECT 1 - max(distance) FROM near) AS is_so
            ),
            by_distance AS MATERIALIZED (
                SELECT n.profile_id, n.similarity FROM near_profiles n WHERE (SELECT is_so FROM is_enough)
                UNION ALL
                SELECT a.profile_id, a.similarity FROM (
                    SELECT n.profile_id, max(1 - n.distance) AS similarity FROM (\(rows)) AS n
                    GROUP BY n.profile_id ORDER BY similarity DESC, n.profile_id LIMIT \(count)
                ) AS a WHERE NOT (SELECT is_so FROM is_enough)
            )
            """
    }

    /// The nearest section of each profile of a table `b`.
    func nearest(vector: SQL, space: SQL, view: SQL) -> SQL {
        """
        LATERAL (
            SELECT n.kind, n.section_id
            FROM (\(self.rows(within: "e.profile_id = b.profile_id", vector: vector, space: space, view: view))) AS n
            ORDER BY n.distance, n.kind, n.section_id LIMIT 1
        )
        """
    }
}

/// Searches by vector through a view, alone and with words. All embeddings that the view leaves as they are are compared: an index
/// would deliver them in an order that depends on the others.
extension SearchStatements {
    /// The nearest: profile_id, similarity, kind, section_id. Parameters: `$1` vector, `$2` name of the space (text), `$3` the
    /// projection (uuid), then those of the scope.
    ///
    /// - Parameter isWide: The scope is that of the view alone.
    static func viewVector(limit: Int, _ embeddings: ViewEmbeddings, scope: ScopeSQL, isWide: Bool) -> SQL {
        """
        WITH \(embeddings.byDistance(count: limit, vector: "$1", space: "$2", view: "$3", scope: scope, isWide: isWide))
        SELECT b.profile_id, b.similarity, s.kind, s.section_id
        FROM by_distance b CROSS JOIN \(embeddings.nearest(vector: "$1", space: "$2", view: "$3")) AS s
        ORDER BY b.similarity DESC, b.profile_id
        """
    }

    /// By vector and by words, as `hybrid` has it: profile_id, score, similarity, vector_rank, vector_kind, vector_section, coverage,
    /// text_rank, text_kind, text_section, second_similarity, second_kind, second_section.
    ///
    /// Parameters: `$1` to `$7` as of `viewText`, `$8` vector, `$9` name of the space (text); with `Nominees.index` `$10` profiles and
    /// `$11` what each holds of the weights; then those of the scope.
    ///
    /// - Parameters:
    ///   - showsNames: Whether a display name that is the text counts: where the view coarsens names it does not.
    ///   - isWide: As of `viewVector`.
    static func viewHybrid(
        limit: Int,
        _ embeddings: ViewEmbeddings,
        nominees: Nominees,
        kinds: HybridScore.Kinds,
        showsNames: Bool,
        scope: ScopeSQL,
        isWide: Bool
    ) -> SQL {
        let window = self.hybridWindow(limit: limit)
        let similarity = HybridScore.sqlSimilarity(nearest: "v.similarity", second: "v.second_similarity", kinds)
        let weights = embeddings.weights
        // A name is in the summary.
        let name: SQL = weights.areEqual ? "1" : "greatest(\(similarity), \(weights[.summary])::float8)"
        let coverage: SQL =
            weights.areEqual ? self.weight(of: "w.words") : self.weightInView(of: "c.profile_id", weights)
        func rows(_ within: SQL) -> SQL { embeddings.rows(within: within, vector: "$8", space: "$9", view: "$7") }
        let wanted: SQL =
            nominees == .passing(withPhrases: true)
            ? "w.profile_id IN (SELECT profile_id FROM fulfilled) AND \(self.isNotExcludedInView(profile: "w.profile_id"))"
            : self.isNotExcludedInView(profile: "w.profile_id")
        let named: SQL =
            showsNames
            ? """
            -- OFFSET 0: found by their name and then put in order, not looked for in the order of all ids.
            SELECT n.profile_id FROM (
                SELECT p.id AS profile_id FROM profiles p
                WHERE p.is_active AND fold_term(p.display_name) COLLATE "C" = fold_term($6)\(scope.passes) OFFSET 0
            ) AS n ORDER BY n.profile_id LIMIT \(window)
            """ : "SELECT p.id AS profile_id FROM profiles p WHERE false AND p.display_name = $6"
        return """
            WITH \(self.termsAndExclusion),
            \(self.nominatedInView(nominees, scope, weights, profiles: "$10", held: "$11")),
            by_words AS MATERIALIZED (
                SELECT o.profile_id, o.weight / $3 AS coverage,
                    row_number() OVER (ORDER BY o.weight DESC, o.profile_id) AS rank
                FROM (\(self.bestInView(limit: window, scope))) AS o
            ),
            \(embeddings.byDistance(count: window, vector: "$8", space: "$9", view: "$7", scope: scope, isWide: isWide)),
            by_meaning AS MATERIALIZED (
                SELECT m.profile_id, row_number() OVER (ORDER BY m.similarity DESC, m.profile_id) AS rank
                FROM by_distance m
            ),
            named AS MATERIALIZED (
                \(named)
            ),
            candidates AS MATERIALIZED (
                SELECT profile_id FROM by_words
                UNION
                SELECT w.profile_id FROM (SELECT profile_id FROM named UNION SELECT profile_id FROM by_meaning) AS w
                WHERE \(wanted)
            ),
            coverages AS MATERIALIZED (
                SELECT profile_id, coverage FROM by_words
                UNION ALL
                SELECT c.profile_id, \(coverage) / $3
                FROM candidates c JOIN view_words w ON w.view_id = $7 AND w.profile_id = c.profile_id
                WHERE w.words IS NOT NULL AND NOT EXISTS (SELECT FROM by_words b WHERE b.profile_id = c.profile_id)
            ),
            kinds AS MATERIALIZED (
                SELECT DISTINCT ON (n.profile_id, n.kind) n.profile_id, n.kind, n.section_id, 1 - n.distance AS similarity
                FROM (\(rows("e.profile_id IN (SELECT c.profile_id FROM candidates c)"))) AS n
                ORDER BY n.profile_id, n.kind, n.distance, n.section_id
            ),
            similarities AS MATERIALIZED (\(self.twoNearest(of: "kinds"))),
            best AS MATERIALIZED (
                SELECT c.profile_id,
                    \(HybridScore.sql(similarity: "CASE WHEN n.profile_id IS NULL THEN \(similarity) ELSE \(name) END", coverage: "t.coverage"))
                        AS score,
                    v.similarity, v.kind, v.section_id, v.second_similarity, v.second_kind, v.second_section,
                    m.rank AS vector_rank, t.coverage, w.rank AS text_rank
                FROM candidates c
                LEFT JOIN similarities v ON v.profile_id = c.profile_id
                LEFT JOIN coverages t ON t.profile_id = c.profile_id
                LEFT JOIN by_meaning m ON m.profile_id = c.profile_id
                LEFT JOIN by_words w ON w.profile_id = c.profile_id
                LEFT JOIN named n ON n.profile_id = c.profile_id
                ORDER BY score DESC, c.profile_id LIMIT \(limit)
            ),
            \(self.textSectionsInView(weights))
            SELECT b.profile_id, b.score, b.similarity, b.vector_rank, b.kind, b.section_id, b.coverage, b.text_rank, s.kind,
                s.section_id, b.second_similarity, b.second_kind, b.second_section
            FROM best b LEFT JOIN text_sections s ON s.profile_id = b.profile_id
            ORDER BY b.score DESC, b.profile_id
            """
    }
}
