internal import ArgumentParser
internal import LikenessClient
internal import LikenessReflection

struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Call any method of any server, with JSON.",
        discussion: """
            The server's reflection says what the methods and messages are. Requests and answers are JSON by protobuf's JSON
            mapping. Methods that take a stream get one request after the other, each sent as soon as it is read; streamed
            answers are printed one to a line as they come.

            EXAMPLES
              likeness call SearchService/Query '{"query": {"text": {"text": "founded a hospital"}}, "limit": 3}'
              likeness call AdminService/GetVersion
              likeness call HealthService/Watch '{}'
              likeness call ProfileService/CreateProfile @profile.json
              likeness call InteropService/FullDuplexCall - < requests.jsonl
            """
    )

    @Argument(help: "SERVICE/METHOD; the service's short name will do when there is one of that name.")
    var method: String

    @Argument(help: "JSON values, @FILE for a file of them, - for standard input (default: {}).")
    var requests: [String] = []

    @Option(help: "Metadata to send along, as KEY=VALUE; may be repeated.")
    var metadata: [String] = []

    @Flag(help: "Print also what is empty or zero.")
    var emitDefaults = false

    @Flag(help: "Print names as in the .proto files: page_size for pageSize.")
    var protoNames = false

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    private func pairs() throws -> [(key: String, value: String)] {
        try self.metadata.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let isValid = parts[0].utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
                }
            }
            guard parts.count == 2, isValid, !parts[0].isEmpty else {
                throw ValidationError("--metadata \"\(text)\" is not KEY=VALUE with a key of a-z 0-9 . _ -")
            }
            return (parts[0], parts[1])
        }
    }

    func validate() throws { _ = try self.pairs() }

    func run() async throws {
        var json = JSONOptions()
        json.printsDefaults = self.emitDefaults
        json.usesOriginalNames = self.protoNames
        let metadata = try self.pairs()
        try await self.connection.withClient { client, options in
            let contract = try await RemoteContract.loadOrKnown(from: client, options: options)
            let method = try contract.resolver.method(self.method).1
            var options = options
            options.metadata = metadata
            let isIndented = self.outputOptions.output == .table && !method.serverStreams
            try await DynamicCall(method, pool: contract.pool, options: json).run(
                on: client.caller,
                options: options,
                requests: JSONRequests(arguments: self.requests)
            ) { OutputOptions.print($0.text(isIndented: isIndented) + "\n") }
        }
    }
}
