import LikenessClient
import Synchronization

/// A clock that stands still until the test lets time pass.
final class ManualClock: Sendable {
    private struct Sleeper {
        let id: Int
        let until: ContinuousClock.Instant
        let continuation: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var now = ContinuousClock.now
        var lastID = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    var clock: ClientClock {
        ClientClock(now: { self.state.withLock(\.now) }, sleep: { try await self.sleep(until: $0) })
    }

    /// How long until each sleeper wakes, the first first.
    var waits: [Duration] { self.state.withLock { state in state.sleepers.map { $0.until - state.now }.sorted() } }

    func advance(by duration: Duration) {
        let woken = self.state.withLock { state in
            state.now += duration
            let now = state.now
            defer { state.sleepers.removeAll { $0.until <= now } }
            return state.sleepers.filter { $0.until <= now }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Returns when someone sleeps for a time that the test looks for.
    func sleeper(where matches: (Duration) -> Bool) async -> Duration {
        while true {
            if let wait = self.waits.first(where: matches) { return wait }
            await Task.yield()
        }
    }

    private func sleep(until time: ContinuousClock.Instant) async throws {
        let id = self.state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let early = self.state.withLock { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if time <= state.now { return .success(()) }
                    state.sleepers.append(Sleeper(id: id, until: time, continuation: continuation))
                    return nil
                }
                if let early { continuation.resume(with: early) }
            }
        } onCancel: {
            self.state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }?.continuation.resume(throwing: CancellationError())
        }
    }
}
