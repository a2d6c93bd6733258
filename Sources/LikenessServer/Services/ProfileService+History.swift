package import LikenessMessages
package import LikenessRPC
internal import LikenessRepository

extension ProfileService {
    package func listRevisions(
        _ request: ListRevisionsRequest,
        context: ServerContext
    ) async throws -> ListRevisionsResponse {
        try await ServiceError.reporting {
            let token = try Self.token(request.consistencyToken)
            let page = try await self.profiles.revisions(
                of: try Self.key(request.key),
                through: try await self.view(request.mask, token, context),
                pageSize: Int(request.pageSize),
                pageToken: request.pageToken,
                showOldValues: request.showOldValues,
                answerBytesMax: context.answerBytesMax - Self.pageTokenBytes,
                consistencyToken: token,
                deadline: context.deadline
            )
            return ListRevisionsResponse(revisions: page.revisions, nextPageToken: page.nextPageToken)
        }
    }

    /// Room for the token of a page of revisions.
    private static let pageTokenBytes = 200

    package func diffRevisions(
        _ request: DiffRevisionsRequest,
        context: ServerContext
    ) async throws -> DiffRevisionsResponse {
        try await ServiceError.reporting {
            let token = try Self.token(request.consistencyToken)
            let difference = try await self.profiles.difference(
                of: try Self.key(request.key),
                from: request.from ?? PointInTime(),
                to: request.to,
                through: try await self.view(request.mask, token, context),
                consistencyToken: token,
                deadline: context.deadline
            )
            return DiffRevisionsResponse(
                changedPaths: difference.changedPaths,
                from: difference.from,
                to: difference.to
            )
        }
    }

    package func restoreRevision(
        _ request: RestoreRevisionRequest,
        context: ServerContext
    ) async throws -> RestoreRevisionResponse {
        try await ServiceError.reporting {
            let written = try await self.profiles.restore(
                try Self.key(request.key),
                to: request.point ?? PointInTime(),
                ifRevision: request.ifRevision,
                requestID: RequestID(request.requestId, caller: context.callerName),
                validateOnly: request.validateOnly,
                answerBytesMax: context.answerBytesMax,
                deadline: context.deadline
            )
            if request.validateOnly {
                return RestoreRevisionResponse(profile: written.value, redirectedFrom: written.redirectedFrom)
            }
            return RestoreRevisionResponse(
                profile: written.value,
                consistencyToken: Self.text(written.consistencyToken),
                isEmbedded: await self.finish(request.waitFor, [written.value.id], context),
                redirectedFrom: written.redirectedFrom
            )
        }
    }
}
