internal import LikenessMessages
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
    let roles: Set<Role>
    private let logger: Logger
    private let eventLoop: any EventLoop
    private let connection: NIOLoopBound<ServerConnectionHandler>
    private let changing = Mutex(Changing())

    private struct Changing {
        var task: Task<Void, Never>?
        var isCancelled = false
        var wasAnswered = false
        var trailers = Metadata()
    }

    init(
        id: StreamID,
        method: MethodInfo,
        admission: (priority: CallPriority, methodIndex: Int)?,
        head: RequestHead,
        requestBytes: Int,
        now: NIODeadline,
        peer: PeerIdentity,
        roles: Set<Role>,
        logger: Logger,
        eventLoop: any EventLoop,
        connection: NIOLoopBound<ServerConnectionHandler>
    ) {
        self.id = id
        self.method = method
        self.admission = admission
        self.metadata = head.metadata
        self.started = now
        self.requestBytes = requestBytes
        self.peer = peer
        self.roles = roles
        self.logger = logger
        self.eventLoop = eventLoop
        self.connection = connection
        if let timeout = head.timeout ?? method.defaultTimeout {
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

    /// Whether END went out, or nobody wants it.
    var wasAnswered: Bool { self.changing.withLock { $0.wasAnswered } }

    func markAnswered() { self.changing.withLock { $0.wasAnswered = true } }

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
