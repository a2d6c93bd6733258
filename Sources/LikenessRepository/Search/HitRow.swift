internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Reads rows of `HitColumn` as values. `VectorRowPacker` has the way for searches by meaning, which makes none.
enum HitRow {
    /// - Parameters:
    ///   - branch: The only one there is; `nil` when rows have evidence of two.
    ///   - words: What passages are searched for; `nil` when there are none.
    static func hit(
        _ result: borrowing QueryResult,
        row: Int,
        only branch: Branch?,
        passages words: PassageWords?
    ) throws(DatabaseError) -> Hit {
        var hit = Hit()
        let summary = try ProfileRows.summary(result, row: row, withDeleteTime: false)
        hit.profile = summary
        hit.score = try self.value(result, row, .score)
        hit.section = try self.section(result, row, [.kind, .section, .title, .organization], of: summary.id)
        if let branch {
            hit.evidence = [
                Evidence(branch: branch, rank: Int32(row + 1), rawScore: hit.score, section: hit.section)
            ]
        } else {
            hit.evidence = try self.evidence(result, row, of: summary.id)
        }
        if let words, let section = hit.section {
            hit.highlights = try self.highlights(result, row, of: section.kind, words)
        }
        return hit
    }

    /// How many sections the vector was compared with.
    static func examined(_ result: borrowing QueryResult) throws(DatabaseError) -> Int {
        result.rowCount == 0 ? 0 : try self.value(result, 0, .examined)
    }

    /// How many profiles a hybrid search scored.
    static func candidates(_ result: borrowing QueryResult) throws(DatabaseError) -> Int {
        result.rowCount == 0 ? 0 : Int(try self.value(result, 0, .horizon, as: Double.self))
    }

    static func value<Value: ResultValue>(
        _ result: borrowing QueryResult,
        _ row: Int,
        _ column: HitColumn,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        try result.value(row, column.rawValue, as: type)
    }

    private static func evidence(
        _ result: borrowing QueryResult,
        _ row: Int,
        of profile: String
    ) throws(DatabaseError) -> [Evidence] {
        var evidence: [Evidence] = []
        if let rank = try self.value(result, row, .vectorRank, as: Int64?.self) {
            evidence.append(
                Evidence(
                    branch: .vector,
                    rank: Int32(rank),
                    rawScore: try self.value(result, row, .similarity),
                    section: try self.section(
                        result,
                        row,
                        [.vectorKind, .vectorSection, .vectorTitle, .vectorOrganization],
                        of: profile
                    )
                )
            )
        }
        if let rank = try self.value(result, row, .textRank, as: Int64?.self) {
            evidence.append(
                Evidence(
                    branch: .text,
                    rank: Int32(rank),
                    rawScore: try self.value(result, row, .coverage),
                    section: try self.section(
                        result,
                        row,
                        [.textKind, .textSection, .textTitle, .textOrganization],
                        of: profile
                    )
                )
            )
        }
        return evidence
    }

    /// - Parameter columns: Kind, id, title and organization.
    /// - Returns: `nil` when there is none.
    static func section(
        _ result: borrowing QueryResult,
        _ row: Int,
        _ columns: [HitColumn],
        of profile: String
    ) throws(DatabaseError) -> SectionMatch? {
        guard let number = try self.value(result, row, columns[0], as: Int16?.self) else { return nil }
        let kind = SectionKind(rawValue: Int32(number))
        switch kind {
        // Their id is the profile's.
        case .summary: return SectionMatch(kind: kind, id: profile, title: SectionTitle.summary)
        case .skills: return SectionMatch(kind: kind, id: profile, title: SectionTitle.skills)
        case .experience, .unspecified, .unrecognized:
            return SectionMatch(
                kind: kind,
                id: try self.value(result, row, columns[1], as: UUID.self).text,
                title: SectionTitle.experience(
                    try self.value(result, row, columns[2], as: String?.self) ?? "",
                    organization: try self.value(result, row, columns[3], as: String?.self) ?? ""
                )
            )
        }
    }

    /// The passages with marks, or else the first of the two texts that has any.
    private static func highlights(
        _ result: borrowing QueryResult,
        _ row: Int,
        of kind: SectionKind,
        _ words: PassageWords
    ) throws(DatabaseError) -> [Highlight] {
        let fields = SectionFields(of: kind)
        func passage(_ column: HitColumn, _ field: StaticString) throws(DatabaseError) -> Highlight? {
            try self.value(result, row, column, as: String?.self)
                .flatMap { Passage.highlight(field: "\(field)", marked: $0, words: words) }
        }
        return Passage.shown(
            texts: [try passage(.passage, fields.long), try passage(.otherPassage, fields.other)],
            names: [try passage(.namePassage, fields.name), try passage(.organizationPassage, fields.organization)]
        )
    }
}
