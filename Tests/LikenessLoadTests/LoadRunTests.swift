import Foundation
import LikenessClient
import LikenessInterop
import Testing

@testable import LikenessLoad

/// Runs a plan while a server goes, once it has answered.
///
/// - Parameter isOver: Of what came since the server has gone; it ends the run.
private func run(
    _ plan: LoadPlan,
    _ workload: Workload,
    losing server: InteropServer,
    until isOver: (_ answered: Int, _ failed: Int) -> Bool
) async throws -> LoadReport {
    enum Step: Sendable {
        case progress(LoadProgress)
        case gone
    }
    let (steps, step) = AsyncStream.makeStream(of: Step.self)
    let running = Task {
        defer { step.finish() }
        return try await LoadRun(plan: plan, workload: workload).run { step.yield(.progress($0)) }
    }
    var leaving: Task<Void, Never>?
    var hasGone = false
    var before: LoadProgress?
    for await next in steps {
        guard case .progress(let progress) = next else {
            hasGone = true
            continue
        }
        if leaving == nil, progress.answered > 0 {
            leaving = Task {
                await server.shutDown(within: .zero)
                step.yield(.gone)
            }
        }
        guard hasGone else { continue }
        let start = before ?? progress
        before = start
        if isOver(progress.answered - start.answered, progress.failed - start.failed) { running.cancel() }
    }
    let report = try await running.value
    try await #require(leaving, "it ended before the server left").value
    return report
}

