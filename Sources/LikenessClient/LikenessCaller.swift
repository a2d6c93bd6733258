public import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS
internal import LikenessWire
internal import NIOPosix
internal import Synchronization

/// What carries a client's calls: connections to its endpoints, in turn, with retries.
public final class LikenessCaller: MethodCaller {
    public typealias Options = CallOptions

    private let slots: [ConnectionSlot]
    private let next = Atomic<Int>(0)
    private let budget = Mutex(RetryBudget())
    private let policy: RetryPolicy

    init(configuration: ClientConfiguration) throws(LikenessError) {
        let context: TLSContext
        do {
            context = try TLSContext(
                TLSConfiguration(
                    role: .client,
                    certificateChainPEM: configuration.certificatePEM,
                    privateKeyPEM: configuration.privateKeyPEM,
                    trustedPEM: configuration.authorityPEM
                )
            )
        } catch {
            throw LikenessError(.invalidArgument, error.description)
        }
        self.policy = RetryPolicy(attemptsMax: configuration.attemptsMax)
        self.slots = (0..<max(1, configuration.connectionsPerEndpoint)).flatMap { _ in
            configuration.endpoints.map { endpoint in
                ConnectionSlot(
                    endpoint: endpoint,
                    context: context,
                    serverName: configuration.serverName ?? endpoint.host,
                    connectTimeout: configuration.connectTimeout,
                    group: MultiThreadedEventLoopGroup.singleton
                )
            }
        }
    }

    func close(deadline: ContinuousClock.Instant) async {
        await withTaskGroup { group in
            for slot in self.slots { group.addTask { await slot.close(deadline: deadline) } }
        }
    }

    public func unary<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: CallOptions
    ) async throws -> Response {
        let timeout = options.timeout ?? method.info.defaultTimeout
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        var rpcOptions = LikenessRPC.CallOptions(deadline: deadline)
        for item in options.metadata { rpcOptions.metadata.add(item.key, item.value) }
        var attempt = 1
        while true {
            do {
                let connection = try await self.connection(deadline: deadline, waits: options.waitForReady)
                let response = try await connection.unary(method, request, options: rpcOptions)
                self.budget.withLock { $0.succeeded() }
                return response
            } catch {
                let failure = LikenessError(any: error)
                let isRetryable = failure.code == .unavailable || failure.code == .resourceExhausted
                let mayRetry = isRetryable ? self.budget.withLock { $0.failed() } : false
                let jitter = Double.random(in: 0.8...1.2)
                guard mayRetry,
                    let delay = self.policy.delay(after: failure, method: method.info, attempt: attempt, jitter: jitter)
                else { throw failure }
                if let deadline, ContinuousClock.now + delay >= deadline { throw failure }
                do { try await Task.sleep(for: delay) } catch {
                    throw LikenessError(.cancelled, "the call was cancelled")
                }
                attempt += 1
            }
        }
    }

    /// The next connection that is there. Without any, the first that can be made: an endpoint that hangs or refuses
    /// holds nobody up as long as another one answers.
    private func connection(deadline: ContinuousClock.Instant?, waits: Bool) async throws -> ClientConnection {
        var failure = LikenessError(.unavailable, "no endpoint can be reached", nothingWasDone: true)
        while true {
            let start = self.next.add(1, ordering: .relaxed).newValue
            var attempts: [Task<ClientConnection, any Error>] = []
            var retryAt: ContinuousClock.Instant?
            for offset in 0..<self.slots.count {
                switch self.slots[Int(UInt(bitPattern: start &+ offset) % UInt(self.slots.count))].take() {
                case .ready(let connection): return connection
                case .pending(let attempt): attempts.append(attempt)
                case .failed(let error, let time):
                    guard error.code == .unavailable else { throw error }
                    failure = error
                    retryAt = [retryAt, time].compactMap(\.self).min()
                }
            }
            if !attempts.isEmpty {
                do {
                    return try await BoundedWait.first(of: attempts, deadline: deadline)
                } catch let error as LikenessError {
                    if error.code == .deadlineExceeded { throw Self.tooLate(after: failure) }
                    guard error.code == .unavailable else { throw error }
                    failure = error
                }
            }
            guard waits else { throw failure }
            try await self.pause(until: retryAt ?? .now, deadline: deadline, after: failure)
        }
    }

    private func pause(
        until time: ContinuousClock.Instant,
        deadline: ContinuousClock.Instant?,
        after failure: LikenessError
    ) async throws(LikenessError) {
        if let deadline, time >= deadline {
            throw Self.tooLate(after: failure)
        }
        do {
            try await Task.sleep(until: time, clock: .continuous)
        } catch {
            throw LikenessError(.cancelled, "the call was cancelled", nothingWasDone: true)
        }
    }

    private static func tooLate(after failure: LikenessError) -> LikenessError {
        LikenessError(.deadlineExceeded, "no connection before the deadline: \(failure.message)", nothingWasDone: true)
    }

    // MARK: Streams

    public func clientStreaming<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        options: CallOptions,
        _ requests: @Sendable (any MessageWriter<Request>) async throws -> Void
    ) async throws -> Response {
        try await self.stream(method.info, options) { connection, options in
            try await connection.clientStreaming(method, options: options, requests)
        }
    }

    public func serverStreaming<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        options: CallOptions,
        _ responses: @Sendable (any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        try await self.stream(method.info, options) { connection, options in
            try await connection.serverStreaming(method, request, options: options, responses)
        }
    }

    public func bidirectional<Request, Response, Result: Sendable>(
        _ method: MethodDescriptor<Request, Response>,
        options: CallOptions,
        _ body: @Sendable (any MessageWriter<Request>, any MessageReader<Response>) async throws -> Result
    ) async throws -> Result {
        try await self.stream(method.info, options) { connection, options in
            try await connection.bidirectional(method, options: options, body)
        }
    }

    /// Carries a call with streams on one connection. It is not repeated: what was sent and read cannot be taken back.
    private func stream<Result: Sendable>(
        _ method: MethodInfo,
        _ options: CallOptions,
        _ call: (ClientConnection, LikenessRPC.CallOptions) async throws -> Result
    ) async throws -> Result {
        let timeout = options.timeout ?? method.defaultTimeout
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        var rpcOptions = LikenessRPC.CallOptions(deadline: deadline)
        for item in options.metadata { rpcOptions.metadata.add(item.key, item.value) }
        do {
            let connection = try await self.connection(deadline: deadline, waits: options.waitForReady)
            return try await call(connection, rpcOptions)
        } catch let error as RPCError {
            throw LikenessError(error)
        }
    }
}

extension LikenessError {
    /// Any error of a call.
    init(any error: any Error) {
        switch error {
        case let error as LikenessError: self = error
        case let error as RPCError: self.init(error)
        case is CancellationError: self.init(.cancelled, "the call was cancelled")
        default: self.init(.unknown, "\(error)")
        }
    }
}
