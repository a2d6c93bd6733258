/// How many of some times lie below each of a few bounds. A plain value: an observation allocates nothing.
package struct TimeHistogram: Sendable {
    /// Upper bounds in seconds, inclusive: those that OpenTelemetry advises for databases, and two for statements that take
    /// less than a millisecond.
    ///
    /// - SeeAlso: [Semantic conventions for database client metrics](https://opentelemetry.io/docs/specs/semconv/database/database-metrics/).
    package static let bounds = [0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]
    private static let boundNanoseconds: InlineArray<11, Int64> = [
        100_000, 500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000, 500_000_000, 1_000_000_000,
        5_000_000_000, 10_000_000_000,
    ]

    /// By bucket, the last one above all bounds; not cumulative.
    private var counts = InlineArray<12, UInt64>(repeating: 0)
    private var nanoseconds: Int64 = 0

    package init() {}

    package mutating func observe(from start: Moment, to end: Moment) {
        self.observe(nanoseconds: end.nanoseconds - start.nanoseconds)
    }

    mutating func observe(nanoseconds: Int64) {
        let nanoseconds = max(0, nanoseconds)
        var bucket = 0
        while bucket < Self.boundNanoseconds.count, Self.boundNanoseconds[bucket] < nanoseconds { bucket += 1 }
        self.counts[bucket] += 1
        self.nanoseconds &+= nanoseconds
    }

    /// By bucket, one more than there are bounds.
    package var buckets: [UInt64] { self.counts.indices.map { self.counts[$0] } }

    package var count: UInt64 { self.buckets.reduce(0, +) }

    /// Of all times.
    package var seconds: Double { Double(self.nanoseconds) / 1e9 }
}
