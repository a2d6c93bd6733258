internal import Synchronization

/// Calls that wait for a connection, first come first served, and no more than a bound.
final class PendingCalls: Sendable {
    /// A place in the queue, kept from one waiting to the next.
    struct Ticket { fileprivate let number: Int }

    private struct State {
        /// Grows with each event: what was looked at before it is out of date.
        var version = 0
        var lastNumber = 0
        var callCount = 0
        /// In the order of their tickets.
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let countMax: Int
    private let clock: ClientClock
    private let state = Mutex(State())

    init(countMax: Int, clock: ClientClock) {
        self.countMax = countMax
        self.clock = clock
    }

    /// Calls that wait now.
    var callCount: Int { self.state.withLock { $0.callCount } }

    /// To be read before looking whether there is a connection.
    var version: Int { self.state.withLock { $0.version } }

    /// - Throws: `.resourceExhausted` when too many calls wait already.
    func enter() throws(LikenessError) -> Ticket {
        let ticket = self.state.withLock { state -> Ticket? in
            guard state.callCount < self.countMax else { return nil }
            state.callCount += 1
            state.lastNumber += 1
            return Ticket(number: state.lastNumber)
        }
        guard let ticket else {
            let text = "\(self.countMax) calls already wait for a connection"
            throw LikenessError(.resourceExhausted, text, reason: "CLIENT_QUEUE_FULL", nothingWasDone: true)
        }
        return ticket
    }

    func leave(_ ticket: Ticket) { self.state.withLock { $0.callCount -= 1 } }

    /// Returns when something has happened since `version`, at the time, or when the task is cancelled.
    func wait(_ ticket: Ticket, since version: Int, until time: ContinuousClock.Instant?) async {
        let timer = time.map { time in
            Task { [clock] in
                try await clock.sleep(time)
                self.wake(ticket)
            }
        }
        defer { timer?.cancel() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isLate = self.state.withLock { state in
                    guard state.version == version, !Task.isCancelled else { return true }
                    let place = state.waiting.firstIndex { $0.number > ticket.number } ?? state.waiting.endIndex
                    state.waiting.insert((ticket.number, continuation), at: place)
                    return false
                }
                if isLate { continuation.resume() }
            }
        } onCancel: {
            self.wake(ticket)
        }
    }

    /// A place on a connection has become free.
    func wakeOne() {
        self.state.withLock { state in
            // With an empty queue no task can be looking.
            guard state.callCount > 0 else { return nil as CheckedContinuation<Void, Never>? }
            state.version += 1
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst().continuation
        }?.resume()
    }

    /// A connection was made, or cannot be made, or an endpoint has come or gone.
    func wakeAll() {
        let waiting = self.state.withLock { state in
            defer { state.waiting = [] }
            state.version += 1
            return state.waiting
        }
        for waiter in waiting { waiter.continuation.resume() }
    }

    private func wake(_ ticket: Ticket) {
        self.state.withLock { state in
            // What ends before it waits must not wait.
            state.version += 1
            return state.waiting.firstIndex { $0.number == ticket.number }
                .map { state.waiting.remove(at: $0).continuation }
        }?.resume()
    }
}
