/// Which rate to try next when the highest that meets a goal is wanted. Pure: it is told how each trial ended.
///
/// Doubles until a rate misses, and halves the interval between the highest that held and the lowest that missed. Then
/// it tries both again: one lucky trial is not a limit, nor are two unlucky ones. A rate whose trials disagree is tried
/// until the majority is clear.
package struct LimitSearch: Sendable {
    private struct Tally: Sendable {
        var met = 0
        var missed = 0

        var holds: Bool { self.met > self.missed }
        var fails: Bool { self.missed > self.met }
        var isOpen: Bool { self.met == self.missed }
        /// Held twice more often than it missed, or missed three times more often: what else the machine does spoils
        /// trials, and mends none.
        var isSure: Bool { self.met - self.missed >= 2 || self.missed - self.met >= 3 }
    }

    /// After so many a finer answer is not to be had: the service is too unsteady.
    static let trialsMax = 40

    private let start: Double
    private let lowest: Double
    private let highest: Double
    /// How near the limit is wanted: 0.05 for five hundredths.
    private let resolution: Double
    private var tallies: [Double: Tally] = [:]
    private var trials = 0
    /// The rate to try, or `nil` when the search is over.
    package private(set) var next: Double?

    /// - Parameters:
    ///   - start: First rate that is tried.
    ///   - highest: No higher one is.
    package init(start: Double, lowest: Double = 1, highest: Double, resolution: Double = 0.05) {
        precondition(start > 0 && lowest > 0 && highest >= start && resolution > 0, "rates are above 0")
        self.start = start
        self.lowest = min(lowest, start)
        self.highest = highest
        self.resolution = resolution
        self.next = start
    }

    /// Whether the next trial repeats one.
    package var isConfirming: Bool { self.next.map { self.tallies[$0] != nil } ?? false }

    /// The highest rate below all that missed, when the search is over; `nil` when none held.
    package var limit: Double? { self.next == nil ? self.held : nil }

    /// Whether the limit held twice at least. It has not when the service was too unsteady.
    package var isSure: Bool { self.limit.map { self.tallies[$0]?.isSure ?? false } ?? true }

    /// How the trial of `next` ended.
    package mutating func tried(met: Bool) {
        guard let rate = self.next else { return }
        self.trials += 1
        if met {
            self.tallies[rate, default: Tally()].met += 1
        } else {
            self.tallies[rate, default: Tally()].missed += 1
        }
        self.next = self.trials < Self.trialsMax ? self.following() : nil
    }

    /// The lowest that missed more often than it held.
    private var failed: Double? { self.tallies.filter { $0.value.fails }.keys.min() }

    /// The highest below that which held more often than it missed.
    private var held: Double? {
        let bound = self.failed ?? .infinity
        return self.tallies.filter { $0.value.holds && $0.key < bound }.keys.max()
    }

    private func following() -> Double? {
        if let open = self.tallies.first(where: { $0.value.isOpen }) { return open.key }
        /// Once more, unless that is known for sure.
        func again(_ rate: Double) -> Double? { self.tallies[rate]?.isSure == true ? nil : rate }
        switch (self.held, self.failed) {
        case (let held?, nil): return held < self.highest ? min(held * 2, self.highest) : again(held)
        case (nil, let failed?): return failed > self.lowest ? max(failed / 2, self.lowest) : again(failed)
        case (let held?, let failed?):
            if failed / held > 1 + self.resolution { return (held + failed) / 2 }
            return again(failed) ?? again(held)
        case (nil, nil): return self.start
        }
    }
}
