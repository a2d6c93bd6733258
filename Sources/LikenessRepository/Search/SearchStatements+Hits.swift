internal import LikenessPostgres

/// What an answer shows of those whom a ranking has found.
extension SearchStatements {
    /// Texts of the section shown.
    enum Passages: Hashable, Sendable {
        case none
        /// The beginnings of its first two fields.
        case plain
        /// All its fields, with the words marked: expects `marking`.
        case marked
    }

    /// The rows of hits, in the columns of `HitColumn`, best first.
    ///
    /// Expects `ranked` to have profile_id, score, kind and section_id; `withEvidence` vector_rank, similarity, vector_kind,
    /// vector_section, text_rank, coverage, text_kind, text_section besides, and `withSecond` second_similarity, second_kind and second_section.
    ///
    /// - Parameters:
    ///   - described: `nil` when all are; else `ranked` has is_described, and of the others' rows only id and score are to be read.
    ///   - examined: How many sections the vector was compared with; `nil` without one.
    ///   - horizon: The similarity of the last of them.
    static func hits(
        _ passages: Passages,
        described: Int? = nil,
        withEvidence: Bool = false,
        withSecond: Bool = false,
        examined: SQL? = nil,
        horizon: SQL? = nil
    ) -> SQL {
        let texts: [SQL] =
            switch passages {
            case .none: []
            case .plain: self.plainPassages(kind: "b.kind", profile: "p.id")
            case .marked: self.markedPassages(kind: "b.kind", profile: "p.id")
            }
        /// A key of what is looked up: NULL, which finds nothing and reads nothing, where the row is not described.
        func key(_ column: SQL, of kind: SQL? = nil) -> SQL {
            let conditions = [kind.map { "\($0) = 2" as SQL }, described.map { _ in "b.is_described" as SQL }]
                .compactMap(\.self)
            guard let first = conditions.first else { return column }
            let condition = conditions.dropFirst().reduce(first) { "\($0) AND \($1)" as SQL }
            return "CASE WHEN \(condition) THEN \(column) END"
        }
        func text(_ place: Int) -> SQL? { place < texts.count ? texts[place] : nil }
        func evidence(_ sql: SQL) -> SQL? { withEvidence ? sql : nil }
        func second(_ sql: SQL) -> SQL? { withSecond ? sql : nil }
        func expression(_ column: HitColumn) -> SQL? {
            switch column {
            case .id: "b.profile_id"
            case .slug: "p.slug"
            case .displayName: "p.display_name"
            case .headline: "p.headline"
            case .location: "p.location"
            case .revision: "p.revision"
            case .updateTime: "p.updated_at"
            case .score: "b.score"
            case .kind: "b.kind"
            case .section: "b.section_id"
            case .title: "e.title"
            case .organization: "e.organization"
            case .examined: examined
            case .horizon: horizon
            case .passage: text(0)
            case .otherPassage: text(1)
            case .namePassage: text(2)
            case .organizationPassage: text(3)
            case .vectorRank: evidence("b.vector_rank")
            case .similarity: evidence("b.similarity")
            case .vectorKind: evidence("b.vector_kind")
            case .vectorSection: evidence("b.vector_section")
            case .vectorTitle: evidence("x.title")
            case .vectorOrganization: evidence("x.organization")
            case .textRank: evidence("b.text_rank")
            case .coverage: evidence("b.coverage")
            case .textKind: evidence("b.text_kind")
            case .textSection: evidence("b.text_section")
            case .textTitle: evidence("y.title")
            case .textOrganization: evidence("y.organization")
            case .secondSimilarity: second("b.second_similarity")
            case .secondKind: second("b.second_kind")
            case .secondSection: second("b.second_section")
            case .secondTitle: second("z.title")
            case .secondOrganization: second("z.organization")
            }
        }
        let columns = HitColumn.allCases.map { (column: $0, sql: expression($0)) }
        let last = columns.lastIndex { $0.sql != nil } ?? 0
        var list: SQL = ""
        for (place, column) in columns[...last].enumerated() {
            list = "\(list)\(place == 0 ? "" : ", ")\(column.sql ?? column.column.absent)"
        }
        let others: SQL =
            withEvidence
            ? """
            LEFT JOIN experiences x ON x.id = \(key("b.vector_section", of: "b.vector_kind"))
            LEFT JOIN experiences y ON y.id = \(key("b.text_section", of: "b.text_kind"))
            """ : ""
        let third: SQL =
            withSecond ? "LEFT JOIN experiences z ON z.id = \(key("b.second_section", of: "b.second_kind"))" : ""
        return """
            SELECT \(list)
            FROM ranked b
            \(described == nil ? "JOIN" : "LEFT JOIN") profiles p ON p.id = \(key("b.profile_id"))
            LEFT JOIN experiences e ON e.id = \(key("b.section_id", of: "b.kind"))
            \(others)
            \(third)
            ORDER BY b.score DESC, b.profile_id
            """
    }

    /// The column of `ranked` that says which of its rows are described, after a comma; none where all are.
    static func isDescribed(_ described: Int?, score: SQL, profile: SQL) -> SQL {
        guard let described else { return "" }
        return ", row_number() OVER (ORDER BY \(score) DESC, \(profile)) <= \(described) AS is_described"
    }

    /// The long field and the other one. Expects `p` and `e` to be the section's profile and experience, as does the next.
    private static func plainPassages(kind: SQL, profile: SQL) -> [SQL] {
        let characters = Passage.charactersMax
        return [
            """
            CASE \(kind)
                WHEN 1 THEN left(p.summary, \(characters))
                WHEN 2 THEN left(e.description, \(characters))
                ELSE left(
                    (SELECT string_agg(k.name, ', ' ORDER BY k.position) FROM skills k WHERE k.profile_id = \(profile)),
                    \(characters))
            END
            """,
            """
            CASE \(kind)
                WHEN 1 THEN left(p.headline, \(characters))
                WHEN 2 THEN left(join_texts(e.highlights), \(characters))
            END
            """,
        ]
    }

    /// In the order of `SectionFields`.
    private static func markedPassages(kind: SQL, profile: SQL) -> [SQL] {
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
        return [
            """
            CASE \(kind)
                WHEN 1 THEN \(marked("p.summary"))
                WHEN 2 THEN \(marked("e.description"))
                ELSE \(marked(skills))
            END
            """,
            """
            CASE \(kind)
                WHEN 1 THEN \(marked("p.headline"))
                WHEN 2 THEN \(marked("join_texts(e.highlights)"))
            END
            """,
            """
            CASE \(kind)
                WHEN 1 THEN \(whole("p.display_name"))
                WHEN 2 THEN \(whole("e.title"))
            END
            """,
            "CASE WHEN \(kind) = 2 THEN \(whole("e.organization")) END",
        ]
    }
}
