internal import NIOCore
internal import NIOPosix

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

    /// The system's. A sleep that is cancelled leaves nothing behind, where that of `Task` keeps its memory until its
    /// time has come.
    package static let continuous = ClientClock(
        now: { .now },
        sleep: { time in
            let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
            let woken = eventLoop.makePromise(of: Void.self)
            let delay = TimeAmount(max(.zero, ContinuousClock.now.duration(to: time)))
            let timer = eventLoop.scheduleTask(in: delay) { woken.succeed() }
            try await withTaskCancellationHandler {
                try await woken.futureResult.get()
            } onCancel: {
                timer.cancel()
                woken.fail(CancellationError())
            }
        }
    )
}
