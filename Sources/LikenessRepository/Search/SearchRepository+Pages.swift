package import LikenessMessages
internal import LikenessPostgres

/// What a request for a page says besides where the page begins.
package struct PageRequest: Sendable {
    /// Whose sets they are: the verified identity.
    package var caller: String
    /// All of the request that decides the ranking, encoded: a token belongs to it.
    package var content: [UInt8]
    /// 1...1000.
    package var size: Int
    /// What is searched for by words, in the order of the queries; none by meaning alone.
    package var texts: [String] = []
    /// What a query by examples alone came to, for its first page.
    package var derived: FusionQuery?
    package var filter: Filter?
    /// What the caller sees of profiles now; `nil` for everything.
    package var view: View?
    package var withHighlights = true
    /// By which the hits have their relevance; `nil` for none.
    var relevance: RelevanceTable?
    package var extras = HitExtras()
    /// What sections are scored by, where hits carry them and what was asked for is no query by examples alone.
    package var query: SearchQuery?
    package var consistencyToken: ConsistencyToken?

    package init(caller: String, content: [UInt8], size: Int) {
        (self.caller, self.content, self.size) = (caller, content, size)
    }
}

/// One page of a ranking.
package struct SearchPage: Sendable {
    package var hits: PackedHits
    /// The other fields.
    package var rest: QueryResponse
}

/// Pages of rankings that are computed once and kept: `docs/decisions/result-sets.md`.
extension SearchRepository {
    /// Ranks, keeps the ranking when it has further pages, and shows the first.
    ///
    /// - Parameters:
    ///   - query: Its limit and highlights do not count.
    ///   - window: Hits that are ranked, 1...10,000.
    ///   - facets: Counted over all of these, and kept with them.
    package func firstPage(
        of query: SearchQuery,
        window: Int,
        _ request: PageRequest,
        counting facets: FacetRequest? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> SearchPage {
        // Before the work: without a key there are no tokens.
        let fingerprint = try self.pages.tokens.fingerprint(of: request.content)
        let seenThrough = try request.view.map { view throws(RepositoryError) in
            try self.pages.tokens.fingerprint(of: view)
        }
        let answer = try await self.ranked(query, window: window, deadline: deadline)
        let ranking = try Ranking(answer.hits, texts: answer.texts)
        var rest = QueryResponse(
            completeness: answer.completeness,
            strategy: request.derived == nil ? answer.strategy : QueryResponse.strategyOfExamples,
            embeddingSpace: answer.embeddingSpace,
            derivedQuery: request.derived,
            totalSize: Int64(ranking.count),
            totalSizeKind: Self.totalKind(of: answer, count: answer.hits.count, window: window),
            firstPlace: 1,
            relevanceTable: query.relevance.table?.name ?? "",
            replacedWords: answer.replaced
        )
        if let facets {
            let set = try Self.set(of: answer, window: window, query)
            rest.facets = try await self.facets(facets, of: query, set, window: window, deadline: deadline)
        }
        if ranking.count > request.size {
            let stored = try await self.pages.keep(
                ranking,
                answer: try Self.encoded(rest),
                for: request.caller,
                deadline: deadline
            )
            rest.pageExpireTime = stored.expireTime
            rest.nextPageToken = try ResultSetCursor(
                setID: stored.id,
                place: request.size,
                written: stored.written,
                fingerprint: fingerprint,
                view: seenThrough
            ).token(self.pages.tokens, caller: request.caller)
        }
        let reads = self.database.reads(at: request.consistencyToken, deadline: deadline)
        return try await self.shown(ranking.prefix(request.size), request, rest, reads)
    }

    /// The page that a token of ``firstPage(of:window:_:deadline:)`` or of this stands for.
    ///
    /// - Throws: `.invalidPageToken`, `.pageTokenOfAnotherQuery`; `.pageTokenExpired`, also for what was ranked through another view.
    package func page(
        at token: String,
        _ request: PageRequest,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> SearchPage {
        let cursor = try self.cursor(at: token, request)
        let reads = self.database.reads(
            at: .later(request.consistencyToken, cursor.written),
            deadline: deadline
        )
        let part = try await self.pages.part(
            of: cursor.setID,
            from: cursor.place,
            count: request.size,
            caller: request.caller,
            reads: reads
        )
        var rest: QueryResponse
        do {
            rest = try QueryResponse(decoding: part.answer)
        } catch {
            throw .internal(detail: "a stored answer cannot be read: \(error)")
        }
        rest.firstPlace = Int32(cursor.place) + 1
        let end = cursor.place + part.ranking.count
        if end < part.hitCount, part.ranking.count > 0 {
            rest.pageExpireTime = part.expireTime
            rest.nextPageToken = try ResultSetCursor(
                setID: cursor.setID,
                place: end,
                written: cursor.written,
                fingerprint: cursor.fingerprint,
                view: cursor.view
            ).token(self.pages.tokens, caller: request.caller)
        }
        return try await self.shown(part.ranking, request, rest, reads)
    }

    /// What a token holds, if it is one of the caller's and of this query.
    func cursor(at token: String, _ request: PageRequest) throws(RepositoryError) -> ResultSetCursor {
        let cursor = try ResultSetCursor(
            token,
            self.pages.tokens,
            caller: request.caller,
            fingerprint: try self.pages.tokens.fingerprint(of: request.content)
        )
        let seenThrough = try request.view.map { view throws(RepositoryError) in
            try self.pages.tokens.fingerprint(of: view)
        }
        // The order was made of what another view showed, which this one may hide.
        guard cursor.view == seenThrough else { throw .pageTokenExpired }
        return cursor
    }

    private func shown(
        _ ranking: Ranking,
        _ request: PageRequest,
        _ rest: QueryResponse,
        _ reads: Reads
    ) async throws(RepositoryError) -> SearchPage {
        var (rest, request) = (rest, request)
        guard ranking.count > 0 else { return SearchPage(hits: PackedHits(bytes: []), rest: rest) }
        request.relevance = RelevanceTable.all.first { $0.name == rest.relevanceTable }
        var hits = try await PageHits(repository: self, request: request, reads: reads).shown(ranking)
        if !request.extras.isEmpty {
            // The space that was searched: another one may be active now.
            var query = rest.derivedQuery.map(SearchQuery.init(derived:)) ?? request.query ?? SearchQuery(.vector([]))
            query.embeddingSpace = rest.embeddingSpace
            hits = try await HitExtrasReader(
                repository: self,
                extras: request.extras,
                query: query,
                view: request.view,
                reads: reads
            ).complete(hits)
        }
        rest.vanishedCount = Int32(ranking.count - hits.count)
        return SearchPage(hits: try PackedHits(hits), rest: rest)
    }

    static func totalKind<Hits>(of answer: SearchAnswer<Hits>, count: Int, window: Int) -> TotalSizeKind {
        if count >= window { return .atLeast }
        return switch answer.completenessOfRanking.level {
        case .exact: .exact
        // What no query of a fusion has named.
        case .approximate: answer.texts == nil ? .estimate : .atLeast
        case .truncated, .unspecified, .unrecognized: .atLeast
        }
    }

    private static func encoded(_ response: QueryResponse) throws(RepositoryError) -> [UInt8] {
        do {
            return try response.encodedBytes()
        } catch {
            throw .internal(detail: "an answer cannot be encoded: \(error)")
        }
    }
}

extension ConsistencyToken {
    /// Of two the one that asks for more.
    fileprivate static func later(_ one: ConsistencyToken?, _ other: ConsistencyToken?) -> ConsistencyToken? {
        guard let one, let other else { return one ?? other }
        return one.position > other.position ? one : other
    }
}
