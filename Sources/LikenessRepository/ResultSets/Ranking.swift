internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Hits without what is shown of their profiles, in columns of one length, as they are stored: who, how good, and why.
///
/// What a hit lacks is 0: a kind, or the rank in a branch that did not find it.
struct Ranking: Sendable {
    private(set) var profileIDs: [UUID] = []
    private var scores: [Double] = []
    private var kinds: [Int16] = []
    private var sectionIDs: [UUID] = []
    private var vectors = BranchColumns()
    private var texts = BranchColumns()

    /// What one branch knows of each hit.
    private struct BranchColumns: Sendable {
        var ranks: [Int32] = []
        var scores: [Double] = []
        var kinds: [Int16] = []
        var sectionIDs: [UUID] = []

        mutating func append(_ evidence: Evidence?) throws(RepositoryError) {
            self.ranks.append(evidence?.rank ?? 0)
            self.scores.append(evidence?.rawScore ?? 0)
            let (kind, id) = try Ranking.stored(evidence?.section)
            self.kinds.append(kind)
            self.sectionIDs.append(id)
        }
    }

    /// Hits that one row of the table holds.
    static let rowSize = 100

    var count: Int { self.profileIDs.count }

    init(_ hits: [Hit]) throws(RepositoryError) {
        for hit in hits {
            self.profileIDs.append(try Self.id(hit.profile?.id ?? ""))
            self.scores.append(hit.score)
            let (kind, id) = try Self.stored(hit.section)
            self.kinds.append(kind)
            self.sectionIDs.append(id)
            try self.vectors.append(hit.evidence.first { $0.branch == .vector })
            try self.texts.append(hit.evidence.first { $0.branch == .text })
        }
    }

    private static func stored(_ section: SectionMatch?) throws(RepositoryError) -> (kind: Int16, id: UUID) {
        guard let section else { return (0, .zero) }
        return (Int16(section.kind.rawValue), try self.id(section.id))
    }

    private static func id(_ text: String) throws(RepositoryError) -> UUID {
        guard let id = UUID(uuidString: text) else { throw .internal(detail: "a hit has no id") }
        return id
    }

    /// Reads rows of `ResultSetStatements.hits`, and of them the hits at some places of the set.
    init(_ result: borrowing QueryResult, places: Range<Int>) throws(DatabaseError) {
        for row in 0..<result.rowCount {
            let first: Int32 = try result.value(row, 0)
            let profiles: [UUID] = try result.value(row, 1)
            let within = places.clamped(to: Int(first)..<Int(first) + profiles.count)
            let part = (within.lowerBound - Int(first))..<(within.upperBound - Int(first))
            self.profileIDs += profiles[part]
            self.scores += try result.value(row, 2, as: [Double].self)[part]
            self.kinds += try result.value(row, 3, as: [Int16].self)[part]
            self.sectionIDs += try result.value(row, 4, as: [UUID].self)[part]
            self.vectors.ranks += try result.value(row, 5, as: [Int32].self)[part]
            self.vectors.scores += try result.value(row, 6, as: [Double].self)[part]
            self.vectors.kinds += try result.value(row, 7, as: [Int16].self)[part]
            self.vectors.sectionIDs += try result.value(row, 8, as: [UUID].self)[part]
            self.texts.ranks += try result.value(row, 9, as: [Int32].self)[part]
            self.texts.scores += try result.value(row, 10, as: [Double].self)[part]
            self.texts.kinds += try result.value(row, 11, as: [Int16].self)[part]
            self.texts.sectionIDs += try result.value(row, 12, as: [UUID].self)[part]
        }
    }

    /// The first hits.
    func prefix(_ count: Int) -> Ranking {
        var part = self
        let rest = max(0, self.count - count)
        part.profileIDs.removeLast(rest)
        part.scores.removeLast(rest)
        part.kinds.removeLast(rest)
        part.sectionIDs.removeLast(rest)
        for branch in [\Ranking.vectors, \Ranking.texts] {
            part[keyPath: branch].ranks.removeLast(rest)
            part[keyPath: branch].scores.removeLast(rest)
            part[keyPath: branch].kinds.removeLast(rest)
            part[keyPath: branch].sectionIDs.removeLast(rest)
        }
        return part
    }

    /// The columns, in the order of the table's.
    func append(to parameters: inout Parameters) {
        parameters.append(self.profileIDs)
        parameters.append(self.scores)
        parameters.append(self.kinds)
        parameters.append(self.sectionIDs)
        for branch in [self.vectors, self.texts] {
            parameters.append(branch.ranks)
            parameters.append(branch.scores)
            parameters.append(branch.kinds)
            parameters.append(branch.sectionIDs)
        }
    }
}
