internal import LikenessPostgres

/// A table that has something of people. An erasure takes it out, and an export of one person's data shows it.
struct PersonalTable: Sendable {
    /// Who answers with its rows.
    enum Place: Sendable {
        /// The profile.
        case profile
        /// The profile's revisions.
        case revisions
        /// Themselves.
        case rows
    }

    let name: SQL
    let place: Place
    /// Which rows `t` are of profile `$1`.
    let condition: SQL
    /// Columns that are shown, a list of texts, where others are of other people or of callers; `nil` for all.
    let columns: SQL?
    /// In one sentence.
    let purpose: String

    private init(
        _ name: SQL,
        _ place: Place = .rows,
        where condition: SQL = "t.profile_id = $1",
        columns: SQL? = nil,
        for purpose: String
    ) {
        (self.name, self.place, self.condition) = (name, place, condition)
        (self.columns, self.purpose) = (columns, purpose)
    }

    /// Those of every database, but for the tables of embeddings.
    static let all: [PersonalTable] = [
        .init("profiles", .profile, where: "t.id = $1", for: "the profile"),
        .init("experiences", .profile, for: "its experiences"),
        .init("skills", .profile, for: "its skills"),
        .init("external_ids", .profile, for: "what other systems call the person"),
        .init("profile_revisions", .revisions, for: "what the profile was before each write, and who wrote"),
        .init("former_slugs", for: "slugs that the profile had before, and that lead to it"),
        .init("profile_feed", for: "changes for those who follow them"),
        .init(
            "request_ids",
            where: "t.subject_id = $1",
            // The answer is the profile as it was then.
            columns: "ARRAY['method', 'created_at', 'updated_at']",
            for: "answers to writes, which are kept for a day for callers who repeat them"
        ),
        .init("profile_words", for: "the profile's words, for searches"),
        .init("embedding_outbox", for: "sections whose embedding is yet to be made"),
        .init("long_sections", for: "sections that are embedded in parts"),
        .init(
            "completion_terms",
            where: """
                (t.kind = 1 AND t.folded IN (SELECT fold_term(p.display_name) COLLATE "C" FROM profiles p WHERE p.id = $1)
                OR t.kind = 2 AND t.folded IN (SELECT fold_term(e.title) COLLATE "C" FROM experiences e WHERE e.profile_id = $1)
                OR t.kind = 3 AND t.folded IN (SELECT fold_term(e.organization) COLLATE "C" FROM experiences e WHERE e.profile_id = $1)
                OR t.kind = 4 AND t.folded IN (SELECT fold_term(s.name) COLLATE "C" FROM skills s WHERE s.profile_id = $1)
                OR t.kind = 5 AND t.folded IN (SELECT fold_term(p.location) COLLATE "C" FROM profiles p WHERE p.id = $1))
                """,
            for: "texts of the profile that are offered as completions, with how many people have them"
        ),
        .init("view_words", for: "the words of what a mask shows, for searches"),
        .init("view_sections", for: "the same of single sections"),
        .init("view_texts", for: "texts that a mask shows, for completions"),
        .init(
            "view_spellings",
            where: "(t.view_id, t.kind, t.folded) IN (\(textsOfViews))",
            for: "the same by spelling, with how many people have them"
        ),
        .init(
            "view_terms",
            where: "(t.view_id, t.kind, t.folded) IN (\(textsOfViews))",
            for: "the same, with how many people have them"
        ),
        .init("profile_changes", for: "a note for masks that the profile was written"),
        .init("saved_search_matches", for: "saved searches that the profile matches"),
        .init("saved_search_events", for: "when it began or ceased to match"),
        .init("saved_search_changes", for: "a note for saved searches that the profile was written"),
        .init(
            "result_sets",
            where: "EXISTS (SELECT FROM result_set_hits h WHERE h.set_id = t.id AND h.profile_ids @> ARRAY[$1])",
            columns: "ARRAY['id', 'hit_count', 'expires_at', 'created_at']",
            for: "rankings that found the profile, which are kept for some minutes for their further pages"
        ),
        .init(
            "result_set_hits",
            where: "t.profile_ids @> ARRAY[$1]",
            columns: "ARRAY['set_id', 'place', 'created_at']",
            for: "its place in them, beside other people"
        ),
        .init("erasures", for: "that a profile with this id was erased before"),
    ]

    private static let textsOfViews: SQL = """
        SELECT v.view_id, k.kind, fold_term(k.text) COLLATE "C" FROM view_texts v, unnest(v.kinds, v.texts) AS k (kind, text)
        WHERE v.profile_id = $1
        """

    /// That of a space's embeddings.
    static func embeddings(_ space: EmbeddingSpaceInfo) -> PersonalTable {
        .init(space.table.name, for: "embeddings of the profile's sections by the model \(space.model)")
    }

    /// How many rows there are. `$1` profile.
    var count: Statement {
        Statement(
            "",
            "SELECT count(*) FROM \(self.name) t WHERE \(self.condition)",
            [.uuid],
            countedAs: "personal_data_count"
        )
    }

    /// Some rows behind a place, with theirs. `$1` profile, `$2` the place of the last one that was read. Places hold within one snapshot.
    var page: Statement {
        let row: SQL =
            self.columns.map { columns in
                "(SELECT jsonb_object_agg(c.key, c.value) FROM jsonb_each(to_jsonb(r.t)) AS c WHERE c.key = ANY (\(columns)))"
            } ?? "to_jsonb(r.t)"
        return Statement(
            "",
            """
            SELECT r.place::text, (\(row))::text FROM (
                SELECT t, t.ctid AS place FROM \(self.name) t WHERE (\(self.condition)) AND t.ctid > $2::tid
                ORDER BY t.ctid LIMIT \(Self.pageSize)
            ) AS r
            ORDER BY r.place
            """,
            [.uuid, .text],
            countedAs: "personal_data_rows"
        )
    }

    static let pageSize = 50
    static let firstPlace = "(0,0)"
}
