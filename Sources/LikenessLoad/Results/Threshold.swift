internal import Foundation
internal import LikenessReflection

/// A condition under which a run has failed: `p99>20ms`, `errors>0`, `rate<1000`.
package struct Threshold: Sendable, Hashable, CustomStringConvertible {
    package enum Comparison: String, Sendable { case above = ">", atLeast = ">=", below = "<", atMost = "<=" }

    private enum Unit: Hashable { case milliseconds, share, number }

    package let metric: String
    package let comparison: Comparison
    private let value: Double
    private let unit: Unit
    /// As it was written.
    package let description: String

    private static let latencies = [
        "min", "mean", "p50", "p75", "p90", "p95", "p99", "p99.9", "p99.99", "max",
    ]
    private static let streams = ["first", "gap", "round-trip"].flatMap { name in
        ["p50", "p90", "p99", "p99.9", "max"].map { "\(name)-\($0)" }
    }
    private static let numbers = ["rate", "messages", "missed", "held", "wrong", "unchecked", "recall", "cpu"]
    private static let lateness = ["lag-p50", "lag-p99", "lag-p99.9", "lag-max"]

    package init(_ text: String) throws(OptionError) {
        self.description = text
        guard let start = text.firstIndex(where: { "<>".contains($0) }) else {
            throw OptionError("--fail-if \"\(text)\" is not like p99>20ms")
        }
        let sign = text[start...].dropFirst().first == "=" ? String(text[start]) + "=" : String(text[start])
        let metric = text[..<start].trimmingCharacters(in: .whitespaces)
        // `20 ms` as well as `20ms`.
        let right = text[start...].dropFirst(sign.count).filter { $0 != " " }
        guard let comparison = Comparison(rawValue: sign) else {
            throw OptionError("--fail-if \"\(text)\": unknown sign")
        }
        self.metric = metric
        self.comparison = comparison
        if (Self.latencies + Self.lateness + Self.streams).contains(metric) {
            guard right.last?.isLetter == true, let duration = Duration(text: right) else {
                throw OptionError("--fail-if \"\(text)\": \(metric) is compared with a time like 20ms")
            }
            (self.value, self.unit) = (duration / .milliseconds(1), .milliseconds)
        } else if metric == "errors" {
            let isShare = right.hasSuffix("%")
            guard let number = Double(isShare ? right.dropLast() : right[...]), number >= 0 else {
                throw OptionError("--fail-if \"\(text)\": errors are compared with a number or like 0.1%")
            }
            (self.value, self.unit) = isShare ? (number / 100, .share) : (number, .number)
        } else if Self.numbers.contains(metric) {
            guard let number = Double(right) else {
                throw OptionError("--fail-if \"\(text)\": \"\(right)\" is no number")
            }
            (self.value, self.unit) = (number, .number)
        } else {
            let known = Self.latencies + ["errors"] + Self.numbers + Self.lateness + Self.streams
            let hint =
                Suggestion.nearest(to: metric.lowercased(), in: known).map { "did you mean \($0)?" }
                ?? "likeness-load run --help lists the metrics"
            throw OptionError("--fail-if \"\(text)\": there is no metric \"\(metric)\"; \(hint)")
        }
    }

    /// What a report says of the metric; `nil` when it says nothing, which fails too.
    private func measured(_ report: LoadReport) -> Double? {
        let latency = report.latency
        switch self.metric {
        case "errors": return self.unit == .share ? report.errorShare : Double(report.notAnswered)
        case "rate": return report.rate
        case "messages": return report.streams?.rate
        case "missed": return Double(report.schedule?.missed ?? 0)
        case "held": return Double(report.schedule?.held ?? 0)
        case "wrong": return report.verification.map { Double($0.wrong) }
        case "unchecked": return report.verification.map { Double($0.uncheckedHits ?? 0) }
        case "recall": return report.verification?.recall
        case "cpu": return report.tester.cpuMicrosecondsPerCall
        case "lag-p50": return report.schedule.map { $0.p50 / 1e3 }
        case "lag-p99": return report.schedule.map { $0.p99 / 1e3 }
        case "lag-p99.9": return report.schedule.map { $0.p999 / 1e3 }
        case "lag-max": return report.schedule.map { $0.max / 1e3 }
        default: break
        }
        if Self.streams.contains(self.metric), let dash = self.metric.lastIndex(of: "-") {
            let of =
                switch self.metric[..<dash] {
                case "first": report.streams?.firstMessage
                case "gap": report.streams?.gaps
                default: report.streams?.roundTrips
                }
            return of.flatMap { Self.value(String(self.metric[dash...].dropFirst()), of: $0) }
        }
        return report.calls > 0 ? Self.value(self.metric, of: latency) : nil
    }

    private static func value(_ name: String, of latency: LoadReport.Latency) -> Double? {
        switch name {
        case "min": return latency.min
        case "mean": return latency.mean
        case "p50": return latency.p50
        case "p75": return latency.p75
        case "p90": return latency.p90
        case "p95": return latency.p95
        case "p99": return latency.p99
        case "p99.9": return latency.p999
        case "p99.99": return latency.p9999
        case "max": return latency.max
        default: return nil
        }
    }

    /// One line for whoever reads the log, and whether the run has failed by it.
    package func verdict(_ report: LoadReport) -> (failed: Bool, line: String) {
        guard let measured = self.measured(report) else {
            return (true, "FAILED  \(self): the run has no \(self.metric)")
        }
        let failed =
            switch self.comparison {
            case .above: measured > self.value
            case .atLeast: measured >= self.value
            case .below: measured < self.value
            case .atMost: measured <= self.value
            }
        let text =
            switch self.unit {
            case .milliseconds: Figures.duration(milliseconds: measured)
            case .share: Figures.percent(measured)
            case .number:
                ["rate", "messages"].contains(self.metric) ? Figures.rate(measured) : Figures.digits(measured)
            }
        return (failed, "\(failed ? "FAILED" : "passed")  \(self): \(self.metric) was \(text)")
    }
}
