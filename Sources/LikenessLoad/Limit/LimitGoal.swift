/// What every trial of a search must keep to.
package struct LimitGoal: Sendable, Hashable {
    package var p99: Duration
    /// Failed and never sent, of all, 0...1.
    package var errorShare: Double

    package init(p99: Duration, errorShare: Double) {
        self.p99 = p99
        self.errorShare = errorShare
    }

    /// Why a run did not keep to it; `nil` when it did.
    package func miss(_ report: LoadReport) -> String? {
        if report.calls == 0 { return "nothing was answered" }
        if report.errorShare > self.errorShare { return "\(Figures.percent(report.errorShare)) errors" }
        if report.latency.p99 > self.p99 / .milliseconds(1) {
            return "p99 \(Figures.duration(milliseconds: report.latency.p99))"
        }
        // Answers that come after the end are answers too late. Random arrivals are counted as they came.
        let due = Double(report.sent + (report.schedule?.missed ?? 0)) / max(report.run.seconds, 1e-3)
        if report.rate < due * 0.95 { return "only \(Figures.rate(report.rate))/s" }
        return nil
    }
}
