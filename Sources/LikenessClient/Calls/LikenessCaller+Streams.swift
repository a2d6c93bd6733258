public import LikenessMessages
internal import LikenessRPC
internal import LikenessWire
internal import Synchronization

/// Calls with streams stay on the connection on which they began. They are not repeated once the caller's closure has
/// run: what it sent and read cannot be taken back.
extension LikenessCaller {
    public func clientStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        options: CallOptions,
        _ requests: @Sendable (any MessageWriter<Request>) async throws -> Void
    ) async throws -> Response {
        try await self.stream(method.info, options) { connection, options, begun in
            try await connection.clientStreaming(method, options: options) { writer in
                begun.raise()
                try await requests(StreamWriter(base: writer))
            }
        }
    }

    public func serverStreaming<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: CallOptions,
        _ responses: @Sendable (any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        try await self.stream(method.info, options) { connection, options, begun in
            try await connection.serverStreaming(method, request, options: options) { reader in
                begun.raise()
                return try await responses(StreamReader(base: reader))
            }
        }
    }

    public func bidirectional<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        options: CallOptions,
        _ body: @Sendable (any MessageWriter<Request>, any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        try await self.stream(method.info, options) { connection, options, begun in
            try await connection.bidirectional(method, options: options) { writer, reader in
                begun.raise()
                return try await body(StreamWriter(base: writer), StreamReader(base: reader))
            }
        }
    }

    private func stream<Result: Sendable>(
        _ method: MethodInfo,
        _ options: CallOptions,
        _ call: (ClientConnection, LikenessRPC.CallOptions, BegunFlag) async throws -> Result
    ) async throws -> Result {
        try await self.intercepted(method, options) { options in
            let rpcOptions = options.rpcOptions(method, now: self.clock.now())
            let begun = BegunFlag()
            var repeats = 0
            while true {
                let lease = try await self.pool.acquire(deadline: rpcOptions.deadline, waits: options.waitForReady)
                defer { lease.leave() }
                do {
                    let result = try await call(lease.connection, rpcOptions, begun)
                    lease.noteAnswer()
                    return result
                } catch let error as RPCError
                    where error.code == .unavailable && error.nothingWasSent && !begun.isUp
                    && lease.connection.isDraining && repeats < RetryMachine.neverSentMax
                {
                    // The connection ended between its choice and the call.
                    repeats += 1
                } catch let error as RPCError where error.code == .unavailable && !lease.connection.isDraining {
                    lease.noteFailure(LikenessError(error))
                    throw error
                }
            }
        }
    }
}

/// Whether the caller's closure has run.
private final class BegunFlag: Sendable {
    private let flag = Atomic(false)

    var isUp: Bool { self.flag.load(ordering: .relaxed) }
    func raise() { self.flag.store(true, ordering: .relaxed) }
}

/// Callers see `LikenessError` inside their closures too.
private struct StreamReader<Element: Message>: MessageReader {
    let base: any MessageReader<Element>

    func next() async throws -> Element? {
        do { return try await self.base.next() } catch let error as RPCError { throw LikenessError(error) }
    }
}

private struct StreamWriter<Element: Message>: MessageWriter {
    let base: any MessageWriter<Element>

    func write(_ message: Element) async throws {
        do { try await self.base.write(message) } catch let error as RPCError { throw LikenessError(error) }
    }

    func finish() async throws {
        do { try await self.base.finish() } catch let error as RPCError { throw LikenessError(error) }
    }
}
