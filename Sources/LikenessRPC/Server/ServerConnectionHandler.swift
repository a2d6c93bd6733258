internal import LikenessMessages
internal import LikenessScheduling
internal import LikenessTLS
internal import LikenessWire
internal import Logging
internal import NIOCore

/// What a server tells its connections.
enum ServerConnectionCommand: Sendable {
    case drain, abort
    /// To end because its place is needed, and its peer has shown no credential.
    case makeWay
    /// To end at once when its peer is one of these.
    case end(_ isRevoked: @Sendable (PeerIdentity) -> Bool)
}

/// One connection of a server: bytes in, calls out, answers back. Lives on its event loop.
///
/// The machine decides; this does. Answers gather in one buffer that is flushed once for every burst of requests read.
final class ServerConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let dependencies: ServerDependencies
    let executor: EventLoopExecutor
    var machine: ServerConnectionMachine
    var decoder = FrameDecoder()
    var outgoing: OutgoingFrames
    var calls: [StreamID: ServerCall] = [:]
    var peerSettings = Settings()
    var identity: PeerIdentity?
    /// The caller that the peer has shown to be by its certificate, or else by its address.
    var connectionFlow = Flow(ClientKey.address(.other))
    var alarm: AlarmClock
    var liveness: ConnectionLiveness
    private(set) var context: ChannelHandlerContext?
    /// Who calls without a token, as it was found last.
    var knownPeer: (caller: Caller, until: NIODeadline)?
    /// Its peer has shown a certificate or a valid token.
    var hasCredential = false
    private var isInReadBurst = false
    private var flushIsScheduled = false
    private var readIsHeldBack = false
    /// Frames that have come are left in the decoder: the peer does not read what it is sent.
    private var framesAreHeldBack = false
    /// Its opening was not told to the observer.
    private var isUncounted = false
    /// The connection ended, and handlers of its calls run on.
    private var isAbandoned = false
    /// Handlers that wait for credit, and for the socket.
    var creditWaiters = WaitingWriters()
    var socketWaiters = WaitingWriters()

    init(
        dependencies: ServerDependencies,
        executor: EventLoopExecutor,
        allocator: ByteBufferAllocator,
        ageJitter: Double
    ) {
        self.dependencies = dependencies
        self.executor = executor
        self.machine = ServerConnectionMachine(settings: dependencies.configuration.settings)
        self.outgoing = OutgoingFrames(allocator: allocator)
        self.alarm = AlarmClock(eventLoop: executor.eventLoop)
        self.liveness = ConnectionLiveness(dependencies.configuration, ageJitter: ageJitter)
    }

    var eventLoop: any EventLoop { self.executor.eventLoop }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if case .plaintext = self.dependencies.security { self.begin(certificate: nil, context: context) }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSHandshakeCompleted: self.begin(certificate: event.peer, context: context)
        case ServerConnectionCommand.drain: self.drain("the server is going down")
        case ServerConnectionCommand.abort: self.abort()
        case ServerConnectionCommand.makeWay: self.makeWay()
        case ServerConnectionCommand.end(let isRevoked):
            if let identity = self.identity, isRevoked(identity) { self.endAsRevoked() }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func begin(certificate: PeerCertificate?, context: ChannelHandlerContext) {
        guard self.identity == nil else { return }
        let identity = PeerIdentity(
            certificate: certificate,
            address: context.remoteAddress?.text ?? "unknown",
            source: SourceAddress(context.remoteAddress)
        )
        self.identity = identity
        let client = ClientKey(identity)
        self.connectionFlow = Flow(client)
        // Also of a connection that is refused at once: its end is due in time as any other's.
        self.liveness.opened(now: self.eventLoop.now)
        self.outgoing.buffer.writeHello(self.dependencies.configuration.settings)
        var key: ClientKey? = client
        self.hasCredential = certificate != nil
        if case .plaintext = self.dependencies.security {
            key = nil
            self.hasCredential = true
        }
        guard self.dependencies.connections.identify(context.channel, as: key) else {
            self.isUncounted = true
            let violation = ProtocolViolation(.tooMuch, "too many connections of one client")
            return self.fail(violation, as: .tooManyOfIdentity)
        }
        self.dependencies.observer?.connectionOpened(identity)
        self.scheduleFlush()
        self.lookAround()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isInReadBurst = true
        guard self.identity != nil, !self.machine.isClosed else { return }
        self.decoder.append(Self.unwrapInboundIn(data))
        self.takeFrames()
    }

    /// Acts on the frames that have come, until so much is unwritten that the peer has to read first.
    private func takeFrames() {
        let now = self.eventLoop.now
        let limit = self.dependencies.configuration.unwrittenBytesLimit - self.bytesInChannel
        var hadFrame = false
        self.framesAreHeldBack = false
        self.executor.whileRunning {
            do throws(ProtocolViolation) {
                while !self.machine.isClosed {
                    guard self.outgoing.buffer.readableBytes < limit else {
                        self.framesAreHeldBack = true
                        break
                    }
                    guard let frame = try self.decoder.next() else { break }
                    hadFrame = true
                    self.arrived(frame, now: now)
                }
            } catch {
                self.fail(error)
            }
        }
        // A frame that is held back has not begun too long ago.
        let isInsideFrame = self.decoder.isInsideFrame && !self.framesAreHeldBack
        self.liveness.received(now: now, hadFrame: hadFrame, isInsideFrame: isInsideFrame)
        if isInsideFrame { self.lookAround() }
    }

    /// Ciphertext that waits for the socket; the TLS handler keeps nothing back.
    private var bytesInChannel: Int {
        guard let channel = self.context?.channel, !channel.isWritable else { return 0 }
        return (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isInReadBurst = false
        self.flushNow()
        self.goOnIfRead()
        context.fireChannelReadComplete()
    }

    /// A peer that does not take its answers gets no more requests read.
    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable, !self.framesAreHeldBack {
            context.read()
        } else {
            self.readIsHeldBack = true
        }
    }

    /// Goes on with frames and reads that were held back, when the peer reads again.
    private func goOnIfRead() {
        guard self.framesAreHeldBack || self.readIsHeldBack, self.context?.channel.isWritable == true else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        // In a tick of its own: this may be called by a flush, and flushes.
        self.eventLoop.execute { bound.value.goOn() }
    }

    private func goOn() {
        guard let context = self.context, context.channel.isWritable else { return }
        if self.machine.isClosed { self.framesAreHeldBack = false }
        if self.framesAreHeldBack {
            self.isInReadBurst = true
            self.takeFrames()
            self.isInReadBurst = false
            self.flushNow()
        }
        if self.framesAreHeldBack {
            self.goOnIfRead()
        } else if self.readIsHeldBack, context.channel.isWritable {
            self.readIsHeldBack = false
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        self.liveness.writabilityChanged(isWritable: isWritable, now: self.eventLoop.now)
        self.goOnIfRead()
        self.wakeSocketWaiters()
        self.lookAround()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.identity == nil {
            self.dependencies.refused(.handshake, source: context.remoteAddress, reason: "\(error)")
        } else {
            self.dependencies.logger.debug("connection error", metadata: ["error": "\(error)"])
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.machine.close()
        self.cancelAll()
        if !self.calls.isEmpty {
            self.isAbandoned = true
            self.dependencies.connections.abandoned(self)
        }
        self.alarm.stop()
        self.dependencies.answers.release(self.outgoing.reservedBytes)
        self.outgoing.reservedBytes = 0
        if let identity = self.identity, !self.isUncounted { self.dependencies.observer?.connectionClosed(identity) }
        context.fireChannelInactive()
    }

    /// A handler has ended, and what became of its call was recorded.
    func handlerEnded() {
        guard self.isAbandoned, self.calls.isEmpty else { return }
        self.isAbandoned = false
        self.dependencies.connections.handlersEnded(of: self)
    }

    // MARK: Frames

    private func arrived(_ frame: Frame, now: NIODeadline) {
        switch frame {
        case .hello(let settings): self.helloArrived(settings)
        case .request(let id, let head, let message, let isLast):
            self.requestArrived(id, head, message, isLast: isLast, now: now)
        case .message(let id, let message, let isLast):
            self.messageArrived(id, message, isLast: isLast, now: now)
        case .end: if case .fail(let violation) = self.machine.strayFrameArrived() { self.fail(violation) }
        case .cancel(let id):
            switch self.machine.cancelArrived(id, now: now) {
            case .cancelHandler: if let call = self.calls[id] { self.cancel(call) }
            case .ignore, .drop: break
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
        case .pong, .unknown:
            if case .fail(let violation) = self.machine.idleFrameArrived(now: now) { self.fail(violation) }
        case .goaway(let goaway):
            if goaway.code == .leaving { self.drain("as the peer wishes") } else { self.abort() }
        }
    }

    private func helloArrived(_ settings: Settings) {
        switch self.machine.helloArrived(settings) {
        case .proceed:
            self.peerSettings = settings
            self.decoder.frameBytesMax = self.dependencies.configuration.settings.frameBytesMax
            self.decoder.metadataBytesMax = self.dependencies.configuration.settings.metadataBytesMax
            self.liveness.keepaliveAllowed(every: .milliseconds(Int64(settings.pingIntervalMinMilliseconds)))
            // The alarm stands at the end of the wait for HELLO.
            self.lookAround()
        case .drop: break
        case .fail(let violation): self.fail(violation)
        }
    }

    // MARK: Flushing

    /// Gives the budget for answers back once the bytes are with the socket, or the connection is gone.
    private func releasingReservation() -> EventLoopPromise<Void>? {
        let reserved = self.outgoing.reservedBytes
        guard reserved > 0 else { return nil }
        self.outgoing.reservedBytes = 0
        let written = self.eventLoop.makePromise(of: Void.self)
        let answers = self.dependencies.answers
        written.futureResult.whenComplete { _ in answers.release(reserved) }
        return written
    }

    /// Within a burst of reads its end flushes; otherwise the end of this tick of the loop does.
    func scheduleFlush() {
        guard !self.isInReadBurst, !self.flushIsScheduled, !self.outgoing.isEmpty else { return }
        self.flushIsScheduled = true
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.eventLoop.execute { bound.value.flushNow() }
    }

    func flushNow() {
        self.flushIsScheduled = false
        guard !self.outgoing.isEmpty, let context = self.context else { return }
        context.writeAndFlush(Self.wrapOutboundOut(self.outgoing.take()), promise: self.releasingReservation())
        self.wakeSocketWaiters()
    }
}
