internal import LikenessMessages
internal import LikenessPostgres

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How one search by meaning is carried out: through the index or exactly, and how far.
struct SearchPlan: Sendable {
    let space: EmbeddingSpaceInfo
    private(set) var scan: SearchStatements.Scan
    /// Live embeddings, a few seconds ago.
    let embeddingCount: Int
    /// Candidates of an HNSW index: those of the query, or what `candidates` makes of those of the space.
    private(set) var efSearch: Int
    private let isGiven: Bool
    private let isPart: Bool
    private let probes: Int
    /// Of the live profiles, within the scope, about; 0 where that is not known.
    private var share = 1.0

    init(_ query: SearchQuery, contents: SearchCatalog.Contents) throws(RepositoryError) {
        let space = try contents.space(named: query.embeddingSpace)
        self.space = space
        let count = contents.embeddingCounts[space.name, default: 0]
        switch query.precision {
        case .exact: self.scan = .exact
        case .approximate: self.scan = .approximate
        case .unspecified, .unrecognized:
            let asksForIndex = query.efSearch > 0 || query.probes > 0
            // Few are all compared, also where there is an index. Real profiles share sentences, and an index of few, much alike vectors
            // misses some: `docs/decisions/vector-search-statement.md`.
            self.scan = count <= VectorIndexNeed.embeddingsMax && !asksForIndex ? .exact : .approximate
        }
        if !space.hasIndex { self.scan = .exact }
        self.embeddingCount = count
        guard (0...1000).contains(query.efSearch) else {
            throw .invalidField(path: "ef_search", reason: "is not within 0...1000")
        }
        guard (0...1000).contains(query.probes) else {
            throw .invalidField(path: "probes", reason: "is not within 0...1000")
        }
        self.isGiven = query.efSearch > 0
        self.isPart = query.isPart
        self.efSearch =
            self.isGiven
            ? query.efSearch : Self.candidates(in: space, embeddings: count, share: 1, isPart: query.isPart)
        self.probes = query.probes == 0 ? space.probes : query.probes
    }

    /// The same search with another scan.
    func with(_ scan: SearchStatements.Scan) -> SearchPlan {
        var plan = self
        plan.scan = scan
        return plan
    }

    /// The same search within a scope that this share of the live profiles is within; `nil` where that is not known.
    func within(share: Double?) -> SearchPlan {
        var plan = self
        plan.share = share ?? 0
        if !self.isGiven {
            plan.efSearch = Self.candidates(
                in: self.space,
                embeddings: self.embeddingCount,
                share: share ?? 1,
                isPart: self.isPart
            )
        }
        return plan
    }

    /// Candidates with which an HNSW index finds as much as the `efSearch` of its space do among 100,000 embeddings: `candidateGrowth` times as
    /// many for each tenfold, and more where only a share counts, as the nearest ones that count are farther away. `docs/decisions/recall.md`
    /// has the figures.
    ///
    /// - Parameter isPart: The vector is of a part of a long text.
    /// - Returns: 1...1,000, in steps of 10 above `efSearch`.
    static func candidates(in space: EmbeddingSpaceInfo, embeddings: Int, share: Double, isPart: Bool = false) -> Int {
        let size = max(1, Double(embeddings) / 100_000)
        let growth = space.candidateGrowth(among: embeddings, isPart: isPart)
        let grown = Double(space.efSearch) * pow(growth, log10(size))
        let wanted = grown / max(share, 0.01).squareRoot()
        return min(efSearchMax, max(space.efSearch, Int((wanted / 10).rounded()) * 10))
    }

    private static let efSearchMax = 1_000

    /// Profiles that pass a filter up to which all of them are scored by words; with more the index of words is asked.
    ///
    /// Scoring costs in proportion to the matches m, asking the index in proportion to N / m of N profiles: they cost the same
    /// where m is some multiple of √N. See `docs/decisions/filtered-search.md`.
    static func exactMatchesMax(liveProfiles: Int) -> Int {
        max(200, Int(6 * Double(max(0, liveProfiles)).squareRoot()))
    }

    /// Profiles that pass a filter up to which all of their sections are compared with a vector; with more the vector index is asked,
    /// which finds too little where fewer than one in 18 of many profiles pass, and still costs as much.
    static func comparedMax(liveProfiles: Int) -> Int {
        max(self.exactMatchesMax(liveProfiles: liveProfiles), min(liveProfiles / 18, 7_000))
    }

    /// From so many live profiles on some of them are looked at before the matches are counted, which takes long where many pass.
    static let sampleFrom = 10_000

    /// How many of them: what tells a wide filter, and costs little beside counting.
    static func sampleSize(liveProfiles: Int) -> Int {
        min(400, self.exactMatchesMax(liveProfiles: liveProfiles) / 4)
    }

    /// Whether more than some profiles pass, by a sample: it has half as many more than at that number, and three. A filter that
    /// just so many pass is seldom (1 in 70) taken for a wide one, and answered right even so.
    static func isWide(sampled: Int, passing: Int, most: Int, liveProfiles: Int) -> Bool {
        guard liveProfiles > 0 else { return false }
        let expected = Double(sampled) * Double(most) / Double(liveProfiles)
        return Double(passing) >= 1.5 * expected + 3
    }

