package import LikenessMessages
package import LikenessRPC
internal import LikenessRepository

extension ProfileService {
    package func exportProfiles(
        _ request: ExportProfilesRequest,
        _ responses: any MessageWriter<ExportProfilesResponse>,
        context: ServerContext
    ) async throws {
        try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            let export = ProfileExport(
                profiles: self.profiles,
                masks: self.masks,
                boundMasks: context.boundMasks,
                request: request,
                fields: try ProfileReadMask(request.readMask),
                token: try Self.token(request.consistencyToken),
                answerBytesMax: context.answerBytesMax,
                deadline: context.deadline,
                unreadTime: self.exportPlaces.limits.unreadTime
            )
            try await self.exportPlaces.withPlace(of: context.client) { try await export.run(responses) }
        }
    }
}
