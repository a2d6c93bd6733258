internal import CoreMetrics
internal import Synchronization

/// The value of one series; what it is for depends on its family's kind.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let total = Mutex(0.0)

    var value: Double { self.total.withLock { $0 } }

    func increment(by amount: Int64) { self.increment(by: Double(amount)) }

    /// Counters do not fall: what is negative or no number is left out.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        self.total.withLock { $0 += amount }
    }

    func reset() { self.total.withLock { $0 = 0 } }
}

final class GaugeSeries: RecorderHandler, MeterHandler {
    private let current = Mutex(0.0)

    var value: Double { self.current.withLock { $0 } }

    func record(_ value: Int64) { self.set(Double(value)) }
    func record(_ value: Double) { self.set(value) }
    func set(_ value: Int64) { self.set(Double(value)) }
    func set(_ value: Double) { self.current.withLock { $0 = value } }
    func increment(by amount: Double) { self.current.withLock { $0 += amount } }
    func decrement(by amount: Double) { self.current.withLock { $0 -= amount } }
}

/// How many values lie below each bound.
final class HistogramSeries: RecorderHandler, TimerHandler {
    struct Counts: Sendable {
        /// By bucket, the last one above all bounds; not cumulative.
        var buckets: [UInt64]
        var sum = 0.0
    }

    /// Ascending upper bounds, inclusive.
    let bounds: [Double]
    private let counts: Mutex<Counts>

    init(bounds: [Double]) {
        self.bounds = bounds
        self.counts = Mutex(Counts(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    /// Of one that is kept elsewhere.
    init(_ counts: HistogramCounts) {
        self.bounds = counts.bounds
        self.counts = Mutex(Counts(buckets: counts.buckets, sum: counts.sum))
    }

    var value: Counts { self.counts.withLock { $0 } }

    func record(_ value: Int64) { self.record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = self.bucket(of: value)
        self.counts.withLock { counts in
            counts.buckets[bucket] += 1
            counts.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { self.record(Double(duration) / 1e9) }

    /// The first whose bound is not below the value.
    private func bucket(of value: Double) -> Int {
        var (low, high) = (0, self.bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if self.bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
