internal import LikenessWire
internal import Synchronization

/// Writers of one connection that wait for credit or for the socket, first come first served.
///
/// Whoever is woken tries once more and, where there is still no room, waits behind the others: streams take turns, and
/// none keeps another from sending.
struct WaitingWriters {
    private var waiting: [(stream: StreamID, continuation: CheckedContinuation<Void, Never>)] = []

    var isEmpty: Bool { self.waiting.isEmpty }

    mutating func add(_ stream: StreamID, _ continuation: CheckedContinuation<Void, Never>) {
        self.waiting.append((stream, continuation))
    }

    /// Takes out the writers of one stream, to be woken.
    mutating func take(_ stream: StreamID) -> [CheckedContinuation<Void, Never>] {
        guard self.waiting.contains(where: { $0.stream == stream }) else { return [] }
        let taken = self.waiting.filter { $0.stream == stream }.map(\.continuation)
        self.waiting.removeAll { $0.stream == stream }
        return taken
    }

    /// Takes out all, to be woken in their order.
    mutating func takeAll() -> [CheckedContinuation<Void, Never>] {
        defer { self.waiting = [] }
        return self.waiting.map(\.continuation)
    }
}

/// That the task of a writer was cancelled, for the event loop, where the writer may be about to wait.
final class WriterCancellation: Sendable {
    private let state = Atomic(false)

    var isCancelled: Bool { self.state.load(ordering: .acquiring) }

    func cancel() { self.state.store(true, ordering: .releasing) }
}

/// What became of an attempt to send a message of a stream.
enum SendAttempt {
    case sent
    /// No credit, or the socket is full.
    case wait
    /// The stream is over.
    case over
    case failed(RPCError)
}

/// Frames that may wait for the socket before writers of streams have to wait too. Answers of unary calls do not wait: so
/// much is before them at most.
let outgoingBytesMax = 64 << 10
