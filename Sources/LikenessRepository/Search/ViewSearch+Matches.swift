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
            let set = try await self.matches(words, version, scope)
            if try await self.words.isThere(version, self.reads) { return set }
        }
        throw .unavailable(.viewNotReady)
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
        // The index of words does not know in which sections they are, so neither what they count there.
        let weights = self.view.weights
        let isNamed = weights.areEqual || (weights.allCount && self.query.minScore == 0)
        if withPhrases || self.query.precision == .exact || !isNamed {
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
        let named = await words.matches(
            in: version.words.index,
            minScore: self.query.minScore,
            most: Self.size.lookedAt
        )
        let sample = named.sample.map(\.profile.uuid)
        parameters.append(sample)
        let passing = try await self.profiles(parameters, scope, FacetStatements.settings) { scope in
            SearchStatements.viewPassing(scope)
        }.profiles
        guard named.count > sample.count else { return FacetSet(passing, kind: kind, Self.size) }
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
