internal import LikenessMessages
internal import LikenessTLS
internal import LikenessWire
internal import Logging
internal import NIOCore
internal import Synchronization

/// What a server tells its connections.
enum ServerConnectionCommand: Sendable {
    case drain, abort
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

    let surroundings: ServerSurroundings
    private let executor: EventLoopExecutor
    var machine: ServerConnectionMachine
    var decoder = FrameDecoder()
    var outgoing: OutgoingFrames
    var calls: [StreamID: ServerCall] = [:]
    var peerSettings = Settings()
    var identity: PeerIdentity?
    var alarm: AlarmClock
    var liveness: ConnectionLiveness
    private(set) var context: ChannelHandlerContext?
    private var roles: (known: Set<Role>, until: NIODeadline)?
    private var isInReadBurst = false
    private var flushIsScheduled = false
    private var readIsHeldBack = false
    /// Its opening was not told to the observer.
    private var isUncounted = false
    /// Handlers that wait for credit, and for the socket.
    var creditWaiters = WaitingWriters()
    var socketWaiters = WaitingWriters()

    init(
        surroundings: ServerSurroundings,
        executor: EventLoopExecutor,
        allocator: ByteBufferAllocator,
        ageJitter: Double
    ) {
        self.surroundings = surroundings
        self.executor = executor
        self.machine = ServerConnectionMachine(settings: surroundings.configuration.settings)
        self.outgoing = OutgoingFrames(allocator: allocator)
        self.alarm = AlarmClock(eventLoop: executor.eventLoop)
        self.liveness = ConnectionLiveness(surroundings.configuration, ageJitter: ageJitter)
    }

    var eventLoop: any EventLoop { self.executor.eventLoop }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if case .plaintext = self.surroundings.security { self.begin(certificate: nil, context: context) }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as TLSHandshakeCompleted: self.begin(certificate: event.peer, context: context)
        case ServerConnectionCommand.drain: self.drain("the server is going down")
        case ServerConnectionCommand.abort: self.abort()
        case ServerConnectionCommand.end(let isRevoked):
            if let identity = self.identity, isRevoked(identity) { self.endAsRevoked() }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func begin(certificate: PeerCertificate?, context: ChannelHandlerContext) {
        guard self.identity == nil else { return }
        let identity = PeerIdentity(
            certificate: certificate,
            address: context.remoteAddress.map { "\($0)" } ?? "unknown"
        )
        self.identity = identity
        // Also of a connection that is refused at once: its end is due in time as any other's.
        self.liveness.opened(now: self.eventLoop.now)
        var name = certificate.map { $0.uriNames.first ?? $0.dnsNames.first ?? $0.fingerprint }
        if case .tls = self.surroundings.security { name = name ?? context.remoteAddress?.ipAddress }
        guard self.surroundings.connections.identify(context.channel, as: name) else {
            self.isUncounted = true
            let violation = ProtocolViolation(.tooMuch, "too many connections of one client")
            return self.fail(violation, as: .tooManyOfIdentity)
        }
        self.surroundings.observer?.connectionOpened(identity)
        self.outgoing.buffer.writeHello(self.surroundings.configuration.settings)
        self.scheduleFlush()
        self.lookAround()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isInReadBurst = true
        guard self.identity != nil, !self.machine.isClosed else { return }
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
        context.fireChannelReadComplete()
    }

