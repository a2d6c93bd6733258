internal import LikenessEmbedding
internal import LikenessMessages
internal import LikenessRepository
internal import LikenessWire

/// A request's query as the repository takes it.
struct AskedQuery {
    var query: SearchQuery
    /// How long its texts took to embed.
    var embedTime = Duration.zero
    /// What a query by examples alone came to.
    var derived: FusionQuery?
    var facets: FacetRequest?
}

/// Reads what is asked: texts become vectors, examples the vectors that they came to, fusions are followed to their ends.
struct QueryReader {
    /// Queries of one request that are no fusions, of which an example is several.
    static let queriesMax = 10
    /// Fusions within each other.
    static let depthMax = 3

    private let repository: SearchRepository
    private let embedders: EmbedderRegistry
    private let consistencyToken: ConsistencyToken?
    /// What examples are looked at through.
    private let view: View?
    private let deadline: ContinuousClock.Instant?
    private let embeds: Bool
    private let recorder: SearchRecorder?
    /// As the request names it, and by its name once it has been looked up: another space may become the active one meanwhile.
    private var embeddingSpace: String
    private var embedTime = Duration.zero
    /// Of the hits of the last text that was read.
    private var relevance: QueryRelevance?
    private var queries = 0
    /// Ids of examples that are not to be hits.
    private var left: Set<String> = []

    init(
        repository: SearchRepository,
        embedders: EmbedderRegistry,
        embeddingSpace: String,
        consistencyToken: ConsistencyToken?,
        view: View?,
        deadline: ContinuousClock.Instant?,
        embeds: Bool,
        recorder: SearchRecorder?
    ) {
        self.repository = repository
        self.embedders = embedders
        self.embeddingSpace = embeddingSpace
        self.consistencyToken = consistencyToken
        self.view = view
        self.deadline = deadline
        self.embeds = embeds
        self.recorder = recorder
    }

    /// - Throws: What is wrong with the query, with the field's path in the request.
    consuming func read(_ query: Query?) async throws -> AskedQuery {
        guard let query, query.ask != nil else { throw Self.missing("query.ask") }
        var derived: FusionQuery?
        var asked: SearchQuery
        switch try await self.part(query, path: "query", depth: 0) {
        case .leaf(let leaf):
            asked = SearchQuery(leaf.ask)
            asked.furtherVectors = leaf.furtherVectors
            asked.unread = leaf.unread
            if let relevance = self.relevance { asked.relevance = relevance }
        case .fusion(let fusion):
            asked = SearchQuery(.fusion(fusion))
            if case .examples? = query.ask { derived = FusionQuery(fusion) }
        }
        asked.left = self.left
        asked.embeddingSpace = self.embeddingSpace
        return AskedQuery(query: asked, embedTime: self.embedTime, derived: derived)
    }

    private mutating func part(_ query: Query, path: String, depth: Int) async throws -> SearchFusion.Part.Query {
        switch query.ask {
        case .vector(let vector):
            try self.count(1, path)
            return .leaf(.init(.vector(vector.values), path: path))
        case .text(let text):
            try self.count(1, path)
            do {
                return .leaf(try await self.leaf(text, path: path))
            } catch let error as RepositoryError {
                throw error.inside(query: path)
            } catch EmbeddingError.badInput(let reason) {
                throw ServiceError.invalid("\(path).text.text", "cannot be embedded: \(reason)")
            }
        case .examples(let examples):
            let fusion = try await self.fusion(examples, path: "\(path).examples")
            try self.count(fusion.parts.count, path)
            return .fusion(fusion)
        case .fusion(let fusion):
            return .fusion(try await self.fusion(fusion, path: "\(path).fusion", depth: depth + 1))
        case nil: throw Self.missing("\(path).ask")
        }
    }

