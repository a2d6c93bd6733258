internal import ArgumentParser
internal import Foundation
internal import LikenessInterop
internal import LikenessRPC
internal import Logging
internal import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve likeness.interop.v1.InteropService.",
        discussion: """
            Makes a CA and certificates for the server and for clients of each role in DIR/certificates unless it is
            given files, and writes DIR/client.json when it serves. SIGHUP has it read the files again. The settings of --set are
            \(RPCServerConfiguration.settingNames.joined(separator: ", ")).
            """
    )

    @Option(help: "HOST:PORT to accept connections on; port 0 lets the system choose.")
    var listen = "127.0.0.1:7543"

    @Option(help: "Folder for the certificates and client.json.", completion: .directory)
    var dataDir: String

    @Option(help: "The server's certificate chain, PEM.", completion: .file())
    var cert: String?

    @Option(help: "Its key, PEM.", completion: .file())
    var key: String?

    @Option(help: "CAs that sign the clients' certificates, PEM.", completion: .file())
    var clientCa: String?

    @Option(help: "CRLs of those CAs, PEM: revoked certificates are refused.", completion: .file())
    var clientCrl: String?

    @Flag(help: "Let clients in that do not name likeness/1 in the handshake: scanners of TLS.")
    var anyProtocol = false

    @Flag(help: "Limits and time-outs that tests reach within a second or two.")
    var smallLimits = false

    @Option(name: .customLong("set"), help: "A limit or time-out as NAME=NUMBER; may be repeated.")
    var settings: [String] = []

    @Option(help: "Threads that serve connections.")
    var threads = 1

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    private var address: (host: String, port: Int)? {
        guard let colon = self.listen.lastIndex(of: ":"),
            let port = UInt16(self.listen[self.listen.index(after: colon)...])
        else { return nil }
        return (self.listen[..<colon].trimmingCharacters(in: ["[", "]"]), Int(port))
    }

    func validate() throws {
        guard self.address != nil else { throw ValidationError("--listen \"\(self.listen)\" is not HOST:PORT") }
        let given = [self.cert, self.key, self.clientCa].compactMap(\.self).count
        guard given == 0 || given == 3 else { throw ValidationError("--cert, --key and --client-ca belong together") }
        guard Logger.Level(rawValue: self.logLevel) != nil else {
            throw ValidationError(
                "--log-level \"\(self.logLevel)\" is none of trace, debug, info, notice, warning, error, critical"
            )
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
        }
        return configuration
    }

    func run() async throws {
        guard let (host, port) = self.address else { return }
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
            try certificates.make()
            files = .init(certificates)
        }
        files.revoked = self.clientCrl
        files.demandsApplicationProtocol = !self.anyProtocol
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let server = try await InteropServer.start(
            host: host,
            port: port,
            files: files,
            configuration: try self.configuration(),
            threads: self.threads,
            logger: logger
        )
        let clientFile = self.dataDir + "/client.json"
        if self.cert == nil { try self.writeClientFile(clientFile, endpoint: "\(host):\(server.port)") }
        logger.info("serving", metadata: ["endpoint": "\(host):\(server.port)", "process": "\(getpid())"])
        for await signal in signals {
            guard signal == .sighup else { break }
            do {
                try server.reloadCertificates()
            } catch {
                logger.error("keeping the previous certificates: \(error)")
            }
        }
        await server.shutDown(within: .seconds(5))
        if self.cert == nil { try? FileManager.default.removeItem(atPath: clientFile) }
    }

    private func writeClientFile(_ file: String, endpoint: String) throws {
        let text = """
            {
              "endpoint": "\(endpoint)",
              "ca_file": "certificates/ca.pem",
              "certificate_file": "certificates/admin.pem",
              "key_file": "certificates/admin.key"
            }

            """
        try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    }
}
