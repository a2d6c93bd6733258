import Foundation
import LikenessStatistics
import Testing

@testable import LikenessLoad

@Suite struct ComparisonTests {
    private func report(p50: Double, noise: Double, seconds: Int = 30, seed: UInt64) -> LoadReport {
        var random = SplitMix64(seed: seed)
        return .example(
            seconds: (0..<seconds).map { _ in
                let factor = 1 + Double.random(in: -noise...noise, using: &random)
                return .init(
                    rate: 100,
                    failed: 0,
                    p50: p50 * factor,
                    p99: p50 * 3 * factor,
                    max: p50 * 5,
                    plannedRate: 100
                )
            }
        )
    }

    @Test func `the same service is no slower than itself`() {
        // One in a hundred pairs may differ by chance, at either of two figures.
        let wrong = (0..<30).count { seed in
            let comparison = Comparison(
                before: self.report(p50: 2, noise: 0.2, seed: UInt64(seed)),
                after: self.report(p50: 2, noise: 0.2, seed: UInt64(seed) + 1_000)
            )
            return comparison.rows.contains { $0.verdict != .noDifference }
        }
        #expect(wrong <= 3)
    }

    @Test func `a tenth more is seen in spite of noise, and which way it went`() throws {
        let (fast, slow) = (self.report(p50: 2, noise: 0.1, seed: 1), self.report(p50: 2.2, noise: 0.1, seed: 2))
        let slower = try #require(Comparison(before: fast, after: slow).rows.first { $0.name == "p50" })
        #expect(slower.verdict == .slower)
        #expect(slower.low < slower.change && slower.change < slower.high && slower.low > 0)
        #expect(slower.confidence > 0.99)
        #expect(Comparison(before: slow, after: fast).rows.allSatisfy { $0.verdict == .faster })
        #expect(!Comparison(before: fast, after: slow).slower(by: 0.05).isEmpty)
        #expect(Comparison(before: fast, after: slow).slower(by: 0.5).isEmpty)
        #expect(Comparison(before: slow, after: fast).slower(by: 0).isEmpty)
    }

    @Test func `pairs that go different ways are noise, and pairs that agree are not`() {
        func pair(_ before: Double, _ after: Double, _ seed: UInt64) -> Comparison.Pair {
            (
                self.report(p50: before, noise: 0.05, seconds: 10, seed: seed),
                self.report(p50: after, noise: 0.05, seconds: 10, seed: seed + 100)
            )
        }
        // The machine was slow during one run: alone it looks like a difference.
        #expect(Comparison([pair(2, 3, 1)]).rows.contains { $0.verdict == .slower })
        let noise = Comparison([pair(2, 3, 1), pair(2, 1.9, 2), pair(2, 2.4, 3)])
        #expect(noise.rows.allSatisfy { $0.verdict == .noDifference })
        #expect(Comparison([pair(2, 2.2, 1), pair(2, 2.2, 2)]).rows.allSatisfy { $0.verdict == .slower })
    }

    @Test func `a single pair on a full machine is warned of and unclear`() {
        var full = self.report(p50: 2, noise: 0.1, seed: 1)
        full.tester.machinePercent = 99
        #expect(Comparison(before: full, after: full).warnings.contains { $0.contains("full in 2 of the runs") })
        #expect(Comparison(Array(repeating: (full, full), count: 3)).warnings.isEmpty)
        // Nor does it get a verdict, which three pairs do.
        let slow = self.report(p50: 4, noise: 0.1, seed: 2)
        #expect(Comparison(before: full, after: slow).rows.allSatisfy { $0.verdict == .unclear })
        #expect(Comparison(before: full, after: full).rows.allSatisfy { $0.verdict == .noDifference })
        #expect(Comparison(Array(repeating: (full, slow), count: 3)).rows.allSatisfy { $0.verdict == .slower })
    }

    @Test func `a few seconds tell nothing`() {
        let comparison = Comparison(
            before: self.report(p50: 2, noise: 0.01, seconds: 4, seed: 1),
            after: self.report(p50: 20, noise: 0.01, seconds: 4, seed: 2)
        )
        #expect(comparison.rows.allSatisfy { $0.verdict == .tooShort })
        #expect(comparison.slower(by: 0).isEmpty)
    }

    @Test func `runs of different kinds are distinguished`() {
        var other = self.report(p50: 2, noise: 0.1, seed: 1)
        other.run.connections = 7
        other.run.label = "another"
        let comparison = Comparison(before: self.report(p50: 2, noise: 0.1, seed: 1), after: other)
        #expect(comparison.warnings.count == 2)
        #expect(comparison.text.contains("warning: the workload differs: example before, another after"))
    }

    @Test func `a report survives its JSON form`() throws {
        let report = LoadReport.example(seconds: [.init(rate: 1, failed: 2, p50: 3, p99: 4, max: 5, plannedRate: nil)])
        let again = try LoadReport(json: report.json(), name: "a.json")
        #expect(try again.json() == report.json())
        #expect(again.latency == report.latency)
        #expect(throws: OptionError.self) { try LoadReport(json: Data("{}".utf8), name: "b.json") }
        #expect(throws: OptionError.self) { try LoadReport(json: Data(#"{"schema":"other/9"}"#.utf8), name: "c.json") }
    }
}
