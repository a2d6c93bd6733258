internal import FoundationEssentials
package import LikenessMessages
package import LikenessRPC
internal import LikenessRepository

/// Answers `likeness.v1.AdminService`.
package struct AdminService: AdminServiceProvider {
    package typealias Context = ServerContext

    private let statistics: StatisticsRepository
    private let operations: OperationRepository
    private let reindexer: Reindexer
    let masks: MaskRepository
    private let monitor: ServiceMonitor
    let erasures: ErasureRepository
    let personalData: PersonalData
    let exportPlaces: ExportPlaces
    /// Has what is in memory of profiles forgotten, and followers see to the rest.
    let erased: @Sendable (Set<UUID>) -> Void

    init(
        statistics: StatisticsRepository,
        operations: OperationRepository,
        reindexer: Reindexer,
        masks: MaskRepository,
        monitor: ServiceMonitor,
        erasures: ErasureRepository,
        personalData: PersonalData,
        exportPlaces: ExportPlaces,
        erased: @escaping @Sendable (Set<UUID>) -> Void
    ) {
        self.statistics = statistics
        self.operations = operations
        self.reindexer = reindexer
        self.masks = masks
        self.monitor = monitor
        self.erasures = erasures
        (self.personalData, self.exportPlaces) = (personalData, exportPlaces)
        self.erased = erased
    }

    package func getHealth(_ request: GetHealthRequest, context: ServerContext) async throws -> GetHealthResponse {
        var health = self.monitor.latestHealth
        // What the service is made of is for those who may read from it, or watch it.
        // They count what waits, whatever a mask hides.
        let mayLook = context.roles.contains(.reader) || context.roles.contains(.monitor)
        if !mayLook || !context.boundMasks.isEmpty { health.components = [] }
        return health
    }

    package func getVersion(_ request: GetVersionRequest, context: ServerContext) async throws -> GetVersionResponse {
        try await ServiceError.reporting {
            let versions = try await self.monitor.versions(deadline: context.deadline)
            return GetVersionResponse(
                version: ProductVersion.current,
                protocol: "likeness/1",
                postgresVersion: versions.postgres,
                pgvectorVersion: versions.pgvector,
                embeddingModel: self.monitor.embeddingModel,
                startTime: self.monitor.startTime
            )
        }
    }

    package func getStatistics(
        _ request: GetStatisticsRequest,
        context: ServerContext
    ) async throws -> GetStatisticsResponse {
        try await ServiceError.reporting {
            var response = try await self.statistics.statistics(deadline: context.deadline)
            response.pool = self.monitor.poolStatistics
            response.embedder = self.monitor.embedderStatistics
            for index in response.embeddingSpaces.indices {
                response.embeddingSpaces[index].served = self.monitor.serves(response.embeddingSpaces[index])
            }
            return response
        }
    }

    package func getMigrationStatus(
        _ request: GetMigrationStatusRequest,
        context: ServerContext
    ) async throws -> GetMigrationStatusResponse {
        try await ServiceError.reporting { try await self.monitor.migrationStatus(deadline: context.deadline) }
    }

    package func reindex(_ request: ReindexRequest, context: ServerContext) async throws -> ReindexResponse {
        context.setTarget(request.embeddingSpace)
        return try await ServiceError.reporting {
            ReindexResponse(
                operation: try await self.reindexer.start(
                    request,
                    caller: context.callerName,
                    deadline: context.deadline
                )
            )
        }
    }

    package func getOperation(
        _ request: GetOperationRequest,
        context: ServerContext
    ) async throws -> GetOperationResponse {
        context.setTarget(request.id)
        return try await ServiceError.reporting {
            GetOperationResponse(operation: try await self.operations.get(request.id, deadline: context.deadline))
        }
    }

    package func waitOperation(
        _ request: WaitOperationRequest,
        context: ServerContext
    ) async throws -> WaitOperationResponse {
        context.setTarget(request.id)
        return try await ServiceError.reporting {
            let timeout = request.timeout?.duration ?? .seconds(10)
            guard timeout >= .zero, timeout <= .seconds(60) else {
                throw ServiceError.invalid("timeout", "must be between 0 and 60 s")
            }
            let operation = try await self.operations.wait(
                for: request.id,
                timeout: timeout,
                knownPhase: request.knownPhase,
                deadline: context.deadline
            )
            return WaitOperationResponse(operation: operation)
        }
    }

    package func cancelOperation(
        _ request: CancelOperationRequest,
        context: ServerContext
    ) async throws -> CancelOperationResponse {
        context.setTarget(request.id)
        return try await ServiceError.reporting {
            CancelOperationResponse(operation: try await self.reindexer.cancel(request.id, deadline: context.deadline))
        }
    }

    package func listOperations(
        _ request: ListOperationsRequest,
        context: ServerContext
    ) async throws -> ListOperationsResponse {
        try await ServiceError.reporting {
            let page = try await self.operations.list(
                pageSize: Int(request.pageSize),
                pageToken: request.pageToken,
                deadline: context.deadline
            )
            return ListOperationsResponse(operations: page.operations, nextPageToken: page.nextPageToken)
        }
    }
}
