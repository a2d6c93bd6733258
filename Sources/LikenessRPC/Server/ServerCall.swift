internal import LikenessMessages
internal import LikenessScheduling
internal import LikenessTLS
internal import LikenessWire
internal import Logging
internal import NIOCore
internal import Synchronization

/// One call in flight on the server.
final class ServerCall: Sendable {
    let id: StreamID
    let method: MethodInfo
    /// How it was admitted; `nil` for streams, which the bound on streams holds.
    let admission: (priority: CallPriority, methodIndex: Int)?
    let metadata: Metadata
    let deadline: ContinuousClock.Instant?
    /// The same moment on the clock of the event loop.
    let alarm: NIODeadline?
    let started: NIODeadline
    let requestBytes: Int
    let peer: PeerIdentity
    let caller: Caller
    /// Whose share of the service the call takes.
    let flow: Flow
    /// Around the handler; `nil` when there are none.
    private let interceptors: ServerInterceptorChain?
    private let logger: Logger
    private let eventLoop: any EventLoop
    private let connection: NIOLoopBound<ServerConnectionHandler>
    private let changing = Mutex(Changing())
    /// Sizes of the messages in frames of their own.
    let receivedBytes = Atomic(0)
    let sentBytes = Atomic(0)

    /// What the database took for it, and answered.
    let databaseNanoseconds = Atomic<Int64>(0)
    let databaseRows = Atomic(0)

    /// The messages of a client that sends a stream of them.
    let inbound: MessageQueue?

    /// Most bytes of an answer that the client takes in one frame, with room for what is around it.
    let answerBytesMax: Int

    private struct Changing {
        var undecodableItems: [UndecodableItem] = []
        var isLate = false
        var task: Task<Void, Never>?
        var hasSentLast = false
        var isCancelled = false
        var answer: StatusCode?
        var trailers = Metadata()
        var target: String?
    }

    init(
        id: StreamID,
        method: MethodInfo,
        admission: (priority: CallPriority, methodIndex: Int)?,
        head: RequestHead,
        requestBytes: Int,
        now: NIODeadline,
        peer: PeerIdentity,
        caller: Caller,
        flow: Flow,
        deadlineMax: Duration?,
        answerBytesMax: Int,
        interceptors: ServerInterceptorChain?,
        logger: Logger,
        eventLoop: any EventLoop,
        connection: NIOLoopBound<ServerConnectionHandler>,
        inbound: MessageQueue?
    ) {
        self.id = id
        self.inbound = inbound
        self.method = method
        self.admission = admission
        self.metadata = head.metadata
        self.started = now
        self.requestBytes = requestBytes
        self.peer = peer
        self.caller = caller
        self.flow = flow
        self.answerBytesMax = answerBytesMax
        self.interceptors = interceptors
        self.logger = logger
        self.eventLoop = eventLoop
        self.connection = connection
        var timeout = head.timeout ?? method.defaultTimeout
        if let deadlineMax { timeout = min(timeout ?? deadlineMax, deadlineMax) }
        if let timeout {
            self.deadline = ContinuousClock.now.advanced(by: timeout)
            self.alarm = now + TimeAmount(timeout)
        } else {
            self.deadline = nil
            self.alarm = nil
        }
    }

    var trailers: Metadata { self.changing.withLock { $0.trailers } }

    func addTrailer(_ key: String, _ value: [UInt8]) {
        precondition(Metadata.isValidKey(key.utf8), "trailer keys are lower-case")
        self.changing.withLock { $0.trailers.add(key, value) }
    }

    /// What the call is about, for the audit log.
    var target: String? {
        get { self.changing.withLock { $0.target } }
        set { self.changing.withLock { $0.target = newValue } }
    }

    var undecodableItems: [UndecodableItem] {
        get { self.changing.withLock { $0.undecodableItems } }
        set { self.changing.withLock { $0.undecodableItems = newValue } }
    }

    /// Whose call it is.
    var client: ClientKey { ClientKey(self.peer, self.caller.token) }

    // MARK: Deadlines

    /// Only its handler knows what such a call has done: at its deadline the handler is cancelled, and what it returns is
    /// the answer.
    var isAnsweredByHandlerAlone: Bool { self.method.kind == .unary && !self.method.hasNoSideEffects }

    /// How long a handler may go on after the deadline: a COMMIT that was sent is waited for.
    static let handlerGrace = TimeAmount.seconds(15)

    /// Whether the deadline has passed, and the handler was cancelled for it.
    var isLate: Bool { self.changing.withLock { $0.isLate } }

    func markLate() { self.changing.withLock { $0.isLate = true } }

    /// When something is due next.
    var nextAlarm: NIODeadline? { self.alarm.map { self.isLate ? $0 + Self.handlerGrace : $0 } }

    /// Whether END went out, or is not wanted.
    var wasAnswered: Bool { self.answer != nil }

