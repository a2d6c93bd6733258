import LikenessClient
import Testing

@testable import LikenessLoad

@Suite struct LoadRecordTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `answers count into the second they came in, late ones only into the latencies`() {
        var record = LoadRecord(kinds: ["a", "b"])
        let limit = 3 * Self.second
        record.succeeded(kind: 0, latency: 1_000_000, end: 100, limit: limit)
        record.succeeded(kind: 1, latency: 2_000_000, end: 2 * Self.second + 5, limit: limit)
        record.succeeded(kind: 1, latency: 900_000_000, end: 3 * Self.second + 5, limit: limit)
        record.failed(kind: 0, code: "UNAVAILABLE", message: "gone", planned: 0, end: Self.second, limit: limit)
        #expect(record.seconds.map(\.answered) == [1, 0, 1])
        #expect(record.seconds.map(\.failed) == [0, 1, 0])
        #expect(record.answered == 3)
        #expect(record.answeredInTime == 2)
        #expect(record.latencies.count == 3)
        #expect(record.latencies.max >= 900_000_000)
        #expect(record.errors == ["UNAVAILABLE": 1])
        #expect(record.lastAnswer == 3 * Self.second + 5)
    }

    @Test func `what was held back is no inaccuracy of the tester`() {
        var record = LoadRecord(kinds: ["a"])
        record.wasSent(late: 5_000, isHeld: false, bytes: 10)
        record.wasSent(late: 800_000_000, isHeld: true, bytes: 10)
        for _ in 0..<4 { record.wasMissed(planned: 0) }
        #expect(record.lateness.count == 1)
        #expect(record.lateness.max < 5_100)
        #expect(record.held == 1 && record.missed == 4 && record.sent == 2 && record.bytesSent == 20)
    }

    @Test func `workers add up`() {
        var a = LoadRecord(kinds: ["a"])
        var b = LoadRecord(kinds: ["a"])
        a.succeeded(kind: 0, latency: 1_000_000, end: 5, limit: Self.second)
        b.succeeded(kind: 0, latency: 3_000_000, end: 6, limit: Self.second)
        b.failed(kind: 0, code: "INTERNAL", message: "", planned: 0, end: 7, limit: Self.second)
        b.count(.init(bytesReceived: 100, messagesReceived: 2))
        a.merge(b)
        #expect(a.answered == 2 && a.failed == 1 && a.bytesReceived == 100 && a.messagesReceived == 2)
        #expect(a.seconds[0].answered == 2)
        #expect(a.latencies.percentile(100) >= 3_000_000)
        #expect(a.latencies.percentile(50) <= 1_001_000)
    }

    @Test func `percentiles are right to three digits`() {
        var histogram = LatencyHistogram()
        for value in 1...10_000 { histogram.record(UInt64(value) * 1_000) }
        for (percent, expected) in [
            (50.0, 5_000_000.0), (90, 9_000_000), (99, 9_900_000), (99.9, 9_990_000), (100, 1e7),
        ] {
            #expect(abs(Double(histogram.percentile(percent)) - expected) <= expected * 0.002)
        }
        #expect(histogram.counts(upTo: [1_000_000, 5_000_000]).reduce(0, +) == 10_000)
        #expect(abs(histogram.counts(upTo: [1_000_000, 5_000_000])[0] - 1_000) <= 2)
        #expect(LatencyHistogram().percentile(99) == 0)
        #expect(LatencyHistogram().curve().isEmpty)
        histogram.record(.max)
        #expect(histogram.max >= 119_000_000_000)
    }

    @Test(arguments: [1.0, 3_600, 3_601, 86_400]) func `figures over time are bounded, however long a run is`(
        seconds: Double
    ) throws {
        var plan = LoadPlan(
            service: .init(endpoints: [.init(host: "localhost", port: 1)], authorityPEM: ""),
            mode: .closed(concurrency: 1)
        )
        plan.duration = .seconds(seconds)
        let workload = Workload([
            .init(name: "a", weight: 1, requests: [.init(method: "a.B/C", messages: [[]], timeout: nil)])
        ])
        var record = plan.emptyRecord(for: workload)
        let limit = UInt64(seconds * 1e9)
        for index in 0..<2_000 as Range<UInt64> {
            record.succeeded(kind: 0, latency: 1_000_000, end: limit / 2_000 * index, limit: limit)
        }
        record.succeeded(kind: 0, latency: 1_000_000, end: limit - 1, limit: limit)
        #expect(record.seconds.count <= LoadRecord.intervalsMax)
        #expect(record.seconds.count * record.intervalSeconds >= Int(seconds))
        #expect(record.seconds.reduce(0) { $0 + $1.answered } == 2_001)
    }

    @Test func `progress tells the last seconds of all workers`() {
        func progress(_ counts: [Int], before: Int) -> LoadProgress {
            LoadProgress(
                nanoseconds: UInt64(before + counts.count) * 1_000_000_000 - 1,
                isWarmingUp: false,
                answered: counts.reduce(0, +),
                failed: 0,
                missed: 0,
                inFlight: 0,
                errors: [:],
                seconds: counts.map { count in
                    var second = LoadRecord.Second()
                    second.answered = count
                    return second
                },
                secondsBefore: before
            )
        }
        var all = progress(Array(1...64), before: 36)
        // A worker that has been idle for the last two seconds.
        all.merge(progress(Array(repeating: 1_000, count: 64), before: 34))
        #expect(all.secondsBefore == 36 && all.seconds.count == 64)
        #expect(all.seconds.first?.answered == 1_001 && all.seconds.last?.answered == 64)
        #expect(all.whole.count == 63 && all.whole.last?.answered == 63)
    }
}
