package import LikenessEmbedding
internal import LikenessMessages
package import LikenessRPC
package import LikenessRepository
internal import LikenessWire

/// Answers `likeness.v1.SearchService`.
package struct SearchService {
    let repository: SearchRepository
    private let completions: CompletionRepository
    private let masks: MaskRepository
    private let embedders: EmbedderRegistry
    private let unreadHits = UnreadHits()

    package init(
        repository: SearchRepository,
        completions: CompletionRepository,
        masks: MaskRepository,
        embedders: EmbedderRegistry
    ) {
        self.repository = repository
        self.completions = completions
        self.masks = masks
        self.embedders = embedders
    }

    /// `Query` and `QueryBatch` answer with hits that are packed where they are found, and never made into values.
    package func register(in router: inout MethodRouter) {
        router.unaryEncoded(SearchServiceMethods.query) { request, context in
            try await ServiceError.reporting {
                try await self.packedAnswer(request, context, deadline: context.deadline)
            }
        }
        router.unaryEncoded(SearchServiceMethods.queryBatch) { request, context in
            try await self.packedBatch(request, context: context)
        }
        router.serverStreaming(SearchServiceMethods.queryStream) { request, responses, context in
            try await self.queryStream(request, responses, context: context)
        }
        router.unary(SearchServiceMethods.explainQuery) { request, context in
            try await self.explain(request, context)
        }
        router.unary(SearchServiceMethods.suggest) { request, context in
            try await self.suggest(request, context: context)
        }
    }

    /// Some items at a time, in their order, as long as there is time and as long as answers fit: what was found goes out before the
    /// deadline, and items that were not reached say why.
    private func packedBatch(_ request: QueryBatchRequest, context: ServerContext) async throws -> RawMessage {
        let undecodable = Dictionary(context.undecodableItems.map { ($0.index, $0.error) }) { first, _ in first }
        let tooLarge = ServiceError.answerTooLarge(context.answerBytesMax)
        let deadline = context.deadline.map { $0 - Self.batchReserve(of: context.remainingTime ?? .zero) }
        let count = request.queries.count
        return try await withThrowingTaskGroup(of: (index: Int, answer: Result<RawMessage, any Error>).self) { group in
            var batch = PackedBatch(count: count, bytesMax: context.answerBytesMax)
            // Answers that came before one of an earlier item.
            var early: [Int: Result<RawMessage, any Error>] = [:]
            var (begun, appended, hasOverflown) = (0, 0, false)
            while appended < count {
                while begun < count, begun - appended < Self.batchWindow, !hasOverflown {
                    let (index, query) = (begun, request.queries[begun])
                    begun += 1
                    if let error = undecodable[index] {
                        early[index] = .failure(ServiceError.undecodable(error))
                    } else if let deadline, deadline <= .now {
                        early[index] = .failure(ServiceError.batchLate)
                    } else {
                        group.addTask {
                            do {
                                return (
                                    index, .success(try await self.packedAnswer(query, context, deadline: deadline))
                                )
                            } catch {
                                // It may have waited until then for one of the caller's connections.
                                let isLate = deadline.map { $0 <= .now } ?? false
                                return (index, .failure(isLate ? ServiceError.batchLate : error))
                            }
                        }
                    }
                }
                // The rest is not searched for: there is no room for what would be found.
                var answer = hasOverflown ? .failure(tooLarge) : early.removeValue(forKey: appended)
                if hasOverflown, let error = undecodable[appended] {
                    answer = .failure(ServiceError.undecodable(error))
                }
                guard let answer else {
                    if let next = try await group.next() { early[next.index] = next.answer }
                    continue
                }
                do {
                    hasOverflown = !batch.append(try answer.get())
                    if hasOverflown { throw tooLarge }
                } catch {
                    // The caller is gone: nothing more is done for it.
                    if Task.isCancelled { throw ServiceError(describing: CancellationError()).rpcError }
                    try batch.append(ServiceError(describing: error).recorded().status)
                    if hasOverflown { group.cancelAll() }
                }
                appended += 1
            }
            return RawMessage(batch.bytes)
        }
    }

    /// Items that are searched for at once. Their caller's share of connections and of the embedder bounds them too.
    static let batchWindow = 4

    /// Time kept back for the answer to go out before the deadline.
    private static func batchReserve(of time: Duration) -> Duration { min(.milliseconds(250), time / 10) }

    /// What the hits of one stream may have with their profiles: more messages than one, and still a share of `UnreadHits`.
    private static let streamBytesMax = 16 << 20

    private func queryStream(
        _ request: QueryStreamRequest,
        _ responses: any MessageWriter<QueryStreamResponse>,
        context: ServerContext
    ) async throws {
        try await ServiceError.reporting {
            guard let query = request.query else {
                throw ServiceError.invalid("query", "is required", rule: "required")
            }
            for (field, isSet) in [
                ("page_window", query.pageWindow > 0), ("page_token", !query.pageToken.isEmpty),
            ] where isSet {
                throw ServiceError.invalid("query.\(field)", "is set: a stream has all of its hits, and keeps none")
            }
            let answer: SearchAnswer<PackedHits>
            let facets: [Facet]
            let relevanceTable: String
            do {
                if query.validateOnly {
                    try await self.validate(query, context, deadline: context.deadline)
                    return try await responses.write(QueryStreamResponse())
                }
                var asked = try await self.query(asked: query, context, deadline: context.deadline)
                asked.query.extras.bytesMax = Self.streamBytesMax
                relevanceTable = asked.query.relevance.table?.name ?? ""
                (answer, facets) = try await self.found(asked, deadline: context.deadline)
            } catch let error as RPCError {
                throw error
            } catch {
                throw ServiceError(describing: error).inside("query")
            }
            try await self.unreadHits.write(
                answer.hits,
                answer.completeness,
                facets,
                relevanceTable: relevanceTable,
                replaced: answer.replaced,
                to: responses,
                for: context.client,
                onLoss: { context.end($0) }
            )
        }
    }

    private func suggest(_ request: SuggestRequest, context: ServerContext) async throws -> SuggestResponse {
        try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            let view = try await self.view(request.mask, nil, context, deadline: context.deadline)
            let answer = try await self.completions.suggest(
                request.prefix,
                kinds: request.kinds,
                limit: request.limit == 0 ? 10 : Int(request.limit),
                view: view,
                deadline: context.deadline
            )
            return SuggestResponse(suggestions: answer.suggestions, completeness: answer.completeness)
        }
    }

    /// A `QueryResponse`, encoded: hits come first, as their field's number does.
    private func packedAnswer(
        _ request: QueryRequest,
        _ context: ServerContext,
        deadline: ContinuousClock.Instant?
    ) async throws -> RawMessage {
        if request.validateOnly {
            try await self.validate(request, context, deadline: deadline)
            return RawMessage([])
        }
        if Self.isPaged(request) { return try await self.page(request, context, deadline: deadline) }
        let asked = try await self.query(asked: request, context, deadline: deadline)
        let start = ContinuousClock.now
        let (answer, facets) = try await self.found(asked, deadline: deadline)
        var rest = Self.response(answer, asked, databaseTime: .now - start)
        rest.facets = facets
        var response = answer.hits.bytes
        response.append(contentsOf: try rest.encodedBytes())
        return RawMessage(response)
    }

    private func found(
        _ asked: AskedQuery,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (SearchAnswer<PackedHits>, [Facet]) {
        guard let facets = asked.facets else {
            return (try await self.repository.packedSearch(asked.query, deadline: deadline), [])
        }
        return try await self.repository.packedSearch(asked.query, counting: facets, deadline: deadline)
    }

    /// Everything but the hits and the facets.
    private static func response(
        _ answer: SearchAnswer<PackedHits>,
        _ asked: AskedQuery,
        databaseTime: Duration
    ) -> QueryResponse {
        QueryResponse(
            completeness: answer.completeness,
            strategy: asked.derived == nil ? answer.strategy : QueryResponse.strategyOfExamples,
            embeddingSpace: answer.embeddingSpace,
            cost: QueryCost(embed: ProtobufDuration(asked.embedTime), database: ProtobufDuration(databaseTime)),
            derivedQuery: asked.derived,
            relevanceTable: asked.query.relevance.table?.name ?? "",
            replacedWords: answer.replaced
        )
    }

    /// What can be said without looking anything up.
    static func check(_ request: QueryRequest) throws {
        if let error = ServiceError.violating(request.violations()) { throw error }
        if request.groupBy == .section { try request.requireSections() }
    }

    /// What hits are to carry.
    static func extras(_ request: QueryRequest, bytesMax: Int) throws(ServiceError) -> HitExtras {
        var extras = HitExtras()
        if let mask = request.readMask, !mask.paths.isEmpty {
            let fields = try ProfileReadMask(mask)
            extras.fields = { fields.apply(to: $0) }
        }
        extras.sections = Int(request.sectionsPerHit)
        extras.bytesMax = bytesMax
        return extras
    }

    /// Checks a request, embeds its texts and reads its examples.
    ///
    /// - Parameters:
    ///   - embeds: Without, the texts have vectors that say nothing.
    ///   - recorder: Of a query that is to be explained.
    func query(
        asked request: QueryRequest,
        _ context: ServerContext,
        deadline: ContinuousClock.Instant?,
        embeds: Bool = true,
        recorder: SearchRecorder? = nil
    ) async throws -> AskedQuery {
        try Self.check(request)
        // Before the embedder works for nothing.
        let filter = request.filter.isEmpty ? nil : try Filter(request.filter)
        let facets = try FacetRequest(request.facets, request.facetOptions)
        let refinement = try Refinement(request)
        let extras = try Self.extras(request, bytesMax: context.answerBytesMax)
        let token = request.consistencyToken.isEmpty ? nil : try ConsistencyToken(text: request.consistencyToken)
        let watch = request.mask.isEmpty && context.boundMasks.isEmpty ? nil : recorder?.watch(.mask)
        let view = try await self.view(request.mask, token, context, deadline: deadline)
        watch?.stop()
        if let facets { try view?.require(facets) }
        if let refinement { try view?.require(refinement) }
        var asked = try await QueryReader(
            repository: self.repository,
            embedders: self.embedders,
            embeddingSpace: request.embeddingSpace,
            consistencyToken: token,
            view: view,
            deadline: deadline,
            embeds: embeds,
            recorder: recorder
        ).read(request.query)
        asked.query.filter = filter
        asked.query.limit = request.limit == 0 ? 10 : Int(request.limit)
        asked.query.precision = request.precision
        asked.query.efSearch = Int(request.efSearch)
        asked.query.probes = Int(request.probes)
        asked.query.withHighlights = !request.skipHighlights
        asked.query.groupBy = request.groupBy == .section ? .section : .profile
        asked.query.extras = extras
        asked.query.refinement = refinement
        asked.query.consistencyToken = token
        asked.query.view = view
        try asked.query.setMinimum(score: request.minScore, relevance: request.minRelevance)
        asked.facets = facets
        return asked
    }

    /// What the caller sees; `nil` for everything.
    func view(
        _ requested: String,
        _ token: ConsistencyToken?,
        _ context: ServerContext,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> View? {
        try await self.masks.view(
            bound: context.boundMasks,
            requested: requested,
            consistencyToken: token,
            deadline: deadline
        )
    }
}

extension ServiceError {
    /// An item of a batch was not reached.
    fileprivate static var batchLate: ServiceError {
        ServiceError(
            .deadlineExceeded,
            reason: "DEADLINE_EXCEEDED",
            "the items before it took the time that the batch had"
        )
    }
}
