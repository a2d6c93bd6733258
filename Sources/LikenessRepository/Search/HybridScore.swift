internal import LikenessPostgres

/// How one score is made of a profile's cosine similarity and its coverage of the words.
///
///     score = (max(similarity, 0) + wordsWeight × coverage³) / (1 + wordsWeight)
///
/// Both raw scores are absolute, so a profile's score does not depend on who else is in the answer, and a branch with
/// nothing to say adds nothing. The cube is what tells chance from intent: some words of a question occur in many
/// profiles, all of them in those that are meant. Found by measurement: `docs/search.md`.
///
/// A profile whose display name is the text counts with a similarity of 1.
package enum HybridScore {
    /// What full coverage of the words is worth, in units of cosine similarity.
    package static let wordsWeight = 0.3

    /// - Parameters:
    ///   - similarity: Cosine of the best section, -1...1; `nil` when none is embedded.
    ///   - coverage: 0...1; `nil` when no word occurs.
    /// - Returns: 0...1.
    package static func value(similarity: Double?, coverage: Double?) -> Double {
        let coverage = coverage ?? 0
        return (max(similarity ?? 0, 0) + self.wordsWeight * coverage * coverage * coverage) / (1 + self.wordsWeight)
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
