internal import Histogram

/// Times in nanoseconds, from a tenth of a microsecond to two minutes, to three digits.
package struct LatencyHistogram: Sendable {
    private static let longest: UInt64 = 120_000_000_000
    private var counts: Histogram<UInt64>

    package init() {
        self.counts = Histogram(
            lowestDiscernibleValue: 100,
            highestTrackableValue: Self.longest,
            numberOfSignificantValueDigits: .three
        )
    }

    package var count: Int { Int(self.counts.totalCount) }

    /// Longer times count as two minutes.
    package mutating func record(_ nanoseconds: UInt64) { self.counts.record(min(nanoseconds, Self.longest)) }

    package mutating func merge(_ other: LatencyHistogram) { self.counts.add(other.counts) }

    /// Nanoseconds that so many percent do not exceed; 0 without any.
    package func percentile(_ percent: Double) -> UInt64 {
        self.count == 0 ? 0 : min(self.counts.valueAtPercentile(percent), self.counts.max)
    }

    package var max: UInt64 { self.count == 0 ? 0 : self.counts.max }
    package var min: UInt64 { self.count == 0 ? 0 : self.counts.min }
    package var mean: Double { self.count == 0 ? 0 : self.counts.mean }
    package var standardDeviation: Double { self.count == 0 ? 0 : self.counts.stdDeviation }

    private func min(_ a: UInt64, _ b: UInt64) -> UInt64 { Swift.min(a, b) }

    /// The curve of percentiles, denser towards 100 as HdrHistogram draws it: 50, 75, 87.5 and so on, with steps between.
    package func curve(stepsPerHalf: Int = 5) -> [(percent: Double, nanoseconds: UInt64)] {
        guard self.count > 0 else { return [] }
        return self.counts.percentiles(ticksPerHalfDistance: stepsPerHalf).map { ($0.percentile, $0.value) }
    }

    /// How many lie up to each limit and above the one before; the last count is of what is above all of them.
    package func counts(upTo limits: [UInt64]) -> [Int] {
        var counts = Array(repeating: 0, count: limits.count + 1)
        for value in self.counts.recordedValues() {
            counts[limits.firstIndex { value.value <= $0 } ?? limits.count] += Int(value.count)
        }
        return counts
    }
}

/// The times of one second: a hundredth is precise enough, and an hour of them fits in memory.
package struct IntervalHistogram: Sendable {
    private static let longest: UInt64 = 120_000_000_000
    private var counts = Histogram<UInt32>(
        lowestDiscernibleValue: 1_000,
        highestTrackableValue: Self.longest,
        numberOfSignificantValueDigits: .two
    )

    package init() {}

    package mutating func record(_ nanoseconds: UInt64) { self.counts.record(Swift.min(nanoseconds, Self.longest)) }

    package mutating func merge(_ other: IntervalHistogram) { self.counts.add(other.counts) }

    package func percentile(_ percent: Double) -> UInt64 {
        self.counts.totalCount == 0 ? 0 : self.counts.valueAtPercentile(percent)
    }

    package var max: UInt64 { self.counts.totalCount == 0 ? 0 : self.counts.max }
}
