internal import ArgumentParser
internal import LikenessClient
internal import LikenessConsole
internal import LikenessInterop
internal import LikenessRPC
internal import LikenessTLS
internal import NIOPosix

struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Call a server as gRPC's interoperability cases say.",
        discussion: """
            Prints a line for each case: its name, and what was observed. Ends with status 1 when a case fails. Without \
            names all are run: \(InteropCase.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )

    @Option(help: "The client.json of the server.", completion: .file(extensions: ["json"]))
    var connect: String

    @Option(help: "HOST:PORT to connect to instead of the one in client.json: that of a proxy.")
    var endpoint: String?

    @Argument(help: "Names of cases.")
    var names: [String] = []

    func validate() throws {
        if let endpoint, ClientConfiguration.Endpoint(endpoint) == nil {
            throw ValidationError("--endpoint \"\(endpoint)\" is not HOST:PORT")
        }
        for name in self.names where InteropCase(rawValue: name) == nil {
            throw ValidationError("there is no case \"\(name)\"")
        }
    }

    func run() async throws {
        let configuration = try ClientConfiguration(file: self.connect)
        let named = configuration.endpoints[0]
        let endpoint = self.endpoint.flatMap { ClientConfiguration.Endpoint($0) } ?? named
        let context = try TLSContext(
            TLSConfiguration(
                role: .client,
                certificateChainPEM: configuration.certificatePEM,
                privateKeyPEM: configuration.privateKeyPEM,
                trustedPEM: configuration.authorityPEM
            )
        )
        let cases = self.names.isEmpty ? InteropCase.allCases : self.names.compactMap(InteropCase.init(rawValue:))
        var failures = 0
        for one in cases {
            @Sendable func connect() async throws -> ClientConnection {
                try await ClientConnection.connect(
                    host: endpoint.host,
                    port: endpoint.port,
                    security: .tls(context, serverName: configuration.serverName ?? named.host),
                    group: MultiThreadedEventLoopGroup.singleton,
                    configuration: one.configuration
                )
            }
            let connection = try await connect()
            do {
                try Console.output.writeLine(
                    "\(one.rawValue): \(try await one.run(over: connection, connect: connect))"
                )
            } catch {
                failures += 1
                try Console.output.writeLine("\(one.rawValue): FAILED: \(error)")
            }
            await connection.close()
        }
        if failures > 0 { throw ExitCode(1) }
    }
}
