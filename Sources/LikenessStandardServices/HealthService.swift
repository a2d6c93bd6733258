package import LikenessMessages
package import LikenessRPC
internal import LikenessWire

/// Answers `likeness.rpc.v1.HealthService` from a registry.
package struct HealthService: HealthServiceProvider {
    package typealias Context = ServerContext

    private let registry: HealthRegistry

    package init(registry: HealthRegistry) { self.registry = registry }

    package func check(_ request: RPCCheckRequest, context: ServerContext) async throws -> RPCCheckResponse {
        guard let status = self.registry.status(of: request.service) else {
            throw RPCError(
                .notFound,
                reason: "SERVICE_NOT_FOUND",
                "there is no service \(request.service)",
                RPCResourceInfo(resourceType: "service", resourceName: request.service)
            )
        }
        return RPCCheckResponse(status: status)
    }

    package func watch(
        _ request: RPCWatchRequest,
        _ responses: any MessageWriter<RPCWatchResponse>,
        context: ServerContext
    ) async throws {
        try await Self.watch(request.service, in: self.registry, responses)
    }

    /// One status at a time: while the reader takes its time, changes are not collected.
    static func watch(
        _ service: String,
        in registry: HealthRegistry,
        _ responses: any MessageWriter<RPCWatchResponse>
    ) async throws {
        var last: HealthRegistry.ServingStatus?
        while let status = try await registry.status(of: service, after: last) {
            try await responses.write(RPCWatchResponse(status: status))
            last = status
        }
    }
}
