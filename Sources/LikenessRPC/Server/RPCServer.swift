package import LikenessMessages
internal import LikenessTLS
internal import LikenessWire
package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// A server on one address. Accepts connections until ``shutDown(within:)``.
package final class RPCServer: Sendable {
    /// Where it listens; the port is the real one when 0 was asked for.
    package let localAddress: SocketAddress
    private let listener: any Channel
    private let connections: ServerConnections
    /// What large answers may have under way.
    package let answers: AnswerBudget

    private init(listener: any Channel, connections: ServerConnections, answers: AnswerBudget) throws {
        guard let address = listener.localAddress else { throw ChannelError.unknownLocalAddress }
        self.localAddress = address
        self.listener = listener
        self.connections = connections
        self.answers = answers
    }

    package var port: Int { self.localAddress.port ?? 0 }

    /// Connections that are open now.
    package var connectionCount: Int { self.connections.count }

    /// Those of them whose TLS handshake goes on.
    package var handshakeCount: Int { self.connections.handshakeCount }

    /// Binds and begins to accept.
    ///
    /// - Parameters:
    ///   - host: Name or address to listen on.
    ///   - port: 0 for any free one.
    ///   - roles: What a peer may do. Asked again every `rolesTime` on every connection; must not block.
    ///   - boundMasks: The stored views that a peer's answers pass through, whatever its token is. Asked as often as `roles`.
    ///   - tokens: Whose a bearer token is. Asked with every call that shows one; must not block.
    ///   - interceptors: Wrapped around every handler, the first outermost.
    ///   - observer: Sees every call.
    ///   - tap: A handler for every connection between its TLS and the protocol: sees what both sides send.
    /// - Throws: What the system says when the address cannot be had.
    package static func start(
        host: String,
        port: Int,
        security: RPCServerConfiguration.Security,
        router: MethodRouter,
        configuration: RPCServerConfiguration = RPCServerConfiguration(),
        roles: @escaping @Sendable (PeerIdentity) -> Set<Role>,
        boundMasks: @escaping @Sendable (PeerIdentity) -> [String] = { _ in [] },
        tokens: @escaping @Sendable (_ token: String) -> TokenHolder? = { _ in nil },
        interceptors: [any ServerInterceptor] = [],
        observer: (any ServerObserver)? = nil,
        tap: (@Sendable () -> any ChannelHandler)? = nil,
        logger: Logger,
        group: any EventLoopGroup
    ) async throws -> RPCServer {
        let dependencies = ServerDependencies(
            router: router,
            configuration: configuration,
            security: security,
            roles: roles,
            boundMasks: boundMasks,
            tokens: tokens,
            admission: AdmissionGate(configuration.admission),
            connections: ServerConnections(configuration),
            interceptors: interceptors,
            observer: observer,
            logger: logger
        )
        let connections = dependencies.connections
        let executors = Dictionary(
            uniqueKeysWithValues: group.makeIterator().map { (ObjectIdentifier($0), EventLoopExecutor(eventLoop: $0)) }
        )
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(configuration.listenBacklog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(
                .tcpOption(.tcp_user_timeout),
                value: .init(configuration.keepaliveTimeout.socketMilliseconds)
            )
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 16_384, maximum: 65_536)
            )
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 256 << 10))
            .serverChannelInitializer { listener in
                listener.eventLoop.makeCompletedFuture {
                    try listener.pipeline.syncOperations.addHandler(AcceptFailureLogger(logger: logger))
                }
            }
            .childChannelInitializer { channel in
                guard let executor = executors[ObjectIdentifier(channel.eventLoop)] else { return channel.close() }
                switch connections.insert(channel) {
                case .taken(let losers):
                    for loser in losers {
                        let reason = "its address has the most of \(configuration.handshakesMax) unfinished handshakes"
                        dependencies.refused(.handshake, source: loser.remoteAddress, reason: reason)
                        loser.close(promise: nil)
                    }
                case .draining: return channel.close()
                case .tooMany:
                    let limit = "there are \(configuration.connectionsMax) connections"
                    dependencies.refused(.tooManyConnections, source: channel.remoteAddress, reason: limit)
                    return channel.close()
                }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    switch security {
                    case .tls(let source):
                        let timeout = TimeAmount(configuration.handshakeTimeout)
                        try pipeline.addHandler(TLSHandler(context: source.current, handshakeTimeout: timeout))
                    case .plaintext: break
                    }
                    if let tap { try pipeline.addHandler(tap()) }
                    try pipeline.addHandler(
                        ServerConnectionHandler(
                            dependencies: dependencies,
                            executor: executor,
                            allocator: channel.allocator,
                            ageJitter: .random(in: -1...1)
                        )
                    )
                }
            }
            .bind(host: host, port: port).get()
        return try RPCServer(listener: listener, connections: connections, answers: dependencies.answers)
    }

    /// Ends every open connection of these peers, with all that runs for them.
    package func endConnections(where isRevoked: @escaping @Sendable (PeerIdentity) -> Bool) {
        self.connections.tell(.end(isRevoked))
    }

    /// Stops accepting, asks every client to leave, and waits for the calls in flight, also for those whose connection is gone:
    /// what they did is recorded.
    ///
    /// - Parameter bound: What is still open then is closed with its calls cancelled; also when the task is cancelled.
    package func shutDown(within bound: Duration) async {
        try? await self.listener.close().get()
        await self.connections.drain(within: bound)
    }
}
