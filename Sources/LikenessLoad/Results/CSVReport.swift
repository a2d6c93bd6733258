/// The seconds of a run as comma-separated values, for spreadsheets: a column for each status that came, last.
package enum CSVReport {
    package static func text(_ report: LoadReport) -> String {
        let codes = Set(report.seconds.flatMap { ($0.errors ?? [:]).keys }).sorted()
        var lines = [(["second,planned_rate,rate,failed,p50_ms,p99_ms,max_ms"] + codes).joined(separator: ",")]
        for (index, second) in report.seconds.enumerated() {
            let planned = second.plannedRate.map { Figures.decimals($0, 1) } ?? ""
            let latencies = [second.p50, second.p99, second.max].map { Figures.decimals($0, 3) }
            let errors = codes.map { String(second.errors?[$0] ?? 0) }
            let columns = [String(index), planned, Figures.decimals(second.rate, 1), String(second.failed)]
            lines.append((columns + latencies + errors).joined(separator: ","))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
