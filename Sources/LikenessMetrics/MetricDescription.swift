/// What one metric is, as `# HELP` and `# TYPE` say it.
package struct MetricDescription: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        case counter, gauge, histogram
    }

    /// In base units, of `[a-z_0-9]`; a counter's ends with `_total`.
    package let name: String
    package let kind: Kind
    package let help: String
    /// Names of the labels that its series have, in this order.
    package let labels: [String]

    package init(_ name: String, _ kind: Kind, labels: [String] = [], _ help: String) {
        (self.name, self.kind, self.help, self.labels) = (name, kind, help, labels)
    }

    /// By the name that Prometheus gets.
    var named: MetricDescription {
        MetricDescription(MetricText.name(self.name), self.kind, labels: self.labels, self.help)
    }
}

/// One value, read at each scrape.
package struct MetricSample: Sendable, Hashable {
    package let name: String
    package let labels: [MetricLabel]
    /// Of a histogram the sum.
    package let value: Double
    package let histogram: HistogramCounts?

    package init(_ name: String, labels: [MetricLabel] = [], _ value: Double) {
        (self.name, self.labels, self.value, self.histogram) = (name, labels, value, nil)
    }

    package init(_ name: String, labels: [MetricLabel] = [], _ histogram: HistogramCounts) {
        (self.name, self.labels, self.value, self.histogram) = (name, labels, histogram.sum, histogram)
    }
}

/// The values of a histogram that is kept elsewhere.
package struct HistogramCounts: Sendable, Hashable {
    /// Ascending upper bounds, inclusive.
    package let bounds: [Double]
    /// By bucket, the last one above all bounds; not cumulative.
    package let buckets: [UInt64]
    package let sum: Double

    package init(bounds: [Double], buckets: [UInt64], sum: Double) {
        precondition(buckets.count == bounds.count + 1, "a histogram has one bucket more than bounds")
        (self.bounds, self.buckets, self.sum) = (bounds, buckets, sum)
    }
}

package struct MetricLabel: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}
