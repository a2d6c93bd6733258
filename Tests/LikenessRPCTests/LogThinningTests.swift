import Logging
import Testing

@testable import LikenessRPC

/// Which of many like lines are written. The time is the test's.
@Suite struct LogThinningTests {
    private let start = ContinuousClock.now

    private func time(_ seconds: Double) -> ContinuousClock.Instant { self.start.advanced(by: .seconds(seconds)) }

    private static func kind(_ caller: String, _ reason: String = "r", _ level: Logger.Level = .notice)
        -> LogThinning.Kind
    {
        .init(level, caller: caller, reason: reason)
    }

    /// How many of `count` lines, a millisecond apart, are written.
    private func written(_ count: Int, _ kind: LogThinning.Kind, in thinning: inout LogThinning) -> Int {
        (0..<count).count { thinning.arrived(kind, metadata: [:], now: self.time(Double($0) / 1_000)) != nil }
    }

    @Test func `of many like lines the first is written, the others are counted`() {
        var thinning = LogThinning(interval: .seconds(10))
        #expect(self.written(5_000, Self.kind("a"), in: &thinning) == 1)
        #expect(thinning.due(now: self.time(9)).isEmpty)
        let first = thinning.due(now: self.time(10))
        #expect(first.map(\.count) == [4_999] && first.map(\.kind) == [Self.kind("a")])
        // It goes on: no more first lines, a count an interval.
        #expect(thinning.arrived(Self.kind("a"), metadata: [:], now: self.time(11)) == nil)
        #expect(thinning.due(now: self.time(20)).map(\.count) == [1])
        // Quiet for an interval: forgotten, and its next line is written at once.
        #expect(thinning.nextDue == self.time(30))
        #expect(thinning.due(now: self.time(30)).isEmpty && thinning.isEmpty && thinning.nextDue == nil)
        #expect(thinning.arrived(Self.kind("a"), metadata: [:], now: self.time(31)) != nil)
    }

    @Test func `callers, reasons and levels are counted separately`() {
        var thinning = LogThinning()
        for kind in [Self.kind("a"), Self.kind("b"), Self.kind("a", "s"), Self.kind("a", "r", .error)] {
            #expect(self.written(3, kind, in: &thinning) == 1)
        }
        #expect(thinning.drain().map(\.count) == [2, 2, 2, 2])
        #expect(thinning.isEmpty)
    }

    @Test func `a summary says what the lines of its kind have in common`() {
        var thinning = LogThinning()
        let common: Logger.Metadata = ["method": "m"]
        #expect(thinning.arrived(Self.kind("a"), metadata: common, now: self.start) == common)
        #expect(thinning.arrived(Self.kind("a"), metadata: ["method": "other"], now: self.start) == nil)
        #expect(thinning.drain().map(\.metadata) == [common])
    }

    @Test func `callers beyond the bound are counted together, of each level and reason apart`() {
        var thinning = LogThinning(interval: .seconds(10), kindsMax: 2)
        for caller in 0..<1_000 {
            _ = thinning.arrived(Self.kind("\(caller)"), metadata: ["caller": "\(caller)"], now: self.start)
        }
        // Denied calls of many callers hide no failure.
        #expect(thinning.arrived(Self.kind("x", "r", .error), metadata: [:], now: self.start) != nil)
        #expect(thinning.arrived(Self.kind("x", "s"), metadata: [:], now: self.start) != nil)
        let summaries = thinning.due(now: self.time(10))
        // Two callers and the first of the others have left their lines.
        #expect(summaries.map(\.count) == [997])
        #expect(summaries.first?.metadata == ["caller": "others", "reason": "r"])
        // Once the first two are forgotten there is room again.
        _ = thinning.due(now: self.time(20))
        #expect(
            thinning.arrived(Self.kind("new"), metadata: ["caller": "new"], now: self.time(21))
                == ["caller": "new"]
        )
    }

    @Test func `memory is bounded whatever callers do`() {
        var thinning = LogThinning(kindsMax: 10)
        for caller in 0..<100_000 {
            _ = thinning.arrived(Self.kind("\(caller)"), metadata: [:], now: self.start)
        }
        // All of it is accounted for: ten lines, one of the others, and a count.
        #expect(thinning.drain().map(\.count) == [99_989])
    }
}
