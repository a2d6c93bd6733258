internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessScheduling
internal import LikenessWords

/// One search through a view: what the view hides has no part in it.
///
/// The ranking is made from the view's projection, and what is shown of it by `ViewHits`. So the answer is a function of what is shown.
struct ViewSearch: Sendable {
    let query: SearchQuery
    let view: View
    let ask: Ask
    let words: ViewWords
    let reads: Reads
    /// One of `SearchStatements.limits`.
    let limit: Int
    /// A few seconds ago; of no concern to a search by words.
    var liveProfiles = 0

    /// What is asked for, checked and read.
    enum Ask: Sendable {
        case text(SearchWords.Reading)
        case vector(Vector, EmbeddingSpaceInfo)
        case hybrid(SearchWords.Reading, Vector, EmbeddingSpaceInfo)

        var reading: SearchWords.Reading? {
            switch self {
            case .text(let reading), .hybrid(let reading, _, _): reading
            case .vector: nil
            }
        }
    }

    /// Of profiles the ids alone, of sections no titles.
    private struct Ranking: Sendable {
        var hits: [Hit]
        var isShort: Bool
        /// Others may have been among them.
        var isCut = false
        /// Of the nearest profiles those that a text excludes have taken the places of others.
        var mayLackNearest = false
    }

