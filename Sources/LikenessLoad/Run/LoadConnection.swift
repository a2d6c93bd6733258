internal import LikenessRPC
internal import LikenessTLS
internal import LikenessWire
internal import NIOCore

/// What a connection tells the worker that sends on it.
protocol LoadConnectionOwner: AnyObject {
    /// The server's HELLO has come.
    func connectionOpened(_ connection: LoadConnection)
    /// One of a stream of answers.
    ///
    /// - Parameters:
    ///   - before: When the one before it came.
    ///   - answered: When the message was sent that it answers.
    func messageCame(on connection: LoadConnection, now: UInt64, before: UInt64?, answered: UInt64?)
    func callEnded(_ call: LoadCall, on connection: LoadConnection, _ outcome: LoadCall.Outcome)
    /// All its calls have ended before.
    func connectionLost(_ connection: LoadConnection, cause: String)
    /// Everything that came at once has been handled.
    func readBurstEnded(_ connection: LoadConnection)
}

/// One connection of the tester, on its event loop.
///
/// Leaner than a client's: requests are encoded before, answers stay bytes, and nothing is a task or a continuation, so
/// that the tester's own time is small beside the server's.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Place among the connections of its worker.
    let index: Int
    let connectBegan = NIODeadline.now()
    private(set) var tcpNanoseconds: UInt64 = 0
    private(set) var handshakeNanoseconds: UInt64 = 0
    private var bytesReceived = 0
    private var messagesReceived = 0
    private var messagesSent = 0
    private var messageBytesSent = 0
    private(set) var tlsVersion = ""

    private unowned let owner: any LoadConnectionOwner
    private let settings: Settings
    private var machine: ClientConnectionMachine
    private var decoder = FrameDecoder()
    private var outgoing = ByteBuffer()
    private var context: ChannelHandlerContext?
    private var calls: [StreamID: LoadCall] = [:]
    private var serverSettings = Settings()
    private var isInReadBurst = false
    private var cause: String?
    private var hasEnded = false

    init(index: Int, owner: any LoadConnectionOwner) {
        self.index = index
        self.owner = owner
        var settings = Settings()
        settings.streamCreditBytes = 1 << 20
        settings.connectionCreditBytes = 16 << 20
        self.settings = settings
        self.machine = ClientConnectionMachine(settings: settings)
    }

    var isOpen: Bool { !self.machine.isAwaitingHello && !self.machine.isDraining }
    var callCount: Int { self.calls.count }
    /// Calls at once that the server takes.
    var streamsMax: Int { Int(self.serverSettings.streamsMax) }
    var hasRoom: Bool { self.isOpen && self.calls.count < self.streamsMax }

    /// What has come since this was last asked.
    func takeTraffic() -> LoadRecord.Traffic {
        defer {
            (self.bytesReceived, self.messagesReceived) = (0, 0)
            (self.messageBytesSent, self.messagesSent) = (0, 0)
        }
        return .init(
            bytesReceived: self.bytesReceived,
            messagesReceived: self.messagesReceived,
            messageBytesSent: self.messageBytesSent,
            messagesSent: self.messagesSent
        )
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        self.tcpNanoseconds = UInt64((NIODeadline.now() - self.connectBegan).nanoseconds)
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSHandshakeCompleted {
            self.handshakeNanoseconds =
                UInt64((NIODeadline.now() - self.connectBegan).nanoseconds) - self.tcpNanoseconds
            self.tlsVersion = event.version
            self.outgoing.writeHello(self.settings)
            self.flush()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.machine.isClosed else { return }
        self.isInReadBurst = true
        let bytes = Self.unwrapInboundIn(data)
        self.bytesReceived += bytes.readableBytes
        self.decoder.append(bytes)
        do throws(ProtocolViolation) {
            while !self.machine.isClosed, let frame = try self.decoder.next() { self.arrived(frame) }
        } catch {
            self.fail(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.isInReadBurst = false
        self.owner.readBurstEnded(self)
        self.flush()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.cause = self.cause ?? ConnectFailure.text(of: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    /// The connection could not be made.
    func failed(_ error: any Error) {
        self.cause = self.cause ?? ConnectFailure.text(of: error)
        self.end()
    }

    private func end() {
        guard !self.hasEnded else { return }
        self.hasEnded = true
        self.machine.close()
        let cause = self.cause ?? "the connection was lost"
        let calls = self.calls.values
        self.calls = [:]
        for call in calls {
            self.owner.callEnded(call, on: self, .failed(code: StatusCode.unavailable.name, message: cause))
        }
        self.owner.connectionLost(self, cause: cause)
    }

    // MARK: Frames

    private func arrived(_ frame: Frame) {
        let now = NIODeadline.now()
        switch frame {
        case .hello(let settings):
            switch self.machine.helloArrived(settings) {
            case .proceed:
                self.serverSettings = settings
                self.decoder.frameBytesMax = self.settings.frameBytesMax
                self.decoder.metadataBytesMax = self.settings.metadataBytesMax
                self.owner.connectionOpened(self)
            case .drop: break
            case .fail(let violation): self.fail(violation)
            }
        case .end(let id, let status, let message, _):
            switch self.machine.endArrived(id) {
            case .complete: self.complete(id, status, message)
            case .ignore, .drop: break
            case .fail(let violation): self.fail(violation)
            }
        case .message(let id, let message, let isLast):
            let byteCount = message?.readableBytes ?? 0
            switch self.machine.messageArrived(id, byteCount: message?.readableBytes, isLast: isLast) {
            case .deliver:
                self.messagesReceived += 1
                self.messageCame(id, message, now.uptimeNanoseconds)
                let credits = self.machine.messageConsumed(id, byteCount: byteCount)
                if let bytes = credits.stream { self.outgoing.writeCredit(id, bytes: bytes) }
                if let bytes = credits.connection { self.outgoing.writeCredit(0, bytes: bytes) }
                if self.calls[id]?.request.isLockstep == true { self.sendMessages(id) }
            case .ignore(let credit): if let credit { self.outgoing.writeCredit(0, bytes: credit) }
            case .drop: break
            case .fail(let violation): self.fail(violation)
            }
        case .credit(let id, let bytes):
            switch self.machine.creditArrived(id, bytes: bytes, now: now) {
            case .resume: self.resume(id)
            case .ignore, .drop: break
            case .fail(let violation): self.fail(violation)
            }
        case .ping(let value):
            switch self.machine.pingArrived(now: now) {
            case .proceed: self.outgoing.writePong(value)
            case .drop: break
            case .fail(let violation): self.fail(violation)
            }
        case .pong, .unknown:
            if case .fail(let violation) = self.machine.idleFrameArrived(now: now) { self.fail(violation) }
        case .request, .cancel:
            if case .fail(let violation) = self.machine.strayFrameArrived() { self.fail(violation) }
        case .goaway(let goaway):
            if goaway.code != .leaving { self.cause = "the server ended the connection: \(goaway.text)" }
            for id in self.machine.goawayArrived(lastStream: goaway.lastStream, code: goaway.code) {
                guard let call = self.calls.removeValue(forKey: id) else { continue }
                let message = "the server is closing this connection"
                self.owner.callEnded(call, on: self, .failed(code: StatusCode.unavailable.name, message: message))
            }
            if self.machine.isDrained { self.context?.close(promise: nil) }
        }
    }

    private func messageCame(_ id: StreamID, _ message: ByteBuffer?, _ now: UInt64) {
        self.calls[id]?.lastMessage = message
        guard self.calls[id]?.request.streamsAnswers == true, let told = self.calls[id]?.messageCame(now: now) else {
            return
        }
        self.owner.messageCame(on: self, now: now, before: told.before, answered: told.answered)
    }

    private func complete(_ id: StreamID, _ status: Status, _ message: ByteBuffer?) {
        guard let call = self.calls.removeValue(forKey: id) else { return }
        if status.code == .ok {
            self.owner.callEnded(call, on: self, .answered(message ?? call.lastMessage))
        } else {
            self.owner.callEnded(call, on: self, .failed(code: status.code.name, message: status.message))
        }
        if self.machine.isDrained { self.context?.close(promise: nil) }
    }

    private func fail(_ violation: ProtocolViolation) {
        self.cause = "the server broke the protocol: \(violation.text)"
        self.machine.close()
        self.outgoing.writeGoaway(Goaway(lastStream: 0, code: violation.code, text: violation.text))
        self.flush()
        self.context?.close(promise: nil)
    }

    // MARK: Calls

    /// Begins a call; `hasRoom` was true. Goes out with the next `flush()`, or at the end of the read burst.
    func send(_ call: LoadCall) {
        guard case .send(let id) = self.machine.openStream(isLast: !call.request.streamsRequests) else {
            let message = self.cause ?? "the connection takes no more calls"
            return self.owner.callEnded(call, on: self, .failed(code: StatusCode.unavailable.name, message: message))
        }
        self.calls[id] = call
        self.write(call.request.frames[0], id)
        if call.request.streamsRequests { self.sendMessages(id) }
    }

    private func write(_ frame: ByteBuffer, _ id: StreamID, flags: FrameFlags? = nil) {
        let start = self.outgoing.writerIndex
        self.outgoing.writeImmutableBuffer(frame)
        // After the length and the kind, and after the flags.
        if let flags { self.outgoing.setInteger(flags.rawValue, at: start + 5) }
        self.outgoing.setInteger(id, at: start + 6)
    }

    private func sendMessages(_ id: StreamID) {
        while let call = self.calls[id], call.framesSent <= call.request.messageCount {
            // Only once the last one is answered.
            if call.request.isLockstep, call.framesSent - 1 > call.messagesReceived { return }
            let frame = call.request.frames[1 + (call.framesSent - 1) % (call.request.frames.count - 1)]
            let isLast = call.framesSent == call.request.messageCount
            let byteCount = frame.readableBytes - Frame.headerByteCount
            guard self.machine.messageToSend(id, byteCount: byteCount, isLast: isLast) == .send else { return }
            self.write(frame, id, flags: isLast ? [.hasMessage, .last] : .hasMessage)
            self.messagesSent += 1
            self.messageBytesSent += frame.readableBytes
            self.calls[id]?.messageSent(now: NIODeadline.now().uptimeNanoseconds)
        }
    }

    private func resume(_ id: StreamID) {
        if id != 0 { return self.sendMessages(id) }
        for (id, call) in self.calls where call.framesSent <= call.request.messageCount { self.sendMessages(id) }
    }

    /// Gives up the calls whose time is over.
    func expire(now: UInt64) {
        for (id, call) in self.calls where call.request.timeoutNanoseconds.map({ now > call.sent + $0 }) ?? false {
            self.cancel(id)
            let code = StatusCode.deadlineExceeded.name
            self.owner.callEnded(call, on: self, .failed(code: code, message: "no answer in time"))
        }
        self.flush()
    }

    /// Ends the streams of answers that are under way.
    func endStreams() {
        for (id, call) in self.calls where call.request.streamsAnswers {
            self.cancel(id)
            self.owner.callEnded(call, on: self, .open)
        }
        self.flush()
    }

    /// Ends every call that is under way.
    func giveUp() {
        for (id, call) in self.calls {
            self.cancel(id)
            let code = StatusCode.cancelled.name
            self.owner.callEnded(call, on: self, .failed(code: code, message: "not answered before the run was ended"))
        }
        self.flush()
    }

    private func cancel(_ id: StreamID) {
        self.calls[id] = nil
        guard case .sendCancel(let credit) = self.machine.cancel(id) else { return }
        self.outgoing.writeCancel(id)
        if let credit { self.outgoing.writeCredit(0, bytes: credit) }
    }

    func flush() {
        guard !self.isInReadBurst, self.outgoing.readableBytes > 0, let context = self.context else { return }
        let frames = self.outgoing
        self.outgoing = context.channel.allocator.buffer(capacity: min(max(frames.readableBytes, 256), 256 << 10))
        context.writeAndFlush(Self.wrapOutboundOut(frames), promise: nil)
    }

    /// Leaves now.
    func close() {
        guard let context = self.context else { return }
        self.machine.drain()
        self.outgoing.writeGoaway(Goaway(lastStream: 0, code: .leaving, text: ""))
        self.isInReadBurst = false
        self.flush()
        context.close(promise: nil)
    }
}
