import Foundation
import LikenessClient
import Testing

@testable import LikenessLoad

@Suite(.serialized) struct StreamTests {
    private static func plan(_ service: ClientConfiguration, calls: Int, seconds: Double) -> LoadPlan {
        var plan = LoadPlan(service: service, mode: .closed(concurrency: calls))
        plan.warmUp = .milliseconds(200)
        plan.duration = .seconds(seconds)
        return plan
    }

    /// A message every 20 ms, for an hour.
    private static let endless =
        #"{"responseParameters": [{"size": 10, "intervalUs": 20000}], "repetitions": 180000}"#

    @Test func `streams without end are measured by message and end with the run`() async throws {
        try await withServer { service, servers in
            let workload = try await calls("StreamingOutputCall", [Self.endless], service)
            let report = try await LoadRun(plan: Self.plan(service, calls: 3, seconds: 2), workload: workload).run()
            let streams = try #require(report.streams)
            #expect(streams.open == 3 && report.failed == 0 && report.calls == 0 && !report.isEmpty)
            // 300 were due: a busy machine sends fewer, none sends more.
            #expect(streams.messages > 3 && streams.messages <= 303)
            #expect(streams.rate == Double(streams.messages) / report.run.seconds)
            // Begun in the warm-up, which is when the first messages came.
            #expect(try #require(streams.firstMessage).p50 >= 15)
            let gaps = try #require(streams.gaps)
            #expect(gaps.max >= 10 && gaps.p99 <= gaps.max)
            #expect(streams.gapHistogram.reduce(0) { $0 + $1.count } <= streams.messages)
            #expect(streams.roundTrips == nil)
            #expect(report.seconds.contains { ($0.messages ?? 0) > 0 })
            let text = TextReport(report).text
            #expect(text.contains("3 at the end of the run") && text.contains("between two"))
            #expect(CSVReport.text(report).contains("max_ms,messages\n"))
            #expect(try HTMLReport.text(report).contains("gap_histogram"))
            #expect(try !Threshold("gap-p99>1000s").verdict(report).failed)
            #expect(try Threshold("messages<1000000").verdict(report).failed)
            #expect(try Threshold("round-trip-p99>1s").verdict(report).failed, "there are none")
        }
    }

    @Test func `an interrupt ends streams without end`() async throws {
        try await withServer { service, _ in
            let workload = try await calls("StreamingOutputCall", [Self.endless], service)
            let run = LoadRun(plan: Self.plan(service, calls: 2, seconds: 3_600), workload: workload)
            let (opened, open) = AsyncStream.makeStream(of: Void.self)
            let task = Task { try await run.run { if $0.inFlight == 2 { open.yield() } } }
            for await _ in opened { break }
            task.cancel()
            let report = try await task.value
            #expect(report.run.seconds < 3_600 && report.streams?.open == 2 && report.failed == 0)
        }
    }

    @Test func `health that is watched is one stream with one message`() async throws {
        try await withServer { service, _ in
            let client = try LikenessClient(configuration: service)
            let method = "likeness.rpc.v1.HealthService/Watch"
            let watch = CallWorkload(method: method, messages: [try MessageTemplate("{}")])
            let workload = try await watch.prepare(client: client)
            await client.close()
            var plan = Self.plan(service, calls: 1, seconds: 1)
            plan.warmUp = .zero
            let report = try await LoadRun(plan: plan, workload: workload).run()
            #expect(report.streams?.messages == 1 && report.streams?.open == 1 && report.failed == 0)
            #expect(report.streams?.gaps == nil && report.streams?.firstMessage != nil)
        }
    }

    @Test func `streams that end are calls, and their messages are measured too`() async throws {
        try await withServer { service, _ in
            let short = #"{"responseParameters": [{"size": 1}, {"size": 1, "intervalUs": 30000}]}"#
            let workload = try await calls("StreamingOutputCall", [short], service)
            var plan = Self.plan(service, calls: 2, seconds: 600)
            plan.warmUp = .zero
            plan.count = 12
            let report = try await LoadRun(plan: plan, workload: workload).run()
            let streams = try #require(report.streams)
            #expect(report.calls == 12 && streams.messages == 24 && streams.open == 0)
            // A busy machine may deliver a first message late, and the second right behind it.
            #expect(try #require(streams.gaps).max >= 20 && report.latency.min >= 20)
            #expect(try #require(streams.firstMessage).p50 <= report.latency.p50)
            #expect(streams.gapHistogram.reduce(0) { $0 + $1.count } == 12)
        }
    }

    @Test(arguments: [false, true]) func `an echo of messages has round trips`(isLockstep: Bool) async throws {
        try await withServer { service, _ in
            let message = #"{"responseParameters": [{"size": 8, "intervalUs": 5000}]}"#
            let workload = try await calls("FullDuplexCall", [message], service) {
                $0.messageCount = 20
                $0.isLockstep = isLockstep
            }
            var plan = Self.plan(service, calls: 1, seconds: 600)
            plan.warmUp = .zero
            plan.count = 2
            let report = try await LoadRun(plan: plan, workload: workload).run()
            let trips = try #require(report.streams?.roundTrips)
            #expect(report.calls == 2 && report.messagesReceived == 40 && report.messagesSent == 40)
            #expect(trips.min >= 4)
            // Sent at once, the last message waits for the answers to all before it.
            if !isLockstep { #expect(trips.max >= 80) }
        }
    }

    @Test func `a method that does not answer each message has no round trips`() async throws {
        try await withServer { service, _ in
            let two = #"{"responseParameters": [{"size": 1}, {"size": 1}]}"#
            let workload = try await calls("FullDuplexCall", [two, two], service)
            var plan = Self.plan(service, calls: 1, seconds: 600)
            plan.warmUp = .zero
            plan.count = 3
            let report = try await LoadRun(plan: plan, workload: workload).run()
            #expect(report.calls == 3 && report.streams?.messages == 12 && report.streams?.roundTrips == nil)
        }
    }

    @Test func `an echo without end goes on until the run does`() async throws {
        try await withServer { service, _ in
            let workload = try await calls("FullDuplexCall", [#"{"responseParameters": [{"size": 8}]}"#], service) {
                $0.messageCount = 1_000_000_000
                $0.isLockstep = true
            }
            let report = try await LoadRun(plan: Self.plan(service, calls: 2, seconds: 1), workload: workload).run()
            let streams = try #require(report.streams)
            #expect(streams.open == 2 && streams.messages > 20 && report.failed == 0)
            #expect(try #require(streams.roundTrips).p50 > 0)
            #expect(abs(report.messagesReceived - (report.messagesSent ?? 0)) <= 2)
        }
    }

    @Test func `options for streams are refused where there is none`() async throws {
        try await withServer { service, _ in
            await #expect { try await calls("EmptyCall", ["{}"], service) { $0.messageCount = 2 } } throws: {
                "\($0)".contains("--messages")
            }
            await #expect { try await calls("StreamingInputCall", ["{}"], service) { $0.isLockstep = true } } throws: {
                "\($0)".contains("--lockstep")
            }
        }
    }
}
