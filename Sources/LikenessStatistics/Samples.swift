internal import Foundation

/// Whether two sets of figures differ by more than chance, without assuming how they are distributed. Pure.
package enum Samples {
    package static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Probability that samples this different come from one distribution (Mann–Whitney, both sides).
    ///
    /// - SeeAlso: Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than the
    ///   other" (1947); normal approximation with the correction for ties and for continuity.
    package static func probabilityOfChance(_ a: [Double], _ b: [Double]) -> Double {
        guard !a.isEmpty, !b.isEmpty else { return 1 }
        let all = (a.map { ($0, true) } + b.map { ($0, false) }).sorted { $0.0 < $1.0 }
        var rankSum = 0.0
        var ties = 0.0
        var index = 0
        while index < all.count {
            var end = index
            while end < all.count, all[end].0 == all[index].0 { end += 1 }
            // Equal values share the mean of their ranks, which begin at 1.
            let rank = Double(index + end + 1) / 2
            let count = Double(end - index)
            rankSum += rank * Double(all[index..<end].count { $0.1 })
            ties += count * count * count - count
            index = end
        }
        let (m, n) = (Double(a.count), Double(b.count))
        let u = rankSum - m * (m + 1) / 2
        let variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
        guard variance > 0 else { return 1 }
        let z = max(abs(u - m * n / 2) - 0.5, 0) / variance.squareRoot()
        return erfc(z / 2.0.squareRoot())
    }

    /// How much larger the median of `b` is than that of `a`, as a share, with 95 of 100 resamplings between the bounds.
    ///
    /// Neighbouring seconds resemble each other, so whole blocks of them are drawn.
    ///
    /// - SeeAlso: Künsch, "The jackknife and the bootstrap for general stationary observations" (1989).
    package static func change(
        from a: [Double],
        to b: [Double],
        seed: UInt64 = 1
    ) -> (value: Double, low: Double, high: Double) {
        var random = SplitMix64(seed: seed)
        func ratio(_ a: [Double], _ b: [Double]) -> Double {
            let base = Self.median(a)
            return base > 0 ? Self.median(b) / base - 1 : 0
        }
        func resampled(_ values: [Double]) -> [Double] {
            let block = max(1, min(3, values.count / 4))
            var drawn: [Double] = []
            while drawn.count < values.count {
                let start = Int.random(in: 0...(values.count - block), using: &random)
                drawn += values[start..<(start + block)]
            }
            return Array(drawn.prefix(values.count))
        }
        let ratios = (0..<2_000).map { _ in ratio(resampled(a), resampled(b)) }.sorted()
        return (ratio(a, b), ratios[50], ratios[1_949])
    }
}
