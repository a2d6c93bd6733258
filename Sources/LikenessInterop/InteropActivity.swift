internal import LikenessMessages
internal import Synchronization

/// How many handlers run, and have run.
package final class InteropActivity: Sendable {
    private let counts = Mutex(GetActivityResponse())

    package init() {}

    package var now: GetActivityResponse { self.counts.withLock { $0 } }

    /// Runs a handler and counts it.
    func counting<Result>(_ handler: () async throws -> Result) async throws -> Result {
        self.counts.withLock { counts in
            counts.started += 1
            counts.running += 1
            counts.runningMax = max(counts.runningMax, counts.running)
        }
        do {
            let result = try await handler()
            self.counts.withLock { $0.running -= 1 }
            return result
        } catch {
            let wasCancelled = Task.isCancelled || error is CancellationError
            self.counts.withLock { counts in
                counts.running -= 1
                if wasCancelled { counts.cancelled += 1 }
            }
            throw error
        }
    }
}
