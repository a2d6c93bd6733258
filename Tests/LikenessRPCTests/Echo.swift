import LikenessMessages
import LikenessRPC
import LikenessTLS
import LikenessWire
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Methods that exist for tests. Messages of the contract serve as requests and answers.
enum Echo {
    static func method(
        _ name: String,
        kind: MethodKind = .unary,
        role: Role = .none,
        timeout: Duration? = nil
    ) -> MethodDescriptor<RPCStatusDetail, RPCStatusDetail> {
        MethodDescriptor(
            MethodInfo(
                service: "test.v1.EchoService",
                name: name,
                kind: kind,
                requiredRole: role,
                isIdempotent: true,
                hasNoSideEffects: true,
                defaultTimeout: timeout
            )
        )
    }

    /// Answers with the request.
    static let echo = Self.method("Echo")
    /// Answers when its task is cancelled, and not before.
    static let hang = Self.method("Hang")
    static let hangBriefly = Self.method("HangBriefly", timeout: .milliseconds(50))
    /// Fails with the code in the request.
    static let fail = Self.method("Fail")
    static let adminOnly = Self.method("AdminOnly", role: .admin)
    /// Gives its metadata back as trailers.
    static let trailers = Self.method("Trailers")
    /// Suspends a few times, on other executors too.
    static let hop = Self.method("Hop")
    /// Answers with as many bytes as the request's text says.
    static let inflate = Self.method("Inflate")
    /// Waits for the gate.
    static let gated = Self.method("Gated")
    static let unknown = Self.method("Unknown")

    struct Secret: Error { let text = "do not tell" }
}

/// What a test sees of the handlers of its server.
final class EchoService: Sendable {
    struct Seen {
        var running = 0
        var runningPeak = 0
        var started = 0
        var cancelled = 0
    }
    private let seen = Mutex(Seen())
    var counts: Seen { self.seen.withLock { $0 } }
    /// Yields once for every handler that hangs.
    let hanging = Signal()
    let cancelled = Signal()
    let gate = Signal()

    func register(in router: inout MethodRouter) {
        router.unary(Echo.echo) { request, _ in request }
        router.unary(Echo.hang) { _, _ in try await self.hang() }
        router.unary(Echo.hangBriefly) { _, _ in try await self.hang() }
        router.unary(Echo.fail) { request, _ in
            guard let code = StatusCode.allCases.first(where: { $0.name == request.type }) else { throw Echo.Secret() }
            throw RPCError(code, reason: "ASKED_FOR", "as you wish")
        }
        router.unary(Echo.adminOnly) { request, _ in request }
        router.unary(Echo.trailers) { request, context in
            for entry in context.metadata.entries {
                context.addTrailer(entry.key, String(decoding: entry.value, as: UTF8.self))
            }
            return request
        }
        router.unary(Echo.hop) { request, _ in
            for _ in 0..<3 {
                await Task.yield()
                await Task.detached {}.value
            }
            return request
        }
        router.unary(Echo.inflate) { request, _ in
            RPCStatusDetail(type: "", value: [UInt8](repeating: 7, count: Int(request.type) ?? 0))
        }
        router.unary(Echo.gated) { request, _ in
            self.hanging.fire()
            await self.gate.next()
            return request
        }
    }

    private func hang() async throws -> RPCStatusDetail {
        self.seen.withLock {
            $0.started += 1
            $0.running += 1
            $0.runningPeak = max($0.runningPeak, $0.running)
        }
        self.hanging.fire()
        let forever = Signal()
        await withTaskCancellationHandler {
            await forever.next()
        } onCancel: {
            forever.fire()
        }
        self.seen.withLock {
            $0.running -= 1
            $0.cancelled += 1
        }
        self.cancelled.fire()
        try Task.checkCancellation()
        return RPCStatusDetail()
    }
}

