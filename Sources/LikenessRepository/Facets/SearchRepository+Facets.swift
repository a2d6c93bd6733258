internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Facets of searches: `docs/decisions/facets.md`.
extension SearchRepository {
    /// Searches, and counts the values of some fields over what the search is about.
    ///
    /// - Throws: What ``packedSearch(_:deadline:)`` does.
    package func packedSearch(
        _ query: SearchQuery,
        counting facets: FacetRequest,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (answer: SearchAnswer<PackedHits>, facets: [Facet]) {
        let window = max(facets.window, query.limit)
        if case .text = query.ask, !query.hasBoosts {
            let answer = try await self.packedSearch(query, deadline: deadline)
            return (answer, try await self.facets(facets, of: query, window: window, deadline: deadline))
        }
        // Ranked once: the first hits are shown, all of them are counted.
        let ranked = try await self.ranked(query, window: window, deadline: deadline)
        let set = try Self.set(of: ranked, window: window, query)
        let counts = try await self.facets(facets, of: query, set, window: window, deadline: deadline)
        let shown = try PackedHits(try await self.shown(ranked, of: query, deadline: deadline))
        return (ranked.with(shown), counts)
    }

    /// - Parameters:
    ///   - set: What the query is about, where that is known.
    ///   - window: Hits that are ranked where not all that match are counted.
    func facets(
        _ request: FacetRequest,
        of query: SearchQuery,
        _ set: FacetSet? = nil,
        window: Int,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Facet] {
        let counter = FacetCounter(
            request: request,
            view: query.view,
            memory: self.facetMemory,
            reads: self.database.reads(at: query.consistencyToken, deadline: deadline)
        )
        var counted: [Int: Facet] = [:]
        for group in request.groups(under: query.filter) {
            var part = query
            part.filter = group.filter
            let counts: [Facet]
            if let set, group.filter?.expression == query.filter?.expression {
                counts = try await counter.count(group.fields, of: set)
            } else {
                let others = try await self.set(of: part, window: window, isRanked: set != nil, deadline: deadline)
                counts = try await counter.count(group.fields, of: others)
            }
            for (place, facet) in zip(group.fields, counts) { counted[place] = facet }
        }
        return request.fields.indices.compactMap { counted[$0] }
    }

    /// What a query is about: all that have the words of a text, the best of any other.
    ///
    /// - Parameter isRanked: The best of a text, too.
    private func set(
        of query: SearchQuery,
        window: Int,
        isRanked: Bool,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> FacetSet {
        if case .text = query.ask, !isRanked {
            let reads = self.database.reads(at: query.consistencyToken, deadline: deadline)
            if let view = query.view {
                let search = try await self.viewSearch(query, through: view, reads, limit: 1)
                return try await Self.renewing { () throws(RepositoryError) in try await search.matches() }
            }
            let execution = try await self.execution(query, reads, limit: 1)
            return try await execution.matches()
        }
        let ranked = try await self.ranked(query, window: window, deadline: deadline)
        return try Self.set(of: ranked, window: window, query)
    }

    static func set(
        of answer: SearchAnswer<[Hit]>,
        window: Int,
        _ query: SearchQuery
    ) throws(RepositoryError) -> FacetSet {
        FacetSet(
            try Ranking(answer.hits).profileIDs,
            kind: self.totalKind(answer, window: window),
            query.view == nil ? .stored : .shown
        )
    }

    /// The first hits of a ranking, with passages where they are wanted: as pages show them.
    func shown(
        _ answer: SearchAnswer<[Hit]>,
        of query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Hit] {
        guard query.withHighlights || query.view != nil else {
            return try await self.completed(Array(answer.hits.prefix(query.limit)), of: query, deadline: deadline)
        }
        var page = PageRequest(caller: "", content: [], size: query.limit)
        page.texts = query.ask.textsOfWords
        page.filter = query.filter
        page.view = query.view
        page.withHighlights = query.withHighlights
        let reads = self.database.reads(at: query.consistencyToken, deadline: deadline, recorder: query.recorder)
        let ranking = try Ranking(answer.hits, texts: answer.texts).prefix(query.limit)
        let hits = try await PageHits(repository: self, request: page, reads: reads).shown(ranking)
        return try await self.completed(hits, of: query, deadline: deadline)
    }
}

extension SearchQuery {
    /// Scores are not those that words alone give.
    fileprivate var hasBoosts: Bool {
        if case .scores(_?, _)? = self.refinement?.choice { true } else { false }
    }
}

extension SearchQuery.Ask {
    /// The texts whose words are searched for, in the order of the queries, those inside fusions in their place.
    fileprivate var textsOfWords: [String] {
        switch self {
        case .text(let text), .hybrid(let text, _): [text]
        case .vector: []
        case .fusion(let fusion): fusion.leaves.flatMap(\.ask.textsOfWords)
        }
    }
}
