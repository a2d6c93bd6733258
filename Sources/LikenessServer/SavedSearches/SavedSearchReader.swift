internal import FoundationEssentials
internal import LikenessEmbedding
internal import LikenessMessages
internal import LikenessRepository

/// Makes of a saved search what profiles are compared with.
struct SavedSearchReader: Sendable {
    let search: SearchRepository
    let masks: MaskRepository
    let embedders: EmbedderRegistry

    /// What a search sees through, and in which embedding space: with others its matches are found again.
    struct Basis: Sendable {
        let view: View?
        /// The space, and its model; empty where no embedding is compared.
        let space: String

        var seenThrough: String { self.view?.stamp ?? "" }
        var text: String { "\(self.seenThrough)/\(self.space)" }
    }

    /// - Parameter boundMasks: Names of the masks that its owner is bound to.
    func basis(
        of request: QueryRequest,
        boundMasks: [String],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> Basis {
        let view = try await self.masks.view(bound: boundMasks, requested: request.mask, deadline: deadline)
        guard let query = request.query, query.ask != nil, !query.isByWordsAlone else {
            return Basis(view: view, space: "")
        }
        let space = try await self.search.space(named: request.embeddingSpace, deadline: deadline)
        return Basis(view: view, space: "\(space.name) \(space.model)")
    }

    /// - Parameter embeds: Without, the query is checked alone.
    /// - Throws: What is wrong with the request, with the field's path in it.
    func read(
        _ request: QueryRequest,
        id: UUID,
        view: View?,
        deadline: ContinuousClock.Instant?,
        embeds: Bool = true
    ) async throws -> SavedQuery {
        var query: SearchQuery?
        if let asked = request.query, asked.ask != nil {
            let reader = QueryReader(
                repository: self.search,
                embedders: self.embedders,
                embeddingSpace: request.embeddingSpace,
                consistencyToken: nil,
                view: view,
                deadline: deadline,
                embeds: embeds,
                recorder: nil
            )
            query = try await reader.read(asked).query
            query?.minScore = request.minScore
        }
        return try await self.search.saved(id, query, filter: request.filter, view: view, deadline: deadline)
    }
}
