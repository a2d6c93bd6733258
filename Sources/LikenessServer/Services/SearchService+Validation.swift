internal import LikenessMessages
internal import LikenessRPC
internal import LikenessRepository

extension SearchService {
    /// Checks all of a request that a search would check before it begins. Nothing is searched, embedded or kept.
    func validate(
        _ request: QueryRequest,
        _ context: ServerContext,
        deadline: ContinuousClock.Instant?
    ) async throws {
        try Self.check(request)
        guard request.pageToken.isEmpty else {
            let filter = request.filter.isEmpty ? nil : try Filter(request.filter)
            var page = try Self.pageRequest(
                request,
                filter: filter,
                caller: context.callerName,
                bytesMax: context.answerBytesMax
            )
            page.view = try await self.view(request.mask, page.consistencyToken, context, deadline: deadline)
            return try self.repository.validatePage(at: request.pageToken, page)
        }
        let asked = try await self.query(asked: request, context, deadline: deadline, embeds: false)
        try await self.repository.validate(asked.query, deadline: deadline)
    }
}
