/// How far a run has come.
package struct LoadProgress: Sendable {
    /// Of the measured time.
    package var nanoseconds: UInt64
    package var isWarmingUp: Bool
    package var answered: Int
    package var failed: Int
    package var missed: Int
    package var inFlight: Int
    /// Calls that failed, by the name of their status.
    package var errors: [String: Int]
    /// The last one is not over.
    package var seconds: [LoadRecord.Second]

    mutating func merge(_ other: LoadProgress) {
        self.nanoseconds = max(self.nanoseconds, other.nanoseconds)
        self.isWarmingUp = self.isWarmingUp || other.isWarmingUp
        self.answered += other.answered
        self.failed += other.failed
        self.missed += other.missed
        self.inFlight += other.inFlight
        self.errors.merge(other.errors, uniquingKeysWith: +)
        while self.seconds.count < other.seconds.count { self.seconds.append(.init()) }
        for (index, second) in other.seconds.enumerated() { self.seconds[index].merge(second) }
    }
}
