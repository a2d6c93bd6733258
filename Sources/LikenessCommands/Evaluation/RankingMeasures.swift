internal import Foundation

/// How good a ranking is, by the grades that its places were judged with.
package struct RankingMeasures: Sendable, Hashable, Codable {
    /// Normalised discounted cumulative gain, 0 to 1: the sum of (2^grade − 1) / log₂(place + 1), divided by that of the best ranking
    /// there could be.
    ///
    /// - SeeAlso: Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002); the gain of Burges et al.,
    ///   "Learning to rank using gradient descent" (2005).
    package let ndcg: Double
    /// The share of all relevant ones that are found, 0 to 1. Where more are relevant than the ranking has places, 1 is out of reach.
    package let recall: Double
    /// 1 / place of the first relevant one; 0 without one.
    package let reciprocalRank: Double

    /// - Parameters:
    ///   - found: The grades of the hits, best first; 0 and less is not relevant.
    ///   - judged: The grades of all that were judged; one at least is above 0.
    ///   - cutoff: How many places count.
    package init(found: [Int], judged: [Int], cutoff: Int) {
        let found = found.prefix(cutoff).map { max(0, $0) }
        let relevant = judged.filter { $0 > 0 }.sorted(by: >)
        let ideal = Self.gain(Array(relevant.prefix(cutoff)))
        self.ndcg = ideal > 0 ? Self.gain(found) / ideal : 0
        self.recall = relevant.isEmpty ? 0 : Double(found.count { $0 > 0 }) / Double(relevant.count)
        self.reciprocalRank = found.firstIndex { $0 > 0 }.map { 1 / Double($0 + 1) } ?? 0
    }

    private static func gain(_ grades: [Int]) -> Double {
        grades.enumerated().reduce(0) { $0 + (exp2(Double($1.element)) - 1) / log2(Double($1.offset) + 2) }
    }
}
