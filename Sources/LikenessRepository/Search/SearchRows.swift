internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// A row of `SearchStatements.text` or `.hybrid`.
enum WordsRow {
    /// How many sections the branch by meaning saw; the same in all rows.
    static let sectionsColumn = 24

    static func hit(_ result: borrowing QueryResult, row: Int, withPassages: Bool) throws(DatabaseError) -> Hit {
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
        if withPassages, let section = hit.section {
            hit.highlights = try SearchRows.highlights(result, row: row, column: 25, of: section.kind)
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

    /// Reads the passages of two fields: those with marks, or else the first that has any text.
    static func highlights(
        _ result: borrowing QueryResult,
        row: Int,
        column: Int,
        of kind: SectionKind
    ) throws(DatabaseError) -> [Highlight] {
        let fields = SectionFields(of: kind)
        var passages: [Highlight] = []
        if let passage = try self.highlight(result, row, column, "\(fields.long)") { passages.append(passage) }
        if let passage = try self.highlight(result, row, column + 1, "\(fields.other)") { passages.append(passage) }
        let matching = passages.filter { !$0.spans.isEmpty }
        return matching.isEmpty ? Array(passages.prefix(1)) : matching
    }

    private static func highlight(
        _ result: borrowing QueryResult,
        _ row: Int,
        _ column: Int,
        _ field: String
    ) throws(DatabaseError) -> Highlight? {
        try result.value(row, column, as: String?.self).flatMap { Passage.highlight(field: field, marked: $0) }
    }
}

/// The fields that passages of a section come from: the long one and the other one.
struct SectionFields {
    let long: StaticString
    let other: StaticString

    init(of kind: SectionKind) {
        switch kind {
        case .summary: (self.long, self.other) = ("summary", "headline")
        case .skills: (self.long, self.other) = ("skills", "skills")
        case .experience, .unspecified, .unrecognized: (self.long, self.other) = ("description", "highlights")
        }
    }
}
