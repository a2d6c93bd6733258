import Foundation
import LikenessClient
import LikenessTesting
import Testing

@testable import LikenessLoad

/// A server in a process of its own, which a test can stop and continue.
private func withServerProcess(_ body: (ClientConfiguration, pid_t) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/likeness-stall-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let server = Process()
    // Built beside the tests themselves.
    let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    server.executableURL = URL(fileURLWithPath: tests).deletingLastPathComponent()
        .appendingPathComponent("likeness-interop")
    server.arguments = ["serve", "--data-dir", folder, "--listen", "127.0.0.1:0", "--log-level", "critical"]
    try server.run()
    defer {
        kill(server.processIdentifier, SIGKILL)
        server.waitUntilExit()
    }
    let file = folder + "/client.json"
    _ = try await Patience.until { FileManager.default.fileExists(atPath: file) }
    try await body(try ClientConfiguration(file: file), server.processIdentifier)
}

@Suite(.serialized) struct StallTests {
    private func workload() throws -> Workload {
        Workload([
            .init(
                name: "EmptyCall",
                weight: 1,
                requests: [
                    .init(method: "likeness.interop.v1.InteropService/EmptyCall", messages: [[]], timeout: .seconds(30))
                ]
            )
        ])
    }

    /// Makes a run during which the server, once it has answered some calls, stands still for a second.
    private func report(_ plan: LoadPlan, server: pid_t) async throws -> LoadReport {
        let run = LoadRun(plan: plan, workload: try self.workload())
        var stall: Task<Void, Never>?
        let report = try await run.run { progress in
            guard stall == nil, progress.answered > 0 else { return }
            stall = Task {
                kill(server, SIGSTOP)
                try? await Task.sleep(for: .seconds(1))
                kill(server, SIGCONT)
            }
        }
        try await #require(stall, "it ended before it could be disturbed").value
        return report
    }

    @Test func `a stall of a second shows in an open loop, and hides in a closed one`() async throws {
        try await withServerProcess { service, server in
            var open = LoadPlan(service: service, mode: .open(RatePlan([.init(rate: 200, seconds: 20)]), .constant))
            open.warmUp = .zero
            open.duration = .seconds(20)
            let openReport = try await self.report(open, server: server)
            #expect(openReport.failed == 0)
            // A twentieth of the calls was planned while it stood still, or some of them where a busy machine began late.
            #expect(openReport.latency.p999 > 700)
            #expect(openReport.latency.p99 > 200)

            var closed = LoadPlan(service: service, mode: .closed(concurrency: 1))
            closed.warmUp = .zero
            closed.duration = .seconds(3_600)
            closed.count = 20_000
            let closedReport = try await self.report(closed, server: server)
            #expect(closedReport.calls == 20_000)
            // One call of 20,000 saw it.
            #expect(closedReport.latency.max > 700)
            #expect(closedReport.latency.p999 < closedReport.latency.max / 2)
        }
    }
}
