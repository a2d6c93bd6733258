internal import LikenessMessages
internal import LikenessRPC
internal import LikenessRepository

extension SearchService {
    /// Whether a request wants pages of a ranking that is kept, which costs a write.
    static func isPaged(_ request: QueryRequest) -> Bool { request.pageWindow > 0 || !request.pageToken.isEmpty }

    /// One page: of a ranking that is made now, or of the one that the token names.
    func page(
        _ request: QueryRequest,
        _ context: ServerContext,
        deadline: ContinuousClock.Instant?
    ) async throws -> RawMessage {
        try Self.check(request)
        let caller = context.callerName
        var page: SearchPage
        var embedTime = Duration.zero
        let start: ContinuousClock.Instant
        if request.pageToken.isEmpty {
            let query = try await self.query(asked: request, context, deadline: deadline)
            embedTime = query.embedTime
            var asked = try Self.pageRequest(
                request,
                filter: query.query.filter,
                caller: caller,
                bytesMax: context.answerBytesMax
            )
            asked.derived = query.derived
            asked.view = query.query.view
            asked.query = query.query
            start = .now
            page = try await self.repository.firstPage(
                of: query.query,
                window: Int(request.pageWindow),
                asked,
                counting: query.facets,
                deadline: deadline
            )
        } else {
            let filter = request.filter.isEmpty ? nil : try Filter(request.filter)
            var asked = try Self.pageRequest(request, filter: filter, caller: caller, bytesMax: context.answerBytesMax)
            asked.view = try await self.view(request.mask, asked.consistencyToken, context, deadline: deadline)
            if asked.extras.sections > 0, !request.asksByExamples {
                let query = try await self.query(asked: request, context, deadline: deadline)
                (asked.query, embedTime) = (query.query, query.embedTime)
            }
            start = .now
            page = try await self.repository.page(at: request.pageToken, asked, deadline: deadline)
        }
        page.rest.cost = QueryCost(embed: ProtobufDuration(embedTime), database: ProtobufDuration(.now - start))
        return RawMessage(page.hits.bytes + (try page.rest.encodedBytes()))
    }

    static func pageRequest(
        _ request: QueryRequest,
        filter: Filter?,
        caller: String,
        bytesMax: Int
    ) throws -> PageRequest {
        // What may differ from page to page.
        var content = request
        (content.limit, content.pageToken, content.skipHighlights, content.consistencyToken) = (0, "", false, "")
        (content.readMask, content.sectionsPerHit, content.validateOnly) = (nil, 0, false)
        var page = PageRequest(
            caller: caller,
            content: try content.encodedBytes(),
            size: request.limit == 0 ? 10 : Int(request.limit)
        )
        page.texts = request.query?.textsOfWords ?? []
        page.filter = filter
        page.withHighlights = !request.skipHighlights
        page.extras = try Self.extras(request, bytesMax: bytesMax)
        page.consistencyToken =
            request.consistencyToken.isEmpty ? nil : try ConsistencyToken(text: request.consistencyToken)
        return page
    }
}

extension QueryRequest {
    /// Examples alone: what they came to is kept with the ranking.
    fileprivate var asksByExamples: Bool {
        if case .examples? = self.query?.ask { true } else { false }
    }
}

extension Query {
    /// The texts whose words are searched for, in the order of the queries, those inside fusions in their place.
    fileprivate var textsOfWords: [String] {
        switch self.ask {
        case .text(let text)?: text.mode == .vector ? [] : [text.text]
        case .fusion(let fusion)?: fusion.queries.flatMap { $0.query?.textsOfWords ?? [] }
        case .vector?, .examples?, nil: []
        }
    }
}
