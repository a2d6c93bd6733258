internal import LikenessMessages
internal import LikenessWire
internal import NIOCore
internal import Synchronization

/// Messages of streams: what the client sends, and what handlers send.
extension ServerConnectionHandler {
    /// The queue of a call whose client sends a stream; `nil` for other calls.
    func inbound(_ id: StreamID, _ method: MethodInfo, first: ByteBuffer?, isLast: Bool) -> MessageQueue? {
        switch method.kind {
        case .unary, .serverStreaming: return nil
        case .clientStreaming, .bidirectional: break
        }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let eventLoop = self.eventLoop
        let queue = MessageQueue(first: first) { byteCount in
            if eventLoop.inEventLoop {
                bound.value.messageTaken(id, byteCount: byteCount)
            } else {
                eventLoop.execute { bound.value.messageTaken(id, byteCount: byteCount) }
            }
        }
        if isLast { queue.finish() }
        return queue
    }

    func messageArrived(_ id: StreamID, _ message: ByteBuffer?, isLast: Bool, now: NIODeadline) {
        let byteCount = message?.readableBytes ?? 0
        switch self.machine.messageArrived(id, byteCount: message?.readableBytes, isLast: isLast, now: now) {
        case .deliver:
            let inbound = self.calls[id]?.inbound
            if let message, let inbound {
                self.calls[id]?.receivedBytes.add(byteCount, ordering: .relaxed)
                inbound.deliver(message)
            } else if message != nil || !isLast {
                // Nothing that a handler would take.
                self.messageTaken(id, byteCount: byteCount)
            }
            if isLast { inbound?.finish() }
        case .ignore(let credit): if let credit { self.outgoing.buffer.writeCredit(0, bytes: credit) }
        case .failStream:
            guard let call = self.calls[id] else { return }
            let error = RPCError(.internal, reason: "PROTOCOL", "a message after the last")
            self.answer(call, Status(error))
            self.cancel(call)
        case .fail(let violation): self.fail(violation)
        case .drop: break
        }
    }

    private func messageTaken(_ id: StreamID, byteCount: Int) {
        let credits = self.machine.messageConsumed(id, byteCount: byteCount)
        if let credit = credits.stream { self.outgoing.buffer.writeCredit(id, bytes: credit) }
        if let credit = credits.connection { self.outgoing.buffer.writeCredit(0, bytes: credit) }
        self.scheduleFlush()
    }

    /// Ends a call before its handler does, which is cancelled.
    func end(_ call: ServerCall, _ error: RPCError) {
        guard self.calls[call.id] === call, case .answerAndCancelHandler = self.machine.deadlinePassed(call.id) else {
            return
        }
        self.answer(call, Status(error))
        self.cancel(call)
        self.scheduleFlush()
    }

    // MARK: Sending

    private var hasRoom: Bool {
        self.outgoing.buffer.readableBytes < outgoingBytesMax && self.context?.channel.isWritable == true
    }

    func send<Response: Message>(_ call: ServerCall, _ message: Response) -> SendAttempt {
        guard self.calls[call.id] === call, !self.machine.isClosed else { return .over }
        guard self.hasRoom else { return .wait }
        let limit = Int(self.peerSettings.frameBytesMax)
        do {
            return try message.withEncoder { byteCount, write in
                guard Frame.countedHeaderByteCount + byteCount <= limit else {
                    let text = "the message has \(byteCount) bytes; the client takes frames of \(limit)"
                    return .failed(RPCError(.resourceExhausted, reason: "MESSAGE_TOO_LARGE", text))
                }
                switch self.machine.messageToSend(call.id, byteCount: byteCount) {
                case .send:
                    self.outgoing.buffer.writeMessage(call.id, isLast: false) { $0.writeMessageBytes(byteCount, write) }
                    call.sentBytes.add(byteCount, ordering: .relaxed)
                    self.scheduleFlush()
                    return .sent
                case .wait: return .wait
                case .drop: return .over
                }
            }
        } catch {
            return .failed(RPCError(.internal, reason: "INTERNAL", "a message cannot be encoded"))
        }
    }

    func waitForRoom(_ call: ServerCall, _ continuation: CheckedContinuation<Void, Never>) {
        guard self.calls[call.id] === call, !self.machine.isClosed, !call.isCancelled else {
            return continuation.resume()
        }
        if !self.hasRoom {
            self.socketWaiters.add(call.id, continuation)
            self.scheduleFlush()
        } else if !self.machine.maySend(call.id) {
            self.creditWaiters.add(call.id, continuation)
        } else {
            continuation.resume()
        }
    }

    /// The call has credit again, or is over.
    func wakeWriters(of id: StreamID) {
        let writers = self.creditWaiters.take(id) + self.socketWaiters.take(id)
        for writer in writers { writer.resume() }
    }

    /// The connection has credit again.
    func wakeCreditWaiters() {
        let writers = self.creditWaiters.takeAll()
        for writer in writers { writer.resume() }
    }

    /// There may be room in the socket again.
    func wakeSocketWaiters() {
        guard !self.socketWaiters.isEmpty, self.hasRoom else { return }
        let writers = self.socketWaiters.takeAll()
        for writer in writers { writer.resume() }
    }
}
