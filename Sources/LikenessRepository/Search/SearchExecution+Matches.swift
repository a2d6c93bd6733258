internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessWords

/// All that a search by words is about, for facets: nothing is ranked. The index of words names them; where few pass (a narrow scope, a
/// phrase) the statement finds them without it, as it does for hits.
extension SearchExecution {
    private static let size = FacetSet.Size.stored

    /// - Precondition: A text is asked for.
    func matches() async throws(RepositoryError) -> FacetSet {
        guard case .text(let reading) = self.ask else { preconditionFailure("a vector has no set of its own") }
        let isExact = self.query.precision == .exact
        let withPhrases = !reading.query.required.isEmpty
        let scoresAll = isExact ? true : try await self.isNarrow()
        var version = try await self.version(for: reading)
        // Who has a token counts what it names.
        var isNewEnough = self.query.consistencyToken == nil
        while true {
            let words = await Self.words(reading, in: version.index)
            if scoresAll || withPhrases {
                return try await self.matches(words, .passing(withPhrases: withPhrases), words.parameters).set
            }
            let most = self.scope.isWhole ? Self.size.counted : Self.size.lookedAt
            let named = await self.named(words, in: version.index, most: most)
            if named.count > most {
                if isNewEnough { return try await self.sampled(words, named) }
                isNewEnough = true
                version = try await self.words.renewed(deadline: self.reads.deadline)
                continue
            }
            var parameters = words.parameters
            parameters.append(named.sample.map(\.profile.uuid))
            parameters.append(named.sample.map { Double($0.weight) })
            parameters.append(version.snapshot)
            let found = try await self.matches(words, .index, parameters, snapshot: version.snapshot)
            // Of more than these some were not looked at.
            if found.unseen <= ProfileWordsStatements.unseenMax { return found.set }
            version = try await self.words.renewed(deadline: self.reads.deadline)
        }
    }

    private func named(_ words: SearchWords, in index: WordIndex, most: Int) async -> WordIndex.Matches {
        await words.matches(in: index, minScore: self.query.minScore, most: most)
    }

    /// Written profiles are looked at beside those that the index names.
    private func matches(
        _ words: SearchWords,
        _ nominees: SearchStatements.Nominees,
        _ parameters: Parameters,
        snapshot: String? = nil
    ) async throws(RepositoryError) -> (set: FacetSet, unseen: Int) {
        var parameters = parameters
        parameters.append(SearchWords.leastCoverage(self.query.minScore))
        let rows = try await self.rows(
            .matches(nominees),
            parameters,
            settings: nominees == .index ? FacetStatements.settings : .readingAll,
            snapshot: snapshot
        ) { scope in SearchStatements.matches(nominees, most: Self.size.lookedAt, scope: scope) }
        let unseen = rows.unseen
        return try readRows { () throws(DatabaseError) in
            var profiles: [UUID] = []
            for row in 0..<rows.hits.rowCount { profiles.append(try rows.hits.value(row, 0)) }
            let total = rows.hits.rowCount == 0 ? 0 : Int(try rows.hits.value(0, 1, as: Int64.self))
            let kind = words.reading.countKind
            guard total > profiles.count else { return (FacetSet(profiles, kind: kind, Self.size), unseen) }
            return (FacetSet(total: total, sampled: profiles, passing: Set(profiles), Self.size), unseen)
        }
    }

    /// What was written since the index was brought up to date, a second ago at most, is read as it is now where the sample has it.
    private func sampled(_ words: SearchWords, _ named: WordIndex.Matches) async throws(RepositoryError) -> FacetSet {
        let sample = named.sample.map(\.profile.uuid)
        let query = words.reading.query
        guard !self.scope.isWhole || query.excluded.count > words.reading.excludedWords.count else {
            let lags = self.query.consistencyToken == nil
            return FacetSet(total: named.count, sampled: sample, passing: nil, Self.size, lags: lags)
        }
        var parameters = words.parameters
        parameters.append(sample)
        let rows = try await self.rows(.passing, parameters, settings: FacetStatements.settings) { scope in
            SearchStatements.passing(scope)
        }
        let passing = try readRows { () throws(DatabaseError) in
            var passing: Set<UUID> = []
            for row in 0..<rows.hits.rowCount { passing.insert(try rows.hits.value(row, 0)) }
            return passing
        }
        return FacetSet(total: named.count, sampled: sample, passing: passing, Self.size)
    }
}

extension SearchWords.Reading {
    /// What the number of all that have the words says.
    var countKind: TotalSizeKind {
        self.completeness(Completeness(level: .exact)).level == .exact ? .exact : .atLeast
    }
}

extension SearchWords {
    /// Of those who are counted; 0 as a minimum means none.
    static func leastCoverage(_ minScore: Double) -> Double { minScore == 0 ? -1 : minScore }

    /// All that the index says to hold enough of the words.
    func matches(in index: WordIndex, minScore: Double, most: Int) async -> WordIndex.Matches {
        let coverage = Self.leastCoverage(minScore)
        let wanted = (coverage * self.total).rounded(.up)
        guard wanted <= Double(UInt32.max) else { return WordIndex.Matches() }
        // As the hits' scores are compared.
        var weight = UInt32(max(1, wanted - 1))
        while Double(weight) / self.total < coverage { weight += 1 }
        let least = weight
        // Off the event loop that the caller may be on.
        return await withTaskExecutorPreference(globalConcurrentExecutor) {
            index.matches(self.terms, without: self.reading.excludedWords, holding: least, most: most)
        }
    }
}
