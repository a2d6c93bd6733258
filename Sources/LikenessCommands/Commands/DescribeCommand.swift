internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessReflection

struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Show how a server declares a service, method, message or enum.",
        discussion: """
            Prints the declaration as in the .proto file, with its comments and options; a method comes with its messages.

            EXAMPLES
              likeness describe SearchService
              likeness describe SearchService/Query
              likeness describe likeness.v1.Profile
            """
    )

    @Argument(help: "A service, SERVICE/METHOD, message or enum, in full or by its last name.")
    var symbol: String

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await self.connection.withClient { client, options in
            let contract = try await RemoteContract.loadOrKnown(from: client, options: options)
            let text = Self.text(of: try contract.resolver.symbol(self.symbol), pool: contract.pool)
            try Console.output.write(DisplayText(lines: text))
        }
    }

    static func text(of symbol: SymbolResolver.Symbol, pool: DescriptorPool) -> String {
        let printer = ProtoPrinter(pool: pool)
        switch symbol {
        case .service(let service): return printer.text(of: service)
        case .message(let message): return printer.text(of: message)
        case .enumeration(let enumeration): return printer.text(of: enumeration)
        case .method(let service, let method):
            let names = method.input == method.output ? [method.input] : [method.input, method.output]
            let messages = names.compactMap { pool.message($0) }.map { printer.text(of: $0) }
            return ([printer.text(of: method, in: service)] + messages).joined(separator: "\n")
        }
    }
}
