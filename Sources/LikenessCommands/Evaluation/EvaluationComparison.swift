package import LikenessStatistics

/// The same queries, asked before and now.
package struct EvaluationComparison: Sendable, Codable {
    package struct Row: Sendable, Codable {
        package let mode: String
        package let measure: Measure
        package let queryCount: Int
        package let before: Double
        package let after: Double
        package let difference: Interval
        package let probabilityOfChance: Double
        package let betterCount: Int
        package let worseCount: Int
    }

    package enum Measure: String, Sendable, Codable, CaseIterable {
        case ndcg, recall, reciprocalRank

        func value(_ measures: RankingMeasures) -> Double {
            switch self {
            case .ndcg: measures.ndcg
            case .recall: measures.recall
            case .reciprocalRank: measures.reciprocalRank
            }
        }
    }

    /// For each mode that both have, each measure.
    package let rows: [Row]
    /// Queries that in a mode which both have only one of them has, or has with another text or other judgements. Each once.
    package let unpairedCount: Int

    package init(before: [EvaluationReport.Mode], after: [EvaluationReport.Mode]) {
        var rows: [Row] = []
        var unpaired: Set<String> = []
        for now in after {
            guard let earlier = before.first(where: { $0.mode == now.mode }) else { continue }
            let known = Dictionary(earlier.queries.map { ($0.id, $0) }) { first, _ in first }
            var pairs: [(before: RankingMeasures, after: RankingMeasures)] = []
            var others = Set(known.keys)
            for query in now.queries {
                if let other = known[query.id], query.isComparable(with: other) {
                    pairs.append((other.measures, query.measures))
                    others.remove(query.id)
                } else {
                    others.insert(query.id)
                }
            }
            unpaired.formUnion(others)
            for measure in Measure.allCases where !pairs.isEmpty {
                let values = pairs.map { (before: measure.value($0.before), after: measure.value($0.after)) }
                let difference = MeanDifference(values)
                let count = Double(values.count)
                rows.append(
                    Row(
                        mode: now.mode,
                        measure: measure,
                        queryCount: values.count,
                        before: values.reduce(0) { $0 + $1.before } / count,
                        after: values.reduce(0) { $0 + $1.after } / count,
                        difference: difference.mean,
                        probabilityOfChance: difference.probabilityOfChance,
                        betterCount: difference.better,
                        worseCount: difference.worse
                    )
                )
            }
        }
        self.rows = rows
        self.unpairedCount = unpaired.count
    }
}

extension EvaluationReport.Query {
    /// Whether measures of both are of the same question.
    fileprivate func isComparable(with other: Self) -> Bool {
        guard self.text == other.text else { return false }
        guard let own = self.relevant, let others = other.relevant else { return true }
        return own == others
    }
}
