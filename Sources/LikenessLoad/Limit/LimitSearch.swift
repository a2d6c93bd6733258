/// Which rate to try next when the highest that meets a goal is wanted. Pure: it is told how each trial ended.
///
/// Doubles until a rate fails, halves the interval between the highest that held and the lowest that did not, and tries
/// what it found once more: one lucky trial is not a limit.
package struct LimitSearch: Sendable {
    private enum State: Sendable {
        case looking
        case confirming
        case done
    }

    private let lowest: Double
    private let highest: Double
    /// How near the limit is wanted: 0.05 for five hundredths.
    private let resolution: Double
    private var state = State.looking
    private var rate: Double
    /// The highest that held, and the lowest that did not.
    private var held: Double?
    private var failed: Double?
    private var refuted = 0

    /// - Parameters:
    ///   - start: First rate that is tried.
    ///   - highest: No higher one is.
    package init(start: Double, lowest: Double = 1, highest: Double, resolution: Double = 0.05) {
        precondition(start > 0 && lowest > 0 && highest >= start && resolution > 0, "rates are above 0")
        self.lowest = lowest
        self.highest = highest
        self.resolution = resolution
        self.rate = start
    }

    /// The rate to try, or `nil` when the search is over.
    package var next: Double? { if case .done = self.state { nil } else { self.rate } }

    /// Whether the next trial repeats one that held.
    package var isConfirming: Bool { if case .confirming = self.state { true } else { false } }

    /// The highest rate that held twice.
    package var limit: Double? { if case .done = self.state { self.held } else { nil } }

    /// How the trial of `next` ended.
    package mutating func tried(met: Bool) {
        switch self.state {
        case .done: break
        case .confirming:
            if met { return self.state = .done }
            // It had luck before. After a third of these the service is too unsteady for a finer answer.
            self.refuted += 1
            self.failed = self.rate
            self.held = nil
            self.rate *= 1 - self.resolution * Double(1 << self.refuted)
            self.state = self.rate < self.lowest || self.refuted > 3 ? .done : .looking
        case .looking:
            if met { self.held = self.rate } else { self.failed = self.rate }
            self.advance()
        }
    }

    private mutating func advance() {
        switch (self.held, self.failed) {
        case (let held?, nil):
            if held >= self.highest { self.confirm(held) } else { self.rate = min(held * 2, self.highest) }
        case (nil, let failed?):
            if failed <= self.lowest { self.state = .done } else { self.rate = max(failed / 2, self.lowest) }
        case (let held?, let failed?):
            if failed / held <= 1 + self.resolution { self.confirm(held) } else { self.rate = (held + failed) / 2 }
        case (nil, nil): break
        }
    }

    private mutating func confirm(_ rate: Double) {
        self.rate = rate
        self.state = .confirming
    }
}

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
