import CoreMetrics
import Testing

@testable import LikenessMetrics

struct MetricsStoreTests {
    private static let calls = MetricDescription(
        "calls_total",
        .counter,
        labels: ["method"],
        "Calls\nof \"all\" \\ kinds."
    )
    private static let latency = MetricDescription("latency_seconds", .histogram, "Time.")

    @Test func `values are written for Prometheus, by name and labels`() {
        let store = MetricsStore([Self.calls])
        for method in ["b", "a"] {
            Counter(label: "calls_total", dimensions: [("method", method)], factory: store).increment(by: 2)
        }
        Gauge(label: "open", dimensions: [], factory: store).record(0.25)
        store.collect { [MetricSample("age_seconds", labels: [MetricLabel("of", "a\"b\\c\nd")], 3)] }
        #expect(
            store.text(.prometheus) == #"""
                # TYPE age_seconds gauge
                age_seconds{of="a\"b\\c\nd"} 3
                # HELP calls_total Calls\nof "all" \\ kinds.
                # TYPE calls_total counter
                calls_total{method="a"} 2
                calls_total{method="b"} 2
                # HELP likeness_metrics_series_dropped Series that were not kept: too many of one metric, or of another kind than the metric.
                # TYPE likeness_metrics_series_dropped gauge
                likeness_metrics_series_dropped 0
                # TYPE open gauge
                open 0.25

                """#
        )
    }

    @Test func `OpenMetrics names a counter without its suffix, and ends`() {
        let store = MetricsStore([Self.calls])
        Counter(label: "calls_total", dimensions: [("method", "a")], factory: store).increment()
        let lines = store.text(.openMetrics).split(separator: "\n").map(String.init)
        #expect(lines.contains("# TYPE calls counter"))
        #expect(lines.contains(#"# HELP calls Calls\nof \"all\" \\ kinds."#))
        #expect(lines.contains(#"calls_total{method="a"} 1"#))
        #expect(lines.last == "# EOF")
    }

    @Test func `OpenMetrics gives each counter's samples the suffix, whatever the counter is called`() {
        let store = MetricsStore([])
        Counter(label: "things", dimensions: [], factory: store).increment(by: 2)
        let lines = store.text(.openMetrics).split(separator: "\n").map(String.init)
        #expect(lines.contains("# TYPE things counter"))
        #expect(lines.contains("things_total 2"))
        #expect(store.text(.prometheus).contains("\nthings 2\n"))
    }

    @Test func `names that Prometheus cannot tell apart are one metric`() {
        let store = MetricsStore([MetricDescription("some.things", .counter, "Things.")])
        for name in ["some.things", "some_things", "some-things"] {
            Counter(label: name, dimensions: [], factory: store).increment()
        }
        let text = store.text(.prometheus)
        #expect(text.contains("# HELP some_things Things.\n# TYPE some_things counter\nsome_things 3\n"))
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("# TYPE some_things") }.count == 1)
    }

    @Test(arguments: [
        ("", Exposition.prometheus), ("text/plain;version=0.0.4", .prometheus), ("*/*", .prometheus),
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", .openMetrics),
        ("Application/OpenMetrics-Text", .openMetrics),
    ])
    func `the reader's header chooses the format`(header: String, format: Exposition) {
        #expect(Exposition(accepting: header) == format)
    }

    @Test func `a time counts in each bucket whose bound it does not exceed`() throws {
        let store = MetricsStore([Self.latency])
        let timer = CoreMetrics.Timer(label: "latency_seconds", dimensions: [], factory: store)
        // On a bound, between two, beyond all.
        for nanoseconds: Int64 in [1_000_000, 1_500_000, 200_000_000_000] { timer.recordNanoseconds(nanoseconds) }
        let lines = Set(store.text(.prometheus).split(separator: "\n").map(String.init))
        for (bound, count) in [("0.0008", 0), ("0.001", 1), ("0.002", 2), ("100", 2), ("+Inf", 3)] {
            #expect(lines.contains(#"latency_seconds_bucket{le="\#(bound)"} \#(count)"#), "\(bound)")
        }
        #expect(lines.contains("latency_seconds_count 3"))
        #expect(lines.contains("latency_seconds_sum 200.0025"))
    }

    @Test func `a histogram that is kept elsewhere is written as one`() {
        let store = MetricsStore([Self.latency])
        let counts = HistogramCounts(bounds: [0.5, 1], buckets: [1, 0, 2], sum: 7.25)
        store.collect { [MetricSample("latency_seconds", labels: [MetricLabel("of", "a")], counts)] }
        #expect(
            store.text(.prometheus).hasPrefix(
                #"""
                # HELP latency_seconds Time.
                # TYPE latency_seconds histogram
                latency_seconds_bucket{of="a",le="0.5"} 1
                latency_seconds_bucket{of="a",le="1"} 1
                latency_seconds_bucket{of="a",le="+Inf"} 3
                latency_seconds_sum{of="a"} 7.25
                latency_seconds_count{of="a"} 3

                """#
            )
        )
    }

    @Test func `bounds ascend, as buckets have to`() {
        for bounds in [HistogramBounds.latency, HistogramBounds.counts] {
            #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test func `a metric has so many series and no more, and says what it left out`() {
        let store = MetricsStore([])
        for number in 0..<(MetricsStore.seriesMax + 5) {
            Counter(label: "peers_total", dimensions: [("peer", "\(number)")], factory: store).increment()
        }
        let lines = store.text(.prometheus).split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("peers_total{") }.count == MetricsStore.seriesMax)
        #expect(lines.contains("likeness_metrics_series_dropped 5"))
    }

    @Test func `a meter of another kind than its name's first counts nothing`() {
        let store = MetricsStore([])
        Counter(label: "things", dimensions: [], factory: store).increment(by: 3)
        Gauge(label: "things", dimensions: [], factory: store).record(7)
        let lines = store.text(.prometheus).split(separator: "\n")
        #expect(lines.contains("things 3"))
        #expect(lines.contains("likeness_metrics_series_dropped 1"))
    }

    @Test func `meters of one name and labels are one`() {
        let store = MetricsStore([])
        for _ in 0..<3 { Counter(label: "things", dimensions: [("a", "1")], factory: store).increment() }
        #expect(store.text(.prometheus).contains("things{a=\"1\"} 3\n"))
    }

    @Test func `counters do not fall, and neither they nor times take what is no number`() {
        let store = MetricsStore([])
        let counter = FloatingPointCounter(label: "sum", dimensions: [], factory: store)
        for amount: Double in [2.5, -1, .nan, .infinity] { counter.increment(by: amount) }
        let recorder = Recorder(label: "sizes", dimensions: [], aggregate: true, factory: store)
        for size: Double in [3, .nan, -.infinity] { recorder.record(size) }
        let text = store.text(.prometheus)
        #expect(text.contains("sum 2.5\n"))
        #expect(text.contains("sizes_count 1\n"))
    }

    @Test(arguments: [("http.requests-2", "http_requests_2"), ("2xx", "_2xx"), ("é", "_"), ("", "_")])
    func `names are made of what Prometheus takes`(name: String, taken: String) {
        #expect(MetricText.name(name) == taken)
    }

    @Test(arguments: [
        (0, "0"), (-3, "-3"), (1e15, "1000000000000000"), (1e16, "1e+16"), (0.1, "0.1"), (Double.infinity, "+Inf"),
        (-Double.infinity, "-Inf"), (Double.nan, "NaN"),
    ])
    func `numbers`(value: Double, text: String) {
        #expect(MetricText.number(value) == text)
    }

    @Test func `many threads count together`() async {
        let store = MetricsStore([])
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    let counter = Counter(label: "all_total", dimensions: [], factory: store)
                    for _ in 0..<1_000 { counter.increment() }
                    Gauge(label: "task", dimensions: [("of", "\(task)")], factory: store).record(1)
                    _ = store.text(.openMetrics)
                }
            }
        }
        #expect(store.text(.prometheus).contains("all_total 8000\n"))
    }
}
