package import Foundation
package import LikenessStatistics

/// What judged queries gave, in each mode.
package struct EvaluationReport: Sendable, Codable {
    package struct Query: Sendable, Codable {
        package let id: String
        package let text: String
        package let kind: String
        /// The grades of the relevant profiles, by the names that they were judged by; absent in reports of earlier versions.
        package let relevant: [String: Int]?
        package let measures: RankingMeasures
        /// Without those in which the service embedded the text: the first mode that needs its vector would pay for the others.
        package let milliseconds: Double
        /// Slugs, best first; ids of those that have none or do not show it.
        package let hits: [String]
    }

    package struct Mode: Sendable, Codable {
        package let mode: String
        package let queries: [Query]
        /// Answers of which the service said that something was left out.
        package let truncatedCount: Int
        /// Queries that the service does not take in this mode: they have found nothing.
        package let refusedCount: Int
        /// Of all queries, and then of each kind where there are several.
        package let summaries: [Summary]

        package init(mode: String, queries: [Query], truncatedCount: Int, refusedCount: Int) {
            self.mode = mode
            self.queries = queries
            self.truncatedCount = truncatedCount
            self.refusedCount = refusedCount
            let kinds = Dictionary(grouping: queries, by: \.kind)
            var summaries = [Summary(kind: nil, of: queries)]
            if kinds.count > 1 {
                summaries += kinds.sorted { $0.key < $1.key }.map { Summary(kind: $0.key, of: $0.value) }
            }
            self.summaries = summaries
        }
    }

    package struct Summary: Sendable, Codable {
        /// Absent for queries of all kinds.
        package let kind: String?
        package let queryCount: Int
        package let ndcg: Interval
        package let recall: Interval
        package let reciprocalRank: Interval
        package let medianMilliseconds: Double

        fileprivate init(kind: String?, of queries: [Query]) {
            self.kind = kind
            self.queryCount = queries.count
            self.ndcg = Interval(meanOf: queries.map(\.measures.ndcg))
            self.recall = Interval(meanOf: queries.map(\.measures.recall))
            self.reciprocalRank = Interval(meanOf: queries.map(\.measures.reciprocalRank))
            self.medianMilliseconds = Samples.median(queries.map(\.milliseconds))
        }
    }

    /// Of the set of queries.
    package let name: String
    /// Places that count.
    package let cutoff: Int
    package let modes: [Mode]
    package let comparison: EvaluationComparison?

    package init(name: String, cutoff: Int, modes: [Mode], before: EvaluationReport? = nil) {
        self.name = name
        self.cutoff = cutoff
        self.modes = modes
        self.comparison = before.map { EvaluationComparison(before: $0.modes, after: modes) }
    }

    /// Reads what `--output json` printed.
    package init(json: Data) throws(JudgedQueries.Fault) {
        do {
            self = try JSONDecoder().decode(Self.self, from: json)
        } catch {
            throw JudgedQueries.Fault(description: "is not what likeness eval --output json printed")
        }
        for query in self.modes.flatMap(\.queries) {
            let measures = query.measures
            guard [measures.ndcg, measures.recall, measures.reciprocalRank].allSatisfy({ (0...1).contains($0) }) else {
                throw JudgedQueries.Fault(
                    description: "query \"\(query.id)\" has a measure that is not between 0 and 1"
                )
            }
        }
    }
}
