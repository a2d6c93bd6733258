internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessMessages

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask whether the service can be sent calls; for probes.",
        discussion: """
            Asks HealthService/Check, which needs no role. Prints the status and ends with 0 for serving, 1 for anything \
            else, 64 for a client.json that cannot be used, and as a failed call does when there is no answer. `--timeout` bounds \
            the whole probe.

            EXAMPLES
              likeness health
              likeness health SearchService --timeout 2
            """
    )

    @Argument(help: "Name of a service; likeness.v1 unless it has dots (default: the server as a whole).")
    var service = ""

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let health = HealthServiceClient(caller: client.caller)
            let isShort = !self.service.isEmpty && !self.service.contains(".")
            let service = isShort ? "likeness.v1.\(self.service)" : self.service
            let response = try await health.check(RPCCheckRequest(service: service), options: options)
            try self.outputOptions.write(response) { style in
                switch response.status {
                case .serving: style.green("serving") + "\n"
                case .notServing: style.red("not serving") + "\n"
                case .serviceUnknown, .unspecified, .unrecognized: style.red("unknown") + "\n"
                }
            }
            if response.status != .serving { throw ExitCode(1) }
        }
    }
}
