/// How much better one of two ways does the same things, and whether that is more than chance. Pure.
package struct MeanDifference: Sendable, Hashable {
    /// The mean of what the second way has more than the first.
    package let mean: Interval
    /// The probability that differences with signs thrown by a coin have a mean as far from 0; 1 where nothing differs.
    package let probabilityOfChance: Double
    package let better: Int
    package let worse: Int
    package let equal: Int

    /// Differences smaller than this are none: sums of equal numbers in another order differ by less.
    private static let tolerance = 1e-9
    /// Up to so many differences each throw of the coins is looked at.
    private static let exhaustiveMax = 16

    /// - Parameter pairs: What each way gave for the same thing.
    ///
    /// - SeeAlso: Smucker, Allan and Carterette, "A comparison of statistical significance tests for information retrieval evaluation"
    ///   (2007): the randomization test.
    package init(_ pairs: [(before: Double, after: Double)], seed: UInt64 = 1) {
        let differences = pairs.map { abs($0.after - $0.before) < Self.tolerance ? 0 : $0.after - $0.before }
        self.mean = Interval(meanOf: differences, seed: seed)
        self.better = differences.count { $0 > 0 }
        self.worse = differences.count { $0 < 0 }
        self.equal = differences.count { $0 == 0 }
        self.probabilityOfChance = Self.probabilityOfChance(differences.filter { $0 != 0 }, seed: seed)
    }

    private static func probabilityOfChance(_ differences: [Double], seed: UInt64) -> Double {
        guard !differences.isEmpty else { return 1 }
        let seen = abs(differences.reduce(0, +)) - Self.tolerance
        if differences.count <= Self.exhaustiveMax {
            let throwsOfAll = 1 << differences.count
            let asFar = (0..<throwsOfAll).count { signs in
                let sum = differences.indices.reduce(0) {
                    signs >> $1 & 1 == 0 ? $0 + differences[$1] : $0 - differences[$1]
                }
                return abs(sum) >= seen
            }
            return Double(asFar) / Double(throwsOfAll)
        }
        var random = SplitMix64(seed: seed)
        let drawings = Resampling.drawings(of: differences.count)
        let asFar = (0..<drawings).count { _ in
            let sum = differences.reduce(0) { Bool.random(using: &random) ? $0 + $1 : $0 - $1 }
            return abs(sum) >= seen
        }
        // What was seen is one of the throws.
        return Double(asFar + 1) / Double(drawings + 1)
    }
}