@Suite(.serialized) struct LoadRunTests {
    @Test func `a closed loop sends a number of requests and counts each once`() async throws {
        try await withServer { service, _ in
            let workload = try await calls("Echo", [#"{"values": {{vector 384}}}"#], service)
            var plan = LoadPlan(service: service, mode: .closed(concurrency: 8))
            plan.connections = 3
            plan.threads = 2
            plan.warmUp = .zero
            plan.duration = .seconds(60)
            plan.count = 500
            let report = try await LoadRun(plan: plan, workload: workload).run()
            #expect(report.calls == 500 && report.sent == 500 && report.failed == 0)
            #expect(report.handshakes.count == 3 && report.handshakes.version == "TLSv1.3")
            #expect(report.bytesSent > 500 * 384 * 4 && report.bytesReceived > 500 * 384 * 4)
            #expect(report.latency.p50 > 0 && report.latency.max >= report.latency.p99)
            #expect(report.tester.cpuMicrosecondsPerCall >= 0)
        }
    }

    @Test(arguments: Arrivals.allCases) func `an open loop sends what was planned`(arrivals: Arrivals) async throws {
        try await withServer { service, _ in
            let workload = try await calls("EmptyCall", ["{}"], service)
            let plan = RatePlan([.init(start: 50, end: 150, seconds: 2)])
            var load = LoadPlan(service: service, mode: .open(plan, arrivals))
            load.warmUp = .milliseconds(200)
            load.duration = .seconds(2)
            load.connections = 2
            load.threads = 2
            let report = try await LoadRun(plan: load, workload: workload).run()
            // Every planned request was sent or is told to be missing.
            let planned = report.sent + (report.schedule?.missed ?? 0)
            if arrivals == .constant { #expect(abs(planned - 200) <= 2) } else { #expect(abs(planned - 200) < 90) }
            #expect(report.calls + report.failed == report.sent && report.failed == 0)
            #expect(
                report.schedule?.histogram.reduce(0) { $0 + $1.count } == report.sent - (report.schedule?.held ?? 0)
            )
        }
    }

    @Test func `latency counts from the planned time, and what has no place is held or missed`() async throws {
        try await withServer { service, _ in
            // One call of 300 ms at a time can be under way, ten a second are planned.
            let workload = try await calls("Sleep", [#"{"durationMs": 300}"#], service)
            var load = LoadPlan(service: service, mode: .open(RatePlan([.init(rate: 10, seconds: 2)]), .constant))
            load.warmUp = .zero
            load.duration = .seconds(2)
            load.inFlightMax = 1
            let report = try await LoadRun(plan: load, workload: workload).run()
            let schedule = try #require(report.schedule)
            #expect(report.calls >= 2 && report.calls <= 7)
            #expect(report.sent + schedule.missed == 20)
            #expect(schedule.held == report.sent - 1)
            // The last one sent had waited for most of the run.
            #expect(report.latency.max > 700)
            #expect(report.tester.warnings.contains { $0.contains("never sent") })
            #expect(try Threshold("errors>0").verdict(report).failed, "what was never sent was not answered")
        }
    }

    @Test func `streams are sent and their messages counted`() async throws {
        try await withServer { service, _ in
            var plan = LoadPlan(service: service, mode: .closed(concurrency: 2))
            plan.warmUp = .zero
            plan.duration = .seconds(60)
            plan.count = 10
            let output = try await calls(
                "StreamingOutputCall",
                [#"{"responseParameters": [{"size": 10}, {"size": 100000}, {"size": 30}]}"#],
                service
            )
            let report = try await LoadRun(plan: plan, workload: output).run()
            #expect(report.calls == 10 && report.failed == 0 && report.messagesReceived == 30)
            let body = #"{"payload": {"body": "AAAAAAAAAAA="}}"#
            let input = try await calls("StreamingInputCall", Array(repeating: body, count: 5), service)
            let upload = try await LoadRun(plan: plan, workload: input).run()
            #expect(upload.calls == 10 && upload.failed == 0)
        }
    }

    @Test func `a call that takes too long fails by its deadline`() async throws {
        try await withServer { service, _ in
            let client = try LikenessClient(configuration: service)
            var workload = CallWorkload(
                method: "likeness.interop.v1.InteropService/Sleep",
                messages: [try MessageTemplate(#"{"durationMs": 60000}"#)]
            )
            workload.timeout = .milliseconds(200)
            let prepared = try await workload.prepare(client: client)
            await client.close()
            var plan = LoadPlan(service: service, mode: .closed(concurrency: 1))
            plan.warmUp = .zero
            plan.duration = .seconds(60)
            plan.count = 2
            let report = try await LoadRun(plan: plan, workload: prepared).run()
            #expect(report.errors == ["DEADLINE_EXCEEDED": 2])
            #expect(report.calls == 0)
        }
    }

    @Test func `a run is ended early and reported`() async throws {
        try await withServer { service, _ in
            let workload = try await calls("EmptyCall", ["{}"], service)
            var plan = LoadPlan(service: service, mode: .open(RatePlan([.init(rate: 200, seconds: 3_600)]), .constant))
            plan.warmUp = .zero
            plan.duration = .seconds(3_600)
            let run = LoadRun(plan: plan, workload: workload)
            let (answered, answer) = AsyncStream.makeStream(of: Void.self)
            let task = Task { try await run.run { if $0.answered > 10 { answer.yield() } } }
            for await _ in answered { break }
            task.cancel()
            let report = try await task.value
            #expect(report.run.seconds < 3_600 && report.calls > 10 && report.failed == 0)
        }
    }

    @Test func `when one of two servers goes, every thread sends to the other`() async throws {
        try await withServer(count: 2) { service, servers in
            let workload = try await calls("EmptyCall", ["{}"], service)
            var plan = LoadPlan(service: service, mode: .open(RatePlan([.init(rate: 200, seconds: 600)]), .constant))
            plan.connections = 4
            plan.threads = 2
            plan.warmUp = .zero
            plan.duration = .seconds(600)
            let report = try await run(plan, workload, losing: servers[1]) { answered, _ in answered > 500 }
            // A thread without a connection would fail half of all that were left.
            #expect(report.failed * 8 < report.calls)
            #expect(report.handshakes.count == 4 && report.handshakes.reconnects == 0)
        }
    }

    @Test func `callers of a closed loop whose server has gone fail at every attempt to connect`() async throws {
        try await withServer(count: 2) { service, servers in
            let workload = try await calls("EmptyCall", ["{}"], service)
            var gone = service
            gone.endpoints = [service.endpoints[1]]
            var plan = LoadPlan(service: gone, mode: .closed(concurrency: 6))
            plan.connections = 2
            plan.warmUp = .zero
            plan.duration = .seconds(600)
            // More than one for each of the six callers.
            let report = try await run(plan, workload, losing: servers[1]) { _, failed in failed > 12 }
            #expect(report.run.seconds < 600 && report.failed > 12)
            #expect(report.errors.keys.contains("UNAVAILABLE"))
            #expect(try Threshold("errors>0").verdict(report).failed)
        }
    }

    @Test(arguments: [1, 7, 501], [(1, 2), (2, 2), (8, 3)])
    func `a count is kept to, however few callers the threads have`(count: Int, shape: (Int, Int)) async throws {
        try await withServer { service, _ in
            let workload = try await calls("EmptyCall", ["{}"], service)
            var plan = LoadPlan(service: service, mode: .closed(concurrency: shape.0))
            plan.connections = shape.1
            plan.threads = 2
            plan.warmUp = .zero
            plan.duration = .seconds(600)
            plan.count = count
            let report = try await LoadRun(plan: plan, workload: workload).run()
            #expect(report.calls == count && report.sent == count && report.failed == 0)
            #expect(report.run.seconds < 300)
        }
    }

    @Test func `callers for whom the server has no place are warned of`() async throws {
        try await withServer { service, _ in
            let workload = try await calls("EmptyCall", ["{}"], service)
            var plan = LoadPlan(service: service, mode: .closed(concurrency: 150))
            plan.warmUp = .zero
            plan.duration = .milliseconds(300)
            let report = try await LoadRun(plan: plan, workload: workload).run()
            #expect(report.tester.warnings.contains { $0.hasPrefix("50 callers found no place") })
            plan.connections = 2
            let enough = try await LoadRun(plan: plan, workload: workload).run()
            #expect(!enough.tester.warnings.contains { $0.contains("found no place") })
        }
    }

    @Test func `nobody to connect to is an error that names the endpoint`() async throws {
        try await withServer { service, server in
            let workload = try await calls("EmptyCall", ["{}"], service)
            var nowhere = service
            nowhere.endpoints = [.init(host: "127.0.0.1", port: 1)]
            let run = LoadRun(plan: LoadPlan(service: nowhere, mode: .closed(concurrency: 1)), workload: workload)
            await #expect { try await run.run() } throws: { "\($0)".contains("127.0.0.1:1") }
        }
    }
}
