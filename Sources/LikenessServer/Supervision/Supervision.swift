internal import LikenessMessages
internal import NIOCore

/// Tells a service manager that the service is ready, how it is doing and that it lives, until it has stopped.
struct Supervision: Sendable {
    let manager: ServiceManager
    let state: ServiceState
    let loops: [any EventLoop]
    let health: @Sendable () -> GetHealthResponse

    /// How often it looks, unless signs of life are wanted more often.
    private static let interval = Duration.seconds(1)
    private static let intervalMin = Duration.milliseconds(10)

    /// Works until cancelled.
    func run() async {
        let watch = EventLoopWatch(self.loops)
        defer { watch.stop() }
        // Twice as often as it has to be, as sd_watchdog_enabled(3) wants.
        let lifeTime = self.manager.watchdogTime.map { $0 / 2 }
        let pause = max(lifeTime.map { min($0, Self.interval) } ?? Self.interval, Self.intervalMin)
        var report = SupervisionReport()
        var lifeAt = ContinuousClock.now
        while !Task.isCancelled {
            let now = ContinuousClock.now
            let wantsLife = lifeTime != nil && lifeAt <= now
            if wantsLife, let lifeTime { lifeAt = now + lifeTime - pause / 2 }
            var next = report
            let assignments = next.assignments(
                self.health(),
                isStopping: self.state.isStopping,
                loopsTurn: watch.delays().allSatisfy { $0 < EventLoopWatch.delayMax },
                wantsLife: wantsLife
            )
            // What did not go out is sent with the next look.
            if assignments.isEmpty || self.manager.send(assignments) { report = next }
            do { try await Task.sleep(for: pause) } catch { break }
        }
        // One that stops between two looks says so all the same.
        self.manager.send(["STOPPING=1"])
    }
}
