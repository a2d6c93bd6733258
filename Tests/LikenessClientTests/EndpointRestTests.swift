import Testing

@testable import LikenessClient

/// When an address is set aside, and when it is tried again, with time as a plain value.
@Suite struct EndpointRestTests {
    private let start = ContinuousClock.now
    private let unavailable = LikenessError(.unavailable, "not now")
    private let late = LikenessError(.deadlineExceeded, "too late")

    /// Whether a call may be sent there, asked each 10 ms from the start on.
    private func trials(_ rest: inout EndpointRest, for time: Duration) -> [Duration] {
        stride(from: 0, to: Int(time / .milliseconds(1)), by: 10).map { .milliseconds($0) }.filter { passed in
            rest.mayServe(now: self.start + passed)
        }
    }

    @Test func `one that answers UNAVAILABLE is tried once in each back-off`() {
        var rest = EndpointRest()
        #expect(!rest.isResting)
        rest.failed(self.unavailable, now: self.start, jitter: 1)
        #expect(rest.isResting)
        let trials = self.trials(&rest, for: .milliseconds(350))
        #expect(trials == [100, 200, 300].map { .milliseconds($0) })
        rest.failed(self.unavailable, now: self.start + .milliseconds(350), jitter: 1)
        let times = [540, 550, 560].map { rest.mayServe(now: self.start + .milliseconds($0)) }
        #expect(times == [false, true, false])
    }

    @Test func `it serves again after its first answer`() {
        var rest = EndpointRest()
        for _ in 0..<5 { rest.failed(self.unavailable, now: self.start, jitter: 1) }
        rest.answered()
        let serves = (0..<3).map { _ in rest.mayServe(now: self.start) }
        #expect(serves == [true, true, true])
        rest.failed(self.unavailable, now: self.start, jitter: 1)
        let trials = self.trials(&rest, for: .milliseconds(150))
        #expect(trials == [.milliseconds(100)], "the back-off begins anew")
    }

    @Test func `the delay that it asks for counts, but no longer than the longest back-off`() {
        for (wish, expected) in [
            (Duration.seconds(2), Duration.seconds(2)), (.seconds(3_600), ReconnectBackoff.longest),
        ] {
            var rest = EndpointRest()
            let error = LikenessError(.unavailable, "later", retryDelay: wish)
            rest.failed(error, now: self.start, jitter: 1)
            let serves = [expected - .milliseconds(1), expected].map { rest.mayServe(now: self.start + $0) }
            #expect(serves == [false, true])
        }
    }

    @Test func `calls that end by their deadline count when they come in a row`() {
        var rest = EndpointRest()
        for _ in 0..<10 {
            for _ in 1..<EndpointRest.unansweredMax { rest.failed(self.late, now: self.start, jitter: 1) }
            #expect(!rest.isResting)
            rest.answered()
        }
        for _ in 0..<EndpointRest.unansweredMax { rest.failed(self.late, now: self.start, jitter: 1) }
        #expect(rest.isResting)
    }

    @Test func `any other error is an answer, and a call given up says nothing`() {
        var rest = EndpointRest()
        rest.failed(self.unavailable, now: self.start, jitter: 1)
        rest.failed(LikenessError(.cancelled, "given up"), now: self.start, jitter: 1)
        #expect(rest.isResting)
        rest.failed(LikenessError(.notFound, "nobody"), now: self.start, jitter: 1)
        #expect(!rest.isResting)
    }
}
