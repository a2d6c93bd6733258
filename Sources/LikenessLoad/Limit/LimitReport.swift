package import Foundation

/// What a search for the highest rate found. Times are in milliseconds.
package struct LimitReport: Codable, Sendable {
    package struct Trial: Codable, Sendable {
        package var plannedRate: Double
        package var rate: Double
        package var p50: Double
        package var p99: Double
        package var errorShare: Double
        package var met: Bool
        /// Why not.
        package var reason: String?

        package init(_ report: LoadReport, missed: String?) {
            self.plannedRate = report.plannedRate ?? 0
            self.rate = report.rate
            self.p50 = report.latency.p50
            self.p99 = report.latency.p99
            self.errorShare = report.errorShare
            self.met = missed == nil
            self.reason = missed
        }
    }

    package var schema = "likeness-load-limit/1"
    package var label: String
    /// The goal.
    package var p99: Double
    package var errorShare: Double
    package var connections: Int
    /// Of each trial, measured.
    package var seconds: Double
    /// Requests a second; `nil` when even the lowest did not meet the goal.
    package var rate: Double?
    /// In the order in which they were made.
    package var trials: [Trial]
    package var warnings: [String]

    package init(
        label: String,
        goal: LimitGoal,
        connections: Int,
        seconds: Double,
        rate: Double?,
        trials: [Trial],
        warnings: [String]
    ) {
        self.label = label
        self.p99 = goal.p99 / .milliseconds(1)
        self.errorShare = goal.errorShare
        self.connections = connections
        self.seconds = seconds
        self.rate = rate
        self.trials = trials
        self.warnings = warnings
    }

    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(self)
    }

    /// The curve and the trials, for people.
    package var text: String {
        let trials = self.trials.sorted { $0.plannedRate < $1.plannedRate }
        var lines = [
            self.rate.map {
                "highest rate with p99 ≤ \(Figures.duration(milliseconds: self.p99)): \(Figures.rate($0))/s"
            }
                ?? "no rate kept p99 ≤ \(Figures.duration(milliseconds: self.p99))"
                + (trials.contains(where: \.met) ? ": what met it missed it when tried again" : ""),
            "",
        ]
        lines +=
            CurvePlot(
                points: trials.filter { $0.p99 > 0 }.map { .init(x: $0.plannedRate, y: $0.p99, isMarked: !$0.met) },
                bound: self.p99
            ).lines
        lines += ["", "     planned    answered         p50         p99"]
        for trial in trials {
            let columns = [
                (Figures.rate(trial.plannedRate) + "/s", 12), (Figures.rate(trial.rate) + "/s", 12),
                (Figures.duration(milliseconds: trial.p50), 12), (Figures.duration(milliseconds: trial.p99), 12),
            ]
            let row = columns.map { String(repeating: " ", count: max($0.1 - $0.0.count, 0)) + $0.0 }.joined()
            lines.append(row + "  " + (trial.reason.map { "missed: \($0)" } ?? "met"))
        }
        lines += self.warnings.map { "warning: \($0)" }
        return lines.joined(separator: "\n")
    }
}
