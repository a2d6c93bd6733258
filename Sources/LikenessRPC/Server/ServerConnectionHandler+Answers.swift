internal import LikenessMessages
internal import LikenessWire
internal import Logging
internal import NIOCore
internal import Synchronization

/// How calls end: with an answer, an error, a refusal, or late.
extension ServerConnectionHandler {
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

    func refuse(
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
}
