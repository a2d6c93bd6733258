internal import LikenessMessages
internal import LikenessMetrics

/// What the operations port answers.
///
/// | path | answer |
/// |---|---|
/// | `/livez` | 200 while the event loops turn; the database has no part in it |
/// | `/readyz` | 200 when calls should be sent here: started, not stopping, and no part NOT_SERVING |
/// | `/startupz` | 200 once the start is complete |
/// | `/metrics` | all metrics |
///
/// `?verbose` lists the parts, as Kubernetes' own servers do.
struct OperationsRoutes: Sendable {
    let state: ServiceState
    let loops: EventLoopWatch
    let health: @Sendable () -> GetHealthResponse
    let metrics: MetricsStore

    func response(to request: OperationsRequest) -> OperationsResponse {
        let answer: () -> OperationsResponse
        switch request.path {
        case "/": answer = { OperationsResponse(200, Self.index) }
        case "/livez": answer = { Self.probe("livez", self.liveness(), request) }
        case "/readyz": answer = { Self.probe("readyz", self.readiness(), request) }
        case "/startupz": answer = { Self.probe("startupz", [self.startup], request) }
        case "/metrics":
            let format = Exposition(accepting: request.accept)
            answer = { OperationsResponse(200, self.metrics.text(format), contentType: format.contentType) }
        default: return OperationsResponse(404, "there is nothing at \(request.path.debugDescription); see /\n")
        }
        guard ["GET", "HEAD"].contains(request.method) else {
            var refusal = OperationsResponse(405, "GET and HEAD alone\n")
            refusal.allow = "GET, HEAD"
            return refusal
        }
        return answer()
    }

    private static let index = """
        likenessd
        /livez /readyz /startupz   probes; ?verbose lists the parts
        /metrics                   for Prometheus

        """

    /// What the port itself knows.
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

    // MARK: Probes

    private struct Part {
        let name: String
        let isWell: Bool
        let message: String
    }

    private static func probe(_ name: String, _ parts: [Part], _ request: OperationsRequest) -> OperationsResponse {
        let isWell = parts.allSatisfy(\.isWell)
        let end = isWell ? "ok\n" : "\(name) check failed\n"
        // What is wrong is said without being asked for.
        guard request.has("verbose") || !isWell else { return OperationsResponse(200, end) }
        let lines = parts.filter { request.has("verbose") || !$0.isWell }
            .map { "[\($0.isWell ? "+" : "-")]\($0.name): \($0.message)\n" }
        return OperationsResponse(isWell ? 200 : 503, lines.joined() + end)
    }

    private func liveness() -> [Part] {
        self.loops.delays().enumerated().map { number, delay in
            let isWell = delay < EventLoopWatch.delayMax
            let message = isWell ? "turns" : "has not turned for \(delay / .seconds(1)) s"
            return Part(name: "event_loop_\(number)", isWell: isWell, message: message)
        }
    }

    private var startup: Part {
        Part(
            name: "start",
            isWell: self.state.hasStarted,
            message: self.state.hasStarted ? "complete" : "under way: the database is waited for, or migrated"
        )
    }

    private func readiness() -> [Part] {
        let draining = Part(
            name: "shutdown",
            isWell: !self.state.isStopping,
            message: self.state.isStopping ? "calls under way are let end" : "not asked for"
        )
        guard self.state.hasStarted else { return [self.startup, draining] }
        return [self.startup, draining]
            + self.health().components.map { component in
                let degraded = component.status == .degraded ? "degraded: " : ""
                return Part(
                    name: component.name,
                    isWell: component.status != .notServing,
                    message: degraded + component.message
                )
            }
    }
}
