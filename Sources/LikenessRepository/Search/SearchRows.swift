internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// A row of `SearchStatements.vector`.
enum VectorRow {
    static func hit(
        _ result: borrowing QueryResult,
        row: Int,
        rank: Int,
        withPassages: Bool
    ) throws(DatabaseError) -> Hit {
        var hit = Hit()
        let profile = try ProfileRows.summary(result, row: row, withDeleteTime: false)
        hit.profile = profile
        hit.score = try result.value(row, 7)
        let section = try SearchRows.section(result, row: row, column: 8, ofProfile: profile.id)
        hit.section = section
        hit.evidence = [Evidence(branch: .vector, rank: Int32(rank), rawScore: hit.score, section: section)]
        if withPassages, let section {
            hit.highlights = try SearchRows.passage(result, row: row, column: 14, of: section.kind)
        }
        return hit
    }

    /// Sections that were looked at, and the similarity of the last of them.
    static func horizon(_ result: borrowing QueryResult) throws(DatabaseError) -> (sections: Int, similarity: Double) {
        (try result.value(0, 12), try result.value(0, 13))
    }
}

/// A row of `SearchStatements.text` or `.hybrid`.
enum WordsRow {
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

    /// The fields that passages of a section come from: the long one and the other one.
    private static func fields(of kind: SectionKind) -> (String, String) {
        switch kind {
        case .summary: ("summary", "headline")
        case .skills: ("skills", "skills")
        case .experience, .unspecified, .unrecognized: ("description", "highlights")
        }
    }

    /// Reads the first of two passages without marks that has any text.
    static func passage(
        _ result: borrowing QueryResult,
        row: Int,
        column: Int,
        of kind: SectionKind
    ) throws(DatabaseError) -> [Highlight] {
        let fields = self.fields(of: kind)
        if let passage = try self.highlight(result, row, column, fields.0) { return [passage] }
        return try self.highlight(result, row, column + 1, fields.1).map { [$0] } ?? []
    }

    /// Reads the passages of two fields: those with marks, or else the first that has any text.
    static func highlights(
        _ result: borrowing QueryResult,
        row: Int,
        column: Int,
        of kind: SectionKind
    ) throws(DatabaseError) -> [Highlight] {
        let fields = self.fields(of: kind)
        var passages: [Highlight] = []
        if let passage = try self.highlight(result, row, column, fields.0) { passages.append(passage) }
        if let passage = try self.highlight(result, row, column + 1, fields.1) { passages.append(passage) }
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
