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
              likeness health likeness.v1.SearchService --timeout 2
            """
    )

    @Argument(help: "Full name of a service (default: the server as a whole).")
    var service = ""

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let health = HealthServiceClient(caller: client.caller)
            let response = try await health.check(RPCCheckRequest(service: self.service), options: options)
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
