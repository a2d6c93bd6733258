import Testing

@testable import LikenessLoad

@Suite struct StepTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `one rate has no steps, and every other phase is one`() throws {
        #expect(RatePlan([.init(rate: 5, seconds: 10)]).steps.isEmpty)
        let steps = try RatePlan(steps: "500,1000,2000:10s").steps
        #expect(steps.map(\.start) == [0, 10, 20] && steps.map(\.seconds) == [10, 10, 10])
        #expect(steps.map(\.startRate) == [500, 1_000, 2_000] && steps.map(\.endRate) == [500, 1_000, 2_000])
    }

    @Test(arguments: [(0.5, 1), (3.7, 3), (60, 10)]) func `a ramp is told in parts that follow each other`(
        seconds: Double,
        count: Int
    ) {
        let plan = RatePlan([.init(start: 100, end: 300, seconds: seconds), .init(rate: 300, seconds: 5)])
        let steps = plan.steps
        #expect(steps.count == count + 1)
        for (step, next) in zip(steps, steps.dropFirst()) {
            #expect(abs(step.start + step.seconds - next.start) < 1e-9 && abs(step.endRate - next.startRate) < 1e-9)
            #expect(abs(plan.rate(at: step.start) - step.startRate) < 1e-6)
        }
        #expect(abs((steps.last?.start ?? 0) + (steps.last?.seconds ?? 0) - plan.seconds) < 1e-9)
    }

    @Test func `a request counts in the step that planned it, an answer where it came`() {
        var record = LoadRecord(kinds: ["a"], stepEnds: [Self.second, 2 * Self.second])
        let limit = 2 * Self.second
        record.succeeded(kind: 0, latency: Self.second / 10, end: Self.second / 2, limit: limit)
        // Planned in the first step and answered in the second.
        record.succeeded(kind: 0, latency: Self.second, end: Self.second * 3 / 2, limit: limit)
        // Planned in the second and answered after the end.
        record.succeeded(kind: 0, latency: Self.second, end: Self.second * 5 / 2, limit: limit)
        record.failed(kind: 0, code: "INTERNAL", message: "", planned: 0, end: limit, limit: limit)
        record.wasMissed(planned: Self.second)
        var all = LoadRecord(kinds: ["a"], stepEnds: [Self.second, 2 * Self.second])
        all.merge(record)
        all.merge(record)
        #expect(all.steps.map(\.answered) == [4, 2] && all.steps.map(\.answersInside) == [2, 2])
        #expect(all.steps.map(\.failed) == [2, 0] && all.steps.map(\.missed) == [0, 2])
        #expect(all.steps[0].latencies.max > Self.second * 9 / 10)
    }

    @Test func `every report has a row for each step`() throws {
        var report = LoadReport.example()
        #expect(CSVReport.steps(report).split(separator: "\n").count == 1)
        let latency = report.latency
        report.steps = [(100.0, nil), (200, 400.0)].enumerated().map { index, rates in
            .init(
                startSeconds: Double(index) * 5,
                seconds: 5,
                plannedRate: rates.0,
                plannedRateEnd: rates.1,
                rate: rates.0 * 0.9,
                calls: 490,
                failed: 4,
                missed: 6,
                latency: latency
            )
        }
        let text = TextReport(report).text
        #expect(text.contains("by step") && text.contains("100/s") && text.contains("200 to 400/s"))
        let csv = CSVReport.steps(report).split(separator: "\n")
        #expect(csv.count == 3 && csv[1] == "1,0.000,5.000,100.0,100.0,90.0,500,490,4,6,1.000,2.000,8.000")
        #expect(csv[2].hasPrefix("2,5.000,5.000,200.0,400.0,180.0,500,"))
        let again = try LoadReport(json: report.json(), name: "report")
        #expect(again.steps?.count == 2 && again.steps?[1].plannedRateEnd == 400)
        #expect(try HTMLReport.text(report).contains("\"planned_rate_end\" : 400"))
    }
}
