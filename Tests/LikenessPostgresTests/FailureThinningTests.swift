import Testing

@testable import LikenessPostgres

@Suite struct FailureThinningTests {
    private static func at(_ seconds: Int64) -> Moment { Moment(nanoseconds: seconds * 1_000_000_000) }

    @Test func `of each reason the first has a line at once, then one a minute with the number`() {
        var thinning = FailureThinning()
        var lines: [String] = []
        for second in Int64(0)..<180 {
            let reason = second % 2 == 0 ? "refused" : "starting"
            if let count = thinning.failed(reason, now: Self.at(second)) {
                lines.append("\(second) \(reason) \(count)")
            }
        }
        #expect(
            lines == [
                "0 refused 1", "1 starting 1", "60 refused 30", "61 starting 30", "120 refused 30", "121 starting 30",
            ]
        )
        // The next line has those that were only counted, however late it comes.
        #expect(thinning.failed("refused", now: Self.at(1_000)) == 30)
        #expect(thinning.failed("refused", now: Self.at(2_000)) == 1)
    }

    @Test func `reasons without end are one`() {
        var thinning = FailureThinning()
        let lines = (0..<1_000).count { thinning.failed("reason \($0)", now: Self.at(0)) != nil }
        #expect(lines == FailureThinning.reasonsMax + 1)
    }
}
