internal import ArgumentParser
internal import LikenessClient
internal import LikenessMessages

struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin",
        abstract: "Look after the service.",
        subcommands: [AdminStatusCommand.self, AdminReindexCommand.self]
    )
}

struct AdminStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show health, version, counts, pool, index and migrations.",
        discussion: """
            EXAMPLES
              likeness admin status
              likeness admin status --output json | jq .health
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let health = try await client.admin.getHealth(GetHealthRequest(), options: options)
            // What the database cannot answer now is left out; health says why.
            let version = try? await client.admin.getVersion(GetVersionRequest(), options: options)
            let statistics = try? await client.admin.getStatistics(GetStatisticsRequest(), options: options)
            let migrations = try? await client.admin.getMigrationStatus(GetMigrationStatusRequest(), options: options)
            let output = StatusOutput(health: health, version: version, statistics: statistics, migrations: migrations)
            try self.outputOptions.write(output) { output.page($0) }
            if health.status == .notServing { throw ExitCode(1) }
        }
    }
}

enum IndexMethodArgument: String, ExpressibleByArgument, CaseIterable {
    case hnsw, ivfflat
}

struct AdminReindexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex",
        abstract: "Rebuild the vector index beside the old one; searches and writes go on.",
        discussion: """
            EXAMPLES
              likeness admin reindex
              likeness admin reindex --method ivfflat --lists 100
              likeness admin reindex --no-wait --output json
            """
    )

    @Option(help: "Name of the embedding space (default: the active one).")
    var space = ""

    @Option(help: "Change the method of the index: hnsw or ivfflat.")
    var method: IndexMethodArgument?

    @Option(help: "IVFFlat: number of lists (default: by the number of rows).")
    var lists: Int32 = 0

    @Option(help: "HNSW: connections per layer (default: 16).")
    var m: Int32 = 0

    @Option(help: "HNSW: candidates while building (default: 64).")
    var efConstruction: Int32 = 0

    @Flag(inversion: .prefixedNo, help: "Wait for the end and show progress.")
    var wait = true

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            var request = ReindexRequest(
                embeddingSpace: self.space,
                lists: self.lists,
                m: self.m,
                efConstruction: self.efConstruction
            )
            switch self.method {
            case .hnsw: request.method = .hnsw
            case .ivfflat: request.method = .ivfflat
            case nil: break
            }
            var operation = try await client.admin.reindex(request, options: options).operation ?? Operation()
            if self.wait { operation = try await self.watch(operation, client: client, options: options) }
            let output = OperationOutput(operation)
            try self.outputOptions.write(output) { output.line($0) }
            if operation.state == .failed || operation.state == .cancelled { throw ExitCode(1) }
        }
    }

    private func watch(
        _ started: LikenessMessages.Operation,
        client: LikenessClient,
        options: CallOptions
    ) async throws -> LikenessMessages.Operation {
        var operation = started
        var progress = ProgressBar(title: "reindexing \(started.target)", total: 100)
        while operation.state == .running {
            let request = WaitOperationRequest(
                id: operation.id,
                timeout: ProtobufDuration(seconds: 1),
                knownPhase: operation.phase
            )
            operation = try await client.admin.waitOperation(request, options: options).operation ?? operation
            progress.show(Int(operation.percent), note: operation.phase)
        }
        progress.finish()
        return operation
    }
}