    /// With which code END went out.
    var answer: StatusCode? { self.changing.withLock { $0.answer } }

    func markAnswered(_ code: StatusCode) { self.changing.withLock { $0.answer = code } }

    var isIntercepted: Bool { self.interceptors != nil }

    /// Runs what answers the call inside the interceptors.
    @inline(__always)
    func intercepted<Result>(_ handler: () async throws -> Result) async throws -> Result {
        guard let interceptors = self.interceptors else { return try await handler() }
        return try await interceptors.run(ServerContext(self), handler)
    }

    func run(in task: Task<Void, Never>) {
        let isCancelled = self.changing.withLock { changing in
            changing.task = task
            return changing.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    func cancel() {
        let task = self.changing.withLock { changing in
            changing.isCancelled = true
            return changing.task
        }
        task?.cancel()
        self.inbound?.drop(RPCError(.cancelled, reason: "CANCELLED", "the call was cancelled"))
    }

    // MARK: Streams

    /// Runs the handler of a method whose client sends a stream.
    func run(_ handler: (MessageQueue) async throws -> Void) async {
        guard let inbound = self.inbound else { return }
        do {
            try await handler(inbound)
        } catch {
            self.fail(error)
        }
        inbound.drop(RPCError(.cancelled, "the handler has returned"))
    }

    /// Sends one message; returns when it is on its way to the socket.
    ///
    /// - Throws: `CancellationError` when its caller no longer waits; RESOURCE_EXHAUSTED for one that is too large.
    func send<Response: Message>(_ message: Response) async throws {
        guard !self.changing.withLock({ $0.hasSentLast }) else {
            throw RPCError(.internal, reason: "INTERNAL", "a message after the last")
        }
        while true {
            if Task.isCancelled { throw CancellationError() }
            switch await self.attempt(message) {
            case .sent: return
            case .over: throw CancellationError()
            case .failed(let error): throw error
            case .wait: await self.room()
            }
        }
    }

    /// Ends the call before its handler does, which is cancelled. Without effect on one that is over.
    func end(_ error: RPCError) { self.onLoop { $0.end(self, error) } }

    var isCancelled: Bool { self.changing.withLock { $0.isCancelled } }

    func finishSending() { self.changing.withLock { $0.hasSentLast = true } }

    private func attempt<Response: Message>(_ message: Response) async -> SendAttempt {
        if self.eventLoop.inEventLoop { return self.connection.value.send(self, message) }
        return await withCheckedContinuation { continuation in
            self.eventLoop.execute { continuation.resume(returning: self.connection.value.send(self, message)) }
        }
    }

    /// Waits until another attempt is worth it.
    private func room() async {
        let cancellation = WriterCancellation()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.onLoop { connection in
                    // The loop may hear of the cancellation before it hears of the writer.
                    if cancellation.isCancelled { return continuation.resume() }
                    connection.waitForRoom(self, continuation)
                }
            }
        } onCancel: {
            cancellation.cancel()
            self.onLoop { $0.wakeWriters(of: self.id) }
        }
    }

    private func onLoop(_ body: @escaping @Sendable (ServerConnectionHandler) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self.connection.value)
        } else {
            self.eventLoop.execute { body(self.connection.value) }
        }
    }

    /// The handler has returned: its answer goes out unless the caller is gone.
    func finish<Response: Message>(with response: Response) {
        if self.eventLoop.inEventLoop {
            self.connection.value.finish(self, with: response)
        } else {
            self.eventLoop.execute { self.connection.value.finish(self, with: response) }
        }
    }

    /// The handler has sent all its messages, or has failed.
    func finish(with status: Status) {
        if self.eventLoop.inEventLoop {
            self.connection.value.finish(self, with: status)
        } else {
            self.eventLoop.execute { self.connection.value.finish(self, with: status) }
        }
    }

    /// The handler has thrown. What is not meant for the caller goes to the log, under a number the caller gets.
    func fail(_ error: any Error) {
        if let status = Status(known: error) { return self.finish(with: status) }
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        self.logger.error(
            "a handler failed",
            metadata: ["method": "\(self.method.fullName)", "request_id": "\(number)", "error": "\(type(of: error))"]
        )
        self.logger.debug("the error", metadata: ["request_id": "\(number)", "error": "\(String(reflecting: error))"])
        let text = "internal error \(number)"
        self.finish(with: Status(RPCError(.internal, reason: "INTERNAL", text, RPCRequestInfo(requestId: number))))
    }
}

extension ServerCall: WorkTally {
    func databaseAnswered(nanoseconds: Int64, rows: Int) {
        self.databaseNanoseconds.wrappingAdd(nanoseconds, ordering: .relaxed)
        self.databaseRows.wrappingAdd(rows, ordering: .relaxed)
    }
}
