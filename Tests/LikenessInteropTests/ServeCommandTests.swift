import Foundation
import LikenessClient
import LikenessInterop
import LikenessRPC
import LikenessTLS
import LikenessTesting
import NIOPosix
import Testing

/// `likeness-interop serve` does what its help says.
@Suite struct ServeCommandTests {
    /// Runs the server until `body` has ended; `body` is given its client.json.
    private static func serve(
        _ folder: String,
        _ arguments: String...,
        body: (String) async throws -> Void
    ) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = "\(folder)/client.json"
        try await BuiltProgram("likeness-interop").whileRunning(
            ["serve", "--data-dir", folder, "--listen", "127.0.0.1:0"] + arguments,
            errors: "\(folder)/log"
        ) { _ in
            let isServing = try await Patience.until { FileManager.default.fileExists(atPath: file) }
            try #require(isServing, "\((try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? "no log")")
            try await body(file)
        }
    }

    /// A call of a client that has read its files at some time.
    private static func call(_ configuration: ClientConfiguration, endpoint: ClientConfiguration.Endpoint) async throws
    {
        let context = try TLSContext(
            TLSConfiguration(
                role: .client,
                certificateChainPEM: configuration.certificatePEM,
                privateKeyPEM: configuration.privateKeyPEM,
                trustedPEM: configuration.authorityPEM
            )
        )
        @Sendable func connect() async throws -> ClientConnection {
            try await ClientConnection.connect(
                host: endpoint.host,
                port: endpoint.port,
                security: .tls(context, serverName: "localhost"),
                group: MultiThreadedEventLoopGroup.singleton,
                configuration: InteropCase.empty_unary.configuration
            )
        }
        let connection = try await connect()
        _ = try await InteropCase.empty_unary.run(over: connection, connect: connect)
        await connection.close()
    }

    @Test func `the CA stays between starts, so that clients made before are served`() async throws {
        try await TestFolders.withPath { folder in
            var first: ClientConfiguration?
            try await Self.serve(folder) { file in first = try ClientConfiguration(file: file) }
            let client = try #require(first)
            try await Self.serve(folder) { file in
                let second = try ClientConfiguration(file: file)
                #expect(second.authorityPEM == client.authorityPEM)
                try await Self.call(client, endpoint: second.endpoints[0])
            }
        }
    }

    @Test func `with files of one's own client.json names the server and the CA`() async throws {
        try await TestFolders.withPath { folder in
            let certificates = InteropCertificates(folder: "\(folder)/own")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try certificates.make()
            try await Self.serve(
                "\(folder)/data",
                "--cert",
                certificates.file("server.pem"),
                "--key",
                certificates.file("server.key"),
                "--client-ca",
                certificates.file("ca.pem")
            ) { file in
                var client = try ClientConfiguration(file: file)
                #expect(try client.authorityPEM == String(contentsOfFile: certificates.file("ca.pem"), encoding: .utf8))
                #expect(client.certificatePEM.isEmpty)
                client.certificatePEM = try String(contentsOfFile: certificates.file("admin.pem"), encoding: .utf8)
                client.privateKeyPEM = try String(contentsOfFile: certificates.file("admin.key"), encoding: .utf8)
                try await Self.call(client, endpoint: client.endpoints[0])
                #expect(!FileManager.default.fileExists(atPath: "\(folder)/data/certificates"))
            }
        }
    }

    @Test(
        arguments: [
            ["--listen", ":0"], ["--listen", "localhost"], ["--cert", "x"], ["--server-ca", "x"], ["--threads", "0"],
            ["--log-level", "chatty"], ["--set", "frame-bytes-max=1"], ["--set", "no-such-thing=1"],
        ]
    ) func `what cannot be done is refused`(arguments: [String]) async throws {
        let run = try await BuiltProgram("likeness-interop").run(["serve", "--data-dir", "/nonexistent"] + arguments)
        #expect(run.status == 64 && run.errors.contains("Error: "), "\(run)")
    }

    @Test(arguments: [("[::1]:0", "[::1]:"), ("0.0.0.0:0", "127.0.0.1:")])
    func `client.json has an address to connect to`(listen: String, endpoint: String) async throws {
        try await TestFolders.withPath { folder in
            try await Self.serve(folder, "--listen", listen) { file in
                let client = try ClientConfiguration(file: file)
                #expect("\(client.endpoints[0])".hasPrefix(endpoint))
                try await Self.call(client, endpoint: client.endpoints[0])
            }
        }
    }

    @Test func `the record has a line for every frame of both sides`() async throws {
        try await TestFolders.withPath { folder in
            try await Self.serve(folder, "--record", "\(folder)/record") { file in
                let client = try ClientConfiguration(file: file)
                try await Self.call(client, endpoint: client.endpoints[0])
            }
            let text = try String(contentsOfFile: "\(folder)/record", encoding: .utf8)
            let lines = try text.split(separator: "\n").map { line in
                try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
            let seen = lines.map { "\($0["from"] ?? "") \($0["frame"] ?? $0["event"] ?? "")" }
            #expect(seen.first == " opened" && seen.last == " closed")
            #expect(
                Set(seen).isSuperset(of: ["client HELLO", "server HELLO", "client REQUEST", "server END"]),
                "\(seen)"
            )
            let request = lines.first { $0["frame"] as? String == "REQUEST" }
            #expect(request?["method"] as? String == "likeness.interop.v1.InteropService/EmptyCall")
            #expect(request?["bytes"] as? Int == 0)
        }
    }
}
