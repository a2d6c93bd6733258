internal import LikenessStatistics

/// Two runs, before and after, figure by figure, with a verdict that knows noise.
///
/// Each second of a run is one sample. A difference counts when a rank test says that it is hardly chance, when the
/// interval of the change does not hold 0, when it is larger than a hundredth, and when every pair of runs went the
/// same way: seconds of one run share what else the machine did then.
package struct Comparison: Sendable {
    package enum Verdict: String, Sendable {
        case faster, slower, noDifference = "no difference", tooShort = "too short to tell"
        /// One or two pairs on a full machine: what else it did may be all of the difference.
        case unclear
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
        package private(set) var verdict: Verdict
        let isRate: Bool

        /// The same without a word on which was better.
        fileprivate var unclear: Row {
            var row = self
            if row.verdict == .slower || row.verdict == .faster { row.verdict = .unclear }
            return row
        }
    }

    package let rows: [Row]
    /// What makes the two runs hard to compare.
    package let warnings: [String]

    /// Of five against five not even the clearest difference is beyond chance.
    static let samplesMin = 6

    package typealias Pair = (before: LoadReport, after: LoadReport)

    package init(before: LoadReport, after: LoadReport) { self.init([(before, after)]) }

    /// - Parameter pairs: Runs that were made in turn.
    package init(_ pairs: [Pair]) {
        var rows: [Row] = []
        func row(_ name: String, isRate: Bool, _ path: KeyPath<LoadReport.Second, Double>) {
            // A second without an answer has no latency.
            func samples(_ report: LoadReport) -> [Double] {
                report.seconds.map { $0[keyPath: path] }.filter { isRate || $0 > 0 }
            }
            rows.append(Self.row(name, pairs.map { (samples($0.before), samples($0.after)) }, isRate: isRate))
        }
        let isStreamsAlone = pairs.allSatisfy { $0.before.isStreamsAlone && $0.after.isStreamsAlone }
        // In an open loop the rate is what was planned.
        if pairs.allSatisfy({ $0.before.run.loop == "closed" && $0.after.run.loop == "closed" }) {
            if !isStreamsAlone { row("rate", isRate: true, \.rate) }
        }
        if pairs.contains(where: { $0.before.streams != nil && $0.after.streams != nil }) {
            row("messages", isRate: true, \.messageRate)
        }
        if !isStreamsAlone {
            row("p50", isRate: false, \.p50)
            row("p99", isRate: false, \.p99)
        }
        let full = pairs.flatMap { [$0.before, $0.after] }.count { ($0.tester.machinePercent ?? 0) > 95 }
        let isUnclear = full > 0 && pairs.count < 3
        self.rows = isUnclear ? rows.map(\.unclear) : rows
        var warnings: [String] = []
        for pair in pairs {
            for warning in Self.warnings(pair.before, pair.after) where !warnings.contains(warning) {
                warnings.append(warning)
            }
        }
        if isUnclear {
            warnings.append(
                "the machine was full in \(full) of the runs, and what else it did may be the difference: make three pairs in turn"
            )
        }
        self.warnings = warnings
    }

    private static func row(_ name: String, _ pairs: [(before: [Double], after: [Double])], isRate: Bool) -> Row {
        let (before, after) = (pairs.flatMap(\.before), pairs.flatMap(\.after))
        let enough = min(before.count, after.count) >= Self.samplesMin
        let change = enough ? Samples.change(from: before, to: after) : (value: 0, low: 0, high: 0)
        let chance = enough ? Samples.probabilityOfChance(before, after) : 1
        let agree = pairs.allSatisfy { pair in
            (Samples.median(pair.after) - Samples.median(pair.before)) * change.value > 0
        }
        let verdict: Verdict
        if !enough {
            verdict = .tooShort
        } else if agree, chance < 0.01, change.low > 0 || change.high < 0, abs(change.value) >= 0.01 {
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
            if row.verdict == .tooShort {
                lines.append(name + columns + "         –   \(row.verdict.rawValue)")
                continue
            }
            let change = sign(row.change)
            let verdict =
                switch row.verdict {
                case .faster, .slower: "\(row.verdict.rawValue), confidence \(Self.confidence(row.confidence))"
                case .noDifference, .tooShort, .unclear: row.verdict.rawValue
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

extension LoadReport.Second {
    fileprivate var messageRate: Double { self.messages ?? 0 }
}
