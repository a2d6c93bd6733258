internal import FoundationEssentials
package import LikenessMessages
package import LikenessRPC
internal import LikenessRepository

extension AdminService {
    package func eraseProfile(
        _ request: EraseProfileRequest,
        context: ServerContext
    ) async throws -> EraseProfileResponse {
        // The audit log names the profile by its id alone: a slug is made from a name.
        if case .id(let id)? = request.key?.key { context.setTarget(id) }
        return try await ServiceError.reporting {
            let erased = try await self.erasures.erase(
                try ProfileService.key(request.key),
                ifRevision: request.ifRevision,
                deadline: context.deadline
            )
            context.setTarget(erased.id.uuidString.lowercased())
            self.erased([erased.id])
            return EraseProfileResponse(
                id: erased.id.uuidString.lowercased(),
                eraseTime: erased.time,
                backupsExpireTime: erased.backupsExpireTime,
                consistencyToken: erased.consistencyToken?.text ?? ""
            )
        }
    }
}
