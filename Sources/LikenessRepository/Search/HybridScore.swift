internal import LikenessPostgres

/// How one score is made of how near a profile's sections are to a vector and of its coverage of the words.
///
///     similarity = nearestWeight × max(nearest, 0) + (1 − nearestWeight) × max(second, 0)
///     score      = (similarity + wordsWeight × coverage³) / (1 + wordsWeight)
///
/// Here `nearest` is the cosine of the nearest section, `second` that of the nearest one of another kind: who has done a thing, says so in the
/// summary and lists it as a skill comes before those of whom one sentence happens to be near. Where no other kind is embedded nothing speaks for
/// the profile and nothing against it: `second` is `lackingShare` of `nearest` then, which is what most have. All are absolute, so a
/// profile's score does not depend on who else is in the answer, and a branch with nothing to say adds nothing. The cube is what tells chance from
/// intent: some words of a question occur in many profiles, all of them in those that are meant. Found by measurement: `docs/search.md`.
///
/// A profile whose display name is the text counts with a similarity of 1.
package enum HybridScore {
    /// What full coverage of the words is worth, in units of similarity.
    package static let wordsWeight = 0.3
    /// What the nearest section counts of the similarity.
    package static let nearestWeight = 0.75
    /// What a kind that a profile lacks is taken to have of the similarity of the nearest section.
    package static let lackingShare = 0.7

    /// Of which sections a similarity is made.
    package enum Kinds: Hashable, Sendable {
        /// Of a profile: the nearest, and the nearest of another kind.
        case two
        /// Of the nearest alone: what a section scores, and what no section of a profile exceeds.
        case one
    }

    /// - Parameters:
    ///   - nearest: Cosine of the nearest section, -1...1; `nil` when none is embedded.
    ///   - second: Of the nearest of another kind; `nil` when there is none.
    /// - Returns: At most 1; `nil` when there is nothing to compare.
    package static func similarity(nearest: Double?, second: Double?, _ kinds: Kinds = .two) -> Double? {
        guard let nearest else { return nil }
        switch kinds {
        case .one: return nearest
        case .two:
            let second = second ?? self.lackingShare * nearest
            return self.nearestWeight * max(nearest, 0) + (1 - self.nearestWeight) * max(second, 0)
        }
    }

    /// - Parameters:
    ///   - similarity: At most 1; `nil` when there is nothing to compare.
    ///   - coverage: 0...1; `nil` when no word occurs.
    /// - Returns: 0...1.
    package static func value(similarity: Double?, coverage: Double?) -> Double {
        let coverage = coverage ?? 0
        return (max(similarity ?? 0, 0) + self.wordsWeight * coverage * coverage * coverage) / (1 + self.wordsWeight)
    }

    /// `similarity` as an SQL expression.
    static func sqlSimilarity(nearest: SQL, second: SQL, _ kinds: Kinds) -> SQL {
        switch kinds {
        case .one: nearest
        case .two:
            """
            (\(self.nearestWeight) * greatest(\(nearest), 0)
                + \(1 - self.nearestWeight) * greatest(coalesce(\(second), \(self.lackingShare) * \(nearest)), 0))
            """
        }
    }

    /// `value` as an SQL expression.
    static func sql(similarity: SQL, coverage: SQL) -> SQL {
        "(greatest(coalesce(\(similarity), 0), 0) + \(self.sqlWords(coverage))) / \(1 + self.wordsWeight)"
    }

    /// Whether the words make up more of the score than the meaning does, as an SQL condition: then a hit shows the
    /// section that holds the words.
    static func sqlPrefersWords(similarity: SQL, coverage: SQL) -> SQL {
        "\(self.sqlWords(coverage)) > coalesce(\(similarity), 0)"
    }

    /// The same of values.
    static func prefersWords(similarity: Double?, coverage: Double?) -> Bool {
        let coverage = coverage ?? 0
        return self.wordsWeight * coverage * coverage * coverage > similarity ?? 0
    }

    private static func sqlWords(_ coverage: SQL) -> SQL {
        "\(self.wordsWeight) * power(coalesce(\(coverage), 0), 3)"
    }
}
