/// Two runs, before and after, figure by figure, with a verdict that knows noise.
///
/// Each second of a run is one sample. A difference counts when a rank test says that it is hardly chance, when the
/// interval of the change does not hold 0, and when it is larger than a hundredth.
package struct Comparison: Sendable {
    package enum Verdict: String, Sendable {
        case faster, slower, noDifference = "no difference", tooShort = "too short to tell"
    }

    package struct Row: Sendable {
        package let name: String
        /// Medians of the seconds.
        package let before: Double
        package let after: Double
        /// As a share of `before`; above 0 is more.
        package let change: Double
        package let low: Double
        package let high: Double
        /// That the difference is not chance, 0...1.
        package let confidence: Double
        package let verdict: Verdict
        let isRate: Bool
    }

    package let rows: [Row]
    /// What makes the two runs hard to compare.
    package let warnings: [String]

    static let samplesMin = 5

    package init(before: LoadReport, after: LoadReport) {
        var rows: [Row] = []
        // In an open loop the rate is what was planned.
        if before.run.loop == "closed", after.run.loop == "closed" {
            rows.append(Self.row("rate", before.seconds.map(\.rate), after.seconds.map(\.rate), isRate: true))
        }
        func latency(_ name: String, _ path: KeyPath<LoadReport.Second, Double>) {
            func samples(_ report: LoadReport) -> [Double] {
                report.seconds.map { $0[keyPath: path] }.filter { $0 > 0 }
            }
            rows.append(Self.row(name, samples(before), samples(after), isRate: false))
        }
        latency("p50", \.p50)
        latency("p99", \.p99)
        self.rows = rows
        self.warnings = Self.warnings(before, after)
    }

    private static func row(_ name: String, _ before: [Double], _ after: [Double], isRate: Bool) -> Row {
        let enough = min(before.count, after.count) >= Self.samplesMin
        let change = enough ? Samples.change(from: before, to: after) : (value: 0, low: 0, high: 0)
        let chance = enough ? Samples.probabilityOfChance(before, after) : 1
        let verdict: Verdict
        if !enough {
            verdict = .tooShort
        } else if chance < 0.01, change.low > 0 || change.high < 0, abs(change.value) >= 0.01 {
            verdict = (change.value > 0) == isRate ? .faster : .slower
        } else {
            verdict = .noDifference
        }
        return Row(
            name: name,
            before: Samples.median(before),
            after: Samples.median(after),
            change: change.value,
            low: change.low,
            high: change.high,
            confidence: 1 - chance,
            verdict: verdict,
            isRate: isRate
        )
    }

    private static func warnings(_ before: LoadReport, _ after: LoadReport) -> [String] {
        var warnings: [String] = []
        func differ(_ name: String, _ a: String, _ b: String) {
            if a != b { warnings.append("\(name) differs: \(a) before, \(b) after") }
        }
        differ("the workload", before.run.label, after.run.label)
        differ("the loop", before.run.loop, after.run.loop)
        differ("the number of connections", "\(before.run.connections)", "\(after.run.connections)")
        differ(
            "concurrency",
            before.run.concurrency.map(String.init) ?? "–",
            after.run.concurrency.map(String.init) ?? "–"
        )
        if let a = before.plannedRate, let b = after.plannedRate, abs(a - b) > max(a, b) * 0.01 {
            differ("the planned rate", Figures.rate(a), Figures.rate(b))
        }
        if abs(before.errorShare - after.errorShare) > 0.001 {
            differ("the share of errors", Figures.percent(before.errorShare), Figures.percent(after.errorShare))
        }
        return warnings
    }

    /// The rows that are slower by more than a share, beyond doubt.
    package func slower(by share: Double) -> [Row] {
        self.rows.filter { row in
            // A rate that falls to 1/(1+x) is as slow as a latency that grows by x.
            let change = row.isRate ? 1 / max(1 + row.change, 1e-9) - 1 : row.change
            return row.verdict == .slower && change > share
        }
    }

    package var text: String {
        var lines = ["           before       after    change   (95% of resamplings)"]
        for row in self.rows {
            func value(_ number: Double) -> String {
                row.isRate ? Figures.rate(number) + "/s" : Figures.duration(milliseconds: number)
            }
            func sign(_ share: Double) -> String { (share > 0 ? "+" : "") + Figures.decimals(share * 100, 1) + "%" }
            let name = row.name + String(repeating: " ", count: max(5 - row.name.count, 0))
            let columns = [value(row.before), value(row.after)].map {
                String(repeating: " ", count: max(12 - $0.count, 0)) + $0
            }.joined()
            let change = sign(row.change)
            let verdict =
                switch row.verdict {
                case .faster, .slower: "\(row.verdict.rawValue), confidence \(Self.confidence(row.confidence))"
                case .noDifference, .tooShort: row.verdict.rawValue
                }
            lines.append(
                name + columns + String(repeating: " ", count: max(10 - change.count, 0)) + change
                    + "   (\(sign(row.low)) … \(sign(row.high)))  \(verdict)"
            )
        }
        return (lines + self.warnings.map { "warning: \($0)" }).joined(separator: "\n")
    }

    private static func confidence(_ share: Double) -> String {
        share > 0.9999 ? "above 99.99%" : Figures.decimals(share * 100, 2) + "%"
    }
}
