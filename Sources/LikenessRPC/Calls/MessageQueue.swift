internal import LikenessWire
internal import NIOCore
internal import Synchronization

/// Messages of one stream that have come and were not taken.
///
/// The credit of the stream bounds it: a peer that sends more breaks the protocol before it gets here. Messages stand one
/// behind another in one buffer, so that many small ones cost no more memory than their credit.
final class MessageQueue: Sendable {
    private enum Ending {
        /// The peer may send more. Next: any other.
        case open
        /// What is here is all there is.
        case finished
        /// Told after the messages that came before.
        case failed(RPCError)
    }

    /// A message on its way to the reader, and what its sender gets back for it.
    private struct Delivery {
        let message: ByteBuffer
        let credit: Int?
    }

    private struct State {
        /// The message that came with the REQUEST or the END; it needs no credit and stands alone.
        var free: ByteBuffer?
        var bytes = ByteBuffer()
        var lengths = CircularBuffer<Int>()
        var ending = Ending.open
        var waiter: CheckedContinuation<Delivery?, any Error>?

        enum Taken {
            /// `nil`: no message follows.
            case delivery(Delivery?)
            case failed(RPCError)
            case nothingYet
        }

        mutating func take() -> Taken {
            if let free = self.free {
                self.free = nil
                return .delivery(Delivery(message: free, credit: nil))
            }
            if let length = self.lengths.popFirst(), let message = self.bytes.readSlice(length: length) {
                if self.lengths.isEmpty { self.bytes = ByteBuffer() }
                return .delivery(Delivery(message: message, credit: length))
            }
            switch self.ending {
            case .open: return .nothingYet
            case .finished: return .delivery(nil)
            case .failed(let error): return .failed(error)
            }
        }
    }

    private let state: Mutex<State>
    /// Gets the size of each message taken, so that the peer gets its credit back. May be called on any thread.
    private let taken: @Sendable (Int) -> Void

    init(first: ByteBuffer? = nil, taken: @escaping @Sendable (Int) -> Void) {
        self.state = Mutex(State(free: first))
        self.taken = taken
    }

    /// Memory that is held for a reader who has not asked for it: messages, and their lengths.
    var heldBytes: Int {
        self.state.withLock { $0.bytes.storageCapacity + $0.lengths.count * MemoryLayout<Int>.stride }
    }

    /// Why the stream failed, when it has.
    var failure: RPCError? {
        self.state.withLock { if case .failed(let error) = $0.ending { error } else { nil } }
    }

    // MARK: The connection's side

    func deliver(_ message: ByteBuffer) {
        let waiter = self.state.withLock { state -> CheckedContinuation<Delivery?, any Error>? in
            guard case .open = state.ending else { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            // A reader who never quite catches up leaves what was read at the front.
            if state.bytes.writableBytes < message.readableBytes { state.bytes.discardReadBytes() }
            state.bytes.writeImmutableBuffer(message)
            state.lengths.append(message.readableBytes)
            return nil
        }
        waiter?.resume(returning: Delivery(message: message, credit: message.readableBytes))
    }

    /// The one answer to a stream of requests has come.
    func deliverLast(_ message: ByteBuffer) {
        let waiter = self.state.withLock { state -> CheckedContinuation<Delivery?, any Error>? in
            guard case .open = state.ending else { return nil }
            state.ending = .finished
            defer { state.waiter = nil }
            if state.waiter == nil { state.free = message }
            return state.waiter
        }
        waiter?.resume(returning: Delivery(message: message, credit: nil))
    }

    /// No more messages come.
    func finish() { self.end(.finished)?.resume(returning: nil) }

    /// The stream has failed; what came before can still be taken.
    func fail(_ error: RPCError) { self.end(.failed(error))?.resume(throwing: error) }

    /// The stream is over and the rest is not wanted.
    ///
    /// - Returns: The sizes of the messages that are dropped.
    @discardableResult
    func drop(_ error: RPCError) -> [Int] {
        let (waiter, dropped) = self.state.withLock { state in
            defer {
                state.free = nil
                state.bytes = ByteBuffer()
                state.lengths.removeAll()
                state.waiter = nil
                state.ending = .failed(error)
            }
            return (state.waiter, Array(state.lengths))
        }
        waiter?.resume(throwing: error)
        return dropped
    }

    private func end(_ ending: Ending) -> CheckedContinuation<Delivery?, any Error>? {
        self.state.withLock { state in
            guard case .open = state.ending else { return nil }
            state.ending = ending
            defer { state.waiter = nil }
            return state.waiter
        }
    }

    // MARK: The reader's side

    /// The next message, `nil` after the last.
    ///
    /// - Throws: Why the stream failed; `CancellationError` when the task is cancelled.
    func next() async throws -> ByteBuffer? {
        let delivery: Delivery?
        switch self.state.withLock({ $0.take() }) {
        case .delivery(let found): delivery = found
        case .failed(let error): throw error
        case .nothingYet: delivery = try await self.wait()
        }
        guard let delivery else { return nil }
        if let credit = delivery.credit { self.taken(credit) }
        return delivery.message
    }

    private func wait() async throws -> Delivery? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = self.state.withLock { state -> Result<Delivery?, any Error>? in
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.waiter != nil { return .failure(RPCError(.internal, "two readers of one stream")) }
                    // Something may have come in the meantime.
                    switch state.take() {
                    case .delivery(let found): return .success(found)
                    case .failed(let error): return .failure(error)
                    case .nothingYet:
                        state.waiter = continuation
                        return nil
                    }
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = self.state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(throwing: CancellationError())
        }
    }
}
