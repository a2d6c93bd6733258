internal import ArgumentParser
internal import Foundation
internal import LikenessClient
internal import LikenessInterop
internal import LikenessRPC
internal import Logging
internal import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve likeness.interop.v1.InteropService.",
        discussion: """
            Makes certificates for the server and for clients of each role (\(InteropCertificates.roles.joined(separator: ", "))) \
            in DIR/certificates, signed by the CA there, which it makes at its first start and keeps. Or serves with \
            --cert, --key and --client-ca. Writes DIR/client.json when it serves, for the client "admin"; with --cert it names \
            --server-ca, and whoever has a client's certificate adds certificate_file and key_file. SIGHUP has it read the files \
            again. The settings of --set are \
            \(RPCServerConfiguration.settingNames.joined(separator: ", ")).
            """
    )

    @Option(help: "HOST:PORT to accept connections on, [HOST]:PORT for IPv6; port 0 lets the system choose.")
    var listen = "127.0.0.1:7543"

    @Option(help: "Folder for the certificates and client.json.", completion: .directory)
    var dataDir: String

    @Option(help: "The server's certificate chain, PEM.", completion: .file())
    var cert: String?

    @Option(help: "Its key, PEM.", completion: .file())
    var key: String?

    @Option(help: "CAs that sign the clients' certificates, PEM.", completion: .file())
    var clientCa: String?

    @Option(help: "With --cert, the CA that client.json names; without it that of --client-ca.", completion: .file())
    var serverCa: String?

    @Option(help: "CRLs of the clients' CAs, PEM: revoked certificates are refused.", completion: .file())
    var clientCrl: String?

    @Flag(help: "Let clients in that do not name likeness/1 in the handshake: scanners of TLS.")
    var anyProtocol = false

    @Flag(help: "Limits and time-outs that tests reach within a second or two.")
    var smallLimits = false

    @Option(name: .customLong("set"), help: "A limit or time-out as NAME=NUMBER; may be repeated.")
    var settings: [String] = []

    @Option(
        help: """
            File that gets a line of JSON for every frame of both sides, with method, metadata, deadline, credit and \
            status: what the server saw of a client.
            """,
        completion: .file()
    )
    var record: String?

    @Option(help: "Threads that serve connections, 1 to 64.")
    var threads = 1

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    private var address: (host: String, port: Int)? {
        guard let colon = self.listen.lastIndex(of: ":"),
            let port = UInt16(self.listen[self.listen.index(after: colon)...])
        else { return nil }
        let host = self.listen[..<colon].trimmingCharacters(in: ["[", "]"])
        return host.isEmpty ? nil : (host, Int(port))
    }

    func validate() throws {
        guard self.address != nil else { throw ValidationError("--listen \"\(self.listen)\" is not HOST:PORT") }
        let given = [self.cert, self.key, self.clientCa].compactMap(\.self).count
        guard given == 0 || given == 3 else { throw ValidationError("--cert, --key and --client-ca belong together") }
        guard self.serverCa == nil || self.cert != nil else { throw ValidationError("--server-ca belongs to --cert") }
        guard (1...64).contains(self.threads) else { throw ValidationError("--threads must be 1 to 64") }
        guard Logger.Level(rawValue: self.logLevel) != nil else {
            throw ValidationError("--log-level \"\(self.logLevel)\" is none of those that --help names")
        }
        _ = try self.configuration()
    }

    private func configuration() throws -> RPCServerConfiguration {
        var configuration = self.smallLimits ? RPCServerConfiguration.small : RPCServerConfiguration()
        // The callers decide how long a call takes here: its length says nothing about load.
        configuration.admission.delayTarget = .seconds(60)
        for setting in self.settings {
            let parts = setting.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let value = UInt32(parts[1]), configuration.set(String(parts[0]), to: value) else {
                throw ValidationError("--set \"\(setting)\" is not NAME=NUMBER with a known name")
            }
            guard configuration.isWithinProtocol else {
                throw ValidationError("--set \"\(setting)\" is not a value that the protocol allows")
            }
        }
        return configuration
    }

    func run() async throws {
        guard let address = self.address else { return }
        let level = Logger.Level(rawValue: self.logLevel) ?? .info
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "likeness.interop")
        let certificates = InteropCertificates(folder: self.dataDir + "/certificates")
        var files: InteropServer.Files
        if let cert, let key, let clientCa {
            files = .init(certificate: cert, key: key, authority: clientCa)
        } else {
            try certificates.make(host: address.host)
            files = .init(certificates)
        }
        files.revoked = self.clientCrl
        files.demandsApplicationProtocol = !self.anyProtocol
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let record = try self.record.map { try FrameRecord(file: $0) }
        let server = try await InteropServer.start(
            host: address.host,
            port: address.port,
            files: files,
            configuration: try self.configuration(),
            threads: self.threads,
            record: record,
            logger: logger
        )
        let clientFile = self.dataDir + "/client.json"
        // An address of every network is none to connect to.
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][address.host] ?? address.host
        let endpoint = ClientConfiguration.Endpoint(host: host, port: server.port)
        try self.writeClientFile(clientFile, endpoint: endpoint)
        logger.info("serving", metadata: ["endpoint": "\(endpoint)", "process": "\(getpid())"])
        for await signal in signals {
            guard signal == .sighup else { break }
            do {
                try server.reloadCertificates()
            } catch {
                logger.error("keeping the previous certificates: \(error)")
            }
        }
        await server.shutDown(within: .seconds(5))
        await record?.close()
        try? FileManager.default.removeItem(atPath: clientFile)
    }

    private func writeClientFile(_ file: String, endpoint: ClientConfiguration.Endpoint) throws {
        var contents = ["endpoint": "\(endpoint)"]
        if let authority = self.serverCa ?? self.clientCa {
            contents["ca_file"] = URL(filePath: authority).path
        } else {
            contents["ca_file"] = "certificates/ca.pem"
            contents["certificate_file"] = "certificates/admin.pem"
            contents["key_file"] = "certificates/admin.key"
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try FileManager.default.createDirectory(atPath: self.dataDir, withIntermediateDirectories: true)
        try (encoder.encode(contents) + Data("\n".utf8)).write(to: URL(filePath: file), options: .atomic)
    }
}
