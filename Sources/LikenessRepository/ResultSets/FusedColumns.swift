internal import LikenessMessages
internal import LikenessPostgres

/// What hits of a fusion have beside those of other queries: evidence of several queries, which is stored encoded, and passages that
/// are searched for with the words of one of them.
struct FusedColumns: Sendable {
    /// Which of the query's texts each hit's passages are searched for, counted from 1; 0 for none.
    private(set) var texts: [Int16] = []
    /// Of each hit; sections have no titles, which are read with each page.
    private(set) var evidence: [[Evidence]] = []

    var isEmpty: Bool { self.texts.isEmpty }

    init() {}

    init(texts: [Int16], evidence: [[Evidence]]) {
        precondition(texts.count == evidence.count, "each hit of a fusion has both")
        self.texts = texts
        self.evidence = evidence.map { evidence in
            evidence.map { one in
                var one = one
                one.section?.title = ""
                return one
            }
        }
    }

    /// Adds hits of one row of the table.
    ///
    /// - Parameters:
    ///   - texts: Of all hits of the row; none when it is of no fusion.
    ///   - encoded: The same of their evidence.
    mutating func append(texts: [Int16], encoded: [UInt8], _ part: Range<Int>) throws(RepositoryError) {
        guard !texts.isEmpty else { return }
        let hits: [Hit]
        do {
            hits = try QueryResponse(decoding: encoded).hits
        } catch {
            throw .internal(detail: "stored evidence cannot be read: \(error)")
        }
        guard hits.count == texts.count, part.upperBound <= hits.count else {
            throw .internal(detail: "stored evidence is of \(hits.count) hits, and texts of \(texts.count)")
        }
        self.texts += texts[part]
        self.evidence += hits[part].map(\.evidence)
    }

    func part(_ places: some Collection<Int>) -> FusedColumns {
        guard !self.isEmpty else { return self }
        return FusedColumns(texts: places.map { self.texts[$0] }, evidence: places.map { self.evidence[$0] })
    }

    /// The texts, the evidence of all rows one after the other, and where that of each row ends, in bytes.
    func append(to parameters: inout Parameters) throws(RepositoryError) {
        var bytes: [UInt8] = []
        var ends: [Int32] = []
        for start in stride(from: 0, to: self.evidence.count, by: Ranking.rowSize) {
            let row = self.evidence[start..<min(start + Ranking.rowSize, self.evidence.count)]
            do {
                bytes += try QueryResponse(hits: row.map { Hit(evidence: $0) }).encodedBytes()
            } catch {
                throw .internal(detail: "evidence cannot be encoded: \(error)")
            }
            ends.append(Int32(bytes.count))
        }
        parameters.append(self.texts)
        parameters.append(bytes)
        parameters.append(ends)
    }
}
