internal import LikenessMessages
internal import LikenessRPC
internal import LikenessWire
internal import Synchronization

struct AttemptFailure: Error {
    let error: LikenessError
    let kind: RetryMachine.Failure
}

/// Where the last attempt of a call went, so that the next goes elsewhere.
final class LastEndpoint: Sendable {
    private let endpoint = Mutex<ClientConfiguration.Endpoint?>(nil)

    var value: ClientConfiguration.Endpoint? {
        get { self.endpoint.withLock(\.self) }
        set { self.endpoint.withLock { $0 = newValue } }
    }
}

/// What each attempt of a unary call needs, and one attempt.
struct Attempt<Request: Message, Response: Message>: Sendable {
    let method: MethodDescriptor<Request, Response>
    private let request: Request
    private let options: LikenessRPC.CallOptions
    private let waitsForReady: Bool

    init(
        _ method: MethodDescriptor<Request, Response>,
        _ request: Request,
        _ options: CallOptions,
        now: ContinuousClock.Instant
    ) {
        self.method = method
        self.request = request
        self.options = options.rpcOptions(method.info, now: now)
        self.waitsForReady = options.waitForReady
    }

    var deadline: ContinuousClock.Instant? { self.options.deadline }

    func run(in pool: EndpointPool, avoiding last: LastEndpoint) async -> Result<Response, AttemptFailure> {
        let lease: EndpointPool.Lease
        do throws(LikenessError) {
            lease = try await pool.acquire(avoiding: last.value, deadline: self.deadline, waits: self.waitsForReady)
        } catch {
            return .failure(AttemptFailure(error: error, kind: .noConnection))
        }
        defer { lease.leave() }
        last.value = lease.endpoint
        do {
            let response = try await lease.connection.unary(self.method, self.request, options: self.options)
            lease.noteAnswer()
            return .success(response)
        } catch {
            let error = LikenessError(any: error)
            if lease.connection.isDraining { return .failure(AttemptFailure(error: error, kind: .connectionEnded)) }
            lease.noteFailure(error)
            let kind = RetryMachine.Failure.answered(hasAnother: pool.hasAnother(than: lease.endpoint))
            return .failure(AttemptFailure(error: error, kind: kind))
        }
    }
}

extension CallOptions {
    /// What travels with each attempt; the deadline is that of all of them.
    func rpcOptions(_ method: MethodInfo, now: ContinuousClock.Instant) -> LikenessRPC.CallOptions {
        let timeout = self.timeout ?? method.defaultTimeout
        var options = LikenessRPC.CallOptions(deadline: timeout.map { now.advanced(by: $0) })
        for item in self.metadata { options.metadata.add(item.key, item.value) }
        for item in self.binaryMetadata { options.metadata.add(item.key, item.value) }
        if let onTrailers = self.onTrailers { options.onTrailers = { onTrailers($0.pairs) } }
        if self.priority == .batch { options.metadata.add("likeness-priority", "batch") }
        return options
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

extension Metadata {
    var pairs: [(key: String, value: [UInt8])] { self.entries.map { (key: $0.key, value: $0.value) } }
}
