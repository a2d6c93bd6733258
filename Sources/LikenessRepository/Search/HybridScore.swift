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
/// Through a view whose kinds do not count the same, a similarity above 0 is multiplied by the weight of its kind, 0...1, and what of the second
/// is not counted so is taken for lacking:
///
///     second = weight × similarity + (1 − weight) × lackingShare × max(nearest, 0), at most nearest
///
/// So a section of a kind that counts little says little, for the profile or against it: with a similarity of `lackingShare` of the nearest or more
/// none makes a profile score less than it would without.
///
/// A profile whose display name is the text counts with a similarity of 1. One that is called nearly so, or partly, counts with
///
///     name = held × (namedShare + (1 − namedShare) × named)
///
/// and with a little of its similarity, which puts in order people whose names hold as much of a text:
///
///     name + similarShare × (1 − name) × max(similarity, 0)
///
/// where that is more than the similarity alone: `held` is how much of the words' weights its display name alone holds, and `named` how much of
/// the display name's words is among those that are looked for. A text that has less than `nameMin` to do with a name is no name.
package enum HybridScore {
    /// What full coverage of the words is worth, in units of similarity.
    package static let wordsWeight = 0.3
    /// What the nearest section counts of the similarity.
    package static let nearestWeight = 0.75
    /// What a kind that a profile lacks is taken to have of the similarity of the nearest section.
    package static let lackingShare = 0.7

    /// The least share of the words' weights that a name holds.
    static let nameMin = 0.4
    /// What a name counts of which next to nothing is asked for.
    static let namedShare = 0.75
    /// What the similarity counts of what a name leaves to 1: it puts names that count the same in order.
    static let similarShare = 0.02

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

    /// What a section of another kind counts as second, as an SQL expression.
    ///
    /// - Parameters:
    ///   - weighted: Its similarity, multiplied by the weight of its kind where it is above 0.
    ///   - weight: 0...1.
    ///   - nearest: The weighted similarity of the nearest section, which is no less than `weighted`.
    static func sqlSecond(weighted: SQL, weight: SQL, nearest: SQL) -> SQL {
        "least(\(weighted) + (1 - \(weight)) * \(self.lackingShare) * greatest(\(nearest), 0), \(nearest))"
    }

    /// The most that a name counts as similarity, of a profile with so much of the words.
    private static func nameMax(coverage: Double) -> Double { coverage >= self.nameMin ? coverage : 0 }

    /// The most that counts as similarity, of a profile that is so similar and has so much of the words.
    static func namedMax(similarity: Double?, coverage: Double) -> Double {
        let (similarity, name) = (similarity ?? -1, self.nameMax(coverage: coverage))
        return max(similarity, name + self.similarShare * (1 - name) * max(similarity, 0))
    }

    /// What counts as similarity where a name does, as an SQL expression.
    ///
    /// - Parameters:
    ///   - similarity: At most 1; null where there is nothing to compare.
    ///   - name: 0...1; null where the text is no name.
    static func sqlNamed(similarity: SQL, name: SQL) -> SQL {
        "greatest(\(similarity), \(name) + \(self.similarShare) * (1 - \(name)) * greatest(\(similarity), 0))"
    }

    /// `namedMax` as an SQL expression.
    static func sqlNamedMax(similarity: SQL, coverage: SQL) -> SQL {
        let named = self.sqlNamed(similarity: similarity, name: coverage)
        return "CASE WHEN \(coverage) >= \(self.nameMin) THEN \(named) ELSE \(similarity) END"
    }

    /// What a name counts as similarity, as an SQL expression: 0...1.
    static func sqlName(held: SQL, named: SQL) -> SQL {
        "\(held) * (\(self.namedShare) + \(1 - self.namedShare) * \(named))"
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
