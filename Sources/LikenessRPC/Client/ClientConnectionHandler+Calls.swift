internal import LikenessMessages
internal import LikenessWire
internal import NIOCore
internal import Synchronization

/// How calls begin and end.
extension ClientConnectionHandler {
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

    private var unwrittenBytes: Int {
        guard let channel = self.context?.channel, !channel.isWritable else {
            return self.outgoing.buffer.readableBytes
        }
        let inChannel = try? channel.syncOptions?.getOption(.bufferedWritableBytes)
        return self.outgoing.buffer.readableBytes + (inChannel ?? 0)
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
        // Calls that were given up leave their requests here: only a server that reads gets more.
        guard self.unwrittenBytes < 2 * Int(self.serverSettings.frameBytesMax) else {
            throw .unavailable("the server does not read")
        }
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

    func end(_ id: StreamID, _ result: Result<ClientCall.Answer, RPCError>) {
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
}
