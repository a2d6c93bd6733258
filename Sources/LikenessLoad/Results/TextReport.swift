internal import Foundation
internal import LikenessConsole

/// A report for people, as plain lines.
package struct TextReport: Sendable {
    private let report: LoadReport
    private let showsSchedule: Bool

    /// - Parameter showsSchedule: With the histogram of actual minus planned send times.
    package init(_ report: LoadReport, showsSchedule: Bool = false) {
        self.report = report
        self.showsSchedule = showsSchedule
    }

    package var text: String {
        var lines = self.head
        lines += self.latencies
        if self.report.kinds.count > 1 { lines += self.kinds }
        if let streams = self.report.streams { lines += self.streams(streams) }
        if let steps = self.report.steps { lines += self.steps(steps) }
        if self.report.seconds.count > 2 { lines += self.series }
        if let schedule = self.report.schedule { lines += self.schedule(schedule) }
        lines += self.errors
        lines += self.wrongAnswers
        lines += self.tester
        return lines.joined(separator: "\n")
    }

    private var head: [String] {
        let report = self.report
        let run = report.run
        let how =
            run.loop == "open"
            ? "open loop, \(run.arrivals ?? "") arrivals, \(run.rates ?? Figures.rate(report.plannedRate ?? 0) + "/s") planned"
            : "closed loop, \(run.concurrency == 1 ? "1 call" : "\(run.concurrency ?? 0) calls") at once"
        let connections = run.connections == 1 ? "1 connection" : "\(run.connections) connections"
        let failedShare = Figures.percent(Double(report.failed) / Double(max(report.calls + report.failed, 1)))
        var lines = [
            run.label, how, "\(connections), \(run.timeText) after \(Figures.digits(run.warmUpSeconds)) s of warm-up",
            "",
            Self.row("rate", "\(Figures.rate(report.rate))/s"),
            Self.row("answered", Figures.count(report.calls)),
            Self.row("failed", report.failed == 0 ? "0" : "\(Figures.count(report.failed)) (\(failedShare))"),
        ]
        if let schedule = report.schedule, schedule.missed > 0 {
            lines.append(Self.row("never sent", Figures.count(schedule.missed)))
        }
        if let verification = report.verification {
            let hits = verification.uncheckedHits ?? 0
            let unchecked = hits > 0 ? ", \(Figures.count(hits)) hits of unknown score" : ""
            let recall = verification.recall.map { ", recall \(Figures.decimals($0, 4))" } ?? ""
            lines.append(
                Self.row(
                    "checked",
                    "\(Figures.count(verification.checked)), \(Figures.count(verification.wrong)) wrong\(recall)\(unchecked)"
                )
            )
        }
        lines.append(
            Self.row(
                "sent",
                Figures.bytes(Double(report.bytesSent)) + ", received " + Figures.bytes(Double(report.bytesReceived))
            )
        )
        if report.messagesReceived > 0 || report.messagesSent ?? 0 > 0 {
            let counts = [(report.messagesSent ?? 0, "sent"), (report.messagesReceived, "received")]
            let texts = counts.filter { $0.0 > 0 }.map { "\(Figures.count($0.0)) \($0.1)" }
            lines.append(Self.row("messages", texts.joined(separator: ", ")))
        }
        let made = report.handshakes
        lines.append(
            Self.row(
                "handshakes",
                "\(made.count) \(made.version), median \(Figures.duration(milliseconds: made.tlsMedian)), slowest \(Figures.duration(milliseconds: made.tlsMax))"
                    + (made.reconnects > 0 ? ", \(made.reconnects) reconnects" : "")
            )
        )
        return lines
    }

    private static func row(_ name: String, _ value: String) -> String {
        "  " + name.padding(toLength: 12, withPad: " ", startingAt: 0) + value
    }

    private var latencies: [String] {
        guard self.report.calls > 0 else { return [] }
        let latency = self.report.latency
        let origin = self.report.run.loop == "open" ? "from the planned send time" : "from sending; hides stalls"
        let values = [
            ("min", latency.min), ("mean", latency.mean), ("p50", latency.p50), ("p90", latency.p90),
            ("p95", latency.p95),
            ("p99", latency.p99), ("p99.9", latency.p999), ("p99.99", latency.p9999), ("max", latency.max),
        ]
        return ["", "latency (\(origin))"] + values.map { Self.row($0.0, Figures.duration(milliseconds: $0.1)) }
    }

    private var kinds: [String] {
        ["", "by kind          rate      failed         p50         p99"]
            + self.report.kinds.map { kind in
                "  " + kind.name.padding(toLength: 10, withPad: " ", startingAt: 0)
                    + Self.right("\(Figures.rate(kind.rate))/s", 11) + Self.right(Figures.count(kind.failed), 10)
                    + Self.right(Figures.duration(milliseconds: kind.latency.p50), 12)
                    + Self.right(Figures.duration(milliseconds: kind.latency.p99), 12)
            }
    }

    private func streams(_ streams: LoadReport.Streams) -> [String] {
        var lines = ["", "streams", Self.row("messages", "\(Figures.rate(streams.rate))/s")]
        if streams.open > 0 { lines.append(Self.row("open", "\(Figures.count(streams.open)) at the end of the run")) }
        let rows = [
            ("first message", streams.firstMessage), ("between two", streams.gaps), ("round trip", streams.roundTrips),
        ].compactMap { name, latency in latency.map { (name, $0) } }
        guard !rows.isEmpty else { return lines }
        let columns = ["mean", "p50", "p90", "p99", "p99.9", "max"]
        lines.append(String(repeating: " ", count: 16) + columns.map { Self.right($0, 10) }.joined())
        for (name, latency) in rows {
            let values = [latency.mean, latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
            lines.append(
                "  " + name.padding(toLength: 14, withPad: " ", startingAt: 0)
                    + values.map { Self.right(Figures.duration(milliseconds: $0), 10) }.joined()
            )
        }
        return lines
    }

    private func steps(_ steps: [LoadReport.Step]) -> [String] {
        let planned = steps.map(\.plannedText)
        let width = max(planned.map(\.count).max() ?? 0, 7)
        let head =
            "  from  " + Self.right("planned", width)
            + ["answered", "requests", "failed"].map { Self.right($0, 11) }.joined()
            + ["p50", "p99", "max"].map { Self.right($0, 11) }.joined()
        return ["", "by step", head]
            + zip(steps, planned).map { step, planned in
                let counts = [
                    "\(Figures.rate(step.rate))/s", Figures.count(step.calls + step.failed + step.missed),
                    Figures.count(step.failed + step.missed),
                ]
                let times = [step.latency.p50, step.latency.p99, step.latency.max].map {
                    step.calls > 0 ? Figures.duration(milliseconds: $0) : "–"
                }
                return Self.right("\(Figures.digits(step.startSeconds)) s", 7) + " " + Self.right(planned, width)
                    + (counts + times).map { Self.right($0, 11) }.joined()
            }
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }

    private var series: [String] {
        let seconds = self.report.seconds
        // The whole run, however long: the second that stands out is the one that is shown.
        func row(_ name: String, _ values: [Double], showsLowest: Bool = false, _ text: (Double) -> String) -> String {
            let plot = Sparkline.text(ofAll: values, width: 40, showsLowest: showsLowest)
            return Self.row(name, "\(plot)  \(text(values.min() ?? 0)) to \(text(values.max() ?? 0))")
        }
        var lines = [
            "", "over time",
            row("rate", seconds.map(\.rate), showsLowest: true) { "\(Figures.rate($0))/s" },
        ]
        if self.report.isStreamsAlone { lines.removeLast() }
        if self.report.calls > 0 {
            lines.append(row("p99", seconds.map(\.p99)) { Figures.duration(milliseconds: $0) })
        }
        if self.report.streams != nil {
            lines.append(
                row("messages", seconds.map { $0.messages ?? 0 }, showsLowest: true) { "\(Figures.rate($0))/s" }
            )
        }
        if self.report.failed > 0 {
            lines.append(
                row("failed", seconds.map { Double($0.failed) / Double(self.report.intervalSeconds ?? 1) }) {
                    "\(Figures.rate($0))/s"
                }
            )
        }
        return lines
    }

    private func schedule(_ schedule: LoadReport.Schedule) -> [String] {
        func time(_ microseconds: Double) -> String { Figures.duration(nanoseconds: microseconds * 1e3) }
        var lines = [
            "", "schedule: sent later than planned by",
            "  p50 \(time(schedule.p50)), p99 \(time(schedule.p99)), p99.9 \(time(schedule.p999)), max \(time(schedule.max))",
        ]
        guard self.showsSchedule else { return lines }
        let total = max(schedule.histogram.reduce(0) { $0 + $1.count }, 1)
        let most = max(schedule.histogram.map(\.count).max() ?? 1, 1)
        for bar in schedule.histogram {
            let label = bar.upTo.map { $0 < 1_000 ? "≤ \(Int($0)) µs" : "≤ \(Int($0 / 1_000)) ms" } ?? "more"
            let length = Int((Double(bar.count) / Double(most) * 40).rounded(.up))
            lines.append(
                "  " + Self.right(label, 9) + Self.right(Figures.count(bar.count), 11)
                    + Self.right(Figures.decimals(Double(bar.count) / Double(total) * 100, 2) + "%", 9) + "  "
                    + String(repeating: "█", count: length)
            )
        }
        return lines
    }

    private var errors: [String] {
        guard !self.report.errors.isEmpty else { return [] }
        return ["", "errors"]
            + self.report.errors.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { code, count in
                let example = self.report.errorMessages[code].map { ": \(Self.said($0))" } ?? ""
                return "  \(Figures.count(count)) × \(code)\(example)"
            }
    }

    private var wrongAnswers: [String] {
        guard let verification = self.report.verification, verification.wrong > 0 else { return [] }
        let faults = verification.faults.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return [
            "", "wrong answers: " + faults.map { "\(Figures.count($0.value)) × \($0.key)" }.joined(separator: ", "),
        ]
            + (verification.examples ?? []).map { "  \(Self.said($0))" }
    }

    /// What a server wrote, as part of one line: it may hold lines that look like this report's.
    private static func said(_ text: String) -> String { TerminalText.fitted(text, to: 400) }

    private var tester: [String] {
        let tester = self.report.tester
        let isCalled = self.report.calls + self.report.failed > 0
        let perCall = isCalled ? "\(Figures.digits(tester.cpuMicrosecondsPerCall)) µs of CPU a call, " : ""
        let machine =
            tester.machinePercent.map { ", whole machine \(Figures.digits($0))% of \(tester.cores) cores" } ?? ""
        return [
            "",
            "tester: \(perCall)\(Figures.digits(tester.cpuPercent))% of a core\(machine)",
        ] + tester.warnings.map { "warning: \($0)" }
    }
}
