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
    private var words = BranchColumns()
    /// Only of a fusion, whose hits have no evidence in the columns of the branches.
    private(set) var fused = FusedColumns()

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

        func evidence(_ branch: Branch, at place: Int) -> Evidence? {
            guard self.ranks[place] > 0 else { return nil }
            return Evidence(
                branch: branch,
                rank: self.ranks[place],
                rawScore: self.scores[place],
                section: Ranking.section(self.kinds[place], self.sectionIDs[place])
            )
        }

        func part(_ places: some Collection<Int>) -> Self {
            BranchColumns(
                ranks: places.map { self.ranks[$0] },
                scores: places.map { self.scores[$0] },
                kinds: places.map { self.kinds[$0] },
                sectionIDs: places.map { self.sectionIDs[$0] }
            )
        }
    }

    /// Hits that one row of the table holds.
    static let rowSize = 100

    var count: Int { self.profileIDs.count }

    private init() {}

    /// - Parameter texts: Of a fusion: see `FusedColumns`.
    init(_ hits: [Hit], texts: [Int16]? = nil) throws(RepositoryError) {
        for hit in hits {
            self.profileIDs.append(try Self.id(hit.profile?.id ?? ""))
            self.scores.append(hit.score)
            let (kind, id) = try Self.stored(hit.section)
            self.kinds.append(kind)
            self.sectionIDs.append(id)
            let evidence = texts == nil ? hit.evidence : []
            try self.vectors.append(evidence.first { $0.branch == .vector })
            try self.words.append(evidence.first { $0.branch == .text })
        }
        if let texts { self.fused = FusedColumns(texts: texts, evidence: hits.map(\.evidence)) }
    }

    private static func stored(_ section: SectionMatch?) throws(RepositoryError) -> (kind: Int16, id: UUID) {
        guard let section else { return (0, .zero) }
        return (Int16(section.kind.rawValue), try self.id(section.id))
    }

    private static func section(_ kind: Int16, _ id: UUID) -> SectionMatch? {
        kind == 0 ? nil : SectionMatch(kind: SectionKind(rawValue: Int32(kind)), id: id.text)
    }

    private static func id(_ text: String) throws(RepositoryError) -> UUID {
        guard let id = UUID(text: text) else { throw .internal(detail: "a hit has no id") }
        return id
    }

    /// Reads rows of `ResultSetStatements.hits`, and of them the hits at some places of the set.
    init(_ result: borrowing QueryResult, places: Range<Int>) throws(RepositoryError) {
        for row in 0..<result.rowCount {
            let (part, texts, evidence) = try readRows { () throws(DatabaseError) in
                let part = try self.append(result, row, places)
                return (
                    part, try result.value(row, 13, as: [Int16].self), try result.value(row, 14, as: [UInt8].self)
                )
            }
            try self.fused.append(texts: texts, encoded: evidence, part)
        }
    }

    /// - Returns: Which hits of the row.
    private mutating func append(
        _ result: borrowing QueryResult,
        _ row: Int,
        _ places: Range<Int>
    ) throws(DatabaseError) -> Range<Int> {
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
        self.words.ranks += try result.value(row, 9, as: [Int32].self)[part]
        self.words.scores += try result.value(row, 10, as: [Double].self)[part]
        self.words.kinds += try result.value(row, 11, as: [Int16].self)[part]
        self.words.sectionIDs += try result.value(row, 12, as: [UUID].self)[part]
        return part
    }

    // MARK: Parts

    /// The first hits.
    func prefix(_ count: Int) -> Ranking { self.part(0..<min(count, self.count)) }

    /// The hits at some places, in their order.
    func part(_ places: some Collection<Int>) -> Ranking {
        var part = Ranking()
        part.profileIDs = places.map { self.profileIDs[$0] }
        part.scores = places.map { self.scores[$0] }
        part.kinds = places.map { self.kinds[$0] }
        part.sectionIDs = places.map { self.sectionIDs[$0] }
        part.vectors = self.vectors.part(places)
        part.words = self.words.part(places)
        part.fused = self.fused.part(places)
        return part
    }

    /// The hits with all that is known here: of their profiles the ids alone, of sections no titles.
    var hits: [Hit] {
        (0..<self.count).map { place in
            let branches = [
                self.vectors.evidence(.vector, at: place), self.words.evidence(.text, at: place),
            ]
            return Hit(
                profile: ProfileSummary(id: self.profileIDs[place].text),
                score: self.scores[place],
                section: Self.section(self.kinds[place], self.sectionIDs[place]),
                evidence: self.fused.isEmpty ? branches.compactMap(\.self) : self.fused.evidence[place]
            )
        }
    }

    /// The columns of one value for each hit, in the order of the table's.
    func append(to parameters: inout Parameters) {
        parameters.append(self.profileIDs)
        parameters.append(self.scores)
        parameters.append(self.kinds)
        parameters.append(self.sectionIDs)
        for branch in [self.vectors, self.words] {
            parameters.append(branch.ranks)
            parameters.append(branch.scores)
            parameters.append(branch.kinds)
            parameters.append(branch.sectionIDs)
        }
    }
}
