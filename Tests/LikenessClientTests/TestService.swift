import LikenessClient
import LikenessMessages
import LikenessRPC
import LikenessTLS
import LikenessWire
import Logging
import NIOPosix
import Synchronization

/// Certificates for one test.
struct TestIdentity {
    let authority: CertificateAuthority

    init(name: String = "test CA") throws { self.authority = try CertificateAuthority(commonName: name) }

    func serverContext() throws -> TLSContext {
        let issued = try self.authority.issue(
            .init(commonName: "server", alternativeNames: ["DNS:localhost", "IP:127.0.0.1"], use: .server)
        )
        return try TLSContext(
            TLSConfiguration(
                role: .server(.required),
                certificateChainPEM: issued.certificatePEM,
                privateKeyPEM: issued.privateKeyPEM,
                trustedPEM: self.authority.certificatePEM
            )
        )
    }

    func configuration(ports: [Int]) throws -> ClientConfiguration {
        let issued = try self.authority.issue(
            .init(commonName: "client", alternativeNames: ["URI:spiffe://test/admin"], use: .client)
        )
        var configuration = ClientConfiguration(
            endpoints: ports.map { .init(host: "127.0.0.1", port: $0) },
            authorityPEM: self.authority.certificatePEM,
            certificatePEM: issued.certificatePEM,
            privateKeyPEM: issued.privateKeyPEM
        )
        // A busy machine is not what these tests are about.
        configuration.connectTimeout = .seconds(60)
        return configuration
    }
}

/// A server on the loopback that answers two methods of the contract as the test says.
final class TestService: Sendable {
    typealias Behaviour = @Sendable (_ callNumber: Int) async throws -> String

    private let calls = Mutex(0)
    /// Calls that reached the server.
    var callCount: Int { self.calls.withLock { $0 } }
    private let behaviour: Behaviour
    private let running = Mutex<RPCServer?>(nil)
    private let host: String
    private let streamsMax: UInt32?
    private let lastMetadata = Mutex(Metadata())

    private let lastRemainingTime = Mutex<Duration?>(nil)

    /// What came with the last call.
    var metadata: Metadata { self.lastMetadata.withLock(\.self) }
    /// How long the last call had still to run when its handler began.
    var remainingTime: Duration? { self.lastRemainingTime.withLock(\.self) }

    var port: Int { self.running.withLock { $0?.port ?? 0 } }

    /// - Parameter streamsMax: Calls that it takes at once on a connection.
    init(
        host: String = "127.0.0.1",
        streamsMax: UInt32? = nil,
        _ behaviour: @escaping Behaviour = { _ in "1.2.3" }
    ) {
        self.host = host
        self.streamsMax = streamsMax
        self.behaviour = behaviour
    }

    func start(_ identity: TestIdentity, port: Int = 0) async throws {
        var router = MethodRouter()
        router.unary(AdminServiceMethods.getVersion) { _, context in
            self.note(context)
            return GetVersionResponse(version: try await self.answer())
        }
        router.unary(AdminServiceMethods.reindex) { _, _ in
            _ = try await self.answer()
            return ReindexResponse()
        }
        // As many pages as the query's limit says, each with as many hits as its number.
        router.serverStreaming(SearchServiceMethods.queryStream) { request, writer, context in
            self.note(context)
            _ = try await self.answer()
            for page in 0..<Int(request.query?.limit ?? 0) {
                try await writer.write(QueryStreamResponse(hits: Array(repeating: Hit(), count: page)))
            }
        }
        var configuration = RPCServerConfiguration()
        configuration.handshakeTimeout = .seconds(60)
        configuration.helloTimeout = .seconds(60)
        if let streamsMax = self.streamsMax { configuration.settings.streamsMax = streamsMax }
        let server = try await RPCServer.start(
            host: self.host,
            port: port,
            security: .tls(TLSContextSource(try identity.serverContext())),
            router: router,
            configuration: configuration,
            roles: { _ in [.admin] },
            tokens: { $0.hasPrefix("secret-") ? TokenHolder(name: "test", roles: [.admin]) : nil },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            group: MultiThreadedEventLoopGroup.singleton
        )
        self.running.withLock { $0 = server }
    }

    private func note(_ context: ServerContext) {
        self.lastMetadata.withLock { $0 = context.metadata }
        self.lastRemainingTime.withLock { $0 = context.remainingTime }
    }

    private func answer() async throws -> String {
        let number = self.calls.withLock { calls in
            calls += 1
            return calls
        }
        return try await self.behaviour(number)
    }

    /// Cuts every connection.
    func kill() async { await self.stop(within: .zero) }

    /// Lets the calls under way end, but not later than the bound.
    func stop(within bound: Duration) async {
        let server = self.running.withLock { running in
            defer { running = nil }
            return running
        }
        await server?.shutDown(within: bound)
    }
}

extension LikenessClient {
    /// - Parameter options: The method's own deadline is too short for a busy machine.
    func version(_ options: LikenessClient.Options = .init(timeout: .seconds(120))) async throws -> String {
        try await self.admin.getVersion(GetVersionRequest(), options: options).version
    }

    typealias Options = LikenessCaller.Options
}

/// Suspends until the task is cancelled.
func hangUntilCancelled() async throws -> String {
    let (never, _) = AsyncStream.makeStream(of: Void.self)
    for await _ in never {}
    throw CancellationError()
}
