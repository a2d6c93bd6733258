/// How far a run has come.
package struct LoadProgress: Sendable {
    /// Seconds, or longer intervals, that are told.
    static let intervalsTold = 64

    /// Of the measured time.
    package var nanoseconds: UInt64
    package var isWarmingUp: Bool
    package var answered: Int
    package var failed: Int
    package var missed: Int
    package var inFlight: Int
    /// Calls that failed, by the name of their status.
    package var errors: [String: Int]
    /// The last ones, of which the very last is not over.
    package var seconds: [LoadRecord.Second]
    /// Those before them, which are not told again.
    package var secondsBefore = 0
    package var intervalSeconds = 1

    /// The intervals that are over.
    package var whole: ArraySlice<LoadRecord.Second> {
        let over = Int(self.nanoseconds / 1_000_000_000) / self.intervalSeconds
        return self.seconds.prefix(max(over - self.secondsBefore, 0))
    }

    mutating func merge(_ other: LoadProgress) {
        self.nanoseconds = max(self.nanoseconds, other.nanoseconds)
        self.isWarmingUp = self.isWarmingUp || other.isWarmingUp
        self.answered += other.answered
        self.failed += other.failed
        self.missed += other.missed
        self.inFlight += other.inFlight
        self.errors.merge(other.errors, uniquingKeysWith: +)
        let end = max(self.secondsBefore + self.seconds.count, other.secondsBefore + other.seconds.count)
        let before = max(end - Self.intervalsTold, min(self.secondsBefore, other.secondsBefore))
        self.seconds = (before..<end).map { index in
            var second = LoadRecord.Second()
            for progress in [self, other] where progress.seconds.indices.contains(index - progress.secondsBefore) {
                second.merge(progress.seconds[index - progress.secondsBefore])
            }
            return second
        }
        self.secondsBefore = before
    }
}
