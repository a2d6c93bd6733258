internal import LikenessConsole
internal import LikenessStatistics

/// What judged queries gave, for people.
struct EvaluationOutput {
    let report: EvaluationReport

    func page(_ style: TerminalStyle) -> DisplayText {
        var text = self.measures(style)
        text +=
            style.dim(
                "In brackets 95 of 100 resamplings of the queries; times are of one call after the other, without embedding its text."
            ) + "\n"
        for mode in self.report.modes where mode.truncatedCount > 0 {
            text += "\(mode.mode): \(mode.truncatedCount) of \(mode.queries.count) answers were truncated\n"
        }
        for mode in self.report.modes where mode.refusedCount > 0 {
            text +=
                "\(mode.mode): \(mode.refusedCount) of \(mode.queries.count) queries cannot be asked so, and found nothing\n"
        }
        guard let comparison = self.report.comparison else { return text }
        return text + "\n" + self.compared(comparison, style)
    }

    private func measures(_ style: TerminalStyle) -> DisplayText {
        let cutoff = "@\(self.report.cutoff)"
        // Figures are not cut: where there is no room for intervals, they are left out.
        let showsIntervals = style.columns.map { $0 >= Self.columnsMin } ?? true
        func text(_ interval: Interval) -> String {
            showsIntervals ? Self.text(interval) : NumberText.fixed(interval.mean, digits: 3)
        }
        var table = Table([
            .init(title: "MODE"), .init(title: "KIND"), .init(title: "QUERIES", alignment: .right),
            .init(title: "nDCG\(cutoff)"), .init(title: "RECALL\(cutoff)"), .init(title: "MRR\(cutoff)"),
            .init(title: "p50 ms", alignment: .right),
        ])
        for mode in self.report.modes {
            for (index, one) in mode.summaries.enumerated() {
                table.add([
                    index == 0 ? mode.mode : "", one.kind.map { $0.isEmpty ? "no kind" : $0 } ?? "all",
                    String(one.queryCount), text(one.ndcg), text(one.recall), text(one.reciprocalRank),
                    NumberText.fixed(one.medianMilliseconds, digits: 1),
                ])
            }
        }
        let text = table.rendered(style: style)
        guard !showsIntervals else { return text }
        return text + style.dim("Intervals: in \(Self.columnsMin) columns and more, and by --output json.") + "\n"
    }

    private static let columnsMin = 120

    private func compared(_ comparison: EvaluationComparison, _ style: TerminalStyle) -> DisplayText {
        guard !comparison.rows.isEmpty else {
            return "The two runs share no mode and query with the same text and judgements: nothing is compared.\n"
        }
        var table = Table([
            .init(title: "MODE"), .init(title: "MEASURE"), .init(title: "BEFORE", alignment: .right),
            .init(title: "NOW", alignment: .right), .init(title: "DIFFERENCE"),
            .init(title: "CHANCE", alignment: .right),
            .init(title: "BETTER", alignment: .right), .init(title: "WORSE", alignment: .right),
            .init(title: "QUERIES", alignment: .right),
        ])
        for row in comparison.rows {
            table.add([
                row.mode, Self.name(row.measure), NumberText.fixed(row.before, digits: 3),
                NumberText.fixed(row.after, digits: 3), Self.text(row.difference, isSigned: true),
                NumberText.fixed(row.probabilityOfChance, digits: 3), String(row.betterCount), String(row.worseCount),
                String(row.queryCount),
            ])
        }
        var text = table.rendered(style: style)
        text +=
            style.dim("CHANCE: how often differences with random signs are as far from 0 (randomization test).") + "\n"
        if comparison.unpairedCount > 0 {
            let queries = "\(comparison.unpairedCount) \(comparison.unpairedCount == 1 ? "query" : "queries")"
            text += "Not compared: \(queries) of one run alone, or of another text or other judgements there.\n"
        }
        return text
    }

    private static func name(_ measure: EvaluationComparison.Measure) -> String {
        switch measure {
        case .ndcg: "nDCG"
        case .recall: "recall"
        case .reciprocalRank: "MRR"
        }
    }

    private static func text(_ interval: Interval, isSigned: Bool = false) -> String {
        func fixed(_ value: Double) -> String {
            let text = NumberText.fixed(value, digits: 3)
            return isSigned && value >= 0.0005 ? "+\(text)" : text
        }
        return "\(fixed(interval.mean)) (\(fixed(interval.low)) to \(fixed(interval.high)))"
    }
}
