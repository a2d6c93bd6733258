import Foundation
import LikenessInterop
import LikenessRPC
import LikenessTLS
import Logging
import NIOPosix
import Testing

/// gRPC's interoperability cases, client and server both in Swift.
@Suite struct InteropCaseTests {
    @Test(arguments: InteropCase.allCases) func `the case holds`(_ one: InteropCase) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("interop-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let certificates = InteropCertificates(folder: folder)
        try certificates.make()
        var configuration = RPCServerConfiguration()
        if one == .goaway { configuration.connectionAge = .milliseconds(500) }
        let server = try await InteropServer.start(
            host: "127.0.0.1",
            port: 0,
            files: .init(certificates),
            configuration: configuration,
            logger: Logger(label: "interop.tests")
        )
        let context = try TLSContext(
            TLSConfiguration(
                role: .client,
                certificateChainPEM: String(contentsOfFile: certificates.file("admin.pem"), encoding: .utf8),
                privateKeyPEM: String(contentsOfFile: certificates.file("admin.key"), encoding: .utf8),
                trustedPEM: String(contentsOfFile: certificates.file("ca.pem"), encoding: .utf8)
            )
        )
        @Sendable func connect() async throws -> ClientConnection {
            try await ClientConnection.connect(
                host: "127.0.0.1",
                port: server.port,
                security: .tls(context),
                group: MultiThreadedEventLoopGroup.singleton,
                configuration: one.configuration
            )
        }
        let connection = try await connect()
        await #expect(throws: Never.self) { _ = try await one.run(over: connection, connect: connect) }
        await connection.close()
        await server.shutDown(within: .seconds(5))
        #expect(server.activity.now.running == 0)
    }
}
