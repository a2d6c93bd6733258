import NIOCore
import Testing

@testable import LikenessRPC

@Suite struct LogThrottleTests {
    private static func time(_ milliseconds: UInt64) -> NIODeadline { .uptimeNanoseconds(milliseconds * 1_000_000) }

    @Test func `a line a minute passes for every source`() {
        var throttle = LogThrottle(sourcesMax: 2)
        let hits: [(String, UInt64)] = [
            ("a", 0), ("a", 30_000), ("a", 59_999), ("b", 0),
            // A third source within the minute is not remembered and not logged.
            ("c", 1), ("a", 60_000), ("c", 60_000),
        ]
        let passed = hits.map { source, time in throttle.passes(source, now: Self.time(time)) }
        #expect(passed == [0, nil, nil, 0, nil, 2, 0])
    }
}
