internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct AdminOperationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations",
        abstract: "Follow work that goes on after its command has ended: reindexes.",
        subcommands: [
            OperationsListCommand.self, OperationsShowCommand.self, OperationsWaitCommand.self,
            OperationsCancelCommand.self,
        ],
        defaultSubcommand: OperationsListCommand.self
    )
}

/// The operation a command is about.
struct OperationArgument: ParsableArguments {
    @Argument(help: "Id (UUID) of the operation, as list shows it.")
    var operation: String
}

struct OperationsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List operations, newest first.",
        discussion: """
            EXAMPLES
              likeness admin operations list
              likeness admin operations list --output json | jq -r '.operations[].state'
            """
    )

    @OptionGroup var page: PageOptions
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = ListOperationsRequest(pageSize: self.page.limit, pageToken: self.page.pageToken)
            let response = try await client.admin.listOperations(request, options: options)
            try self.outputOptions.write(response) { OperationOutput.table(response, $0) }
        }
    }
}

struct OperationsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show how far an operation is.")

    @OptionGroup var argument: OperationArgument
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = GetOperationRequest(id: self.argument.operation)
            let response = try await client.admin.getOperation(request, options: options)
            try self.outputOptions.write(response) { OperationOutput.line(response.operation ?? Operation(), $0) }
        }
    }
}

struct OperationsWaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for the end of an operation and show its progress.",
        discussion: """
            Ends with status 1 when the operation failed or was cancelled. Ctrl-C ends the wait alone. It waits however long that takes: \
            --timeout is of each of its calls.
            """
    )

    @OptionGroup var argument: OperationArgument
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = GetOperationRequest(id: self.argument.operation)
            var response = try await client.admin.getOperation(request, options: options)
            if let operation = response.operation {
                response.operation = try await OperationWatch(operation, client: client, options: options).untilEnded()
            }
            try self.outputOptions.write(response) { OperationOutput.line(response.operation ?? Operation(), $0) }
            try OperationWatch.check(response.operation)
        }
    }
}

struct OperationsCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ask a running operation to stop; what it has replaced so far stays in use."
    )

    @OptionGroup var argument: OperationArgument
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let request = CancelOperationRequest(id: self.argument.operation)
            let response = try await client.admin.cancelOperation(request, options: options)
            try self.outputOptions.write(response) { OperationOutput.line(response.operation ?? Operation(), $0) }
        }
    }
}

/// Waits for the end of an operation and shows its progress on standard error.
struct OperationWatch {
    private let started: LikenessMessages.Operation
    private let client: LikenessClient
    private let options: CallOptions

    init(_ started: LikenessMessages.Operation, client: LikenessClient, options: CallOptions) {
        self.started = started
        self.client = client
        self.options = options
    }

    func untilEnded() async throws -> LikenessMessages.Operation {
        var operation = self.started
        var progress = ProgressBar(title: "\(operation.kind) of \(operation.target)", total: 100)
        do {
            while operation.state == .running {
                let request = WaitOperationRequest(
                    id: operation.id,
                    timeout: ProtobufDuration(seconds: 1),
                    knownPhase: operation.phase
                )
                operation =
                    try await self.client.admin.waitOperation(request, options: self.options).operation ?? operation
                progress.show(OperationOutput.wholePercent(operation.percent), note: OperationOutput.phase(operation))
            }
        } catch {
            progress.finish()
            let id = self.started.id
            Console.say(
                "the \(self.started.kind) goes on in the service; to follow it: likeness admin operations wait \(id)"
            )
            Console.say("to stop it: likeness admin operations cancel \(id)")
            throw error
        }
        progress.finish()
        return operation
    }

    /// - Throws: `ExitCode` when the operation has ended without success.
    static func check(_ operation: LikenessMessages.Operation?) throws {
        if operation?.state == .failed || operation?.state == .cancelled { throw ExitCode(1) }
    }
}
