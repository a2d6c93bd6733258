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

    private let configuration: ClientConnection.Configuration
    private let isPlaintext: Bool
    private let executor: EventLoopExecutor
    private let state: ClientConnectionState
    /// Until HELLO has come: the promise keeps what it is given, and that is this handler.
    private var ready: EventLoopPromise<NIOLoopBound<ClientConnectionHandler>>?
    var machine: ClientConnectionMachine
    private var decoder = FrameDecoder()
    var outgoing: OutgoingFrames
    var calls: [StreamID: InFlight] = [:]
    var serverSettings = Settings()
    private var alarm: AlarmClock
    private var liveness: ConnectionLiveness
    private var pings: [UInt64: (sent: NIODeadline, pong: EventLoopPromise<Duration>)] = [:]
    private var lastPing: UInt64 = 0
    var context: ChannelHandlerContext?
    /// Callers that wait for credit, and for the socket.
    var creditWaiters = WaitingWriters()
    var socketWaiters = WaitingWriters()
    private var hasBegun = false
    private var isInReadBurst = false
    private var flushIsScheduled = false
    /// Why the connection ended, for the calls that ended with it.
    private var cause: String?

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
        case .message(let id, let message, _):
            switch self.machine.messageArrived(id, byteCount: message?.readableBytes ?? 0) {
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
        for id in self.machine.goawayArrived(lastStream: goaway.lastStream) {
            self.end(id, .failure(.unavailable("the server is closing this connection")))
        }
        if self.machine.isClosed {
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

    // MARK: Calls

    func startUnary<Request: Message>(
        _ call: ClientCall,
        _ request: Request,
        _ continuation: CheckedContinuation<ClientCall.Answer, any Error>
    ) {
        do throws(RPCError) {
            let id = try self.open(call, request, isLast: true, inbound: nil)
            call.started(id, continuation)
        } catch {
            _ = call.end()
            continuation.resume(throwing: error)
        }
    }

    /// Sends the REQUEST of a call with its message.
    func open<Request: Message>(
        _ call: ClientCall,
        _ request: Request,
        isLast: Bool,
        inbound: MessageQueue?
    ) throws(RPCError) -> StreamID {
        let (head, alarm) = try self.head(of: call)
        do {
            return try request.withEncoder { byteCount, write in
                let limit = Int(self.serverSettings.frameBytesMax)
                let total = Frame.countedHeaderByteCount + ByteBuffer.requestHeadByteCount(head) + byteCount
                guard total <= limit else {
                    let text = "the request has \(byteCount) bytes; the server takes frames of \(limit)"
                    throw RPCError(.resourceExhausted, text, nothingWasSent: true)
                }
                let id = try self.open(isLast: isLast)
                self.outgoing.buffer.writeRequest(id, head, isLast: isLast) { $0.writeMessageBytes(byteCount, write) }
                self.began(id, InFlight(call: call, alarm: alarm, inbound: inbound))
                return id
            }
        } catch let error as RPCError {
            throw error
        } catch {
            throw RPCError(.invalidArgument, "the request cannot be encoded: \(error)", nothingWasSent: true)
        }
    }

    /// Sends the REQUEST of a call whose messages follow.
    func open(_ call: ClientCall, inbound: MessageQueue) throws(RPCError) -> StreamID {
        let (head, alarm) = try self.head(of: call)
        let id = try self.open(isLast: false)
        self.outgoing.buffer.writeRequest(id, head)
        self.began(id, InFlight(call: call, alarm: alarm, inbound: inbound))
        return id
    }

    private func began(_ id: StreamID, _ inFlight: InFlight) {
        self.calls[id] = inFlight
        if let alarm = inFlight.alarm { self.wake(at: alarm) }
        self.state.callCount.store(self.calls.count, ordering: .relaxed)
        self.scheduleFlush()
    }

    private func head(of call: ClientCall) throws(RPCError) -> (RequestHead, alarm: NIODeadline?) {
        guard !call.isOver else { throw RPCError(.cancelled, "the call was cancelled", nothingWasSent: true) }
        var head = RequestHead(method: call.method.fullName, metadata: call.metadata)
        var alarm: NIODeadline?
        if let deadline = call.deadline {
            let remaining = ContinuousClock.now.duration(to: deadline)
            guard remaining > .zero else {
                throw RPCError(.deadlineExceeded, "the deadline had passed before the call", nothingWasSent: true)
            }
            head.timeoutMicroseconds = RequestHead.microseconds(remaining)
            alarm = self.eventLoop.now + TimeAmount(remaining)
        }
        guard head.metadata.encodedByteCount <= Int(self.serverSettings.metadataBytesMax) else {
            let text = "the server takes \(self.serverSettings.metadataBytesMax) bytes of metadata"
            throw RPCError(.resourceExhausted, text, nothingWasSent: true)
        }
        guard head.metadata.entries.allSatisfy({ Metadata.isValidKey($0.key.utf8) }) else {
            throw RPCError(.invalidArgument, "metadata has an invalid key", nothingWasSent: true)
        }
        return (head, alarm)
    }

    private func open(isLast: Bool) throws(RPCError) -> StreamID {
        switch self.machine.openStream(isLast: isLast) {
        case .send(let id): return id
        case .refuse(.tooManyStreams):
            let text = "\(self.serverSettings.streamsMax) calls are already in flight on this connection"
            throw RPCError(.resourceExhausted, text, nothingWasSent: true)
        case .refuse(.outOfStreams):
            self.drain()
            throw .unavailable("this connection has had all its calls")
        case .refuse(.draining): throw .unavailable("this connection is closing")
        case .refuse(.notReady), .refuse(.closed): throw .unavailable(self.cause ?? "the connection is closed")
        }
    }

    /// The caller no longer waits.
    func cancel(_ call: ClientCall, _ error: RPCError) {
        guard let (id, continuation) = call.end() else { return }
        let inFlight = self.calls.removeValue(forKey: id)
        self.state.callCount.store(self.calls.count, ordering: .relaxed)
        if case .sendCancel(let credit) = self.machine.cancel(id) {
            self.outgoing.buffer.writeCancel(id)
            if let credit { self.outgoing.buffer.writeCredit(0, bytes: credit) }
            self.scheduleFlush()
        }
        inFlight?.inbound?.drop(error)
        self.wakeWriters(of: id)
        continuation?.resume(throwing: error)
        self.closeIfDrained()
    }

    private func end(_ id: StreamID, _ result: Result<ClientCall.Answer, RPCError>) {
        guard let inFlight = self.calls.removeValue(forKey: id) else { return }
        self.state.callCount.store(self.calls.count, ordering: .relaxed)
        switch result {
        case .success(let answer):
            let ended = inFlight.call.end(trailers: answer.trailers)
            if let inbound = inFlight.inbound {
                // The answer to a stream of requests needs no credit.
                if inFlight.call.method.kind == .clientStreaming, let message = answer.message {
                    inbound.deliverLast(message)
                } else {
                    inbound.finish()
                }
            }
            self.wakeWriters(of: id)
            ended?.continuation?.resume(returning: answer)
        case .failure(let error):
            let ended = inFlight.call.end()
            inFlight.inbound?.fail(error)
            self.wakeWriters(of: id)
            ended?.continuation?.resume(throwing: error)
        }
    }

    func ping(_ pong: EventLoopPromise<Duration>, timeout: TimeAmount) {
        guard !self.machine.isClosed, !self.machine.isAwaitingHello else {
            return pong.fail(RPCError.unavailable(self.cause ?? "the connection is closed"))
        }
        self.lastPing += 1
        let value = self.lastPing
        self.pings[value] = (self.eventLoop.now, pong)
        self.outgoing.buffer.writePing(value)
        self.scheduleFlush()
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.eventLoop.scheduleTask(in: timeout) {
            bound.value.pings.removeValue(forKey: value)?.pong.fail(RPCError(.deadlineExceeded, "no answer to a ping"))
        }
    }

    // MARK: Leaving

    /// Takes no new calls and ends when the last is answered.
    func drain() {
        self.state.drains()
        if !self.machine.isDraining, !self.machine.isAwaitingHello {
            self.outgoing.buffer.writeGoaway(Goaway(lastStream: 0, code: .leaving, text: ""))
            self.flushNow()
        }
        self.machine.drain()
        self.closeIfDrained()
    }

    private func closeIfDrained() {
        guard self.machine.isDrained, !self.isInReadBurst else { return }
        self.context?.close(promise: nil)
    }

    /// The server broke the rules.
    private func fail(_ violation: ProtocolViolation) {
        self.cause = "the server broke the protocol: \(violation.text)"
        self.machine.close()
        self.outgoing.buffer.writeGoaway(Goaway(lastStream: 0, code: violation.code, text: violation.text))
        self.flushNow()
        self.context?.close(promise: nil)
    }

    private func ended() {
        self.state.drains()
        self.machine.close()
        self.alarm.stop()
        let cause = self.cause ?? "the connection was lost"
        self.ready?.fail(RPCError.unavailable(cause))
        for id in Array(self.calls.keys) {
            // They may have been carried out.
            self.end(id, .failure(RPCError(.unavailable, cause)))
        }
        let pings = self.pings.values
        self.pings = [:]
        for ping in pings { ping.pong.fail(RPCError.unavailable(cause)) }
    }

    // MARK: Time

    private func lookAround() {
        guard self.context?.channel.isActive == true else { return }
        let now = self.eventLoop.now
        switch self.liveness.due(now: now, isAwaitingHello: self.machine.isAwaitingHello) {
        case .nothing, .drain: break
        case .ping:
            self.lastPing += 1
            self.outgoing.buffer.writePing(self.lastPing)
            self.flushNow()
        case .fail(let violation): return self.fail(violation)
        case .close:
            self.cause = self.cause ?? "the server does not answer"
            self.machine.close()
            self.context?.close(promise: nil)
            return
        }
        if let next = self.liveness.next(isAwaitingHello: self.machine.isAwaitingHello) { self.wake(at: next) }
    }

    private func wake(at time: NIODeadline) {
        guard self.alarm.isAfter(time) else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.alarm.set(time) { bound.value.rang() }
    }

    private func rang() {
        self.alarm.rang()
        let now = self.eventLoop.now
        let late = self.calls.values.filter { $0.alarm.map { $0 <= now } ?? false }
        self.executor.whileRunning {
            for inFlight in late {
                self.cancel(inFlight.call, RPCError(.deadlineExceeded, "the deadline has passed"))
            }
        }
        if let next = self.calls.values.lazy.compactMap(\.alarm).min() { self.wake(at: next) }
        self.lookAround()
    }

    // MARK: Flushing

    func scheduleFlush() {
        guard !self.isInReadBurst, !self.flushIsScheduled, !self.outgoing.isEmpty else { return }
        self.flushIsScheduled = true
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.eventLoop.execute { bound.value.flushNow() }
    }

    private func flushNow() {
        self.flushIsScheduled = false
        guard !self.outgoing.isEmpty, let context = self.context else { return }
        context.writeAndFlush(Self.wrapOutboundOut(self.outgoing.take()), promise: nil)
        self.wakeSocketWaiters()
    }
}
