internal import LikenessMessages
internal import LikenessTLS
internal import LikenessWire
internal import NIOCore
internal import Synchronization

/// One connection of a client: calls in, bytes out, answers back. Lives on its event loop.
final class ClientConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct InFlight {
        let call: ClientCall
        let alarm: NIODeadline?
        /// The server's messages, of a call that is not unary.
        let inbound: MessageQueue?
    }

    let configuration: ClientConnection.Configuration
    private let isPlaintext: Bool
    let executor: EventLoopExecutor
    let state: ClientConnectionState
    /// Until HELLO has come: the promise keeps what it is given, and that is this handler.
    var ready: EventLoopPromise<NIOLoopBound<ClientConnectionHandler>>?
    var machine: ClientConnectionMachine
    private var decoder = FrameDecoder()
    var outgoing: OutgoingFrames
    var calls: [StreamID: InFlight] = [:]
    var serverSettings = Settings()
    var alarm: AlarmClock
    var liveness: ConnectionLiveness
    var pings: [UInt64: (sent: NIODeadline, pong: EventLoopPromise<Duration>)] = [:]
    var lastPing: UInt64 = 0
    var context: ChannelHandlerContext?
    /// Callers that wait for credit, and for the socket.
    var creditWaiters = WaitingWriters()
    var socketWaiters = WaitingWriters()
    private var hasBegun = false
    var isInReadBurst = false
    private var flushIsScheduled = false
    /// Why the connection ended, for the calls that ended with it.
    var cause: String?

    init(
        configuration: ClientConnection.Configuration,
        isPlaintext: Bool,
        executor: EventLoopExecutor,
        state: ClientConnectionState,
        ready: EventLoopPromise<NIOLoopBound<ClientConnectionHandler>>,
        allocator: ByteBufferAllocator
    ) {
        self.configuration = configuration
        self.isPlaintext = isPlaintext
        self.executor = executor
        self.state = state
        self.ready = ready
        self.machine = ClientConnectionMachine(settings: configuration.settings)
        self.outgoing = OutgoingFrames(allocator: allocator)
        self.alarm = AlarmClock(eventLoop: executor.eventLoop)
        self.liveness = ConnectionLiveness(configuration)
    }

    var eventLoop: any EventLoop { self.executor.eventLoop }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if self.isPlaintext { self.begin() }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshakeCompleted { self.begin() }
        context.fireUserInboundEventTriggered(event)
    }

    private func begin() {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        self.liveness.opened(now: self.eventLoop.now)
        self.outgoing.buffer.writeHello(self.configuration.settings)
        self.flushNow()
        self.lookAround()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isInReadBurst = true
        guard !self.machine.isClosed else { return }
        self.decoder.append(Self.unwrapInboundIn(data))
        let now = self.eventLoop.now
        var hadFrame = false
        self.executor.whileRunning {
            do throws(ProtocolViolation) {
                while !self.machine.isClosed, let frame = try self.decoder.next() {
                    hadFrame = true
                    self.arrived(frame, now: now)
                }
            } catch {
                self.fail(error)
            }
        }
        self.liveness.received(now: now, hadFrame: hadFrame, isInsideFrame: self.decoder.isInsideFrame)
        if self.decoder.isInsideFrame { self.lookAround() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isInReadBurst = false
        self.flushNow()
        self.closeIfDrained()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.liveness.writabilityChanged(isWritable: context.channel.isWritable, now: self.eventLoop.now)
        self.wakeSocketWaiters()
        self.lookAround()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.cause = self.cause ?? "\(error)"
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.ended()
        context.fireChannelInactive()
    }

    // MARK: Frames

    private func arrived(_ frame: Frame, now: NIODeadline) {
        switch frame {
        case .hello(let settings): self.helloArrived(settings)
        case .end(let id, let status, let message, let wasNotProcessed):
            switch self.machine.endArrived(id) {
            case .complete: self.complete(id, status, message, wasNotProcessed: wasNotProcessed)
            case .ignore, .drop: break
            case .fail(let violation): self.fail(violation)
            }
        case .message(let id, let message, let isLast):
            switch self.machine.messageArrived(id, byteCount: message?.readableBytes, isLast: isLast) {
            case .deliver: self.messageArrived(id, message)
            case .ignore(let credit): if let credit { self.outgoing.buffer.writeCredit(0, bytes: credit) }
            case .drop: break
            case .fail(let violation): self.fail(violation)
            }
        case .credit(let id, let bytes):
            switch self.machine.creditArrived(id, bytes: bytes, now: now) {
            case .resume: id == 0 ? self.wakeCreditWaiters() : self.wakeWriters(of: id)
            case .ignore, .drop: break
            case .fail(let violation): self.fail(violation)
            }
        case .ping(let value):
            switch self.machine.pingArrived(now: now) {
            case .proceed: self.outgoing.buffer.writePong(value)
            case .drop: break
            case .fail(let violation): self.fail(violation)
            }
        case .pong(let value):
            if let ping = self.pings.removeValue(forKey: value) {
                ping.pong.succeed(.nanoseconds((now - ping.sent).nanoseconds))
            }
            if case .fail(let violation) = self.machine.idleFrameArrived(now: now) { self.fail(violation) }
        case .unknown:
            if case .fail(let violation) = self.machine.idleFrameArrived(now: now) { self.fail(violation) }
        case .request, .cancel:
            if case .fail(let violation) = self.machine.strayFrameArrived() { self.fail(violation) }
        case .goaway(let goaway): self.goawayArrived(goaway)
        }
    }

    private func helloArrived(_ settings: Settings) {
        switch self.machine.helloArrived(settings) {
        case .proceed:
            self.serverSettings = settings
            self.decoder.frameBytesMax = self.configuration.settings.frameBytesMax
            self.decoder.metadataBytesMax = self.configuration.settings.metadataBytesMax
            self.liveness.keepaliveAllowed(every: .milliseconds(Int64(settings.pingIntervalMinMilliseconds)))
            self.state.callCountMax.store(Int(settings.streamsMax), ordering: .relaxed)
            self.ready?.succeed(NIOLoopBound(self, eventLoop: self.eventLoop))
            self.ready = nil
            self.lookAround()
        case .drop: break
        case .fail(let violation): self.fail(violation)
        }
    }

    private func goawayArrived(_ goaway: Goaway) {
        self.state.drains()
        if goaway.code != .leaving {
            self.cause = "the server ended the connection: \(goaway.text)"
        }
        for id in self.machine.goawayArrived(lastStream: goaway.lastStream, code: goaway.code) {
            self.end(id, .failure(.unavailable("the server is closing this connection")))
        }
        if self.machine.isClosed {
            // What is still open may have been carried out.
            self.ready?.fail(RPCError.unavailable("the server ended the connection: \(goaway.text)"))
            self.context?.close(promise: nil)
        }
    }

    private func complete(_ id: StreamID, _ status: Status, _ message: ByteBuffer?, wasNotProcessed: Bool) {
        if status.code == .ok {
            self.end(id, .success(ClientCall.Answer(message: message, trailers: status.trailers)))
        } else {
            self.end(id, .failure(RPCError(status, wasNotProcessed: wasNotProcessed)))
        }
    }

    // MARK: Flushing

    func scheduleFlush() {
        guard !self.isInReadBurst, !self.flushIsScheduled, !self.outgoing.isEmpty else { return }
        self.flushIsScheduled = true
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.eventLoop.execute { bound.value.flushNow() }
    }

    func flushNow() {
        self.flushIsScheduled = false
        guard !self.outgoing.isEmpty, let context = self.context else { return }
        context.writeAndFlush(Self.wrapOutboundOut(self.outgoing.take()), promise: nil)
        self.wakeSocketWaiters()
    }
}
