import Foundation
import LikenessMetrics
import LikenessTesting
import Testing

@testable import LikenessServer

struct ServiceMetricTests {
    /// A line of the table in docs/operations.md.
    private static func line(_ metric: MetricDescription) -> String {
        let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
        return "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |"
    }

    @Test func `the page for operators lists every metric, and none that there is not`() throws {
        let page = URL(filePath: TestDatabase.migrationsFolder + "/../docs/operations.md")
        let lines = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").map(String.init)
        let listed = lines.drop { $0 != "| metric | kind | labels | |" }.dropFirst(2).prefix { $0.hasPrefix("|") }
        #expect(Array(listed) == ServiceMetric.all.map(Self.line))
    }

    @Test func `names are of one form, and those of counters end as counters do`() {
        for metric in ServiceMetric.all {
            #expect(metric.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil, "\(metric.name)")
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
        }
        #expect(Set(ServiceMetric.all.map(\.name)).count == ServiceMetric.all.count)
    }
}
