import Testing

@testable import LikenessMetrics

struct ProcessMetricsTests {
    @Test func `a process has every metric that there is a description of`() {
        let names = ProcessMetrics.samples().map(\.name)
        #expect(Set(names) == Set(ProcessMetrics.descriptions.map(\.name)))
        #expect(names.count == Set(names).count)
    }

    /// The line of a process that is called `a) (b`, as Linux writes it.
    @Test func `fields are counted behind the name, whatever it is`() throws {
        let fields = (3...52).map { $0 == 14 ? "150" : $0 == 15 ? "50" : $0 == 20 ? "7" : $0 == 22 ? "1000" : "\($0)" }
        let stat = "42 (a) (b) " + fields.joined(separator: " ")
        let samples = ProcessMetrics.samples(stat: stat, bootTime: 1_700_000_000)
        let values = Dictionary(uniqueKeysWithValues: samples.map { ($0.name, $0.value) })
        // A hundred ticks a second, on every Linux.
        #expect(values["process_cpu_seconds_total"] == 2)
        #expect(values["process_threads"] == 7)
        #expect(values["process_virtual_memory_bytes"] == 23)
        #expect(values["process_start_time_seconds"] == 1_700_000_010)
    }

    @Test(arguments: ["", "1 (a", "1 (a) S 2"]) func `a line that is cut has no samples`(stat: String) {
        #expect(ProcessMetrics.samples(stat: stat, bootTime: nil) == [])
    }
}
