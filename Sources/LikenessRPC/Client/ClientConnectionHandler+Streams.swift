internal import LikenessMessages
internal import LikenessWire
internal import NIOCore

/// Messages of streams: what the server sends, and what callers send.
extension ClientConnectionHandler {
    func startStream<Request: Message>(
        _ call: ClientCall,
        _ request: Request,
        inbound: MessageQueue
    ) throws(RPCError) {
        call.startedStream(try self.open(call, request, isLast: true, inbound: inbound))
    }

    func startStream(_ call: ClientCall, inbound: MessageQueue) throws(RPCError) {
        call.startedStream(try self.open(call, inbound: inbound))
    }

    func messageArrived(_ id: StreamID, _ message: ByteBuffer?) {
        if let message, let inbound = self.calls[id]?.inbound {
            inbound.deliver(message)
        } else {
            self.messageTaken(id, byteCount: message?.readableBytes ?? 0)
        }
    }

    /// - Parameter id: The stream, which may be over.
    func messageTaken(_ id: StreamID, byteCount: Int) {
        let credits = self.machine.messageConsumed(id, byteCount: byteCount)
        if let credit = credits.stream { self.outgoing.buffer.writeCredit(id, bytes: credit) }
        if let credit = credits.connection { self.outgoing.buffer.writeCredit(0, bytes: credit) }
        self.scheduleFlush()
    }

    // MARK: Sending

    private var hasRoom: Bool {
        self.outgoing.buffer.readableBytes < outgoingBytesMax && self.context?.channel.isWritable == true
    }

    func send<Request: Message>(_ call: ClientCall, _ message: Request) -> SendAttempt {
        guard let id = call.id, !self.machine.isClosed else { return .over }
        guard self.hasRoom else { return .wait }
        let limit = Int(self.serverSettings.frameBytesMax)
        do {
            return try message.withEncoder { byteCount, write in
                guard Frame.countedHeaderByteCount + byteCount <= limit else {
                    let text = "the message has \(byteCount) bytes; the server takes frames of \(limit)"
                    return .failed(RPCError(.resourceExhausted, text))
                }
                let attempt = self.attempt(id, byteCount: byteCount, isLast: false)
                if case .sent = attempt {
                    self.outgoing.buffer.writeMessage(id, isLast: false) { $0.writeMessageBytes(byteCount, write) }
                    self.scheduleFlush()
                }
                return attempt
            }
        } catch {
            return .failed(RPCError(.invalidArgument, "the message cannot be encoded: \(error)"))
        }
    }

    /// Tells the server that no more messages follow.
    func sendLast(_ call: ClientCall) -> SendAttempt {
        guard let id = call.id, !self.machine.isClosed else { return .over }
        guard self.hasRoom else { return .wait }
        let attempt = self.attempt(id, byteCount: nil, isLast: true)
        if case .sent = attempt {
            self.outgoing.buffer.writeNoMoreMessages(id)
            self.scheduleFlush()
        }
        return attempt
    }

    private func attempt(_ id: StreamID, byteCount: Int?, isLast: Bool) -> SendAttempt {
        switch self.machine.messageToSend(id, byteCount: byteCount, isLast: isLast) {
        case .send: .sent
        case .wait: .wait
        case .drop: .over
        }
    }

    func waitForRoom(_ call: ClientCall, _ continuation: CheckedContinuation<Void, Never>) {
        guard let id = call.id, !self.machine.isClosed else { return continuation.resume() }
        if !self.hasRoom {
            self.socketWaiters.add(id, continuation)
            self.scheduleFlush()
        } else if !self.machine.maySend(id) {
            self.creditWaiters.add(id, continuation)
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
