package import LikenessMessages

/// How relevant hits of a score are: the share of hits with such a score that were judged to answer their query.
///
/// Linear between its knots, level beyond the first and the last, and nowhere falling. `RelevanceTable+Measured.swift` has the tables.
package struct RelevanceTable: Sendable, Hashable {
    package struct Knot: Sendable, Hashable {
        /// On the scale of `Hit.score`, not below 0.
        package let score: Double
        /// 0.005...1.
        package let relevance: Double
    }

    /// As `QueryResponse.relevance_table` has it.
    package let name: String
    /// By ascending score and relevance, two at least.
    package let knots: [Knot]

    init(_ name: String, _ knots: [(score: Double, relevance: Double)]) {
        self.name = name
        self.knots = knots.map { Knot(score: $0.score, relevance: $0.relevance) }
        precondition(self.knots.count > 1 && self.knots[0].score >= 0 && self.knots[0].relevance > 0)
        precondition(
            zip(self.knots, self.knots.dropFirst()).allSatisfy { $0.score < $1.score && $0.relevance < $1.relevance }
        )
    }

    /// The least and the most that a hit can have.
    package var range: ClosedRange<Double> {
        self.knots[0].relevance...self.knots[self.knots.count - 1].relevance
    }

    package func relevance(of score: Double) -> Double {
        guard let next = self.knots.firstIndex(where: { $0.score > score }) else { return self.range.upperBound }
        guard next > 0 else { return self.range.lowerBound }
        let (low, high) = (self.knots[next - 1], self.knots[next])
        let share = (score - low.score) / (high.score - low.score)
        return min(low.relevance + share * (high.relevance - low.relevance), high.relevance)
    }

    /// The least score of that relevance: hits that score less are less relevant, and no others are.
    ///
    /// - Parameter relevance: Within ``range``.
    /// - Returns: `nil` where all scores have it.
    package func leastScore(of relevance: Double) -> Double? {
        guard relevance > self.range.lowerBound else { return nil }
        guard let reached = self.knots.firstIndex(where: { $0.relevance >= relevance }) else {
            preconditionFailure("no score has a relevance of \(relevance)")
        }
        // Halved down to neighbours: what division rounds has no part in who is left out.
        var (less, enough) = (self.knots[reached - 1].score, self.knots[reached].score)
        while less.nextUp < enough {
            let middle = less + (enough - less) / 2
            if self.relevance(of: middle) < relevance { less = middle } else { enough = middle }
        }
        return enough
    }
}

/// Whether it is known how relevant the hits of a query are.
package enum QueryRelevance: Sendable {
    case known(RelevanceTable)
    /// Why it is not, as the end of a sentence.
    case unknown(String)

    package var table: RelevanceTable? {
        if case .known(let table) = self { table } else { nil }
    }

    /// Of one text.
    ///
    /// - Parameter model: That its vector is of; empty by words alone.
    package static func of(_ mode: SearchMode, model: String = "") -> QueryRelevance {
        let name =
            switch mode {
            case .text: "text"
            case .vector: "vector/\(model)"
            case .hybrid, .unspecified, .unrecognized: "hybrid/\(model)"
            }
        let table = RelevanceTable.all.first { $0.name == name }
        return table.map { .known($0) } ?? .unknown("nothing was judged with the model \(model)")
    }
}

extension SearchQuery {
    /// Sets the minimum of the score, the stricter of two, once all else is set. What changes the scores, or what is scored, leaves hits without a
    /// relevance.
    ///
    /// - Parameters:
    ///   - score: As ``minScore``.
    ///   - relevance: 0...1; 0 for none.
    /// - Throws: `.invalidField`: hits of this query have no relevance, or none has that much.
    package mutating func setMinimum(score: Double, relevance: Double) throws(RepositoryError) {
        if case .scores(_?, _)? = self.refinement?.choice { self.relevance = .unknown("boosts change the scores") }
        if self.view?.weights.areEqual == false { self.relevance = .unknown("the mask weighs sections") }
        if self.groupBy == .section { self.relevance = .unknown("profiles were judged, not their sections") }
        self.minScore = score
        guard relevance > 0 else { return }
        switch self.relevance {
        case .unknown(let reason):
            throw .invalidField(
                path: "min_relevance",
                reason: "is set, but how relevant hits are is not known: \(reason)"
            )
        case .known(let table):
            let most = table.range.upperBound
            guard relevance <= most else {
                throw .invalidField(
                    path: "min_relevance",
                    reason: "is above \(most), the most that hits of this mode have"
                )
            }
            if let least = table.leastScore(of: relevance) { self.minScore = score == 0 ? least : max(score, least) }
        }
    }
}

extension [Hit] {
    /// With the relevance that their scores have.
    func rated(by table: RelevanceTable?) -> [Hit] {
        guard let table else { return self }
        return self.map { hit in
            var hit = hit
            hit.relevance = table.relevance(of: hit.score)
            return hit
        }
    }
}
