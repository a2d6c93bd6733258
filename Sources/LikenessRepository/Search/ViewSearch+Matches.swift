internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres
internal import LikenessWords

/// All that a search by words through a view is about, for facets: a function of what the view shows.
extension ViewSearch {
    private static let size = FacetSet.Size.shown

    /// - Precondition: A text is asked for.
    func matches() async throws(RepositoryError) -> FacetSet {
        guard case .text(let reading) = self.ask else { preconditionFailure("a vector has no set of its own") }
        let scope = SearchScope(filter: try self.view.condition(and: self.query.filter), among: self.query.among)
        for _ in 0..<Self.attemptsMax {
            let version = try await self.words.current(self.reads)
            let words = await self.weighed(reading, in: version)
            if let set = await self.named(words, version) { return set }
            let set = try await self.matches(words, version, scope)
            if try await self.words.isThere(version, self.reads) { return set }
        }
        throw .unavailable(.viewNotReady)
    }

    /// The index of words does not know in which sections they are, so neither what they count there.
    private var countsWhereverHeld: Bool {
        let weights = self.view.weights
        return weights.areEqual || (weights.allCount && self.query.minScore == 0)
    }

    /// The set as the index of words names it, which has all that the view shows.
    ///
    /// - Returns: `nil` where that says not enough.
    private func named(_ words: SearchWords, _ version: ViewWords.Version) async -> FacetSet? {
        let query = words.reading.query
        guard self.countsWhereverHeld, !self.isNarrowed, query.required.isEmpty, self.query.precision != .exact,
            query.excluded.count == words.reading.excludedWords.count
        else { return nil }
        let named = await words.matches(
            in: version.words.index,
            minScore: self.query.minScore,
            most: Self.size.counted
        )
        let profiles = named.sample.map(\.profile.uuid)
        guard named.count > profiles.count else {
            return FacetSet(profiles, kind: words.reading.countKind, Self.size)
        }
        return FacetSet(total: named.count, sampled: profiles, passing: nil, Self.size)
    }

    private func matches(
        _ words: SearchWords,
        _ version: ViewWords.Version,
        _ scope: SearchScope
    ) async throws(RepositoryError) -> FacetSet {
        var parameters = words.parameters
        parameters.append(version.id)
        let kind = words.reading.countKind
        let withPhrases = !words.reading.query.required.isEmpty
        if !withPhrases, self.query.precision != .exact {
            let set = try await self.sampled(words, parameters, version, scope)
            if let set { return set }
        }
        parameters.append(SearchWords.leastCoverage(self.query.minScore))
        let (profiles, total) = try await self.profiles(parameters, scope, .readingAll) { scope in
            SearchStatements.viewMatches(
                withPhrases: withPhrases,
                most: Self.size.lookedAt,
                weights: self.view.weights,
                scope: scope
            )
        }
        guard total > profiles.count else { return FacetSet(profiles, kind: kind, Self.size) }
        return FacetSet(total: total, sampled: profiles, passing: Set(profiles), Self.size)
    }

    /// Those of all that the index names, or of a sample, who pass; what they hold is looked up where it counts by the section.
    ///
    /// - Returns: `nil` where so few of a sample pass that they say little.
    private func sampled(
        _ words: SearchWords,
        _ parameters: Parameters,
        _ version: ViewWords.Version,
        _ scope: SearchScope
    ) async throws(RepositoryError) -> FacetSet? {
        var parameters = parameters
        let named = await words.matches(
            in: version.words.index,
            minScore: self.query.minScore,
            most: Self.size.lookedAt
        )
        let sample = named.sample.map(\.profile.uuid)
        parameters.append(sample)
        let weights = self.countsWhereverHeld ? nil : self.view.weights
        if weights != nil { parameters.append(SearchWords.leastCoverage(self.query.minScore)) }
        let passing = try await self.profiles(parameters, scope, FacetStatements.settings) { scope in
            SearchStatements.viewPassing(scope, weighed: weights)
        }.profiles
        guard named.count > sample.count else {
            return FacetSet(passing, kind: words.reading.countKind, Self.size)
        }
        guard passing.count >= Self.size.leastPassing else { return nil }
        return FacetSet(total: named.count, sampled: sample, passing: Set(passing), Self.size)
    }

    private func profiles(
        _ parameters: Parameters,
        _ scope: SearchScope,
        _ settings: [SessionSetting],
        _ statement: (ScopeSQL) -> SQL
    ) async throws(RepositoryError) -> (profiles: [UUID], total: Int) {
        var parameters = parameters
        let scope = try scope.sql(&parameters)
        var batch = Batch()
        batch.addFiltered("search_matches", statement(scope), parameters, deadline: self.reads.deadline)
        var results = try await self.reads.run(batch, settings: settings)
        _ = results.next()
        let result = results.next()
        return try readRows { () throws(DatabaseError) in
            var profiles: [UUID] = []
            for row in 0..<result.rowCount { profiles.append(try result.value(row, 0)) }
            let total = result.rowCount == 0 ? 0 : Int(try result.value(0, 1, as: Int64.self))
            return (profiles, total)
        }
    }
}
