package import CoreMetrics
internal import Synchronization

/// Keeps the values of swift-metrics' meters, and writes them for Prometheus.
///
/// Bounded: a metric has at most `seriesMax` series. Those beyond, and those of another kind than the metric's first, count nothing, and
/// `likeness_metrics_series_dropped` says how many there were.
package final class MetricsStore: MetricsFactory, Sendable {
    /// More would mean a label whose values callers choose.
    package static let seriesMax = 1_000
    static let dropped = MetricDescription(
        "likeness_metrics_series_dropped",
        .gauge,
        "Series that were not kept: too many of one metric, or of another kind than the metric."
    )

    enum Series: Sendable {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    struct Family: Sendable {
        let description: MetricDescription
        var series: [[MetricLabel]: Series] = [:]
    }

    private struct State {
        /// By the name that Prometheus gets: names that differ in nothing else are one metric, as its reader has it.
        var families: [String: Family]
        var collectors: [@Sendable () -> [MetricSample]] = []
        var dropped = 0
    }

    private let state: Mutex<State>

    /// - Parameter descriptions: What is known beforehand. Meters of other names have no help text.
    package init(_ descriptions: [MetricDescription]) {
        let all = (descriptions + [Self.dropped]).map(\.named)
        self.state = Mutex(
            State(families: Dictionary(all.map { ($0.name, Family(description: $0)) }) { first, _ in first })
        )
    }

    /// Adds values that are read at each scrape.
    ///
    /// - Parameter collector: Quick, and waits for nothing.
    package func collect(_ collector: @escaping @Sendable () -> [MetricSample]) {
        self.state.withLock { $0.collectors.append(collector) }
    }

    /// Everything as it is now, by name.
    func snapshot() -> [Family] {
        let (families, collectors, dropped) = self.state.withLock { ($0.families, $0.collectors, $0.dropped) }
        var all = families
        let gauge = GaugeSeries()
        gauge.set(Int64(dropped))
        all[Self.dropped.name]?.series[[]] = .gauge(gauge)
        // Outside the lock: they may have locks of their own.
        for sample in collectors.flatMap({ $0() }) {
            let name = MetricText.name(sample.name)
            let kind: MetricDescription.Kind = sample.histogram == nil ? .gauge : .histogram
            let description = all[name]?.description ?? MetricDescription(name, kind, "")
            let series: Series
            if let histogram = sample.histogram {
                series = .histogram(HistogramSeries(histogram))
            } else if description.kind == .counter {
                let counter = CounterSeries()
                counter.increment(by: sample.value)
                series = .counter(counter)
            } else {
                let gauge = GaugeSeries()
                gauge.set(sample.value)
                series = .gauge(gauge)
            }
            all[name, default: Family(description: description)].series[sample.labels] = series
        }
        return all.values.filter { !$0.series.isEmpty }.sorted { $0.description.name < $1.description.name }
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        self.counter(label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        self.counter(label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        self.gauge(label, dimensions)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? self.histogram(label, dimensions, HistogramBounds.counts) : self.gauge(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        self.histogram(label, dimensions, HistogramBounds.latency)
    }

    // Values stay when their meters are destroyed: a counter must not start again from zero while the process lives.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> CounterSeries {
        let series = self.series(label, dimensions, .counter) { .counter(CounterSeries()) }
        guard case .counter(let counter) = series else { return CounterSeries() }
        return counter
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        let series = self.series(label, dimensions, .gauge) { .gauge(GaugeSeries()) }
        guard case .gauge(let gauge) = series else { return GaugeSeries() }
        return gauge
    }

    private func histogram(
        _ label: String,
        _ dimensions: [(String, String)],
        _ bounds: [Double]
    ) -> HistogramSeries {
        let series = self.series(label, dimensions, .histogram) { .histogram(HistogramSeries(bounds: bounds)) }
        guard case .histogram(let histogram) = series else { return HistogramSeries(bounds: bounds) }
        return histogram
    }

    /// The series of these labels, which is made when it is not there; `nil` when it is not kept.
    private func series(
        _ label: String,
        _ dimensions: [(String, String)],
        _ kind: MetricDescription.Kind,
        make: () -> Series
    ) -> Series? {
        let name = MetricText.name(label)
        let labels = dimensions.map { MetricLabel($0.0, $0.1) }
        return self.state.withLock { state in
            var family = state.families[name] ?? Family(description: MetricDescription(name, kind, ""))
            if family.description.kind == kind, let series = family.series[labels] { return series }
            guard family.description.kind == kind, family.series.count < Self.seriesMax else {
                state.dropped += 1
                return nil
            }
            let series = make()
            family.series[labels] = series
            state.families[name] = family
            return series
        }
    }
}
