internal import LikenessMessages
internal import LikenessPostgres

/// How a score and what a profile is become one:
///
///     score = (max(score, 0) + recency × R + completeness × C) / (1 + recency + completeness)
///
/// R halves with each half-life since the profile was written, C is the share of five fields that it has.
package struct BoostedScore: Sendable, Hashable {
    let recency: Double
    let halfLifeDays: Double
    let completeness: Double

    private static let halfLifeDefault = 365.0

    /// What `completeness` looks at.
    static let completenessFields = [["headline"], ["summary"], ["location"], ["experiences"], ["skills"]]

    /// - Returns: `nil` when nothing is to be gained.
    /// - Throws: `.invalidField(path: "boosts.…", …)`.
    init?(_ boosts: Boosts?) throws(RepositoryError) {
        guard let boosts else { return nil }
        guard boosts.recency > 0 || boosts.recencyHalfLifeDays == 0 else {
            throw .invalidField(path: "boosts.recency_half_life_days", reason: "is set without boosts.recency")
        }
        guard boosts.recency > 0 || boosts.completeness > 0 else { return nil }
        self.recency = boosts.recency
        self.halfLifeDays = boosts.recencyHalfLifeDays == 0 ? Self.halfLifeDefault : Double(boosts.recencyHalfLifeDays)
        self.completeness = boosts.completeness
    }

    /// What the boosts of one profile are: 0...1 each.
    struct Values: Sendable, Hashable {
        var recency: Double
        var completeness: Double

        /// More is not to be had.
        static let most = Values(recency: 1, completeness: 1)
    }

    /// What one unit of the query's score is worth.
    var share: Double { 1 / (1 + self.recency + self.completeness) }

    func score(_ score: Double, _ values: Values) -> Double {
        (max(score, 0) + self.recency * values.recency + self.completeness * values.completeness) * self.share
    }

    /// For an explanation.
    func terms(_ values: Values) -> [ScoreTerm] {
        [("recency", self.recency, values.recency), ("completeness", self.completeness, values.completeness)]
            .filter { $0.1 > 0 }
            .map { name, weight, value in
                let most = weight * self.share
                return ScoreTerm(name: name, value: value, weight: most, adds: most * value)
            }
    }
}
