internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessReflection

struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call any method of any server, with JSON.",
        discussion: """
            The server's reflection says what the methods and messages are. Requests and answers are JSON by protobuf's JSON \
            mapping. Methods that take a stream get one request after the other, each sent as soon as it is read; streamed \
            answers are printed one to a line as they come. Ctrl-C cancels the call.

            EXAMPLES
              likeness call SearchService/Query \\
                  '{"query": {"text": {"text": "founded a hospital"}}, "limit": 3}'
              likeness call AdminService/GetVersion
              likeness call HealthService/Watch '{}'
              likeness call ProfileService/CreateProfile @profile.json
              likeness call InteropService/FullDuplexCall - < requests.jsonl
              likeness call SearchService/Query '{}' --verbose --metadata trace-bin=AAEC
            """
    )

    @Argument(help: "SERVICE/METHOD; the service's short name will do when there is one of that name.")
    var method: String

    @Argument(help: "JSON values, @FILE for a file of them, - for standard input (default: {}).")
    var requests: [String] = []

    @Option(
        help: "Metadata to send along, as KEY=TEXT or KEY-bin=BASE64; may be repeated.",
        transform: { try MetadataArgument($0) }
    )
    var metadata: [MetadataArgument] = []

    @Flag(name: .shortAndLong, help: "Print trailers, and the details of a failure, to standard error.")
    var verbose = false

    @Flag(help: "Print also what is empty or zero.")
    var emitDefaults = false

    @Flag(help: "Print names as in the .proto files: page_size for pageSize.")
    var protoNames = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        var json = JSONOptions()
        json.printsDefaults = self.emitDefaults
        json.usesOriginalNames = self.protoNames
        try await self.connection.withClient { client, options in
            let contract = try await RemoteContract.loadOrKnown(from: client, options: options)
            let method = try contract.resolver.method(self.method).1
            var options = options
            for pair in self.metadata { pair.add(to: &options) }
            if self.verbose {
                options.onTrailers = { CallDetails.lines(trailers: $0).forEach { Console.say($0) } }
            }
            let isIndented = self.outputOptions.output == .table && !method.serverStreams
            do {
                try await DynamicCall(method, pool: contract.pool, options: json).run(
                    on: client.caller,
                    options: options,
                    requests: JSONRequests(arguments: self.requests)
                ) { try Console.output.writeLine(DisplayText(json: $0.text(isIndented: isIndented))) }
            } catch let error as LikenessError where self.verbose {
                throw CommandFailure.answered(error, notes: CallDetails(pool: contract.pool).lines(of: error))
            }
        }
    }
}
