internal import LikenessMessages
internal import LikenessWire
internal import NIOCore
internal import Synchronization

/// One call with streams, from the caller's side.
final class ClientStream: Sendable {
    let call: ClientCall
    let inbound: MessageQueue
    private let handler: NIOLoopBound<ClientConnectionHandler>
    private let eventLoop: any EventLoop
    private let hasSentLast = Atomic(false)

    init(_ call: ClientCall, handler: NIOLoopBound<ClientConnectionHandler>, eventLoop: any EventLoop) {
        self.call = call
        self.handler = handler
        self.eventLoop = eventLoop
        self.inbound = MessageQueue { byteCount in
            if eventLoop.inEventLoop {
                handler.value.messageTaken(call.number, byteCount: byteCount)
            } else {
                eventLoop.execute { handler.value.messageTaken(call.number, byteCount: byteCount) }
            }
        }
    }

    // MARK: Beginning

    /// Begins a call with its only request.
    func start<Request: Message>(_ request: Request) async throws {
        try await self.start { try $0.startStream(self.call, request, inbound: self.inbound) }
    }

    /// Begins a call whose requests follow.
    func start() async throws { try await self.start { try $0.startStream(self.call, inbound: self.inbound) } }

    private func start(_ begin: @escaping @Sendable (ClientConnectionHandler) throws -> Void) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                self.onLoop { handler in continuation.resume(with: Result { try begin(handler) }) }
            }
        } onCancel: {
            self.cancel(RPCError(.cancelled, "the call was cancelled", nothingWasSent: true))
        }
    }

    /// Runs what reads and writes, and ends the call when it is over, fails, or the task is cancelled.
    func run<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            let value = try await withTaskCancellationHandler(operation: body) {
                self.cancel(RPCError(.cancelled, "the call was cancelled"))
            }
            self.cancel(RPCError(.cancelled, "the caller did not read to the end"))
            return value
        } catch is CancellationError {
            let error = RPCError(.cancelled, "the call was cancelled")
            self.cancel(error)
            throw error
        } catch {
            self.cancel(RPCError(.cancelled, "the caller failed"))
            throw error
        }
    }

    /// Gives up what is not over, and what came and was not read.
    func cancel(_ error: RPCError) {
        self.onLoop { handler in
            handler.cancel(self.call, error)
            for byteCount in self.inbound.drop(error) { handler.messageTaken(self.call.number, byteCount: byteCount) }
        }
    }

    // MARK: Sending

    /// - Throws: Why the call ended, when it has.
    func send<Request: Message>(_ message: Request) async throws {
        guard !self.hasSentLast.load(ordering: .relaxed) else {
            throw RPCError(.internal, "a message after the last")
        }
        try await self.send { $0.send(self.call, message) }
    }

    func finishSending() async throws {
        guard !self.hasSentLast.exchange(true, ordering: .relaxed) else { return }
        try await self.send { $0.sendLast(self.call) }
    }

    private func send(_ attempt: @escaping @Sendable (ClientConnectionHandler) -> SendAttempt) async throws {
        while true {
            if Task.isCancelled { throw CancellationError() }
            switch await self.attempt(attempt) {
            case .sent: return
            case .over: throw StreamIsOver()
            case .failed(let error): throw error
            case .wait: await self.room()
            }
        }
    }

    private func attempt(
        _ attempt: @escaping @Sendable (ClientConnectionHandler) -> SendAttempt
    ) async -> SendAttempt {
        if self.eventLoop.inEventLoop { return attempt(self.handler.value) }
        return await withCheckedContinuation { continuation in
            self.eventLoop.execute { continuation.resume(returning: attempt(self.handler.value)) }
        }
    }

    private func room() async {
        let cancellation = WriterCancellation()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.onLoop { connection in
                    // The loop may hear of the cancellation before it hears of the writer.
                    if cancellation.isCancelled { return continuation.resume() }
                    connection.waitForRoom(self.call, continuation)
                }
            }
        } onCancel: {
            cancellation.cancel()
            self.onLoop { $0.wakeWriters(of: self.call.number) }
        }
    }

    private func onLoop(_ body: @escaping @Sendable (ClientConnectionHandler) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self.handler.value)
        } else {
            self.eventLoop.execute { body(self.handler.value) }
        }
    }
}

/// The server has ended the call while the caller was still sending. Why, the reader says.
struct StreamIsOver: Error {}

/// What a server sends on a stream, for the caller.
struct ClientReader<Element: Message>: MessageReader {
    let stream: ClientStream

    func next() async throws -> Element? {
        try await self.stream.inbound.next().map { try ClientConnection.decode(Element.self, from: $0) }
    }
}

/// What a caller sends on a stream.
struct ClientWriter<Element: Message>: MessageWriter {
    let stream: ClientStream

    /// - Throws: Why the call ended, when it has; RESOURCE_EXHAUSTED for a message larger than the server takes.
    func write(_ message: Element) async throws {
        do {
            try await self.stream.send(message)
        } catch is StreamIsOver {
            throw try await self.reason()
        }
    }

    func finish() async throws {
        // A server that has ended the call needs no end of the requests.
        do { try await self.stream.finishSending() } catch is StreamIsOver {}
    }

    /// Why the server ended the call: its status, which comes after all messages.
    private func reason() async throws -> any Error {
        self.stream.inbound.failure ?? RPCError(.cancelled, "the server ended the call before the last request")
    }
}
