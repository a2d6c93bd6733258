internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct AdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admin",
        abstract: "Look after the service.",
        subcommands: [
            AdminStatusCommand.self, AdminReindexCommand.self, AdminOperationsCommand.self, AdminEraseCommand.self,
            AdminPersonalDataCommand.self,
        ]
    )
}

struct AdminStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show health, version, counts, pool, index and migrations.",
        discussion: """
            Ends with status 1 when the service is not serving.

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
            let answers: [(name: String, answer: (any Message)?)] = [
                ("health", health), ("version", version), ("statistics", statistics), ("migrations", migrations),
            ]
            try self.outputOptions.write(answers) { output.page($0) }
            if health.status == .notServing { throw ExitCode(1) }
        }
    }
}

enum IndexMethodArgument: String, ExpressibleByArgument, CaseIterable {
    case hnsw, ivfflat

    var method: IndexMethod {
        switch self {
        case .hnsw: .hnsw
        case .ivfflat: .ivfflat
        }
    }
}

struct AdminReindexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex",
        abstract: "Rebuild the vector index beside the old one; searches and writes go on.",
        discussion: """
            A space of few embeddings, which has no index, is given one.

            EXAMPLES
              likeness admin reindex
              likeness admin reindex --method ivfflat --lists 10
              likeness admin reindex --no-wait --output json
            """
    )

    @Option(help: "Name of the embedding space (default: the active one).", transform: GivenText.read)
    var space = ""

    @Option(help: "Change the method of the index: hnsw or ivfflat.")
    var method: IndexMethodArgument?

    @Option(help: "IVFFlat: number of lists (default: by the number of rows).")
    var lists: Int32 = 0

    @Option(help: "HNSW: connections per layer (default: the service's).")
    var m: Int32 = 0

    @Option(help: "HNSW: candidates while building (default: the service's).")
    var efConstruction: Int32 = 0

    @Flag(inversion: .prefixedNo, help: "Wait for the end and show progress; Ctrl-C ends the wait, not the reindex.")
    var wait = true

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        if self.lists != 0, self.method == .hnsw { throw ValidationError("--lists is of ivfflat, not of hnsw") }
        if self.m != 0 || self.efConstruction != 0, self.method == .ivfflat {
            throw ValidationError("--m and --ef-construction are of hnsw, not of ivfflat")
        }
        guard self.lists == 0 || self.m == 0 && self.efConstruction == 0 else {
            throw ValidationError("--lists is of ivfflat, --m and --ef-construction are of hnsw: give one or the other")
        }
        guard (0...32_768).contains(self.lists) else { throw ValidationError("--lists is 1 to 32768") }
        guard self.m == 0 || (2...100).contains(self.m) else { throw ValidationError("--m is 2 to 100") }
        guard self.efConstruction == 0 || (4...1_000).contains(self.efConstruction) else {
            throw ValidationError("--ef-construction is 4 to 1000")
        }
    }

    func run() async throws {
        try await self.connection.withClient { client, options in
            var request = ReindexRequest(
                embeddingSpace: self.space,
                method: self.method?.method ?? .unspecified,
                lists: self.lists,
                m: self.m,
                efConstruction: self.efConstruction
            )
            if request.method == .unspecified, let implied = self.impliedMethod {
                try await self.check(implied, of: &request, client: client, options: options)
            }
            var response = try await client.admin.reindex(request, options: options)
            if self.wait, let started = response.operation {
                Console.say("operation \(started.id); from elsewhere: likeness admin operations wait \(started.id)")
                response.operation = try await OperationWatch(started, client: client, options: options).untilEnded()
            }
            try self.outputOptions.write(response) { style in
                OperationOutput.line(response.operation ?? Operation(), style)
            }
            try OperationWatch.check(response.operation)
        }
    }

    /// The method whose parameters were given.
    private var impliedMethod: IndexMethod? {
        self.lists != 0 ? .ivfflat : self.m != 0 || self.efConstruction != 0 ? .hnsw : nil
    }

    /// Refuses parameters that the index which stays has no use for.
    private func check(
        _ implied: IndexMethod,
        of request: inout ReindexRequest,
        client: LikenessClient,
        options: CallOptions
    ) async throws {
        let statistics = try await client.admin.getStatistics(GetStatisticsRequest(), options: options)
        let space = statistics.embeddingSpaces.first { self.space.isEmpty ? $0.active : $0.name == self.space }
        guard let method = space?.index?.method, method != .unspecified, method != implied else { return }
        let (given, needed) =
            implied == .ivfflat ? ("--lists is", "ivfflat") : ("--m and --ef-construction are", "hnsw")
        throw CommandFailure(
            "\(given) of \(needed), and the index is of another method: add --method \(needed) to change it",
            exitCode: 64
        )
    }
}
