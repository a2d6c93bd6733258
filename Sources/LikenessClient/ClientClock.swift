/// The time as the client sees it, so that a test can be the one who lets it pass.
package struct ClientClock: Sendable {
    package var now: @Sendable () -> ContinuousClock.Instant
    /// - Throws: `CancellationError`, as soon as the task is cancelled.
    package var sleep: @Sendable (_ until: ContinuousClock.Instant) async throws -> Void

    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (ContinuousClock.Instant) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    package static let continuous = ClientClock(
        now: { .now },
        sleep: { try await Task.sleep(until: $0, clock: .continuous) }
    )
}