/// Something happened, so many times; each may be waited for once.
final class Signal: Sendable {
    private struct State {
        var count = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func fire() {
        let waiter = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiters.isEmpty {
                state.count += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        waiter?.resume()
    }

    func next() async {
        await withCheckedContinuation { continuation in
            let isThere = self.state.withLock { state in
                if state.count > 0 {
                    state.count -= 1
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

/// A server on a free port of the loopback, with what its clients need to reach it.
struct EchoServer {
    enum Transport: Sendable {
        case plaintext, tls
        /// The server takes clients without certificates, and its clients have none.
        case tlsWithoutCertificates

        static let allCases = [Self.plaintext, .tls]
    }

    let server: RPCServer
    let service: EchoService
    let streams: StreamService
    let transport: Transport
    private let clientTLS: TLSContext?

    /// Limits that a busy machine does not run into.
    static let patient = {
        var configuration = RPCServerConfiguration()
        configuration.handshakeTimeout = .seconds(60)
        configuration.helloTimeout = .seconds(60)
        configuration.admission.delayTarget = .seconds(60)
        return configuration
    }()

    /// - Parameter own: Instead of the methods that exist for tests.
    static func start(
        _ transport: Transport = .plaintext,
        configuration: RPCServerConfiguration = Self.patient,
        router own: MethodRouter? = nil,
        roles: @escaping @Sendable (PeerIdentity) -> Set<Role> = { _ in [.reader] },
        tokens: @escaping @Sendable (String) -> TokenHolder? = { _ in nil },
        interceptors: [any ServerInterceptor] = [],
        observer: (any ServerObserver)? = nil
    ) async throws -> EchoServer {
        let service = EchoService()
        let streams = StreamService()
        var router = own ?? MethodRouter()
        if own == nil {
            service.register(in: &router)
            streams.register(in: &router)
        }
        var security = RPCServerConfiguration.Security.plaintext
        var clientTLS: TLSContext?
        if transport != .plaintext {
            var certificates = try TestCertificates.shared.get()
            if transport == .tlsWithoutCertificates {
                certificates.server.role = .server(.optional)
                certificates.client.certificateChainPEM = ""
                certificates.client.privateKeyPEM = ""
            }
            security = .tls(TLSContextSource(try TLSContext(certificates.server)))
            clientTLS = try TLSContext(certificates.client)
        }
        let server = try await RPCServer.start(
            host: "127.0.0.1",
            port: 0,
            security: security,
            router: router,
            configuration: configuration,
            roles: roles,
            tokens: tokens,
            interceptors: interceptors,
            observer: observer,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            group: MultiThreadedEventLoopGroup.singleton
        )
        return EchoServer(
            server: server,
            service: service,
            streams: streams,
            transport: transport,
            clientTLS: clientTLS
        )
    }

    func connect(_ configuration: ClientConnection.Configuration = .init()) async throws -> ClientConnection {
        var configuration = configuration
        configuration.connectTimeout = .seconds(60)
        return try await ClientConnection.connect(
            host: "127.0.0.1",
            port: self.server.port,
            security: self.clientTLS.map { .tls($0, serverName: "localhost") } ?? .plaintext,
            group: MultiThreadedEventLoopGroup.singleton,
            configuration: configuration
        )
    }

    func stop() async { await self.server.shutDown(within: .seconds(5)) }
}

struct TestCertificates: Sendable {
    var server: TLSConfiguration
    var client: TLSConfiguration

    static let shared = Result { try TestCertificates() }

    private init() throws {
        let authority = try CertificateAuthority(commonName: "test CA")
        let server = try authority.issue(
            .init(commonName: "server", alternativeNames: ["DNS:localhost", "IP:127.0.0.1"], use: .server)
        )
        let client = try authority.issue(
            .init(commonName: "client", alternativeNames: ["URI:spiffe://test/reader"], use: .client)
        )
        self.server = TLSConfiguration(
            role: .server(.required),
            certificateChainPEM: server.certificatePEM,
            privateKeyPEM: server.privateKeyPEM,
            trustedPEM: authority.certificatePEM
        )
        self.client = TLSConfiguration(
            role: .client,
            certificateChainPEM: client.certificatePEM,
            privateKeyPEM: client.privateKeyPEM,
            trustedPEM: authority.certificatePEM
        )
    }
}
