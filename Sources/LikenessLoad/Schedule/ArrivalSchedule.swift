internal import Foundation
internal import LikenessStatistics

/// How requests are spread at a planned rate.
package enum Arrivals: String, Sendable, CaseIterable {
    /// At equal distances.
    case constant
    /// Independent of each other, as those of many callers are: exponentially distributed distances.
    case poisson
}

/// The planned send times of one worker. Pure: the same seed gives the same times.
///
/// Every time comes from the plan's cumulative count, so that rounding never adds up and a ramp is followed exactly.
package struct ArrivalSchedule: Sendable {
    private let plan: RatePlan
    private let arrivals: Arrivals
    /// Workers that share the plan.
    private let workers: Int
    private let countMax: Int?
    private var random: SplitMix64
    /// Requests of the whole plan before the next one.
    private var position: Double
    private var given = 0

    /// - Parameters:
    ///   - worker: 0 to `workers` - 1. The schedules of all workers together are the plan.
    ///   - countMax: Times that this worker gives at most.
    package init(
        plan: RatePlan,
        arrivals: Arrivals,
        worker: Int = 0,
        workers: Int = 1,
        countMax: Int? = nil,
        seed: UInt64
    ) {
        precondition((0..<workers).contains(worker), "a worker is one of all")
        self.plan = plan
        self.arrivals = arrivals
        self.workers = workers
        self.countMax = countMax
        self.random = SplitMix64(seed: seed &+ UInt64(worker) &* 0x51_7C_C1_B7)
        self.position = 0
        switch arrivals {
        case .constant: self.position = Double(worker)
        case .poisson: self.position = self.gap()
        }
    }

    /// - Returns: Nanoseconds from the start of the plan, ascending; `nil` after its end.
    package mutating func next() -> UInt64? {
        if let countMax, self.given >= countMax { return nil }
        guard let seconds = self.plan.time(of: self.position) else { return nil }
        self.given += 1
        switch self.arrivals {
        case .constant: self.position += Double(self.workers)
        case .poisson: self.position += self.gap()
        }
        return UInt64((seconds * 1e9).rounded())
    }

    private mutating func gap() -> Double {
        -log(1 - Double.random(in: 0..<1, using: &self.random)) * Double(self.workers)
    }
}
