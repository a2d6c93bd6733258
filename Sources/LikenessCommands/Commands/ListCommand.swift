internal import ArgumentParser
internal import LikenessClient
internal import LikenessReflection

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List a server's services, or a service's methods.",
        discussion: """
            EXAMPLES
              likeness list
              likeness list SearchService
              likeness list --output json
            """
    )

    @Argument(help: "A service, in full or by its last name.")
    var service: String?

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var outputOptions: OutputOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let contract = try await RemoteContract.load(from: client, options: options)
            if let name = self.service {
                let output = MethodListOutput(try contract.resolver.service(name), pool: contract.pool)
                try self.outputOptions.write(output) { output.table($0) }
            } else {
                let output = ServiceListOutput(contract)
                try self.outputOptions.write(output) { output.table($0) }
            }
        }
    }
}
