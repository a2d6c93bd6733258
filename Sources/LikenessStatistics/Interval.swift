/// A mean, with 95 of 100 resamplings between the bounds.
///
/// - SeeAlso: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3: the percentile interval.
package struct Interval: Sendable, Hashable, Codable {
    package let mean: Double
    package let low: Double
    package let high: Double

    /// - Parameter values: None gives 0 everywhere.
    package init(meanOf values: [Double], seed: UInt64 = 1) {
        guard !values.isEmpty else {
            (self.mean, self.low, self.high) = (0, 0, 0)
            return
        }
        var random = SplitMix64(seed: seed)
        let count = Double(values.count)
        self.mean = values.reduce(0, +) / count
        guard values.contains(where: { $0 != values[0] }) else {
            (self.low, self.high) = (self.mean, self.mean)
            return
        }
        let drawings = Resampling.drawings(of: values.count)
        let means = (0..<drawings).map { _ in
            (0..<values.count).reduce(0.0) { sum, _ in sum + values[Int.random(in: values.indices, using: &random)] }
                / count
        }
        let sorted = means.sorted()
        let tail = drawings / 40
        (self.low, self.high) = (sorted[tail], sorted[drawings - 1 - tail])
    }
}

enum Resampling {
    private static let most = 10_000
    private static let fewest = 400
    private static let valuesMax = 10_000_000

    /// How often so many values are drawn: as often as some ten million drawn values allow.
    static func drawings(of count: Int) -> Int {
        min(Self.most, max(Self.fewest, Self.valuesMax / max(1, count)))
    }
}
