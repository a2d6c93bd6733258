internal import LikenessMessages
internal import LikenessWire
internal import NIOCore
internal import Synchronization

/// One call in flight on the client. Its state changes on the connection's event loop only.
final class ClientCall: Sendable {
    /// What a unary call is answered with.
    struct Answer: Sendable {
        let message: ByteBuffer?
        let trailers: Metadata
    }

    private enum State {
        case idle
        /// Next: `over`.
        case waiting(StreamID, CheckedContinuation<Answer, any Error>)
        /// Messages go both ways or one way. Next: `over`.
        case streaming(StreamID)
        /// What the server ended the call with; `nil` when it failed or was given up.
        case over(trailers: Metadata?)
    }

    let method: MethodInfo
    let metadata: Metadata
    let deadline: ContinuousClock.Instant?
    private let state = Mutex(State.idle)
    private let lastNumber = Atomic<StreamID>(0)

    init(_ method: MethodInfo, _ options: CallOptions) {
        self.method = method
        self.metadata = options.metadata
        self.deadline = options.deadline ?? method.defaultTimeout.map { .now.advanced(by: $0) }
    }

    var isOver: Bool { self.state.withLock { if case .over = $0 { true } else { false } } }

    /// What the server sent after the last message, once it has ended the call with OK.
    var trailers: Metadata? {
        self.state.withLock { if case .over(let trailers) = $0 { trailers } else { nil } }
    }

    func started(_ id: StreamID, _ continuation: CheckedContinuation<Answer, any Error>) {
        self.state.withLock { $0 = .waiting(id, continuation) }
    }

    func startedStream(_ id: StreamID) {
        self.lastNumber.store(id, ordering: .relaxed)
        self.state.withLock { $0 = .streaming(id) }
    }

    /// The stream of a call with streams, also when it is over; 0 before it has begun.
    var number: StreamID { self.lastNumber.load(ordering: .relaxed) }

    /// The stream of a call that is not over.
    var id: StreamID? {
        self.state.withLock { state in
            switch state {
            case .waiting(let id, _), .streaming(let id): id
            case .idle, .over: nil
            }
        }
    }

    /// - Returns: The stream, and what waits for the answer of a unary call; `nil` when the call is over already.
    func end(trailers: Metadata? = nil) -> (id: StreamID, continuation: CheckedContinuation<Answer, any Error>?)? {
        self.state.withLock { state in
            switch state {
            case .waiting(let id, let continuation):
                state = .over(trailers: trailers)
                return (id, continuation)
            case .streaming(let id):
                state = .over(trailers: trailers)
                return (id, nil)
            case .idle:
                state = .over(trailers: trailers)
                return nil
            case .over: return nil
            }
        }
    }
}
