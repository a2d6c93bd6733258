internal import Synchronization

/// How many calls of a trial were answered, and what became of the others.
final class CallTally: Sendable {
    private struct State {
        var answered = 0
        var failed = 0
        var firstFailure: String?
        var slowest = Duration.zero
    }

    private let state = Mutex(State())

    var answered: Int { self.state.withLock(\.answered) }
    var failed: Int { self.state.withLock(\.failed) }
    var firstFailure: String? { self.state.withLock(\.firstFailure) }
    var slowest: Duration { self.state.withLock(\.slowest) }

    /// Makes a call and counts it.
    ///
    /// - Parameter plannedAt: When it should have begun: a call counts from there.
    func count(plannedAt: ContinuousClock.Instant = .now, _ call: () async throws -> Void) async {
        do {
            try await call()
            let duration = ContinuousClock.now - plannedAt
            self.state.withLock { state in
                state.answered += 1
                state.slowest = max(state.slowest, duration)
            }
        } catch {
            self.state.withLock { state in
                state.failed += 1
                state.firstFailure = state.firstFailure ?? "\(error)"
            }
        }
    }
}

extension Duration {
    var milliseconds: Int { Int(self / .milliseconds(1)) }
}
