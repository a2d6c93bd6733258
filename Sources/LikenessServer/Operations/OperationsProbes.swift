package import LikenessMessages
internal import LikenessMetrics

/// What probes ask: whether a service lives, has started, and should be sent calls.
package struct OperationsProbes: Sendable {
    /// The health is looked at every five seconds, for ten at most. What was found longer ago than this says nothing of now.
    static let healthAgeMax = Duration.seconds(30)

    let state: ServiceState
    let loops: EventLoopWatch
    /// What was found of the parts, and how long ago.
    let health: @Sendable () -> (found: GetHealthResponse, age: Duration)

    package init(
        state: ServiceState,
        loops: EventLoopWatch,
        health: @escaping @Sendable () -> (found: GetHealthResponse, age: Duration)
    ) {
        (self.state, self.loops, self.health) = (state, loops, health)
    }

    struct Part: Sendable, Hashable {
        let name: String
        let isWell: Bool
        let message: String
    }

    func liveness() -> [Part] {
        self.loops.delays().enumerated().map { number, delay in
            let isWell = delay < EventLoopWatch.delayMax
            let message = isWell ? "turns" : "has not turned for \(delay / .seconds(1)) s"
            return Part(name: "event_loop_\(number)", isWell: isWell, message: message)
        }
    }

    var startup: Part {
        Part(
            name: "start",
            isWell: self.state.hasStarted,
            message: self.state.hasStarted ? "complete" : "under way: the database is waited for, or migrated"
        )
    }

    func readiness() -> [Part] {
        let draining = Part(
            name: "shutdown",
            isWell: !self.state.isStopping,
            message: self.state.isStopping ? "calls under way are let end" : "not asked for"
        )
        guard self.state.hasStarted else { return [self.startup, draining] }
        let (health, age) = self.health()
        let isRecent = age < Self.healthAgeMax
        let look = Part(
            name: "health",
            isWell: isRecent,
            message: isRecent ? "looked at" : "has not been looked at for \(age.components.seconds) s"
        )
        return [self.startup, draining, look]
            + health.components.map { component in
                let degraded = component.status == .degraded ? "degraded: " : ""
                return Part(
                    name: component.name,
                    isWell: component.status != .notServing,
                    message: degraded + component.message
                )
            }
    }

    /// The same for metrics.
    func samples() -> [MetricSample] {
        let isReady = self.readiness().allSatisfy(\.isWell)
        return [MetricSample(ServiceMetric.ready.name, isReady ? 1 : 0)]
            + self.loops.delays().enumerated().map { number, delay in
                MetricSample(
                    ServiceMetric.eventLoopLag.name,
                    labels: [MetricLabel("loop", "\(number)")],
                    delay / .seconds(1)
                )
            }
    }
}
