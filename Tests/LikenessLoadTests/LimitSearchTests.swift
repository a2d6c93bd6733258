import Foundation
import LikenessStatistics
import Testing

@testable import LikenessLoad

@Suite struct LimitSearchTests {
    /// Runs a search against a service that holds up to a rate.
    private func search(limit: Double, start: Double = 100, highest: Double = 100_000) -> (
        found: Double?, trials: [Double]
    ) {
        var search = LimitSearch(start: start, highest: highest)
        var trials: [Double] = []
        while let rate = search.next, trials.count < 100 {
            trials.append(rate)
            search.tried(met: rate <= limit)
        }
        return (search.limit, trials)
    }

    @Test(arguments: [3.0, 99, 100, 150, 777, 4_321, 60_000]) func `the limit is found to five hundredths`(
        limit: Double
    ) throws {
        let (found, trials) = self.search(limit: limit)
        let rate = try #require(found)
        #expect(rate <= limit && rate >= limit / 1.0501)
        #expect(trials.count <= 20)
        // Found by a trial, and tried again.
        #expect(trials.last == rate && trials.dropLast().contains(rate))
    }

    @Test func `the highest rate is not exceeded`() {
        let (found, trials) = self.search(limit: 1e9, highest: 3_000)
        #expect(found == 3_000)
        #expect(trials == [100, 200, 400, 800, 1_600, 3_000, 3_000])
    }

    @Test func `nothing holds`() {
        let (found, trials) = self.search(limit: 0.5)
        #expect(found == nil)
        #expect(trials.last == 1)
    }

    @Test func `a lucky trial is not the limit`() throws {
        var search = LimitSearch(start: 100, highest: 10_000)
        // Holds at 400 only the first time.
        var lucky = true
        var trials = 0
        while let rate = search.next, trials < 100 {
            trials += 1
            if rate > 300, rate <= 400, lucky {
                if search.isConfirming { lucky = false }
                search.tried(met: lucky)
            } else {
                search.tried(met: rate <= 300)
            }
        }
        let limit = try #require(search.limit)
        #expect(limit <= 300 && limit > 250)
    }

    /// A service whose latency grows as a queue's does, with noise, and trials that the machine spoils now and then.
    ///
    /// - Returns: What was found as a share of the rate at which the goal is just met, and the number of trials.
    private func model(capacity: Double, noise: Double, spoilt: Double, seed: UInt64) -> (share: Double?, trials: Int) {
        var random = SplitMix64(seed: seed)
        let (base, goal) = (2.0, 20.0)
        let right = capacity * (1 - base / goal)
        func p99(_ rate: Double) -> Double {
            guard rate < capacity else { return 10_000 }
            let gauss = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &random) }
            return base / (1 - rate / capacity) * exp(noise * gauss)
        }
        var search = LimitSearch(start: 100, highest: 100_000)
        var trials = 0
        var held: Set<Double> = []
        while let rate = search.next {
            trials += 1
            let met = p99(rate) <= goal && Double.random(in: 0..<1, using: &random) >= spoilt
            if met { held.insert(rate) }
            search.tried(met: met)
        }
        if let limit = search.limit { #expect(held.contains(limit)) }
        return (search.limit.map { $0 / right }, trials)
    }

    @Test(arguments: [0.0, 0.1, 0.3], [150.0, 1_300, 42_000]) func `noise moves the limit little`(
        noise: Double,
        capacity: Double
    ) throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            let (share, trials) = self.model(capacity: capacity, noise: noise, spoilt: 0, seed: seed)
            #expect(try #require(share) > 0.85 && #require(share) < 1.12)
            #expect(trials <= LimitSearch.trialsMax)
        }
    }

    @Test(arguments: [(0.05, 0.85), (0.15, 0.6)])
    func `trials that something else spoils do not leave it without an answer`(
        spoilt: Double,
        least: Double
    ) throws {
        var shares: [Double] = []
        for seed in 1...400 as ClosedRange<UInt64> {
            let (share, trials) = self.model(capacity: 1_300, noise: 0.1, spoilt: spoilt, seed: seed)
            shares.append(try #require(share, "no rate, seed \(seed)"))
            #expect(trials <= LimitSearch.trialsMax)
        }
        shares.sort()
        #expect(shares[399] < 1.12, "\(shares[399])")
        // The five worst of a hundred.
        #expect(shares[20] > least, "\(shares[0]) \(shares[20]) \(shares[40]) \(shares[80])")
    }

    @Test func `one unlucky trial at the start is not the limit`() throws {
        var search = LimitSearch(start: 100, highest: 100_000)
        search.tried(met: false)
        while let rate = search.next { search.tried(met: rate <= 5_000) }
        #expect(try #require(search.limit) > 4_700 && search.isSure)
    }

    @Test func `a service that is never the same twice gets an answer that says so`() throws {
        var search = LimitSearch(start: 100, highest: 100_000)
        var tries: [Double: Int] = [:]
        while let rate = search.next {
            tries[rate, default: 0] += 1
            search.tried(met: tries[rate] == 1)
        }
        #expect(tries.values.reduce(0, +) <= LimitSearch.trialsMax)
        #expect(search.isSure || search.limit != nil)
    }

    @Test func `a report without a rate does not contradict its trials`() {
        let trials = [LimitReport.Trial(.example(p99: 19), missed: nil), .init(.example(p99: 30), missed: "p99 30 ms")]
        let goal = LimitGoal(p99: .milliseconds(20), errorShare: 0)
        func text(_ trials: [LimitReport.Trial]) -> String {
            LimitReport(label: "a", goal: goal, connections: 1, seconds: 5, rate: nil, trials: trials, warnings: [])
                .text
        }
        #expect(text(trials).hasPrefix("no rate kept p99 ≤ 20.0 ms: what met it missed it when tried again\n"))
        #expect(text([trials[1]]).hasPrefix("no rate kept p99 ≤ 20.0 ms\n"))
    }

    @Test func `a goal says why it was missed`() {
        let goal = LimitGoal(p99: .milliseconds(20), errorShare: 0.001)
        #expect(goal.miss(.example(p99: 19)) == nil)
        #expect(goal.miss(.example(p99: 21)) == "p99 21.0 ms")
        #expect(goal.miss(.example(p99: 19, calls: 990, failed: 10))?.contains("errors") == true)
        var late = LoadReport.example(p99: 19)
        late.rate = 90
        #expect(goal.miss(late) == "only 90.0/s")
        #expect(goal.miss(.example(calls: 0)) == "nothing was answered")
    }

    @Test func `the curve has a dot for each trial and the bound`() {
        let plot = CurvePlot(
            points: [.init(x: 100, y: 1, isMarked: false), .init(x: 200, y: 50, isMarked: true)],
            bound: 20
        )
        let text = plot.lines.joined(separator: "\n")
        #expect(text.contains("●") && text.contains("×") && text.contains("┄") && text.contains("200/s"))
        #expect(plot.lines.count == 14)
    }
}
