import Foundation
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