    /// "hnsw", "ivfflat" or "exact".
    var strategy: String {
        switch (self.scan, self.space.indexMethod) {
        case (.exact, _): "exact"
        case (.approximate, .ivfflat): "ivfflat"
        case (.approximate, .hnsw), (.approximate, .unspecified), (.approximate, .unrecognized): "hnsw"
        }
    }

    private var isIVFFlat: Bool { self.space.indexMethod == .ivfflat }

    // MARK: How far

    /// How far one statement looks.
    struct Reach: Sendable, Hashable {
        /// Sections before the best of each profile is taken.
        var sections: Int
        /// Lists of an IVFFlat index.
        var probes: Int
        /// Candidates that an HNSW index keeps while it looks.
        var efSearch: Int
        /// Whether an HNSW index can go on beyond those, in the same order. It keeps all that it has seen for that: a sixth of its time.
        var isIterative: Bool
    }

    /// A profile has several sections, and similar ones: a statement looks at more of them than it returns.
    static let multiples = [2, 4, 8, 16, 64]
    /// Sections for each hit where all are compared.
    static let exactMultiple = 16
    /// No statement looks at more.
    static let sectionsMax = 20_000
    private static let probesMax = 1_000

    /// Candidates for each section that is wanted among them: some are not live any more, and a share is an estimate.
    private static let candidatesPerSection = 1.5

    /// The first reach of a search by vector alone.
    ///
    /// - Parameter multiple: Of the limit; one of `multiples`.
    func reach(limit: Int, multiple: Int) -> Reach { self.reach(sections: min(limit * multiple, Self.sectionsMax)) }

    /// The first reach of a hybrid search.
    func hybridReach(limit: Int, isWhole: Bool) -> Reach {
        self.reach(sections: SearchStatements.hybridSections(limit: limit, self.scan, isWhole: isWhole))
    }

    private func reach(sections: Int) -> Reach {
        Reach(
            sections: sections,
            probes: self.probes,
            efSearch: self.efSearch,
            // Of an index that is no HNSW index any more, or not yet, as another server may have changed a moment ago.
            isIterative: self.isIVFFlat || !self.candidatesHold(sections)
        )
    }

    /// How an HNSW index goes on beyond its first candidates, after a statement that got to see all of them that count; `nil` when that is
    /// all that it was to see, or when it has gone on.
    func goingOn(after reach: Reach, seeing sections: Int) -> Reach? {
        guard self.scan == .approximate, !self.isIVFFlat, !reach.isIterative, sections < reach.sections,
            sections < self.embeddingCount
        else { return nil }
        var next = reach
        next.isIterative = true
        return next
    }

    private func candidatesHold(_ sections: Int) -> Bool {
        Double(self.efSearch) * self.share >= Self.candidatesPerSection * Double(sections)
    }

    /// The next larger reach after one that found too few profiles; `nil` when nothing looks further.
    ///
    /// - Parameter sections: Those that the statement got to see.
    func next(after reach: Reach, seeing sections: Int) -> Reach? {
        var next = reach
        if sections >= reach.sections {
            guard reach.sections < Self.sectionsMax else { return nil }
            next.sections = min(reach.sections * 2, Self.sectionsMax)
            next.isIterative = reach.isIterative || !self.candidatesHold(next.sections)
            return next
        }
        guard self.isIVFFlat else { return self.goingOn(after: reach, seeing: sections) }
        guard self.scan == .approximate, sections < self.embeddingCount, reach.probes < Self.probesMax else {
            return nil
        }
        next.probes = min(reach.probes * 4, Self.probesMax)
        return next
    }

    /// - Parameters:
    ///   - sections: Those that the statement got to see; `nil` when it saw as many as it wanted.
    ///   - isShort: Whether fewer hits were found than asked for.
    func completeness(_ reach: Reach, seeing sections: Int?, isShort: Bool) -> Completeness {
        if isShort, let sections, sections < self.embeddingCount,
            self.scan == .approximate || sections >= reach.sections
        {
            return Completeness(
                level: .truncated,
                reason: "only the nearest \(sections) of about \(self.embeddingCount) embeddings were examined"
            )
        }
        return switch self.scan {
        case .exact: Completeness(level: .exact)
        case .approximate:
            Completeness(
                level: .approximate,
                reason: self.isIVFFlat
                    ? "\(reach.probes) lists of the vector index were examined"
                    : "the vector index was searched with ef_search \(reach.efSearch)"
            )
        }
    }

    // MARK: Statements

    /// What the statements of this plan need the session to be. The planner has no say: without sequential scans the
    /// approximate statement is planned through the index, however small the table was when it was planned.
    func settings(_ reach: Reach) -> [SessionSetting] {
        switch self.scan {
        case .exact: return .readingAll
        case .approximate:
            // Both, because another server may have changed the index's method a moment ago.
            return [
                SessionSetting("hnsw.ef_search", reach.efSearch),
                SessionSetting("hnsw.iterative_scan", reach.isIterative ? "strict_order" : "off"),
                SessionSetting("ivfflat.probes", reach.probes), SessionSetting("enable_seqscan", "off"),
            ]
        }
    }
}