    private mutating func leaf(_ text: TextQuery, path: String) async throws -> SearchFusion.Leaf {
        if text.mode == .text {
            self.relevance = .of(.text)
            return .init(.text(text.text), path: path)
        }
        let words = text.mode == .vector ? WordsQuery(text.text) : try WordsQuery(bounded: text.text)
        let (space, embedder) = try await self.servedSpace()
        self.embeddingSpace = space.name
        let parts = embedder.parts(of: words.meaning, countMax: QueryText.partsMax)
        guard parts.isReadable else {
            let reason = "the model \(space.model) knows too few of its words"
            guard text.mode != .vector else {
                throw ServiceError.invalid("\(path).text.text", "cannot be compared by meaning: \(reason)")
            }
            self.relevance = .of(.text)
            return .init(.text(text.text), unread: "\(reason): they were looked for as words alone", path: path)
        }
        self.relevance =
            parts.texts.count > 1
            ? .unknown("the text is longer than the model reads") : .of(text.mode, model: space.model)
        guard self.embeds else {
            // Any vector that the space takes.
            let vector = [1] + [Float](repeating: 0, count: space.dimension - 1)
            return .init(text.mode == .vector ? .vector(vector) : .hybrid(text: text.text, vector: vector), path: path)
        }
        let start = ContinuousClock.now
        let watch = self.recorder?.watch(.embed)
        let vectors = try await embedder.embed(parts.texts, priority: .interactive, deadline: self.deadline)
        watch?.stop()
        self.embedTime += .now - start
        return .init(
            text.mode == .vector ? .vector(vectors[0]) : .hybrid(text: text.text, vector: vectors[0]),
            furtherVectors: Array(vectors.dropFirst()),
            unread: parts.isCut
                ? "the first \(QueryText.partsMax) parts of the text were embedded; what follows was not read" : nil,
            path: path
        )
    }

    private mutating func fusion(_ examples: ExampleQuery, path: String) async throws -> SearchFusion {
        let found = try await self.repository.fusion(
            positive: examples.positive,
            negative: examples.negative,
            space: self.embeddingSpace,
            path: path,
            through: self.view,
            at: self.consistencyToken,
            deadline: self.deadline,
            recorder: self.recorder
        )
        self.embeddingSpace = found.space
        if !examples.includeExamples { self.left.formUnion(found.examples) }
        return found.fusion
    }

    private mutating func fusion(_ fusion: FusionQuery, path: String, depth: Int) async throws -> SearchFusion {
        guard depth <= Self.depthMax else {
            throw ServiceError.invalid(path, "is more than \(Self.depthMax) fusions deep", rule: "depth")
        }
        var parts: [SearchFusion.Part] = []
        for (index, part) in fusion.queries.enumerated() {
            let path = "\(path).queries[\(index)].query"
            guard let query = part.query else { throw Self.missing(path) }
            parts.append(
                .init(
                    try await self.part(query, path: path, depth: depth),
                    weight: part.weight == 0 ? 1 : Double(part.weight)
                )
            )
        }
        switch fusion.method {
        case .reciprocalRank:
            return SearchFusion(
                .reciprocalRank(constant: fusion.rankConstant == 0 ? 60 : Int(fusion.rankConstant)),
                parts
            )
        case .linear, .unspecified, .unrecognized: return SearchFusion(.linear, parts)
        }
    }

    private mutating func count(_ more: Int, _ path: String) throws {
        self.queries += more
        guard self.queries <= Self.queriesMax else {
            throw ServiceError.invalid(
                path,
                "is beyond the \(Self.queriesMax) queries that a request may have",
                rule: "max_items"
            )
        }
    }

    /// The space to search in, and what embeds a text for it.
    private func servedSpace() async throws -> (EmbeddingSpaceInfo, any Embedder) {
        guard !self.embedders.isEmpty else { throw EmbeddingError.unavailable("no model is configured") }
        let space = try await self.repository.space(named: self.embeddingSpace, deadline: self.deadline)
        guard let embedder = self.embedders.embedder(for: space) else { throw ServiceError.modelNotServed(space) }
        return (space, embedder)
    }

    private static func missing(_ field: String) -> ServiceError {
        .invalid(field, "is required: one of text, vector, examples, fusion", rule: "required")
    }
}

extension FusionQuery {
    /// The vectors of examples. Other queries have no form of their own here.
    fileprivate init?(_ fusion: SearchFusion) {
        var queries: [SubQuery] = []
        for part in fusion.parts {
            guard case .leaf(let leaf) = part.query, case .vector(let values) = leaf.ask else { return nil }
            queries.append(
                SubQuery(query: Query(ask: .vector(VectorQuery(values: values))), weight: Float(part.weight))
            )
        }
        self.init(queries: queries, method: .linear)
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
}
