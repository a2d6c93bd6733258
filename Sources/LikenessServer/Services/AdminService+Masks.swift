package import LikenessMessages
package import LikenessRPC
internal import LikenessRepository

/// Stored views.
extension AdminService {
    package func createMask(_ request: CreateMaskRequest, context: ServerContext) async throws -> CreateMaskResponse {
        context.setTarget(request.mask?.name ?? "")
        return try await ServiceError.reporting {
            let written = try await self.masks.create(
                try Self.mask(request.mask),
                requestID: RequestID(request.requestId, caller: context.callerName),
                deadline: context.deadline
            )
            return CreateMaskResponse(
                mask: written.value,
                consistencyToken: written.consistencyToken?.text ?? ""
            )
        }
    }

    package func getMask(_ request: GetMaskRequest, context: ServerContext) async throws -> GetMaskResponse {
        try await ServiceError.reporting {
            GetMaskResponse(mask: try await self.masks.get(request.name, deadline: context.deadline))
        }
    }

    package func listMasks(_ request: ListMasksRequest, context: ServerContext) async throws -> ListMasksResponse {
        try await ServiceError.reporting {
            let page = try await self.masks.list(
                pageSize: Int(request.pageSize),
                pageToken: request.pageToken,
                showDeleted: request.showDeleted,
                answerBytesMax: context.answerBytesMax,
                deadline: context.deadline
            )
            return ListMasksResponse(masks: page.masks, nextPageToken: page.nextPageToken)
        }
    }

    package func updateMask(_ request: UpdateMaskRequest, context: ServerContext) async throws -> UpdateMaskResponse {
        context.setTarget(request.mask?.name ?? "")
        return try await ServiceError.reporting {
            let written = try await self.masks.update(
                with: try Self.mask(request.mask),
                updateMask: request.updateMask?.paths ?? [],
                ifRevision: request.ifRevision,
                requestID: RequestID(request.requestId, caller: context.callerName),
                deadline: context.deadline
            )
            return UpdateMaskResponse(
                mask: written.value,
                consistencyToken: written.consistencyToken?.text ?? ""
            )
        }
    }

    package func deleteMask(_ request: DeleteMaskRequest, context: ServerContext) async throws -> DeleteMaskResponse {
        context.setTarget(request.name)
        return try await ServiceError.reporting {
            let written = try await self.masks.softDelete(
                request.name,
                ifRevision: request.ifRevision,
                requestID: RequestID(request.requestId, caller: context.callerName),
                deadline: context.deadline
            )
            return DeleteMaskResponse(
                mask: written.value,
                consistencyToken: written.consistencyToken?.text ?? ""
            )
        }
    }

    package func restoreMask(
        _ request: RestoreMaskRequest,
        context: ServerContext
    ) async throws -> RestoreMaskResponse {
        context.setTarget(request.name)
        return try await ServiceError.reporting {
            let written = try await self.masks.restore(
                request.name,
                ifRevision: request.ifRevision,
                requestID: RequestID(request.requestId, caller: context.callerName),
                deadline: context.deadline
            )
            return RestoreMaskResponse(
                mask: written.value,
                consistencyToken: written.consistencyToken?.text ?? ""
            )
        }
    }

    package func validateMask(
        _ request: ValidateMaskRequest,
        context: ServerContext
    ) async throws -> ValidateMaskResponse {
        try await ServiceError.reporting {
            let mask = try Self.mask(request.mask)
            return ValidateMaskResponse(
                faults: (mask.violations() + mask.faults()).map {
                    RPCFieldViolation(field: "mask.\($0.field)", description: $0.message, ruleId: $0.ruleID)
                }
            )
        }
    }

    package func selectMask(_ request: SelectMaskRequest, context: ServerContext) async throws -> SelectMaskResponse {
        try await ServiceError.reporting {
            if let error = ServiceError.violating(request.violations()) { throw error }
            let (proposals, hasMore) = try await self.masks.select(
                tags: request.tags,
                bound: context.boundMasks,
                limit: request.limit == 0 ? 10 : Int(request.limit),
                deadline: context.deadline
            )
            return SelectMaskResponse(proposals: proposals, hasMore: hasMore)
        }
    }

    private static func mask(_ mask: Mask?) throws(ServiceError) -> Mask {
        guard let mask else { throw .invalid("mask", "is required", rule: "required") }
        return mask
    }
}