    func answer() async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        let scope = SearchScope(filter: try self.view.condition(and: self.query.filter), among: self.query.among)
        for _ in 0..<Self.attemptsMax {
            let watch = self.reads.recorder?.watch(.view)
            let version = try await self.words.current(self.reads)
            watch?.stop()
            var words: SearchWords?
            if let reading = self.ask.reading { words = await self.weighed(reading, in: version) }
            let ranking = try await self.ranking(words, version, scope)
            // What is dropped is cleared away: its rows may have been missing.
            let check = self.reads.recorder?.watch(.view)
            guard try await self.words.isThere(version, self.reads) else { continue }
            check?.stop()
            let shown = ViewHits(view: self.view, withHighlights: self.query.withHighlights, reads: self.reads)
            return SearchAnswer(
                // Pages show them later.
                hits: self.query.isForPages ? ranking.hits : try await shown.hits(ranking.hits, words),
                completeness: self.completeness(ranking),
                strategy: self.strategy,
                embeddingSpace: self.space?.name ?? "",
                replaced: words?.replaced ?? []
            )
        }
        throw .unavailable(.viewNotReady)
    }

    private var space: EmbeddingSpaceInfo? {
        switch self.ask {
        case .text: nil
        case .vector(_, let space), .hybrid(_, _, let space): space
        }
    }

    private var strategy: String {
        switch self.ask {
        case .text: "text"
        case .vector: "vector_exact"
        case .hybrid: "hybrid_exact"
        }
    }

    /// Says nothing that depends on what is hidden.
    private func completeness(_ ranking: Ranking) -> Completeness {
        var completeness = Completeness(level: .exact)
        if ranking.isCut {
            completeness = Completeness(
                level: .truncated,
                reason: "only the profiles with the most of the words were looked at"
            )
        } else if case .hybrid = self.ask, !ranking.isShort || ranking.mayLackNearest {
            completeness = Completeness(
                level: .approximate,
                reason: "the \(SearchStatements.hybridWindow(limit: self.limit)) best of each branch were considered"
            )
        }
        if self.space != nil, !self.view.alteredKinds.isEmpty {
            let kinds = self.view.alteredKinds.map { $0.name.replacing("SECTION_KIND_", with: "") }.joined(
                separator: ", "
            )
            completeness = Completeness(
                level: .truncated,
                reason: "the mask can alter the texts of \(kinds), which were not compared by meaning"
            )
        }
        return self.ask.reading?.completeness(completeness) ?? completeness
    }

    static let attemptsMax = 3

    // MARK: Ranking

    /// Profiles that the index names beside those that are wanted: some may have been written a moment ago.
    private static let spare = 32
    /// With a filter so many times as many, within bounds.
    private static let filteredShare = 16
    private static let filteredBounds = 1_000...20_000

    private func ranking(
        _ words: SearchWords?,
        _ version: ViewWords.Version,
        _ scope: SearchScope
    ) async throws(RepositoryError) -> Ranking {
        switch self.ask {
        case .vector(let vector, let space):
            let embeddings = ViewEmbeddings(space, self.view)
            let looking = self.looking(version)
            return try await self.rows(
                Parameters(vector, space.name, version.id),
                scope,
                settings: Self.comparing(self.limit),
                { SearchStatements.viewVector(limit: self.limit, embeddings, scope: $0, looking) },
                { (result, row) throws(DatabaseError) in try Self.ranked(result, row, by: .vector) }
            )
        case .text(let reading), .hybrid(let reading, _, _):
            guard let words else { preconditionFailure("a text has words") }
            let withPhrases = !reading.query.required.isEmpty
            if !withPhrases, self.query.precision != .exact, self.isNamedByIndex {
                for most in self.nomineeCounts {
                    let watch = self.reads.recorder?.watch(.nominate)
                    let best = await Self.best(words, in: version.words.index, count: most)
                    watch?.stop()
                    var ranking = try await self.holding(.index, words, best, version, scope)
                    ranking.mayLackNearest = self.mayLackNearest(reading, version)
                    if case .text = self.ask {
                        ranking.isCut = best.count == most && (ranking.isShort || self.mayLack(ranking, best, words))
                    }
                    if !ranking.isCut || self.query.precision == .approximate { return ranking }
                    if most == Self.weightedMax, !self.mayWeighAll { return ranking }
                    self.reads.recorder?.looksFurther(SearchAttempt.nomineesReason)
                }
            }
            var ranking = try await self.holding(.passing(withPhrases: withPhrases), words, [], version, scope)
            ranking.mayLackNearest = !withPhrases && self.mayLackNearest(reading, version)
            return ranking
        }
    }

    /// By both, the view shows more profiles than the nearest that are looked at, of whom those that the text excludes are left out then.
    private func mayLackNearest(_ reading: SearchWords.Reading, _ version: ViewWords.Version) -> Bool {
        guard case .hybrid = self.ask, !reading.query.excluded.isEmpty else { return false }
        return version.words.index.profileCount > SearchStatements.hybridWindow(limit: self.limit)
    }

    /// Whether a profile that the index has not named may be among the best: what its sections count is no more than what it holds, and of
    /// those that hold as much as the last one named its id is greater.
    private func mayLack(_ ranking: Ranking, _ best: [WordIndex.Found], _ words: SearchWords) -> Bool {
        guard !self.view.weights.areEqual, let named = best.last else { return false }
        guard ranking.hits.count >= self.query.limit, let last = ranking.hits.last else {
            // The minimum is what ended them.
            return self.query.minScore * words.total <= Double(named.weight)
        }
        // What it counts, a whole number.
        let counted = (last.score * words.total).rounded()
        guard counted == Double(named.weight) else { return counted < Double(named.weight) }
        return (last.profile?.id ?? "") > named.profile.uuid.text
    }

    /// A hybrid search with a filter scores all who pass: its window is to be full.
    private var isNamedByIndex: Bool {
        if case .hybrid = self.ask { return !self.isNarrowed }
        return true
    }

    /// Beyond what the view leaves out itself.
    var isNarrowed: Bool { self.query.filter != nil || self.query.among != nil }

    /// What sections count may put profiles in another order than what they hold.
    private static let weightedShare = 4
    /// Before all that are weighed at most.
    private static let weightedSome = 1_000
    /// Where words are so common that their order says little, so many are weighed by their sections, some 0.04 ms each, and not all: the
    /// answer says so.
    private static let weightedMax = 20_000
    /// Of a hybrid window with more hits no more are named than it takes, or than this one takes: what comes in at its end is hardly any hit.
    private static let sharedLimitMax = 1_000

    private var mayWeighAll: Bool { self.view.weights.areEqual || self.isNarrowed }

    /// How many profiles the index names, at first and when these may not be enough.
    var nomineeCounts: [Int] {
        let areEqual = self.view.weights.areEqual
        let share = areEqual ? 1 : Self.weightedShare
        if case .hybrid = self.ask {
            let shared = SearchStatements.hybridWindow(limit: min(self.limit, Self.sharedLimitMax)) * share
            return [max(SearchStatements.hybridWindow(limit: self.limit), shared) + Self.spare]
        }
        guard self.isNarrowed else {
            let first = self.limit * share + Self.spare
            guard !areEqual else { return [first] }
            guard first < Self.weightedMax else { return [Self.weightedMax] }
            return 2 * first > Self.weightedSome
                ? [first, Self.weightedMax] : [first, Self.weightedSome, Self.weightedMax]
        }
        let bounds = Self.filteredBounds
        return [min(max(self.limit * Self.filteredShare, bounds.lowerBound), bounds.upperBound)]
    }

    private func holding(
        _ nominees: SearchStatements.Nominees,
        _ words: SearchWords,
        _ best: [WordIndex.Found],
        _ version: ViewWords.Version,
        _ scope: SearchScope
    ) async throws(RepositoryError) -> Ranking {
        var parameters = words.parameters
        parameters.append(version.id)
        if case .hybrid(_, let vector, let space) = self.ask {
            parameters.append(vector)
            parameters.append(space.name)
        }
        if nominees == .index {
            parameters.append(best.map(\.profile.uuid))
            parameters.append(best.map { Double($0.weight) })
        }
        guard case .hybrid(_, _, let space) = self.ask else {
            return try await self.rows(
                parameters,
                scope,
                settings: nominees == .index ? [SessionSetting("enable_seqscan", "off")] : .readingAll,
                {
                    SearchStatements.viewText(
                        limit: self.limit,
                        withSections: self.query.withSections,
                        nominees: nominees,
                        weights: self.view.weights,
                        scope: $0
                    )
                },
                { (result, row) throws(DatabaseError) in try Self.ranked(result, row, by: .text) }
            )
        }
        let embeddings = ViewEmbeddings(space, self.view)
        let looking = self.looking(version)
        return try await self.rows(
            parameters,
            scope,
            settings: Self.comparing(SearchStatements.hybridWindow(limit: self.limit)),
            {
                SearchStatements.viewHybrid(
                    limit: self.limit,
                    embeddings,
                    nominees: nominees,
                    kinds: self.query.kinds,
                    showsNames: self.view.showsNames && self.view.weights[.summary] > 0,
                    scope: $0,
                    looking
                )
            },
            { (result, row) throws(DatabaseError) in
                let hit = try self.rankedByBoth(result, row)
                self.reads.recorder?.saw(try Self.score(result, row, of: hit, self.query.kinds))
                return hit
            }
        )
    }

    /// Where a view shows nearly everybody, the nearest of all are nearly all shown.
    private func looking(_ version: ViewWords.Version) -> ViewEmbeddings.Looking {
        if self.isNarrowed { return .byProfile }
        return 2 * version.words.index.profileCount >= self.liveProfiles ? .afterwards : .before
    }

    /// - Parameter profiles: That are wanted by a vector.
    private static func comparing(_ profiles: Int) -> [SessionSetting] {
        guard ViewEmbeddings.isDeep(count: profiles) else { return .readingAll }
        // The nearest sections of a million are grouped by profile and kind.
        return .readingAll + [SessionSetting("work_mem", "32MB")]
    }

    private func rows(
        _ parameters: Parameters,
        _ scope: SearchScope,
        settings: [SessionSetting],
        _ statement: (ScopeSQL) -> SQL,
        _ read: (borrowing QueryResult, Int) throws(DatabaseError) -> Hit
    ) async throws(RepositoryError) -> Ranking {
        var parameters = parameters
        let scope = try scope.sql(&parameters)
        var batch = Batch()
        let sent = batch.addFiltered(
            "search_\(self.ask.name.rawValue)",
            statement(scope),
            parameters,
            deadline: self.reads.deadline
        )
        let watch = self.reads.recorder?.watch(.rank)
        var results = try await self.reads.run(batch, settings: settings)
        _ = results.next()
        let result = results.next()
        watch?.ran(self.ask.name, sent, parameters, settings: settings, rows: result.rowCount)
        self.reads.recorder?.ranked(self)
        return try readRows { () throws(DatabaseError) in
            var ranking = Ranking(hits: [], isShort: result.rowCount < self.query.limit)
            for row in 0..<min(result.rowCount, self.query.limit) {
                let hit = try read(result, row)
                if self.query.minScore != 0, hit.score < self.query.minScore { break }
                ranking.hits.append(hit)
            }
            return ranking
        }
    }

    /// A row of `viewText` or `viewVector`.
    private static func ranked(
        _ result: borrowing QueryResult,
        _ row: Int,
        by branch: Branch
    ) throws(DatabaseError) -> Hit {
        let section = try Self.section(result, row, 2)
        let score: Double = try result.value(row, 1)
        return Hit(
            profile: ProfileSummary(id: try result.value(row, 0, as: UUID.self).text),
            score: score,
            section: section,
            evidence: [Evidence(branch: branch, rank: Int32(row + 1), rawScore: score, section: section)]
        )
    }

    /// A row of `viewHybrid`.
    private func rankedByBoth(_ result: borrowing QueryResult, _ row: Int) throws(DatabaseError) -> Hit {
        let similarity = try result.value(row, 2, as: Double?.self)
        let coverage = try result.value(row, 6, as: Double?.self)
        let (nearest, holding) = (try Self.section(result, row, 4), try Self.section(result, row, 8))
        let compared = HybridScore.similarity(
            nearest: similarity,
            second: try result.value(row, 10, as: Double?.self),
            self.query.kinds
        )
        var evidence: [Evidence] = []
        if let rank = try result.value(row, 3, as: Int64?.self) {
            evidence.append(
                Evidence(branch: .vector, rank: Int32(rank), rawScore: similarity ?? 0, section: nearest)
            )
        }
        if let rank = try result.value(row, 7, as: Int64?.self) {
            evidence.append(Evidence(branch: .text, rank: Int32(rank), rawScore: coverage ?? 0, section: holding))
        }
        let prefersWords = HybridScore.prefersWords(similarity: compared, coverage: coverage)
        return Hit(
            profile: ProfileSummary(id: try result.value(row, 0, as: UUID.self).text),
            score: try result.value(row, 1),
            section: prefersWords ? holding : nearest ?? holding,
            evidence: evidence
        )
    }

    /// Kind and id; `nil` when there is none.
    static func section(
        _ result: borrowing QueryResult,
        _ row: Int,
        _ column: Int
    ) throws(DatabaseError) -> SectionMatch? {
        guard let kind = try result.value(row, column, as: Int16?.self),
            let id = try result.value(row, column + 1, as: UUID?.self)
        else { return nil }
        return SectionMatch(kind: SectionKind(rawValue: Int32(kind)), id: id.text)
    }

    // Off the event loop that the caller may be on.

    func weighed(_ reading: SearchWords.Reading, in version: ViewWords.Version) async -> SearchWords {
        let index = version.words.index
        let words = await withTaskExecutorPreference(globalConcurrentExecutor) { SearchWords(reading, index: index) }
        self.reads.recorder?.asks(words, in: index, view: version.id)
        return words
    }

    private static func best(_ words: SearchWords, in index: WordIndex, count: Int) async -> [WordIndex.Found] {
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            index.best(words.terms, without: words.reading.excludedWords, count: count)
        }
    }
}
