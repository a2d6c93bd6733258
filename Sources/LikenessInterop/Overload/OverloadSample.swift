internal import Synchronization

/// What became of the calls of one phase of an overload trial.
package struct OverloadSample: Sendable {
    package internal(set) var accepted: [Duration] = []
    package internal(set) var refused: [Duration] = []
    package internal(set) var failed = 0
    package internal(set) var health: [Duration] = []
    /// When the last call was refused, from the beginning of the phase.
    package internal(set) var lastRefusal = Duration.zero
    package internal(set) var length = Duration.zero

    /// Answered calls a second.
    package var goodput: Double { Double(self.accepted.count) / (self.length / .seconds(1)) }

    /// Milliseconds; 0 without calls.
    package static func milliseconds(_ latencies: [Duration], quantile: Double) -> Double {
        let sorted = latencies.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, Int(Double(sorted.count) * quantile))] / .milliseconds(1)
    }
}

/// What the callers of a phase write into.
final class OverloadRecorder: Sendable {
    private let sample = Mutex(OverloadSample())

    func record(_ change: (inout OverloadSample) -> Void) { self.sample.withLock { change(&$0) } }

    func finished(start: ContinuousClock.Instant) -> OverloadSample {
        self.sample.withLock { sample in
            sample.length = ContinuousClock.now - start
            return sample
        }
    }
}
