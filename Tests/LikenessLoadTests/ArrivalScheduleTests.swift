import Testing

@testable import LikenessLoad

@Suite struct ArrivalScheduleTests {
    private func times(_ plan: RatePlan, _ arrivals: Arrivals, seed: UInt64 = 1) -> [UInt64] {
        var schedule = ArrivalSchedule(plan: plan, arrivals: arrivals, seed: seed)
        var times: [UInt64] = []
        while let time = schedule.next() { times.append(time) }
        return times
    }

    @Test func `constant arrivals are at equal distances, to the nanosecond`() {
        let times = self.times(RatePlan([.init(rate: 5_000, seconds: 2)]), .constant)
        #expect(times.count == 10_000)
        #expect(times.enumerated().allSatisfy { $0.element == UInt64($0.offset) * 200_000 })
    }

    @Test func `poisson arrivals have the planned rate and a spread as large as their mean`() {
        let times = self.times(RatePlan([.init(rate: 1_000, seconds: 100)]), .poisson)
        // 100,000 expected, standard deviation 316.
        #expect(abs(times.count - 100_000) < 1_600)
        let gaps = zip(times.dropFirst(), times).map { Double($0 - $1) / 1e6 }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
        #expect(abs(mean - 1) < 0.02)
        #expect(abs(variance.squareRoot() - 1) < 0.03)
        #expect(gaps.allSatisfy { $0 >= 0 })
    }

    @Test func `the same seed gives the same times`() {
        let plan = RatePlan([.init(rate: 500, seconds: 2)])
        #expect(self.times(plan, .poisson, seed: 7) == self.times(plan, .poisson, seed: 7))
        #expect(self.times(plan, .poisson, seed: 7) != self.times(plan, .poisson, seed: 8))
    }

    @Test func `workers share a constant plan without changing it`() {
        let plan = RatePlan([.init(start: 100, end: 900, seconds: 4)])
        var all: [UInt64] = []
        for worker in 0..<3 {
            var schedule = ArrivalSchedule(plan: plan, arrivals: .constant, worker: worker, workers: 3, seed: 1)
            while let time = schedule.next() { all.append(time) }
        }
        #expect(all.sorted() == self.times(plan, .constant))
    }

    @Test func `a ramp sends as many before any time as its area says`() {
        let plan = RatePlan([.init(start: 100, end: 2_000, seconds: 10), .init(rate: 2_000, seconds: 5)])
        let times = self.times(plan, .constant)
        #expect(times.count == 10_500 + 10_000)
        for second in stride(from: 0.5, through: 14.5, by: 1) {
            let sent = times.count { Double($0) < second * 1e9 }
            #expect(abs(Double(sent) - plan.count(until: second)) <= 1)
        }
        #expect(plan.rate(at: 5) == 1_050)
        #expect(plan.rate(at: 12) == 2_000)
    }

    @Test func `a ramp down to nothing ends`() {
        let plan = RatePlan([.init(start: 1_000, end: 0, seconds: 2)])
        let times = self.times(plan, .constant)
        #expect(times.count == 1_000)
        #expect(times.allSatisfy { $0 <= 2_000_000_000 })
    }

    @Test(arguments: [0.0, 1, 37.5, 499, 999.9]) func `the time of a count is when the count is reached`(count: Double)
        throws
    {
        let plan = RatePlan([.init(rate: 10, seconds: 5), .init(start: 10, end: 180, seconds: 10)])
        let time = try #require(plan.time(of: count))
        #expect(abs(plan.count(until: time) - count) < 1e-6)
    }

    @Test func `warming up goes before, at the first rate`() {
        let plan = RatePlan([.init(start: 100, end: 200, seconds: 10)]).warmedUp(seconds: 2)
        #expect(plan.seconds == 12)
        #expect(plan.count == 200 + 1_500)
    }

    @Test func `a schedule gives no more than asked`() {
        var schedule = ArrivalSchedule(
            plan: RatePlan([.init(rate: 100, seconds: 10)]),
            arrivals: .constant,
            countMax: 3,
            seed: 1
        )
        #expect(
            [schedule.next(), schedule.next(), schedule.next(), schedule.next()] == [0, 10_000_000, 20_000_000, nil]
        )
    }
}

@Suite struct RatePlanTextTests {
    @Test func `rates, ramps and steps as the command line writes them`() throws {
        #expect(
            try RatePlan(rate: "500", ramp: nil, duration: .seconds(10)) == RatePlan([.init(rate: 500, seconds: 10)])
        )
        #expect(
            try RatePlan(rate: "100..2000", ramp: .seconds(4), duration: .seconds(10))
                == RatePlan([.init(start: 100, end: 2_000, seconds: 4), .init(rate: 2_000, seconds: 6)])
        )
        #expect(
            try RatePlan(rate: "1.5..3.5", ramp: nil, duration: .seconds(10))
                == RatePlan([.init(start: 1.5, end: 3.5, seconds: 10)])
        )
        #expect(
            try RatePlan(steps: "500,1000:250ms")
                == RatePlan([.init(rate: 500, seconds: 0.25), .init(rate: 1_000, seconds: 0.25)])
        )
    }

    @Test(arguments: ["", "0", "-5", "abc", "5..", "..5", "1e9"]) func `other rates are refused`(text: String) {
        #expect(throws: OptionError.self) { try RatePlan(rate: text, ramp: nil, duration: .seconds(1)) }
    }

    @Test(arguments: ["500", "500:", ":5s", "500,:5s", "500:0s", "a:5s"]) func `other steps are refused`(text: String) {
        #expect(throws: OptionError.self) { try RatePlan(steps: text) }
    }

    @Test(arguments: [
        ("5", Duration.seconds(5)), ("250ms", .milliseconds(250)), ("20us", .microseconds(20)),
        ("20µs", .microseconds(20)),
        ("1.5s", .milliseconds(1_500)), ("2m", .seconds(120)), ("1h", .seconds(3_600)), ("7ns", .nanoseconds(7)),
    ])
    func `times have units`(text: String, duration: Duration) { #expect(Duration(text: text) == duration) }

    @Test(arguments: ["", "s", "5x", "-1s", "1e99s"]) func `other times are refused`(text: String) {
        #expect(Duration(text: text) == nil)
    }

    @Test func `a plan is told as it was given`() throws {
        #expect(try RatePlan(rate: "500", ramp: nil, duration: .seconds(9)).text == "500/s")
        #expect(try RatePlan(rate: "100..2000", ramp: .seconds(3), duration: .seconds(9)).text == "100 to 2,000/s")
        #expect(try RatePlan(steps: "500,1000,2000:10s").text == "500, 1,000, 2,000/s")
        #expect(try RatePlan(steps: "1,2,3,4,5,6,7,8:1s").text == "1.00, 2.00, 3.00, …, 8.00/s")
    }
}
