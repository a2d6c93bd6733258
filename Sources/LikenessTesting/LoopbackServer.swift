internal import Foundation
internal import LikenessMessages
package import LikenessRPC
package import LikenessTLS
internal import Logging
internal import NIOPosix

/// A server of a test's own handlers on the loopback, over TLS. To it every caller is an administrator, with or without a
/// certificate.
package struct LoopbackServer {
    package let port: Int
    /// Issued the server's certificate, and is trusted by the server.
    package let authority: CertificateAuthority

    /// Starts a server, lends it to `body`, and stops it.
    package static func run<Result>(
        _ router: MethodRouter,
        _ body: (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        let authority = try CertificateAuthority(commonName: "test CA")
        let issued = try authority.issue(
            .init(commonName: "server", alternativeNames: ["DNS:localhost", "IP:127.0.0.1"], use: .server)
        )
        let context = try TLSContext(
            TLSConfiguration(
                role: .server(.optional),
                certificateChainPEM: issued.certificatePEM,
                privateKeyPEM: issued.privateKeyPEM,
                trustedPEM: authority.certificatePEM
            )
        )
        let server = try await RPCServer.start(
            host: "127.0.0.1",
            port: 0,
            security: .tls(TLSContextSource(context)),
            router: router,
            roles: { _ in [.admin] },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            group: MultiThreadedEventLoopGroup.singleton
        )
        do {
            let result = try await body(LoopbackServer(port: server.port, authority: authority))
            await server.shutDown(within: .seconds(2))
            return result
        } catch {
            await server.shutDown(within: .seconds(2))
            throw error
        }
    }

    /// Lends the environment in which `likeness` calls this server.
    package func withEnvironment<Result>(_ body: ([String: String]) async throws -> Result) async throws -> Result {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try self.authority.certificatePEM.write(toFile: "\(folder)/ca.pem", atomically: true, encoding: .utf8)
            let text = #"{"endpoint": "127.0.0.1:\#(self.port)", "ca_file": "ca.pem"}"#
            try text.write(toFile: "\(folder)/client.json", atomically: true, encoding: .utf8)
            return try await body(["LIKENESS_CONNECT": "\(folder)/client.json"])
        }
    }
}
