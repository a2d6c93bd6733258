/// How long a build still takes, if it goes on as fast as it has of late.
///
/// Adding to an HNSW graph gets slower as it grows, so only the later half of what is done counts.
struct BuildPace {
    private struct Sample {
        let time: ContinuousClock.Instant
        let done: Int
    }

    private static let samplesMax = 64
    /// Nothing is said before so much of it was seen.
    private static let leastSeen = Duration.seconds(1)

    private var samples: [Sample] = []

    /// - Parameters:
    ///   - done: Of `total`, in any unit. Less than before begins anew: it is another phase.
    /// - Returns: `nil` as long as it cannot be known.
    mutating func progressed(to done: Int, of total: Int, at time: ContinuousClock.Instant) -> Duration? {
        if let last = self.samples.last, done < last.done { self.samples = [] }
        guard done > 0, total > 0 else { return nil }
        if self.samples.last?.done != done { self.samples.append(Sample(time: time, done: done)) }
        if self.samples.count > Self.samplesMax {
            // The newer ones stay dense: the older a sample, the fewer there are beside it.
            self.samples = self.samples.enumerated().filter { $0.offset % 2 == 0 || $0.offset > Self.samplesMax / 2 }
                .map(\.element)
        }
        guard let from = self.samples.last(where: { $0.done <= done / 2 }) ?? self.samples.first, from.done < done,
            time - from.time >= Self.leastSeen
        else { return nil }
        return (time - from.time) / Double(done - from.done) * Double(max(0, total - done))
    }
}
