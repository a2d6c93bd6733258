internal import ArgumentParser
internal import LikenessServer
internal import Logging

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Serve from a private database, with nothing to configure.",
        discussion: """
            EXAMPLES
              likenessd dev --data-dir dev
              likenessd dev --data-dir /tmp/likeness --index-method ivfflat

            Clients connect with DIR/client.json: likeness --connect DIR/client.json search "…"
            """
    )

    @Option(help: "Folder for the database, the certificates and client.json.", completion: .directory)
    var dataDir = "likeness-dev"

    @Option(help: "HOST:PORT to accept connections on; port 0 lets the system choose.")
    var listen = "127.0.0.1:7443"

    @Option(help: "hnsw or ivfflat rebuilds a vector index of another method; keep leaves it.")
    var indexMethod = "keep"

    @Flag(help: "Embed nothing: callers send vectors.")
    var withoutEmbedder = false

    @Option(help: "Least that is logged.")
    var logLevel = LogLevelArgument(level: .info)

    func validate() throws {
        guard ServerConfiguration.splitListen(self.listen) != nil else {
            throw ValidationError("--listen \"\(self.listen)\" is not HOST:PORT")
        }
        guard ServerConfiguration.IndexMethodName(rawValue: self.indexMethod) != nil else {
            throw ValidationError("--index-method must be keep, hnsw or ivfflat")
        }
    }

    func run() async throws {
        try await DaemonRun.toExit(logLevel: self.logLevel.name) {
            guard let listen = ServerConfiguration.splitListen(self.listen) else { return }
            try await DevelopmentInstance.run(
                .init(
                    folder: self.dataDir,
                    listenHost: listen.host,
                    listenPort: listen.port,
                    indexMethod: .init(rawValue: self.indexMethod) ?? .keep,
                    embeds: !self.withoutEmbedder,
                    logLevel: self.logLevel.name
                )
            )
        }
    }
}
