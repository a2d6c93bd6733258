package import LikenessMessages
package import LikenessTLS
package import LikenessWire
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// One connection to one server, which carries many calls at once.
///
/// It does not heal: when it is lost, its calls fail with UNAVAILABLE and a new one has to be made.
package final class ClientConnection: MethodCaller {
    package typealias Options = CallOptions

    /// How the connection is secured.
    package enum Security: Sendable {
        /// - serverName: What the server's certificate must be for; the host when `nil`.
        case tls(TLSContext, serverName: String? = nil)
        /// For tests only.
        case plaintext
    }

    /// Limits and times of a connection.
    package struct Configuration: Sendable {
        /// What HELLO says.
        package var settings = Settings()
        /// For everything until the server's HELLO has come: TCP, TLS and HELLO.
        package var connectTimeout = Duration.seconds(5)
        /// From the first byte of a frame to its last.
        package var frameTimeout = Duration.seconds(10)
        /// Silence after which the server is asked whether it lives. Never less than the server allows.
        package var keepaliveInterval = Duration.seconds(60)
        /// How long it may take to answer, and how long it may leave requests unread.
        package var keepaliveTimeout = Duration.seconds(20)

        package init() {}
    }

    private let channel: any Channel
    private let handler: NIOLoopBound<ClientConnectionHandler>
    private let state: ClientConnectionState
    /// Tasks that prefer this executor make their calls without changing threads.
    package let executor: EventLoopExecutor

    private init(
        channel: any Channel,
        handler: NIOLoopBound<ClientConnectionHandler>,
        state: ClientConnectionState,
        executor: EventLoopExecutor
    ) {
        self.channel = channel
        self.handler = handler
        self.state = state
        self.executor = executor
    }

    /// Connects, proves who it is, and waits for the server's HELLO.
    ///
    /// - Throws: `RPCError` with UNAVAILABLE, which nothing was sent for; the message says what failed.
    package static func connect(
        host: String,
        port: Int,
        security: Security,
        group: any EventLoopGroup,
        configuration: Configuration = Configuration()
    ) async throws -> ClientConnection {
        let eventLoop = group.next()
        let executor = EventLoopExecutor(eventLoop: eventLoop)
        let state = ClientConnectionState(eventLoop)
        let ready = eventLoop.makePromise(of: NIOLoopBound<ClientConnectionHandler>.self)
        // On the event loop alone: a task that is late to hear of the HELLO must not lose the connection.
        let timer = eventLoop.scheduleTask(in: TimeAmount(configuration.connectTimeout)) {
            ready.fail(RPCError.unavailable("no HELLO from the server in time"))
        }
        ready.futureResult.whenComplete { _ in timer.cancel() }
        do {
            let channel = try await ClientBootstrap(group: eventLoop)
                .connectTimeout(TimeAmount(configuration.connectTimeout))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(
                    .tcpOption(.tcp_user_timeout),
                    value: .init(configuration.keepaliveTimeout.socketMilliseconds)
                )
                .channelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 16_384, maximum: 65_536)
                )
                .channelInitializer { channel in
                    ready.futureResult.whenFailure { _ in channel.close(promise: nil) }
                    return channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        var isPlaintext = true
                        if case .tls(let context, let serverName) = security {
                            isPlaintext = false
                            let timeout = TimeAmount(configuration.connectTimeout)
                            try pipeline.addHandler(
                                TLSHandler(context: context, serverName: serverName ?? host, handshakeTimeout: timeout)
                            )
                        }
                        try pipeline.addHandler(
                            ClientConnectionHandler(
                                configuration: configuration,
                                isPlaintext: isPlaintext,
                                executor: executor,
                                state: state,
                                ready: ready,
                                allocator: channel.allocator
                            )
                        )
                    }
                }
                .connect(host: host, port: port).get()
            let handler = try await withTaskCancellationHandler {
                try await ready.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
            return ClientConnection(channel: channel, handler: handler, state: state, executor: executor)
        } catch let error as RPCError {
            ready.fail(error)
            state.drains()
            throw error
        } catch {
            ready.fail(error)
            state.drains()
            var failure = RPCError.unavailable("cannot connect: \(ConnectFailure.text(of: error))")
            failure.isUnreachable = true
            throw failure
        }
    }

    /// No new calls are taken: the server said so, or it was closed here, or it is lost.
    package var isDraining: Bool { self.state.isDraining.load(ordering: .relaxed) }

    /// Calls in flight.
    package var callCount: Int { self.state.callCount.load(ordering: .relaxed) }

    /// Calls that the server takes at once.
    package var callCountMax: Int { self.state.callCountMax.load(ordering: .relaxed) }

    /// Succeeds when ``isDraining`` becomes true.
    package var draining: EventLoopFuture<Void> { self.state.draining.futureResult }

    /// Succeeds when the connection has ended, for whatever reason.
    package var closed: EventLoopFuture<Void> { self.channel.closeFuture }

    /// Ends the connection when the calls in flight are answered. Returns when it has ended.
    package func close() async {
        self.onLoop { $0.drain() }
        try? await self.channel.closeFuture.get()
    }

    /// Ends the connection now; its calls fail.
    package func abort() { self.channel.close(promise: nil) }

    /// Time to the server and back.
    package func ping(timeout: Duration) async throws -> Duration {
        let pong = self.channel.eventLoop.makePromise(of: Duration.self)
        self.onLoop { $0.ping(pong, timeout: TimeAmount(timeout)) }
        return try await pong.futureResult.get()
    }

    package func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        let call = ClientCall(method.info, options)
        let answer = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.onLoop { $0.startUnary(call, request, continuation) }
            }
        } onCancel: {
            self.onLoop { $0.cancel(call, RPCError(.cancelled, "the call was cancelled")) }
        }
        options.onTrailers?(answer.trailers)
        return try Self.decode(Response.self, from: answer.message)
    }

    func stream(_ method: MethodInfo, _ options: CallOptions) -> ClientStream {
        ClientStream(ClientCall(method, options), handler: self.handler, eventLoop: self.channel.eventLoop)
    }

    static func decode<Response: Message>(_ type: Response.Type, from message: ByteBuffer?) throws -> Response {
        guard let message else { throw RPCError(.internal, "the server's answer carries no message") }
        do {
            return try message.decodeMessage(type)
        } catch {
            throw RPCError(.internal, "the server's answer is malformed: \(error)")
        }
    }

    private func onLoop(_ body: @escaping @Sendable (ClientConnectionHandler) -> Void) {
        if self.channel.eventLoop.inEventLoop {
            body(self.handler.value)
        } else {
            self.channel.eventLoop.execute { body(self.handler.value) }
        }
    }
}

/// What may be asked of a connection from any thread.
final class ClientConnectionState: Sendable {
    let isDraining = Atomic(false)
    let draining: EventLoopPromise<Void>
    let callCount = Atomic(0)
    let callCountMax = Atomic(0)

    init(_ eventLoop: any EventLoop) { self.draining = eventLoop.makePromise() }

    func drains() {
        if !self.isDraining.exchange(true, ordering: .relaxed) { self.draining.succeed() }
    }
}

extension RPCError {
    /// The connection is not there, and nothing was sent.
    static func unavailable(_ message: String) -> RPCError { RPCError(.unavailable, message, nothingWasSent: true) }
}
