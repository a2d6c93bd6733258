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

    enum State {
        case idle
        case waiting(StreamID, CheckedContinuation<Answer, any Error>)
        case over
    }

    let method: MethodInfo
    let metadata: Metadata
    let deadline: ContinuousClock.Instant?
    private let state = Mutex(State.idle)

    init(_ method: MethodInfo, _ options: CallOptions) {
        self.method = method
        self.metadata = options.metadata
        self.deadline = options.deadline ?? method.defaultTimeout.map { .now.advanced(by: $0) }
    }

    var isOver: Bool { self.state.withLock { if case .over = $0 { true } else { false } } }

    func started(_ id: StreamID, _ continuation: CheckedContinuation<Answer, any Error>) {
        self.state.withLock { $0 = .waiting(id, continuation) }
    }

    /// - Returns: What waited for the call, once.
    func end() -> (id: StreamID, continuation: CheckedContinuation<Answer, any Error>)? {
        self.state.withLock { state in
            defer { state = .over }
            guard case .waiting(let id, let continuation) = state else { return nil }
            return (id, continuation)
        }
    }
}
