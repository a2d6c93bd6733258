package import LikenessMetrics

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
package struct OperationsRoutes: Sendable {
    let probes: OperationsProbes
    let metrics: MetricsStore

    package init(probes: OperationsProbes, metrics: MetricsStore) { (self.probes, self.metrics) = (probes, metrics) }

    func response(to request: OperationsRequest) -> OperationsResponse {
        let answer: () -> OperationsResponse
        switch request.path {
        case "/": answer = { OperationsResponse(200, Self.index) }
        case "/livez": answer = { Self.probe("livez", self.probes.liveness(), request) }
        case "/readyz": answer = { Self.probe("readyz", self.probes.readiness(), request) }
        case "/startupz": answer = { Self.probe("startupz", [self.probes.startup], request) }
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

    private static func probe(
        _ name: String,
        _ parts: [OperationsProbes.Part],
        _ request: OperationsRequest
    ) -> OperationsResponse {
        let isWell = parts.allSatisfy(\.isWell)
        let end = isWell ? "ok\n" : "\(name) check failed\n"
        // What is wrong is said without being asked for.
        guard request.has("verbose") || !isWell else { return OperationsResponse(200, end) }
        let lines = parts.filter { request.has("verbose") || !$0.isWell }
            .map { "[\($0.isWell ? "+" : "-")]\($0.name): \($0.message)\n" }
        return OperationsResponse(isWell ? 200 : 503, lines.joined() + end)
    }
}
