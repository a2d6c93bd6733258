package import LikenessEmbedding
internal import LikenessMessages
package import LikenessRPC
package import LikenessRepository
internal import LikenessWire

/// Answers `likeness.v1.SearchService`.
package struct SearchService {
    private let repository: SearchRepository
    private let completions: CompletionRepository
    private let embedders: EmbedderRegistry
    private let unreadHits = UnreadHits()

    package init(repository: SearchRepository, completions: CompletionRepository, embedders: EmbedderRegistry) {
        self.repository = repository
        self.completions = completions
        self.embedders = embedders
    }

    /// `Query` and `QueryBatch` answer with hits that are packed where they are found, and never made into values.
    package func register(in router: inout MethodRouter) {
        router.unaryEncoded(SearchServiceMethods.query) { request, context in
            try await ServiceError.reporting { try await self.packedAnswer(request, deadline: context.deadline) }
        }
        router.unaryEncoded(SearchServiceMethods.queryBatch) { request, context in
            try await self.packedBatch(request, context: context)
        }
        router.serverStreaming(SearchServiceMethods.queryStream) { request, responses, context in
            try await self.queryStream(request, responses, context: context)
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
                                return (index, .success(try await self.packedAnswer(query, deadline: deadline)))
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

    private func queryStream(
        _ request: QueryStreamRequest,
        _ responses: any MessageWriter<QueryStreamResponse>,
        context: ServerContext
    ) async throws {
        try await ServiceError.reporting {
            guard let query = request.query else {
                throw ServiceError.invalid("query", "is required", rule: "required")
            }
            let (asked, _) = try await self.query(asked: query, deadline: context.deadline)
            let answer = try await self.repository.packedSearch(asked, deadline: context.deadline)
            try await self.unreadHits.write(
                answer.hits,
                answer.completeness,
                to: responses,
                for: context.client,
                onLoss: { context.end($0) }
            )
        }
    }

    private func suggest(_ request: SuggestRequest, context: ServerContext) async throws -> SuggestResponse {
        try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            if !request.mask.isEmpty { throw ServiceError.unserved("mask") }
            let answer = try await self.completions.suggest(
                request.prefix,
                kinds: request.kinds,
                limit: request.limit == 0 ? 10 : Int(request.limit),
                deadline: context.deadline
            )
            return SuggestResponse(suggestions: answer.suggestions, completeness: answer.completeness)
        }
    }

    /// A `QueryResponse`, encoded: hits come first, as their field's number does.
    private func packedAnswer(_ request: QueryRequest, deadline: ContinuousClock.Instant?) async throws -> RawMessage {
        let (query, embedTime) = try await self.query(asked: request, deadline: deadline)
        let start = ContinuousClock.now
        let answer = try await self.repository.packedSearch(query, deadline: deadline)
        let rest = Self.response(answer, embedTime: embedTime, databaseTime: .now - start)
        var response = answer.hits.bytes
        response.append(contentsOf: try rest.encodedBytes())
        return RawMessage(response)
    }

    /// Everything but the hits.
    private static func response(
        _ answer: SearchAnswer<PackedHits>,
        embedTime: Duration,
        databaseTime: Duration
    ) -> QueryResponse {
        QueryResponse(
            completeness: answer.completeness,
            strategy: answer.strategy,
            embeddingSpace: answer.embeddingSpace,
            cost: QueryCost(embed: ProtobufDuration(embedTime), database: ProtobufDuration(databaseTime))
        )
    }

    /// Checks a request and embeds its text. Also says how long embedding took.
    private func query(
        asked request: QueryRequest,
        deadline: ContinuousClock.Instant?
    ) async throws -> (SearchQuery, embedTime: Duration) {
        if let error = ServiceError.violating(request.violations()) { throw error }
        try Self.refuseUnserved(request)
        guard let ask = request.query?.ask else {
            throw ServiceError.invalid("query.ask", "is required: one of text, vector", rule: "required")
        }
        // Before the embedder works for nothing.
        let filter = request.filter.isEmpty ? nil : try Filter(request.filter)
        var embedTime = Duration.zero
        var embeddingSpace = request.embeddingSpace
        var isTextCut = false
        var query: SearchQuery
        switch ask {
        case .vector(let vector): query = SearchQuery(.vector(vector.values))
        case .text(let text) where text.mode == .text: query = SearchQuery(.text(text.text))
        case .text(let text):
            let words = text.mode == .vector ? WordsQuery(text.text) : try WordsQuery(bounded: text.text)
            let (space, embedder) = try await self.servedSpace(request.embeddingSpace, deadline: deadline)
            let start = ContinuousClock.now
            let (vectors, isCut) = try await embedder.embed(query: words.meaning, deadline: deadline)
            embedTime = .now - start
            isTextCut = isCut
            query = SearchQuery(
                text.mode == .vector ? .vector(vectors[0]) : .hybrid(text: text.text, vector: vectors[0])
            )
            query.furtherVectors = Array(vectors.dropFirst())
            // By its name: another space may become the active one meanwhile.
            embeddingSpace = space.name
        case .examples: throw ServiceError.unserved("query.examples")
        case .fusion: throw ServiceError.unserved("query.fusion")
        }
        query.filter = filter
        if isTextCut {
            query.unread = "the first \(QueryText.partsMax) parts of the text were embedded; what follows was not read"
        }
        query.limit = request.limit == 0 ? 10 : Int(request.limit)
        query.minScore = request.minScore
        query.embeddingSpace = embeddingSpace
        query.precision = request.precision
        query.efSearch = Int(request.efSearch)
        query.probes = Int(request.probes)
        query.withHighlights = !request.skipHighlights
        query.consistencyToken =
            request.consistencyToken.isEmpty ? nil : try ConsistencyToken(text: request.consistencyToken)
        return (query, embedTime)
    }

    private static func refuseUnserved(_ request: QueryRequest) throws(ServiceError) {
        if !request.mask.isEmpty { throw .unserved("mask") }
        if !request.pageToken.isEmpty { throw .unserved("page_token") }
        if !request.facets.isEmpty { throw .unserved("facets") }
    }

    /// The space to search in, and what embeds a text for it.
    private func servedSpace(
        _ name: String,
        deadline: ContinuousClock.Instant?
    ) async throws -> (EmbeddingSpaceInfo, any Embedder) {
        guard !self.embedders.isEmpty else { throw EmbeddingError.unavailable("no model is configured") }
        let space = try await self.repository.space(named: name, deadline: deadline)
        guard let embedder = self.embedders.embedder(for: space) else { throw ServiceError.modelNotServed(space) }
        return (space, embedder)
    }
}

extension ServiceError {
    /// The vectors of a space are of a model that is not run here.
    fileprivate static func modelNotServed(_ space: EmbeddingSpaceInfo) -> ServiceError {
        let message = "embedding_space \(space.name) holds vectors of \(space.model), which this service does not run"
        var error = ServiceError(.failedPrecondition, reason: "MODEL_NOT_SERVED", "\(message); send a vector")
        error.violations = [
            Violation(field: "embedding_space", ruleID: "model.served", message: "holds vectors of \(space.model)")
        ]
        error.precondition = ("MODEL_NOT_SERVED", space.name)
        return error
    }

    /// An item of a batch was not reached.
    fileprivate static var batchLate: ServiceError {
        ServiceError(
            .deadlineExceeded,
            reason: "DEADLINE_EXCEEDED",
            "the items before it took the time that the batch had"
        )
    }
}
