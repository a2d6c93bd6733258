internal import Glibc
internal import LikenessMessages
internal import LikenessWire
internal import Logging
internal import NIOCore
internal import Synchronization

/// How calls end: with an answer, an error, a refusal, or late.
extension ServerConnectionHandler {
    /// The largest frame that goes to this client: no larger than it takes, nor than this server takes itself.
    var answerFrameBytesMax: Int {
        Int(min(self.peerSettings.frameBytesMax, self.dependencies.configuration.settings.frameBytesMax))
    }

    /// What may be around an answer's message in its frame, but for trailers.
    static let answerRoomBytes = 1_024

    func finish<Response: Message>(_ call: ServerCall, with response: Response) {
        guard self.mayAnswer(call, .ok) else { return }
        let trailers = call.trailers.fitting(into: self.peerSettings.metadataBytesMax)
        let limit = self.answerFrameBytesMax
        let around = Frame.countedHeaderByteCount + ByteBuffer.endHeadByteCount(trailers: trailers)
        do {
            let byteCount = try response.withEncoder(byteCountMax: limit - around) { byteCount, write in
                // A write that has happened is answered in any case.
                guard self.reserve(byteCount, always: call.isAnsweredByHandlerAlone) else {
                    throw RPCError.answersExhausted
                }
                guard byteCount < Self.largeAnswerBytes || Self.isAllocatable(byteCount) else {
                    throw MessageEncodingError.outOfMemory
                }
                self.outgoing.buffer.writeEnd(call.id, trailers: trailers) { $0.writeMessageBytes(byteCount, write) }
                return byteCount
            }
            self.ended(call, .ok, responseBytes: byteCount)
        } catch MessageEncodingError.tooLarge(let most) {
            let text = "the answer has more than \(most) bytes; the client takes frames of \(limit)"
            self.answer(call, Status(RPCError(.resourceExhausted, reason: "ANSWER_TOO_LARGE", text)))
        } catch MessageEncodingError.outOfMemory {
            self.answer(call, Status(RPCError.answersExhausted))
        } catch let error as RPCError {
            self.answer(call, Status(error))
        } catch {
            // A text with a NUL character in it: a fault of the handler's.
            self.dependencies.logger.error(
                "an answer cannot be encoded",
                metadata: ["method": "\(call.method.fullName)", "error": "\(error)"]
            )
            self.answer(call, Status(RPCError(.internal, reason: "INTERNAL", "internal error")))
        }
        self.afterAnswer()
    }

    func finish(_ call: ServerCall, with status: Status) {
        var status = status
        if call.isLate, status.code == .cancelled { status = Status(RPCError.deadlinePassed) }
        guard self.mayAnswer(call, status.code) else { return }
        var trailers = call.trailers
        for entry in status.trailers.entries { trailers.add(entry.key, entry.value) }
        status.trailers = trailers.fitting(into: self.peerSettings.metadataBytesMax)
        self.answer(call, status)
        self.afterAnswer()
    }

    /// The handler is done, with this outcome; whether the caller still waits.
    private func mayAnswer(_ call: ServerCall, _ outcome: StatusCode) -> Bool {
        self.calls[call.id] = nil
        defer { self.handlerEnded() }
        let now = self.eventLoop.now
        self.liveness.callEnded(now: now)
        if let (priority, index) = call.admission {
            let latency = outcome == .ok ? Duration.nanoseconds((now - call.started).nanoseconds) : nil
            self.dependencies.admission.leave(priority, of: call.flow, method: index, latency: latency, now: now)
        }
        switch self.machine.handlerFinished(call.id) {
        case .sendEnd(let credit):
            if let credit { self.outgoing.buffer.writeCredit(0, bytes: credit) }
            return true
        case .discard(let credit):
            if let credit { self.outgoing.buffer.writeCredit(0, bytes: credit) }
            if call.isAnsweredByHandlerAlone {
                // Its caller has gone; what it did stands.
                self.ended(call, outcome, responseBytes: 0)
            } else if !call.wasAnswered {
                self.ended(call, .cancelled, responseBytes: 0)
            }
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
        self.dependencies.observer?.callEnded(
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
        guard let observer = self.dependencies.observer else { return }
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
                databaseTime: .nanoseconds(call.databaseNanoseconds.load(ordering: .relaxed)),
                databaseRows: call.databaseRows.load(ordering: .relaxed),
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
            guard let alarm = call.nextAlarm, alarm <= now else { continue }
            if call.isAnsweredByHandlerAlone, !call.isLate {
                call.markLate()
                self.cancel(call)
                continue
            }
            guard case .answerAndCancelHandler = self.machine.deadlinePassed(id) else { continue }
            if call.isAnsweredByHandlerAlone {
                // What it has done is recorded when its handler returns.
                self.writeEnd(call.id, Status(RPCError.deadlinePassed))
            } else {
                self.answer(call, Status(RPCError.deadlinePassed))
            }
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

// MARK: Memory

extension ServerConnectionHandler {
    /// Answers of this size are worth asking for memory first, and count in the server's budget; smaller ones are bounded
    /// by what a connection may have unwritten.
    static let largeAnswerBytes = 16 << 10

    /// Takes the bytes of a large answer from what all connections together may have under way.
    private func reserve(_ byteCount: Int, always: Bool) -> Bool {
        guard byteCount >= Self.largeAnswerBytes else { return true }
        guard self.dependencies.answers.reserve(byteCount, always: always) else { return false }
        self.outgoing.reservedBytes += byteCount
        return true
    }

    /// Whether the system has so much memory. NIO's buffers end the process where it has not.
    private static func isAllocatable(_ byteCount: Int) -> Bool {
        // The buffer doubles, and holds what is in it while it moves.
        // SAFETY: freed at once, never read.
        guard let memory = unsafe malloc(byteCount * 2) else { return false }
        unsafe free(memory)
        return true
    }
}

extension RPCError {
    fileprivate static let deadlinePassed = RPCError(
        .deadlineExceeded,
        reason: "DEADLINE_EXCEEDED",
        "the deadline has passed"
    )

    /// The server has too many bytes of answers that have not been read yet.
    fileprivate static var answersExhausted: RPCError {
        RPCError(
            .resourceExhausted,
            reason: "ANSWERS_EXHAUSTED",
            "too many bytes of answers are under way",
            RPCRetryInfo(retryDelay: ProtobufDuration(seconds: 1))
        )
    }
}
