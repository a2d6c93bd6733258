internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessRPC
internal import LikenessRepository
internal import LikenessWire

/// Answers `likeness.v1.SavedSearchService`.
struct SavedSearchService: SavedSearchServiceProvider {
    typealias Context = ServerContext

    private let searches: SavedSearchRepository
    private let masks: MaskRepository
    private let reader: SavedSearchReader
    private let news: SavedSearchNews
    private let tokens: PageTokens
    /// A search is new or another one.
    private let wroteSearch: @Sendable () -> Void

    init(
        searches: SavedSearchRepository,
        masks: MaskRepository,
        reader: SavedSearchReader,
        news: SavedSearchNews,
        tokens: PageTokens,
        wroteSearch: @escaping @Sendable () -> Void
    ) {
        (self.searches, self.masks, self.reader, self.news) = (searches, masks, reader, news)
        (self.tokens, self.wroteSearch) = (tokens, wroteSearch)
    }

    func createSavedSearch(
        _ request: CreateSavedSearchRequest,
        context: ServerContext
    ) async throws -> CreateSavedSearchResponse {
        context.setTarget(request.savedSearch?.name ?? "")
        return try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            let owner = try Self.owner(context)
            let search = request.savedSearch ?? SavedSearch()
            try await self.check(search.query, context)
            let stored = try await self.searches.create(
                search,
                of: owner,
                boundMasks: context.boundMasks,
                deadline: context.deadline
            )
            self.wroteSearch()
            return CreateSavedSearchResponse(savedSearch: stored.search)
        }
    }

    func getSavedSearch(
        _ request: GetSavedSearchRequest,
        context: ServerContext
    ) async throws -> GetSavedSearchResponse {
        try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            let stored = try await self.searches.get(
                request.name,
                of: try Self.owner(context),
                deadline: context.deadline
            )
            return GetSavedSearchResponse(savedSearch: stored.search)
        }
    }

    func listSavedSearches(
        _ request: ListSavedSearchesRequest,
        context: ServerContext
    ) async throws -> ListSavedSearchesResponse {
        try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            if request.allOwners { try Self.requireAdmin(context, field: "all_owners") }
            let page = try await self.searches.list(
                of: request.allOwners ? nil : try Self.owner(context),
                pageSize: Int(request.pageSize),
                pageToken: request.pageToken,
                answerBytesMax: context.answerBytesMax,
                deadline: context.deadline
            )
            return ListSavedSearchesResponse(savedSearches: page.searches, nextPageToken: page.nextPageToken)
        }
    }

    func updateSavedSearch(
        _ request: UpdateSavedSearchRequest,
        context: ServerContext
    ) async throws -> UpdateSavedSearchResponse {
        context.setTarget(request.savedSearch?.name ?? "")
        return try await ServiceError.reporting {
            let paths = request.updateMask?.paths ?? []
            let writesQuery = paths.contains("query") || paths.contains("*")
            if let error = ServiceError.violating(request.violations()) { throw error }
            let owner = try Self.owner(context)
            let search = request.savedSearch ?? SavedSearch()
            if writesQuery { try await self.check(search.query, context) }
            let stored = try await self.searches.update(
                with: search,
                of: owner,
                updateMask: paths,
                ifRevision: request.ifRevision,
                boundMasks: context.boundMasks,
                deadline: context.deadline
            )
            self.wroteSearch()
            self.news.wake()
            return UpdateSavedSearchResponse(savedSearch: stored.search)
        }
    }

    func deleteSavedSearch(
        _ request: DeleteSavedSearchRequest,
        context: ServerContext
    ) async throws -> DeleteSavedSearchResponse {
        context.setTarget(request.name)
        return try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            var owner = context.callerName
            if !request.owner.isEmpty, request.owner != owner {
                try Self.requireAdmin(context, field: "owner")
                owner = request.owner
            } else {
                owner = try Self.owner(context)
            }
            let stored = try await self.searches.delete(
                request.name,
                of: owner,
                ifRevision: request.ifRevision,
                deadline: context.deadline
            )
            self.news.wake()
            return DeleteSavedSearchResponse(savedSearch: stored.search)
        }
    }

    func watchSearch(
        _ request: WatchSearchRequest,
        _ responses: any MessageWriter<WatchSearchResponse>,
        context: ServerContext
    ) async throws {
        try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            try await SavedSearchStream(
                searches: self.searches,
                masks: self.masks,
                news: self.news,
                tokens: self.tokens,
                owner: try Self.owner(context),
                boundMasks: context.boundMasks
            ).run(request, responses, rebound: self.wroteSearch)
        }
    }

    // MARK: Who, and what

    /// Searches belong to a name that was verified.
    private static func owner(_ context: ServerContext) throws(ServiceError) -> String {
        guard !context.callerName.isEmpty else {
            throw ServiceError(
                .permissionDenied,
                reason: "IDENTITY_REQUIRED",
                "saved searches belong to callers with a named certificate or a token"
            )
        }
        return context.callerName
    }

    private static func requireAdmin(_ context: ServerContext, field: String) throws(ServiceError) {
        guard !context.roles.contains(.admin) || !context.boundMasks.isEmpty else { return }
        let reason = "requires the role admin"
        var error = ServiceError(.permissionDenied, reason: "ROLE_REQUIRED", "\(field) \(reason)")
        error.violations = [Violation(field: field, ruleID: "role", message: reason)]
        throw error
    }

    /// All that a search would check, and what keeps a query from being saved.
    private func check(_ query: QueryRequest?, _ context: ServerContext) async throws {
        guard let query else { throw ServiceError.invalid("saved_search.query", "is required", rule: "required") }
        let violations = query.violations().filter { $0.field != "query" } + query.savingFaults()
        if let error = ServiceError.violating(violations) { throw error.inside("saved_search.query") }
        do {
            let view = try await self.masks.view(
                bound: context.boundMasks,
                requested: query.mask,
                deadline: context.deadline
            )
            let saved = try await self.reader.read(
                query,
                id: UUID(),
                view: view,
                deadline: context.deadline,
                embeds: false
            )
            if let reason = saved.emptiness { throw ServiceError.invalid("query.text.text", reason) }
        } catch {
            throw ServiceError(describing: error).inside("saved_search.query")
        }
    }
}
