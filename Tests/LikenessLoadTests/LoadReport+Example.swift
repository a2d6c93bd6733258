import Foundation

@testable import LikenessLoad

extension LoadReport {
    /// A report whose figures a test chooses.
    static func example(p99: Double = 2, calls: Int = 1_000, failed: Int = 0, seconds: [Second] = []) -> LoadReport {
        let latency = Latency(
            min: 0.5,
            mean: 1,
            standardDeviation: 0.2,
            p50: 1,
            p75: 1.2,
            p90: 1.5,
            p95: 1.8,
            p99: p99,
            p999: p99 * 2,
            p9999: p99 * 3,
            max: p99 * 4
        )
        let run = Run(
            startedAt: Date(timeIntervalSince1970: 1_800_000_000),
            loop: "open",
            arrivals: "constant",
            rates: "100/s",
            concurrency: nil,
            connections: 1,
            threads: 1,
            inFlightMax: 100,
            endpoints: ["localhost:1"],
            warmUpSeconds: 1,
            seconds: 10,
            plannedSeconds: 10,
            seed: 1,
            label: "example"
        )
        let rate = Double(calls) / 10
        let kind = Kind(name: "example", calls: calls, failed: failed, rate: rate, latency: latency)
        let handshakes = Handshakes(
            count: 1,
            tcpMedian: 0.1,
            tlsMedian: 1,
            tlsMax: 1,
            version: "TLSv1.3",
            reconnects: 0
        )
        let schedule = Schedule(planned: 1_000, p50: 5, p99: 50, p999: 100, max: 200, histogram: [], held: 0, missed: 0)
        let tester = Tester(
            cpuMicrosecondsPerCall: 10,
            cpuPercent: 20,
            busiestThreadPercent: 20,
            cores: 2,
            machinePercent: 50,
            warnings: []
        )
        return LoadReport(
            run: run,
            sent: calls + failed,
            calls: calls,
            failed: failed,
            rate: rate,
            plannedRate: 100,
            latency: latency,
            curve: [.init(percent: 0, latency: 0.5), .init(percent: 50, latency: 1), .init(percent: 99, latency: p99)],
            kinds: [kind],
            seconds: seconds,
            errors: failed > 0 ? ["UNAVAILABLE": failed] : [:],
            errorMessages: [:],
            bytesSent: 1_000,
            bytesReceived: 2_000,
            messagesReceived: 0,
            handshakes: handshakes,
            schedule: schedule,
            tester: tester,
            verification: nil
        )
    }
}