    /// A peer that does not take its answers gets no more requests read.
    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            context.read()
        } else {
            self.readIsHeldBack = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        self.liveness.writabilityChanged(isWritable: isWritable, now: self.eventLoop.now)
        if isWritable, self.readIsHeldBack {
            self.readIsHeldBack = false
            context.read()
        }
        self.wakeSocketWaiters()
        self.lookAround()
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if self.identity == nil {
            self.surroundings.refused(.handshake, source: context.remoteAddress, reason: "\(error)")
        } else {
            self.surroundings.logger.debug("connection error", metadata: ["error": "\(error)"])
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.machine.close()
        self.cancelAll()
        self.alarm.stop()
        if let identity = self.identity, !self.isUncounted { self.surroundings.observer?.connectionClosed(identity) }
        context.fireChannelInactive()
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
        case .goaway: self.drain("as the peer wishes")
        }
    }

    private func helloArrived(_ settings: Settings) {
        switch self.machine.helloArrived(settings) {
        case .proceed:
            self.peerSettings = settings
            self.decoder.frameBytesMax = self.surroundings.configuration.settings.frameBytesMax
            self.decoder.metadataBytesMax = self.surroundings.configuration.settings.metadataBytesMax
            // The alarm stands at the end of the wait for HELLO.
            self.lookAround()
        case .drop: break
        case .fail(let violation): self.fail(violation)
        }
    }

    private func requestArrived(
        _ id: StreamID,
        _ head: RequestHead,
        _ message: ByteBuffer?,
        isLast: Bool,
        now: NIODeadline
    ) {
        let route = self.surroundings.router.route(to: head.method)
        switch self.machine.requestArrived(id, isLast: isLast) {
        case .dispatch:
            let caller = self.caller(head.metadata, now: now)
            if let error = self.objection(to: head, route, of: caller) {
                // Whatever else the client sends on the stream goes nowhere.
                _ = self.machine.handlerFinished(id)
                self.refuse(id, route?.method, error, caller: caller, metadata: head.metadata)
            } else if let route {
                let priority = route.method.kind == .unary ? CallPriority(route.method, head.metadata) : nil
                if let priority, let error = self.surroundings.admission.enter(priority, now: now) {
                    _ = self.machine.handlerFinished(id)
                    self.refuse(
                        id,
                        route.method,
                        error,
                        caller: caller,
                        metadata: head.metadata,
                        wasNotProcessed: true
                    )
                } else {
                    self.start(id, route, priority, head, message, isLast: isLast, now: now, caller: caller)
                }
            }
        case .refuse(.draining):
            self.refuse(
                id,
                route?.method,
                RPCError(.unavailable, reason: "DRAINING", "this connection is closing"),
                metadata: head.metadata,
                wasNotProcessed: true
            )
        case .refuse(.tooManyStreams):
            let text = "more than \(self.surroundings.configuration.settings.streamsMax) calls at once"
            self.refuse(
                id,
                route?.method,
                RPCError(.resourceExhausted, reason: "TOO_MANY_CALLS", text),
                metadata: head.metadata,
                wasNotProcessed: true
            )
        case .fail(let violation): self.fail(violation)
        case .drop: break
        }
    }

    /// Why a call may not start: the one place that decides it.
    private func objection(to head: RequestHead, _ route: MethodRouter.Route?, of caller: Caller) -> RPCError? {
        switch head.defect {
        case .methodTooLong, .methodNotText:
            return RPCError(.unimplemented, reason: "UNKNOWN_METHOD", "there is no such method")
        case .metadataTooLarge:
            let text = "metadata may have \(self.surroundings.configuration.settings.metadataBytesMax) bytes"
            return RPCError(.resourceExhausted, reason: "METADATA_TOO_LARGE", text)
        case .metadataKeyInvalid:
            return RPCError(.invalidArgument, reason: "INVALID_METADATA", "metadata has an invalid key")
        case .metadataValueNotText:
            let text = "metadata has a value that is not UTF-8 under a key that does not end in -bin"
            return RPCError(.invalidArgument, reason: "INVALID_METADATA", text)
        case nil: break
        }
        guard let route else {
            return RPCError(.unimplemented, reason: "UNKNOWN_METHOD", "there is no such method")
        }
        if caller.token == .unknown {
            return RPCError(.unauthenticated, reason: "INVALID_TOKEN", "the bearer token is not one that counts here")
        }
        let required = route.method.requiredRole
        guard required == .none || caller.roles.contains(where: { $0 >= required }) else {
            if caller.roles.isSubset(of: [.none]), self.identity?.certificate == nil, caller.token == .absent {
                let text = "\(route.method.fullName) wants a client certificate or a bearer token"
                return RPCError(.unauthenticated, reason: "CREDENTIALS_REQUIRED", text)
            }
            let text = "\(route.method.fullName) requires the role \(required)"
            return RPCError(.permissionDenied, reason: "ROLE_REQUIRED", text)
        }
        return nil
    }

    /// Who makes a call: its token's roles alone where it shows one, its certificate's otherwise.
    private func caller(_ metadata: Metadata, now: NIODeadline) -> Caller {
        switch metadata.isEmpty ? .absent : BearerToken(metadata) {
        case .absent: return Caller(roles: self.currentRoles(now: now), token: .absent)
        case .present(let token):
            guard let holder = self.surroundings.tokens(token) else { fallthrough }
            return Caller(roles: holder.roles, token: .held(by: holder.name))
        case .unreadable: return Caller(roles: [], token: .unknown)
        }
    }

    /// Asked anew every second, so that a role that was taken away is gone on open connections too.
    private func currentRoles(now: NIODeadline) -> Set<Role> {
        if let roles = self.roles, now < roles.until { return roles.known }
        let known = self.identity.map(self.surroundings.roles) ?? []
        self.roles = (known, now + TimeAmount(self.surroundings.configuration.rolesTime))
        return known
    }

    private func start(
        _ id: StreamID,
        _ route: MethodRouter.Route,
        _ priority: CallPriority?,
        _ head: RequestHead,
        _ message: ByteBuffer?,
        isLast: Bool,
        now: NIODeadline,
        caller: Caller
    ) {
        guard let identity = self.identity else { return }
        let call = ServerCall(
            id: id,
            method: route.method,
            admission: priority.map { ($0, route.index) },
            head: head,
            requestBytes: message?.readableBytes ?? 0,
            now: now,
            peer: identity,
            caller: caller,
            interceptors: self.surroundings.interceptors,
            logger: self.surroundings.logger,
            eventLoop: self.eventLoop,
            connection: NIOLoopBound(self, eventLoop: self.eventLoop),
            inbound: self.inbound(id, route.method, first: message, isLast: isLast)
        )
        self.calls[id] = call
        self.liveness.callStarted()
        self.surroundings.observer?.callStarted(route.method)
        if let alarm = call.alarm { self.wake(at: alarm) }
        call.run(in: Task.immediate(executorPreference: self.executor) { await route.run(call, message) })
    }

    // MARK: Answers

    func finish<Response: Message>(_ call: ServerCall, with response: Response) {
        guard self.mayAnswer(call, hasSucceeded: true) else { return }
        let trailers = call.trailers
        let limit = Int(self.peerSettings.frameBytesMax)
        do {
            let byteCount = try response.withEncoder { byteCount, write in
                let total = Frame.countedHeaderByteCount + ByteBuffer.endHeadByteCount(trailers: trailers) + byteCount
                guard total <= limit else {
                    let text = "the answer has \(byteCount) bytes; the client takes frames of \(limit)"
                    throw RPCError(.resourceExhausted, reason: "ANSWER_TOO_LARGE", text)
                }
                self.outgoing.buffer.writeEnd(call.id, trailers: trailers) { $0.writeMessageBytes(byteCount, write) }
                return byteCount
            }
            self.ended(call, .ok, responseBytes: byteCount)
        } catch let error as RPCError {
            self.answer(call, Status(error))
        } catch {
            // A text with a NUL character in it: a fault of the handler's.
            self.surroundings.logger.error(
                "an answer cannot be encoded",
                metadata: ["method": "\(call.method.fullName)", "error": "\(error)"]
            )
            self.answer(call, Status(RPCError(.internal, reason: "INTERNAL", "internal error")))
        }
        self.afterAnswer()
    }

    func finish(_ call: ServerCall, with status: Status) {
        guard self.mayAnswer(call, hasSucceeded: status.code == .ok) else { return }
        var status = status
        var trailers = call.trailers
        for entry in status.trailers.entries { trailers.add(entry.key, entry.value) }
        status.trailers = trailers
        self.answer(call, status)
        self.afterAnswer()
    }

    /// The handler is done; whether the caller still waits.
    private func mayAnswer(_ call: ServerCall, hasSucceeded: Bool) -> Bool {
        self.calls[call.id] = nil
        let now = self.eventLoop.now
        self.liveness.callEnded(now: now)
        if let (priority, index) = call.admission {
            let latency = hasSucceeded ? Duration.nanoseconds((now - call.started).nanoseconds) : nil
            self.surroundings.admission.leave(priority, method: index, latency: latency, now: now)
        }
        switch self.machine.handlerFinished(call.id) {
        case .sendEnd(let credit):
            if let credit { self.outgoing.buffer.writeCredit(0, bytes: credit) }
            return true
        case .discard(let credit):
            if let credit { self.outgoing.buffer.writeCredit(0, bytes: credit) }
            if !call.wasAnswered { self.ended(call, .cancelled, responseBytes: 0) }
            self.afterAnswer()
            return false
        }
    }

    func answer(_ call: ServerCall, _ status: Status) {
        self.writeEnd(call.id, status)
        self.ended(call, status.code, responseBytes: 0)
    }

    private func refuse(
        _ id: StreamID,
        _ method: MethodInfo?,
        _ error: RPCError,
        caller: Caller? = nil,
        metadata: Metadata,
        wasNotProcessed: Bool = false
    ) {
        self.writeEnd(id, Status(error), wasNotProcessed: wasNotProcessed)
        guard let identity = self.identity else { return }
        self.surroundings.observer?.callEnded(
            EndedCall(
                method: method,
                peer: identity,
                caller: caller,
                code: error.code,
                wasStarted: false,
                duration: .zero,
                requestBytes: 0,
                responseBytes: 0,
                metadata: metadata
            )
        )
    }

    /// What does not fit into one frame of the client's is left out, details first.
    private func writeEnd(_ id: StreamID, _ status: Status, wasNotProcessed: Bool = false) {
        let start = self.outgoing.buffer.writerIndex
        self.outgoing.buffer.writeEnd(id, status, wasNotProcessed: wasNotProcessed)
        guard self.outgoing.buffer.writerIndex - start - 4 > Int(self.peerSettings.frameBytesMax) else { return }
        self.outgoing.buffer.moveWriterIndex(to: start)
        let short = Status(status.code, String(status.message.prefix(1_000)))
        self.outgoing.buffer.writeEnd(id, short, wasNotProcessed: wasNotProcessed)
    }

    private func ended(_ call: ServerCall, _ code: StatusCode, responseBytes: Int) {
        call.markAnswered(code)
        guard let observer = self.surroundings.observer else { return }
        let nanoseconds = (self.eventLoop.now - call.started).nanoseconds
        observer.callEnded(
            EndedCall(
                method: call.method,
                peer: call.peer,
                caller: call.caller,
                target: call.method.isAudited ? call.target : nil,
                code: code,
                wasStarted: true,
                duration: .nanoseconds(nanoseconds),
                requestBytes: call.requestBytes + call.receivedBytes.load(ordering: .relaxed),
                responseBytes: responseBytes + call.sentBytes.load(ordering: .relaxed),
                metadata: call.metadata
            )
        )
    }

    private func afterAnswer() {
        self.scheduleFlush()
        if self.machine.isDrained { self.linger() }
    }

    /// The deadlines that have passed are answered; their handlers are cancelled and count until they are done.
    func answerLate(now: NIODeadline) {
        for (id, call) in self.calls {
            guard let alarm = call.alarm, alarm <= now else { continue }
            guard case .answerAndCancelHandler = self.machine.deadlinePassed(id) else { continue }
            self.answer(
                call,
                Status(RPCError(.deadlineExceeded, reason: "DEADLINE_EXCEEDED", "the deadline has passed"))
            )
            self.cancel(call)
        }
        self.scheduleFlush()
    }

    /// Has the handler stop, wherever it waits.
    func cancel(_ call: ServerCall) {
        call.cancel()
        self.wakeWriters(of: call.id)
    }

    func cancelAll() {
        let calls = self.calls.values
        for call in calls { self.cancel(call) }
    }

    // MARK: Flushing

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
        context.writeAndFlush(Self.wrapOutboundOut(self.outgoing.take()), promise: nil)
        self.wakeSocketWaiters()
    }
}
