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
        let means = (0..<Resampling.count).map { _ in
            (0..<values.count).reduce(0.0) { sum, _ in sum + values[Int.random(in: values.indices, using: &random)] }
                / count
        }
        let sorted = means.sorted()
        let tail = Resampling.count / 40
        (self.low, self.high) = (sorted[tail], sorted[Resampling.count - 1 - tail])
    }
}

enum Resampling {
    static let count = 10_000
}
