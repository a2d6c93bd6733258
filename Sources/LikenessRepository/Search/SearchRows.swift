internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// A row of `SearchStatements.text` or `.hybrid`.
enum WordsRow {
    /// How many sections the branch by meaning saw; the same in all rows.
    static let sectionsColumn = 24

    /// - Parameter words: What passages are searched for; `nil` when there are none.
    static func hit(_ result: borrowing QueryResult, row: Int, passages words: PassageWords?) throws(DatabaseError)
        -> Hit
    {
        var hit = Hit()
        let summary = try ProfileRows.summary(result, row: row, withDeleteTime: false)
        let profile = summary.id
        hit.profile = summary
        hit.score = try result.value(row, 7)
        if let rank = try result.value(row, 8, as: Int64?.self) {
            hit.evidence.append(
                Evidence(
                    branch: .vector,
                    rank: Int32(rank),
                    rawScore: try result.value(row, 9),
                    section: try SearchRows.section(result, row: row, column: 10, ofProfile: profile)
                )
            )
        }
        if let rank = try result.value(row, 14, as: Int64?.self) {
            hit.evidence.append(
                Evidence(
                    branch: .text,
                    rank: Int32(rank),
                    rawScore: try result.value(row, 15),
                    section: try SearchRows.section(result, row: row, column: 16, ofProfile: profile)
                )
            )
        }
        hit.section = try SearchRows.section(result, row: row, column: 20, ofProfile: profile)
        if let words, let section = hit.section {
            hit.highlights = try SearchRows.highlights(result, row: row, column: 25, of: section.kind, words)
        }
        return hit
    }
}

enum SearchRows {
    /// Reads kind, id, title and organization of a section; `nil` when there is none.
    static func section(
        _ result: borrowing QueryResult,
        row: Int,
        column: Int,
        ofProfile profile: String
    ) throws(DatabaseError) -> SectionMatch? {
        guard let number = try result.value(row, column, as: Int16?.self) else { return nil }
        let kind = SectionKind(rawValue: Int32(number))
        let title: String
        switch kind {
        // Their id is the profile's.
        case .summary: return SectionMatch(kind: kind, id: profile, title: "Summary")
        case .skills: return SectionMatch(kind: kind, id: profile, title: "Skills")
        case .experience, .unspecified, .unrecognized:
            let parts = [
                try result.value(row, column + 2, as: String?.self) ?? "",
                try result.value(row, column + 3, as: String?.self) ?? "",
            ]
            title = parts.filter { !$0.isEmpty }.joined(separator: ", ")
        }
        return SectionMatch(kind: kind, id: try result.value(row, column + 1, as: UUID.self).text, title: title)
    }

    /// Reads the passages of the fields of a section: those with marks, or else the first of two that has any text.
    static func highlights(
        _ result: borrowing QueryResult,
        row: Int,
        column: Int,
        of kind: SectionKind,
        _ words: PassageWords
    ) throws(DatabaseError) -> [Highlight] {
        let fields = SectionFields(of: kind)
        func passage(_ place: Int, _ field: StaticString) throws(DatabaseError) -> Highlight? {
            try result.value(row, column + place, as: String?.self)
                .flatMap { Passage.highlight(field: "\(field)", marked: $0, words: words) }
        }
        let texts = [try passage(0, fields.long), try passage(1, fields.other)].compactMap(\.self)
        let names = [try passage(2, fields.name), try passage(3, fields.organization)].compactMap(\.self)
        let matching = (texts + names).filter { !$0.spans.isEmpty }
        return matching.isEmpty ? Array(texts.prefix(1)) : matching
    }
}

/// The fields that passages of a section come from. Those that a kind does not have have no passages.
struct SectionFields {
    let long: StaticString
    let other: StaticString
    let name: StaticString
    let organization: StaticString = "organization"

    init(of kind: SectionKind) {
        switch kind {
        case .summary: (self.long, self.other, self.name) = ("summary", "headline", "display_name")
        case .skills: (self.long, self.other, self.name) = ("skills", "skills", "skills")
        case .experience, .unspecified, .unrecognized:
            (self.long, self.other, self.name) = ("description", "highlights", "title")
        }
    }
}
