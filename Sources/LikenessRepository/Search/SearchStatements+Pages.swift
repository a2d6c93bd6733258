internal import LikenessPostgres

/// Hits of a ranking that is known.
extension SearchStatements {
    /// What is shown now of the hits that are still within the scope. Parameters: `$1` to `$12` the columns of a `Ranking`; with
    /// marked passages `$13` what asks for each of the words (text[] of tsquery); then those of the scope.
    static func shown(_ passages: Passages, scope: ScopeSQL = .live) -> SQL {
        let marking: SQL =
            passages == .marked
            ? """
            marking AS MATERIALIZED (
                SELECT marking_query(array_agg(t.query::tsquery)) AS query FROM unnest($13::text[]) AS t (query)
            ),
            """ : ""
        return """
            WITH \(marking)
            ranked AS MATERIALIZED (
                SELECT r.profile_id, r.score, nullif(r.kind, 0) AS kind, r.section_id,
                    nullif(r.vector_rank, 0)::bigint AS vector_rank, r.similarity, nullif(r.vector_kind, 0) AS vector_kind,
                    r.vector_section, nullif(r.text_rank, 0)::bigint AS text_rank, r.coverage,
                    nullif(r.text_kind, 0) AS text_kind, r.text_section
                FROM unnest($1::uuid[], $2::float8[], $3::smallint[], $4::uuid[], $5::integer[], $6::float8[],
                    $7::smallint[], $8::uuid[], $9::integer[], $10::float8[], $11::smallint[], $12::uuid[])
                    AS r (profile_id, score, kind, section_id, vector_rank, similarity, vector_kind, vector_section,
                        text_rank, coverage, text_kind, text_section)
                WHERE \(scope.holds("r.profile_id"))
            )
            \(self.hits(passages, withEvidence: true))
            """
    }

    /// What experiences are called: id, title, organization. `$1` ids.
    static let experienceTitles = Statement(
        "search_experience_titles",
        "SELECT e.id, e.title, e.organization FROM experiences e WHERE e.id = ANY ($1)",
        [.uuidArray]
    )
}
