import InMemoryTracing
import LikenessClient
import LikenessMessages
import LikenessRPC
import LikenessTLS
import LikenessTracing
import LikenessWire
import Logging
import NIOPosix
import Synchronization
import Testing
import Tracing

/// A server of some methods of the contract and a client of it, over TLS on the loopback, each with its tracer.
struct TracedService {
    let clientTracer = W3CTracer()
    let serverTracer = W3CTracer()
    let client: LikenessClient
    private let server: RPCServer
    private let seen: SeenMetadata

    /// What came with the last call.
    var metadata: Metadata { self.seen.value }

    /// - Parameters:
    ///   - clientIsTraced: Without, the client is given no tracer.
    ///   - serverIsTraced: Without, the server is given no tracer.
    ///   - version: Answers GetVersion.
    static func run(
        clientIsTraced: Bool = true,
        serverIsTraced: Bool = true,
        version: @escaping @Sendable (W3CTracer) async throws -> String = { _ in "1" },
        _ body: (TracedService) async throws -> Void
    ) async throws {
        let service = try await TracedService(clientIsTraced, serverIsTraced, version: version)
        try await body(service)
        await service.client.close()
        await service.server.shutDown(within: .seconds(5))
    }

    private init(
        _ clientIsTraced: Bool,
        _ serverIsTraced: Bool,
        version: @escaping @Sendable (W3CTracer) async throws -> String
    ) async throws {
        let seen = SeenMetadata()
        let tracer = self.serverTracer
        var router = MethodRouter()
        router.unary(AdminServiceMethods.getVersion) { _, context in
            seen.value = context.metadata
            return GetVersionResponse(version: try await version(tracer))
        }
        router.serverStreaming(SearchServiceMethods.queryStream) { _, writer, _ in
            for _ in 0..<3 { try await writer.write(QueryStreamResponse()) }
        }
        var configuration = RPCServerConfiguration()
        configuration.handshakeTimeout = .seconds(60)
        configuration.helloTimeout = .seconds(60)
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
        self.server = try await RPCServer.start(
            host: "127.0.0.1",
            port: 0,
            security: .tls(TLSContextSource(context)),
            router: router,
            configuration: configuration,
            roles: { _ in [.admin] },
            interceptors: serverIsTraced ? [ServerTracing(tracer: tracer)] : ServerTracing.ofProcess,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            group: MultiThreadedEventLoopGroup.singleton
        )
        var clientConfiguration = ClientConfiguration(
            endpoints: [.init(host: "127.0.0.1", port: self.server.port)],
            authorityPEM: authority.certificatePEM
        )
        clientConfiguration.connectTimeout = .seconds(60)
        if clientIsTraced { clientConfiguration.tracer = self.clientTracer }
        self.client = try LikenessClient(configuration: clientConfiguration)
        self.seen = seen
    }

    /// What a handler throws to fail with a code.
    static func error(_ code: LikenessError.Code) -> RPCError {
        RPCError(StatusCode(rawValue: code.rawValue) ?? .unknown, "about Ann")
    }

    /// A busy machine is not what these tests are about.
    static let patient = LikenessCaller.Options(timeout: .seconds(600))

    func version(_ metadata: [(key: String, value: String)] = []) async throws -> String {
        var options = Self.patient
        options.metadata = metadata
        return try await self.client.admin.getVersion(GetVersionRequest(), options: options).version
    }

    /// The call's span as each side saw it.
    func spans() throws -> (client: FinishedInMemorySpan, server: FinishedInMemorySpan) {
        (try #require(self.clientTracer.spans.last), try #require(self.serverTracer.spans.last))
    }
}

private final class SeenMetadata: Sendable {
    private let state = Mutex(Metadata())

    var value: Metadata {
        get { self.state.withLock { $0 } }
        set { self.state.withLock { $0 = newValue } }
    }
}
