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

    /// Candidates of each branch of a hybrid search: profiles by words, sections by meaning.
    package static func hybridWindow(limit: Int) -> Int { limit <= 50 ? 100 : limit * 2 }

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

    /// Search by words. Parameters: `$1` words (text), `$2` phrases that must occur (text[]), `$3` phrases that must
    /// not (text[]), `$4` number of live profiles (float8).
    ///
    /// The order of columns is `WordsRow`'s.
    package static func text(limit: Int, withPassages: Bool, filter: SQL? = nil) -> SQL {
        """
        WITH \(self.coverage),
        \(self.phrases),
        best AS MATERIALIZED (
            SELECT c.profile_id, c.coverage, row_number() OVER (ORDER BY c.coverage DESC, c.profile_id) AS rank
            FROM coverage c \(self.phraseJoins(profile: "c.profile_id"))
            WHERE \(self.phraseConditions)\(self.passes(filter, profile: "c.profile_id"))
            ORDER BY c.coverage DESC, c.profile_id LIMIT \(limit)
        ),
        \(self.bestSections(of: "best"))
        SELECT p.id, p.slug, p.display_name, p.headline, p.location, p.revision, p.updated_at,
            b.coverage AS score, NULL::bigint AS vector_rank, NULL::float8 AS similarity, NULL::smallint AS vector_kind,
            NULL::uuid AS vector_section, NULL::text AS vector_title, NULL::text AS vector_organization,
            b.rank AS text_rank, b.coverage, s.kind AS text_kind, s.section_id AS text_section,
            e.title AS text_title, e.organization AS text_organization,
            s.kind AS shown_kind, s.section_id AS shown_section, e.title AS shown_title,
            e.organization AS shown_organization, 0::bigint AS sections
            \(withPassages ? ", \(self.markedPassages(kind: "s.kind", profile: "b.profile_id"))" : "")
        FROM best b
        JOIN profiles p ON p.id = b.profile_id
        JOIN text_sections s ON s.profile_id = b.profile_id
        LEFT JOIN experiences e ON s.kind = 2 AND e.id = s.section_id
        ORDER BY b.coverage DESC, b.profile_id
        """
    }

    /// Search by meaning and by words under one snapshot. Parameters: as for `text`, then `$5` vector.
    ///
    /// Each branch names candidates; both raw scores are computed for all of them, then fused by `HybridScore`. The
    /// order of columns is `WordsRow`'s.
    package static func hybrid(
        space: EmbeddingSpaceInfo,
        scan: Scan,
        limit: Int,
        withPassages: Bool,
        filter: SQL? = nil
    ) -> SQL {
        let window = self.hybridWindow(limit: limit)
        return """
            WITH \(self.coverage),
            \(self.phrases),
            by_words AS MATERIALIZED (
                SELECT c.profile_id, row_number() OVER (ORDER BY c.coverage DESC, c.profile_id) AS rank
                FROM coverage c WHERE true\(self.passes(filter, profile: "c.profile_id"))
                ORDER BY c.coverage DESC, c.profile_id LIMIT \(window)
            ),
            nearest AS MATERIALIZED (
            \(self.nearest(space: space, scan: scan, sections: window, vector: "$5", filter: filter))
            ),
            by_meaning AS MATERIALIZED (
                SELECT profile_id, row_number() OVER (ORDER BY min(distance), profile_id) AS rank
                FROM nearest GROUP BY profile_id
            ),
            candidates AS MATERIALIZED (
                SELECT c.profile_id
                FROM (SELECT profile_id FROM by_words UNION SELECT profile_id FROM by_meaning) AS c
                \(self.phraseJoins(profile: "c.profile_id"))
                WHERE \(self.phraseConditions)
            ),
            similarities AS MATERIALIZED (
                SELECT DISTINCT ON (e.profile_id) e.profile_id, e.kind, e.section_id,
                    1 - (e.embedding <=> $5::vector) AS similarity
                FROM candidates c JOIN \(space.table.name) e ON e.profile_id = c.profile_id
                WHERE e.is_active
                ORDER BY e.profile_id, similarity DESC, e.kind, e.section_id
            ),
            best AS MATERIALIZED (
                SELECT c.profile_id, \(HybridScore.sql(similarity: "v.similarity", coverage: "t.coverage")) AS score,
                    m.rank AS vector_rank, v.similarity, v.kind, v.section_id, w.rank AS text_rank, t.coverage
                FROM candidates c
                LEFT JOIN similarities v ON v.profile_id = c.profile_id
                LEFT JOIN coverage t ON t.profile_id = c.profile_id
                LEFT JOIN by_meaning m ON m.profile_id = c.profile_id
                LEFT JOIN by_words w ON w.profile_id = c.profile_id
                ORDER BY score DESC, c.profile_id LIMIT \(limit)
            ),
            \(self.bestSections(of: "best")),
            shown AS MATERIALIZED (
                SELECT b.profile_id, b.score, b.vector_rank, b.similarity, b.kind, b.section_id, b.text_rank, b.coverage,
                    s.kind AS text_kind, s.section_id AS text_section,
                    CASE WHEN \(HybridScore.sqlPrefersWords(similarity: "b.similarity", coverage: "b.coverage"))
                        THEN s.kind ELSE coalesce(b.kind, s.kind) END AS shown_kind,
                    CASE WHEN \(HybridScore.sqlPrefersWords(similarity: "b.similarity", coverage: "b.coverage"))
                        THEN s.section_id ELSE coalesce(b.section_id, s.section_id) END AS shown_section
                FROM best b LEFT JOIN text_sections s ON s.profile_id = b.profile_id
            )
            SELECT p.id, p.slug, p.display_name, p.headline, p.location, p.revision, p.updated_at,
                b.score, b.vector_rank, b.similarity, b.kind AS vector_kind, b.section_id AS vector_section,
                x.title AS vector_title, x.organization AS vector_organization,
                b.text_rank, b.coverage, b.text_kind, b.text_section,
                y.title AS text_title, y.organization AS text_organization,
                b.shown_kind, b.shown_section, e.title AS shown_title, e.organization AS shown_organization,
                (SELECT count(*) FROM nearest) AS sections
                \(withPassages ? ", \(self.markedPassages(kind: "b.shown_kind", profile: "b.profile_id"))" : "")
            FROM shown b
            JOIN profiles p ON p.id = b.profile_id
            LEFT JOIN experiences x ON b.kind = 2 AND x.id = b.section_id
            LEFT JOIN experiences y ON b.text_kind = 2 AND y.id = b.text_section
            LEFT JOIN experiences e ON b.shown_kind = 2 AND e.id = b.shown_section
            ORDER BY b.score DESC, b.profile_id
            """
    }
}
