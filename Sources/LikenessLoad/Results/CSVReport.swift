/// The seconds of a run as comma-separated values, for spreadsheets.
package enum CSVReport {
    package static func text(_ report: LoadReport) -> String {
        var lines = ["second,planned_rate,rate,failed,p50_ms,p99_ms,max_ms"]
        for (index, second) in report.seconds.enumerated() {
            let planned = second.plannedRate.map { Figures.decimals($0, 1) } ?? ""
            let latencies = [second.p50, second.p99, second.max].map { Figures.decimals($0, 3) }
            lines.append(
                ([String(index), planned, Figures.decimals(second.rate, 1), String(second.failed)] + latencies)
                    .joined(separator: ",")
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
