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
        self.rows(where: "\(self.counts(space: space, view: view)) AND \(within)", vector: vector)
    }

    private func rows(where condition: SQL, vector: SQL) -> SQL {
        let rows: SQL = """
            SELECT e.profile_id, \(SectionWindow.sectionKind("e.kind")) AS kind, e.section_id,
                e.embedding <=> \(vector)::vector AS distance
            FROM \(self.table) e
            WHERE \(condition)
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
                AND \(self.isEmbedded(kind: kind, section: "e.section_id", space: space))
            """
    }

    /// Whether a section does not wait for another embedding.
    private func isEmbedded(kind: SQL, section: SQL, space: SQL) -> SQL {
        """
        ((\(section), \(kind)) IN (
            SELECT o.section_id, o.kind FROM embedding_outbox o WHERE o.space = \(space)
        )) IS NOT TRUE
        """
    }

    /// Whether a section can be of those whose texts the view shows as they are.
    private func counts(kind: SQL) -> SQL {
        guard self.kinds != SectionText.kinds else { return "true" }
        var counts: SQL = "false"
        for one in self.kinds { counts = "\(counts) OR \(kind) = \(Int(one.rawValue))" }
        return counts
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

    /// How the sections that count are told from the others. The answer is the same by each; the time is not.
    enum Looking: Hashable, Sendable {
        /// Those of few profiles, found by these.
        case byProfile
        /// Each of all, before it is compared.
        case before
        /// The nearest of all alone, after that.
        case afterwards
    }

    /// More profiles than that are compared kind by kind, all of them: `isDeep`.
    private static let nearMax = 1_000

    /// Whether so many profiles are wanted that the nearest sections are no short way to them. Then `byDistance` has `compared` (profile_id,
    /// kind, distance) besides: the nearest section of each kind of each profile.
    static func isDeep(count: Int) -> Bool { count > self.nearMax }

    /// The profiles with the nearest sections, in a statement that begins with them: `by_distance` (profile_id, similarity), `count` at most.
    ///
    /// The nearest sections are of enough profiles nearly always. Where they are not, or others may be as near, all profiles are compared.
    func byDistance(count: Int, vector: SQL, space: SQL, view: SQL, scope: ScopeSQL, _ looking: Looking) -> SQL {
        func isWithin(_ profile: SQL) -> SQL { "\(profile) IN (SELECT p.id FROM \(scope.profiles))" }
        if Self.isDeep(count: count) {
            let within: SQL =
                switch looking {
                case .byProfile: isWithin("e.profile_id")
                case .before: "(\(isWithin("e.profile_id"))) IS TRUE"
                // There are fewer profiles than sections.
                case .afterwards: "true"
                }
            return """
                compared AS MATERIALIZED (
                    SELECT n.profile_id, n.kind, min(n.distance) AS distance
                    FROM (\(self.rows(within: within, vector: vector, space: space, view: view))) AS n
                    GROUP BY n.profile_id, n.kind
                ),
                by_distance AS MATERIALIZED (
                    SELECT a.profile_id, a.similarity FROM (
                        SELECT c.profile_id, max(1 - c.distance) AS similarity FROM compared c GROUP BY c.profile_id OFFSET 0
                    ) AS a WHERE (\(isWithin("a.profile_id"))) IS TRUE
                    ORDER BY a.similarity DESC, a.profile_id LIMIT \(count)
                )
                """
        }
        // As above: where most pass, nothing is gained by looking for each by itself.
        let within = looking == .byProfile ? isWithin("e.profile_id") : "(\(isWithin("e.profile_id"))) IS TRUE"
        let rows = self.rows(within: within, vector: vector, space: space, view: view)
        let sections = count * SearchPlan.exactMultiple
        let seen: SQL
        switch looking {
        case .byProfile, .before:
            seen = """
                seen AS MATERIALIZED (
                    SELECT n.profile_id, n.distance FROM (\(rows)) AS n ORDER BY n.distance, n.profile_id LIMIT \(sections)
                ),
                near AS MATERIALIZED (SELECT s.profile_id, s.distance FROM seen s),
                """
        case .afterwards:
            let all = self.rows(
                where: "e.is_active AND (\(self.counts(kind: SectionWindow.sectionKind("e.kind"))))",
                vector: vector
            )
            let isShown = self.isShown(kind: "s.kind", section: "s.section_id", profile: "s.profile_id", view: view)
            seen = """
                seen AS MATERIALIZED (
                    SELECT n.profile_id, n.kind, n.section_id, n.distance
                    FROM (\(all)) AS n ORDER BY n.distance, n.profile_id LIMIT \(sections)
                ),
                near AS MATERIALIZED (
                    SELECT s.profile_id, s.distance FROM seen s
                    WHERE (\(isShown)) AND \(self.isEmbedded(kind: "s.kind", section: "s.section_id", space: space))
                        AND \(scope.holds("s.profile_id"))
                ),
                """
        }
        return """
            \(seen)
            near_profiles AS MATERIALIZED (
                SELECT n.profile_id, max(1 - n.distance) AS similarity FROM near n
                GROUP BY n.profile_id ORDER BY similarity DESC, n.profile_id LIMIT \(count)
            ),
            is_enough AS MATERIALIZED (
                SELECT (SELECT count(*) FROM seen) < \(sections)
                    OR (SELECT count(*) FROM near_profiles) = \(count)
                        AND (SELECT min(similarity) FROM near_profiles) > (SELECT 1 - max(distance) FROM seen) AS is_so
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
    static func viewVector(
        limit: Int,
        _ embeddings: ViewEmbeddings,
        scope: ScopeSQL,
        _ looking: ViewEmbeddings.Looking
    ) -> SQL {
        """
        WITH \(embeddings.byDistance(count: limit, vector: "$1", space: "$2", view: "$3", scope: scope, looking))
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
    /// - Parameter showsNames: Whether a display name that is the text counts: where the view coarsens names it does not.
    static func viewHybrid(
        limit: Int,
        _ embeddings: ViewEmbeddings,
        nominees: Nominees,
        kinds: HybridScore.Kinds,
        showsNames: Bool,
        scope: ScopeSQL,
        _ looking: ViewEmbeddings.Looking
    ) -> SQL {
        let window = self.hybridWindow(limit: limit)
        let isDeep = ViewEmbeddings.isDeep(count: window)
        let similarity = HybridScore.sqlSimilarity(nearest: "v.similarity", second: "v.second_similarity", kinds)
        let weights = embeddings.weights
        // A name is in the summary.
        let name: SQL = weights.areEqual ? "1" : "greatest(\(similarity), \(weights[.summary])::float8)"
        let names: SQL =
            showsNames
            ? self.names(of: "coverages", summaryWeight: weights[.summary])
            : "names AS (SELECT NULL::uuid AS profile_id, NULL::float8 AS similarity WHERE false)"
        let partlyNamed = HybridScore.sqlNamed(
            similarity: similarity,
            name: "(\(weights[.summary])::float8 * k.similarity)"
        )
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
        // Of many candidates the sections are looked up when it is known who is shown.
        let nearestOfKinds: SQL =
            isDeep
            ? """
            SELECT c.profile_id, k.kind, NULL::uuid AS section_id, 1 - k.distance AS similarity
            FROM candidates c JOIN compared k ON k.profile_id = c.profile_id
            """
            : """
            SELECT DISTINCT ON (n.profile_id, n.kind) n.profile_id, n.kind, n.section_id, 1 - n.distance AS similarity
            FROM (\(rows("e.profile_id IN (SELECT c.profile_id FROM candidates c)"))) AS n
            ORDER BY n.profile_id, n.kind, n.distance, n.section_id
            """
        let located: SQL =
            isDeep
            ? """
            ,
            located AS MATERIALIZED (
                SELECT DISTINCT ON (n.profile_id, n.kind) n.profile_id, n.kind, n.section_id
                FROM (\(rows("e.profile_id IN (SELECT b.profile_id FROM best b)"))) AS n
                ORDER BY n.profile_id, n.kind, n.distance, n.section_id
            )
            """ : ""
        func section(_ column: SQL, _ place: SQL) -> SQL { isDeep ? "\(place).section_id" : "b.\(column)" }
        let places: SQL =
            isDeep
            ? """
            LEFT JOIN located x ON x.profile_id = b.profile_id AND x.kind = b.kind
            LEFT JOIN located y ON y.profile_id = b.profile_id AND y.kind = b.second_kind
            """ : ""
        return """
            WITH \(self.termsAndExclusion),
            \(self.nominatedInView(nominees, scope, weights, profiles: "$10", held: "$11")),
            by_words AS MATERIALIZED (
                SELECT o.profile_id, o.weight / $3 AS coverage,
                    row_number() OVER (ORDER BY o.weight DESC, o.profile_id) AS rank
                FROM (\(self.bestInView(limit: window, scope))) AS o
            ),
            \(embeddings.byDistance(count: window, vector: "$8", space: "$9", view: "$7", scope: scope, looking)),
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
                -- In the order in which they are stored, about.
                FROM (SELECT c.profile_id FROM candidates c ORDER BY c.profile_id OFFSET 0) AS c
                    JOIN view_words w ON w.view_id = $7 AND w.profile_id = c.profile_id
                WHERE w.words IS NOT NULL AND NOT EXISTS (SELECT FROM by_words b WHERE b.profile_id = c.profile_id)
                    -- Most of many have none of the words: their sections need not be read to be weighed.
                    AND EXISTS (SELECT FROM terms t WHERE w.words @@ t.query OFFSET 0)
            ),
            \(names),
            kinds AS MATERIALIZED (
                \(nearestOfKinds)
            ),
            similarities AS MATERIALIZED (\(weights.areEqual ? self.twoNearest(of: "kinds") : self.twoNearest(of: "kinds", weights))),
            best AS MATERIALIZED (
                SELECT c.profile_id,
                    \(HybridScore.sql(similarity: "CASE WHEN n.profile_id IS NULL THEN \(partlyNamed) ELSE \(name) END", coverage: "t.coverage"))
                        AS score,
                    v.similarity, v.kind, v.section_id, v.second_similarity, v.second_kind, v.second_section,
                    m.rank AS vector_rank, t.coverage, w.rank AS text_rank
                FROM candidates c
                LEFT JOIN similarities v ON v.profile_id = c.profile_id
                LEFT JOIN coverages t ON t.profile_id = c.profile_id
                LEFT JOIN by_meaning m ON m.profile_id = c.profile_id
                LEFT JOIN by_words w ON w.profile_id = c.profile_id
                LEFT JOIN named n ON n.profile_id = c.profile_id
                LEFT JOIN names k ON k.profile_id = c.profile_id
                ORDER BY score DESC, c.profile_id LIMIT \(limit)
            ),
            \(self.textSectionsInView(weights))\(located)
            SELECT b.profile_id, b.score, b.similarity, b.vector_rank, b.kind, \(section("section_id", "x")), b.coverage,
                b.text_rank, s.kind, s.section_id, b.second_similarity, b.second_kind, \(section("second_section", "y"))
            FROM best b LEFT JOIN text_sections s ON s.profile_id = b.profile_id
            \(places)
            ORDER BY b.score DESC, b.profile_id
            """
    }

    /// As `twoNearest`, of kinds that do not count the same: second is the one whose section counts most beside the nearest one, and second_similarity
    /// is what it counts.
    private static func twoNearest(of kinds: SQL, _ weights: KindWeights) -> SQL {
        let counted = HybridScore.sqlSecond(
            weighted: "k.similarity",
            weight: weights.sql("k.kind"),
            nearest: "k.nearest"
        )
        return """

                    SELECT DISTINCT ON (c.profile_id) c.profile_id, c.kind, c.section_id, c.similarity, lead(c.kind) OVER w AS second_kind,
                        lead(c.section_id) OVER w AS second_section, lead(c.counted) OVER w AS second_similarity
                    FROM (
                        SELECT k.*, \(counted) AS counted FROM (
                            SELECT k.*, first_value(k.similarity) OVER n AS nearest, row_number() OVER n AS place FROM \(kinds) k
                            WINDOW n AS (PARTITION BY k.profile_id ORDER BY k.similarity DESC, k.kind)
                        ) AS k
                    ) AS c WINDOW w AS (PARTITION BY c.profile_id ORDER BY c.place > 1, c.counted DESC, c.kind)
                    ORDER BY c.profile_id, c.place
                
            """
    }
}
