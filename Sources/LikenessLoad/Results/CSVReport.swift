/// Figures as comma-separated values, for spreadsheets.
package enum CSVReport {
    /// A line for each second, with the messages of streams if there were any, and a column for each status that came, last.
    package static func text(_ report: LoadReport) -> String {
        let codes = Set(report.seconds.flatMap { ($0.errors ?? [:]).keys }).sorted()
        let streams = report.streams == nil ? [] : ["messages"]
        var lines = [
            (["second,planned_rate,rate,failed,p50_ms,p99_ms,max_ms"] + streams + codes).joined(separator: ",")
        ]
        for (index, second) in report.seconds.enumerated() {
            let planned = second.plannedRate.map { Figures.decimals($0, 1) } ?? ""
            let latencies = [second.p50, second.p99, second.max].map { Figures.decimals($0, 3) }
            let errors = codes.map { String(second.errors?[$0] ?? 0) }
            let columns = [
                String(index * (report.intervalSeconds ?? 1)), planned, Figures.decimals(second.rate, 1),
                String(second.failed),
            ]
            let messages = streams.map { _ in Figures.decimals(second.messages ?? 0, 1) }
            lines.append((columns + latencies + messages + errors).joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A line for each step of the plan; the heading alone when the run had one rate.
    package static func steps(_ report: LoadReport) -> String {
        var lines = [
            "step,start_s,seconds,planned_rate,planned_rate_end,rate,requests,answered,failed,missed,p50_ms,p99_ms,max_ms"
        ]
        for (index, step) in (report.steps ?? []).enumerated() {
            let rates = [step.plannedRate, step.plannedRateEnd ?? step.plannedRate, step.rate]
            let counts = [step.calls + step.failed + step.missed, step.calls, step.failed, step.missed]
            let latencies = [step.latency.p50, step.latency.p99, step.latency.max]
            let columns =
                [String(index + 1)] + [step.startSeconds, step.seconds].map { Figures.decimals($0, 3) }
                + rates.map { Figures.decimals($0, 1) } + counts.map(String.init)
                + latencies.map { Figures.decimals($0, 3) }
            lines.append(columns.joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
