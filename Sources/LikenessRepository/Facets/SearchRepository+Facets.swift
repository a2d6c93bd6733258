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
        let window = facets.window(of: query)
        guard let ranking = try await self.countedRanking(query, counting: facets, deadline: deadline) else {
            // What is counted does not depend on the hits, so neither waits for the other.
            async let counts = self.outcome(of: facets, query, window: window, deadline: deadline)
            let answer = try await self.packedSearch(query, deadline: deadline)
            return (answer, try await counts.get())
        }
        let counts = try await self.facets(facets, of: query, ranking.set, window: window, deadline: deadline)
        return (try await self.packed(ranking.hits, of: query, deadline: deadline), counts)
    }

    /// A search that ranks once: its first hits are shown, all of them are counted.
    struct CountedRanking: Sendable {
        enum Hits: Sendable {
            /// As they are shown.
            case described(SearchAnswer<FoundHits>)
            /// All, without passages.
            case ranked(SearchAnswer<[Hit]>)
        }

        let hits: Hits
        let set: FacetSet
    }

    /// - Returns: `nil` where all that match are counted, whose ranking says nothing of the rest.
    func countedRanking(
        _ query: SearchQuery,
        counting facets: FacetRequest,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> CountedRanking? {
        if case .text = query.ask, !query.hasBoosts { return nil }
        let window = facets.window(of: query)
        guard query.canDescribeFirst else {
            var ranking = query
            ranking.shownLimit = query.limit
            let ranked = try await self.ranked(ranking, window: window, deadline: deadline)
            return CountedRanking(hits: .ranked(ranked), set: try Self.set(of: ranked, window: window, query))
        }
        let ranked = try await self.described(query, query.limit, window: window, deadline: deadline)
        return CountedRanking(hits: .described(ranked.answer), set: ranked.set)
    }

    /// The first hits of a ranking that one statement makes, and all of its profiles.
    private func described(
        _ query: SearchQuery,
        _ limit: Int,
        window: Int,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (answer: SearchAnswer<FoundHits>, set: FacetSet) {
        var counted = query
        (counted.limit, counted.describedLimit) = (window, limit)
        let answer = try await self.found(counted, deadline: deadline)
        guard let profiles = answer.profiles else { preconditionFailure("a ranking with a described limit has them") }
        let kind = Self.totalKind(of: answer, count: profiles.count, window: window)
        return (answer, FacetSet(profiles, kind: kind, .stored))
    }

    /// The hits that are shown.
    func shown(
        _ hits: CountedRanking.Hits,
        of query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<[Hit]> {
        switch hits {
        case .described(let answer):
            answer.with(try await self.completed(try answer.hits.values(), of: query, deadline: deadline))
        case .ranked(let answer): answer.with(try await self.shown(answer, of: query, deadline: deadline))
        }
    }

    private func packed(
        _ hits: CountedRanking.Hits,
        of query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> SearchAnswer<PackedHits> {
        if case .described(let answer) = hits, case .packed(let packed) = answer.hits, query.extras.isEmpty {
            return answer.with(packed)
        }
        let answer = try await self.shown(hits, of: query, deadline: deadline)
        return answer.with(try PackedHits(answer.hits))
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
        var facets: [Int: Facet] = [:]
        for counted in try await self.counted(request, of: query, set, window: window, deadline: deadline) {
            for (place, facet) in zip(counted.group.fields, counted.facets) { facets[place] = facet }
        }
        return request.fields.indices.compactMap { facets[$0] }
    }

    /// The same as a value, for a child task, which forgets of which type an error is.
    private func outcome(
        of request: FacetRequest,
        _ query: SearchQuery,
        window: Int,
        deadline: ContinuousClock.Instant?
    ) async -> Result<[Facet], RepositoryError> {
        do throws(RepositoryError) {
            return .success(try await self.facets(request, of: query, window: window, deadline: deadline))
        } catch {
            return .failure(error)
        }
    }

    /// The same, with how it was done.
    func counted(
        _ request: FacetRequest,
        of query: SearchQuery,
        _ set: FacetSet?,
        window: Int,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [CountedFacets] {
        let counter = FacetCounter(
            request: request,
            view: query.view,
            memory: query.view.map { self.views.words(of: $0).facets } ?? self.facetMemory,
            reads: self.database.reads(at: query.consistencyToken, deadline: deadline, recorder: query.recorder)
        )
        var groups: [CountedFacets] = []
        for group in request.groups(under: query.filter) {
            let watch = query.recorder?.watch(.facets)
            var part = query
            part.filter = group.filter
            var counted: FacetSet
            if let set, group.filter?.expression == query.filter?.expression {
                counted = set
            } else {
                counted = try await self.set(of: part, window: window, isRanked: set != nil, deadline: deadline)
            }
            let facets = try await counter.count(group.fields, of: &counted)
            groups.append(
                CountedFacets(
                    group: group,
                    facets: facets,
                    set: counted,
                    isOfHits: set != nil,
                    time: watch?.stop() ?? .zero
                )
            )
        }
        return groups
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
            let reads = self.database.reads(
                at: query.consistencyToken,
                deadline: deadline,
                recorder: query.recorder
            )
            if let view = query.view {
                let search = try await self.viewSearch(query, through: view, reads, limit: 1)
                return try await Self.renewing { () throws(RepositoryError) in try await search.matches() }
            }
            let execution = try await self.execution(query, reads, limit: 1)
            return try await execution.matches()
        }
        guard !query.canDescribeFirst else {
            return try await self.described(query, 0, window: window, deadline: deadline).set
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
            kind: self.totalKind(of: answer, count: answer.hits.count, window: window),
            query.view == nil ? .stored : .shown
        )
    }

    /// The first hits of a ranking, with passages where they are wanted: as pages show them. A ranking has all else that they show, but of sections.
    func shown(
        _ answer: SearchAnswer<[Hit]>,
        of query: SearchQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Hit] {
        guard query.withHighlights || query.view != nil || query.groupBy == .section else {
            return try await self.completed(Array(answer.hits.prefix(query.limit)), of: query, deadline: deadline)
        }
        var page = PageRequest(caller: "", content: [], size: query.limit)
        page.texts = query.ask.textsOfWords
        page.filter = query.filter
        page.view = query.view
        page.withHighlights = query.withHighlights
        page.relevance = query.relevance.table
        let reads = self.database.reads(at: query.consistencyToken, deadline: deadline, recorder: query.recorder)
        let ranking = try Ranking(answer.hits, texts: answer.texts).prefix(query.limit)
        let hits = try await PageHits(repository: self, request: page, reads: reads).shown(ranking)
        return try await self.completed(hits, of: query, deadline: deadline)
    }
}

extension SearchQuery {
    /// One statement can rank all that are counted, and describe those alone that are shown.
    fileprivate var canDescribeFirst: Bool {
        let asksOnce =
            switch self.ask {
            case .vector, .hybrid: self.furtherVectors.isEmpty
            case .text, .fusion: false
            }
        return asksOnce && self.refinement == nil && self.view == nil && self.groupBy == .profile
    }

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
