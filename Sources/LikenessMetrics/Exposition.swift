/// A format in which metrics are read.
///
/// - SeeAlso: [Prometheus' text format](https://prometheus.io/docs/instrumenting/exposition_formats/) and
///   [OpenMetrics 1.0](https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md).
package enum Exposition: Sendable, Hashable, CaseIterable {
    case prometheus
    case openMetrics

    /// The best that a reader takes, as its Accept header says; Prometheus' own format unless it names the other.
    package init(accepting header: String) {
        self = header.lowercased().contains("application/openmetrics-text") ? .openMetrics : .prometheus
    }

    package var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

extension MetricsStore {
    /// All values as they are now.
    package func text(_ format: Exposition) -> String {
        var text = ""
        for family in self.snapshot() { family.append(to: &text, format) }
        if format == .openMetrics { text += "# EOF\n" }
        return text
    }
}

extension MetricsStore.Family {
    fileprivate func append(to text: inout String, _ format: Exposition) {
        var (name, family) = (self.description.name, self.description.name)
        if format == .openMetrics, self.description.kind == .counter {
            // There a counter's samples have a suffix that the name of its family has not.
            if name.hasSuffix("_total") { family.removeLast("_total".count) } else { name += "_total" }
        }
        if !self.description.help.isEmpty {
            text += "# HELP \(family) \(MetricText.escaped(self.description.help, quotes: format == .openMetrics))\n"
        }
        text += "# TYPE \(family) \(self.description.kind.rawValue)\n"
        let all = self.series.map { (labels: MetricText.labels($0.key), series: $0.value) }
        for (labels, series) in all.sorted(by: { $0.labels < $1.labels }) {
            let braced = labels.isEmpty ? "" : "{\(labels)}"
            switch series {
            case .counter(let counter): text += "\(name)\(braced) \(MetricText.number(counter.value))\n"
            case .gauge(let gauge): text += "\(name)\(braced) \(MetricText.number(gauge.value))\n"
            case .histogram(let histogram):
                let counts = histogram.value
                let start = "\(name)_bucket{\(labels)\(labels.isEmpty ? "" : ",")le=\""
                var below: UInt64 = 0
                for (bucket, bound) in zip(counts.buckets, histogram.bounds + [.infinity]) {
                    below += bucket
                    text += "\(start)\(MetricText.number(bound))\"} \(below)\n"
                }
                text += "\(name)_sum\(braced) \(MetricText.number(counts.sum))\n"
                text += "\(name)_count\(braced) \(below)\n"
            }
        }
    }
}

/// How names, labels and numbers are written.
enum MetricText {
    /// Letters, digits and `_`, and no digit first; whatever else becomes `_`.
    static func name(_ name: String) -> String {
        let text = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return text.first.map(\.isNumber) ?? true ? "_" + text : text
    }

    /// What goes between the braces.
    static func labels(_ labels: [MetricLabel]) -> String {
        labels.map { "\(self.name($0.name))=\"\(self.escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        if value == -.infinity { return "-Inf" }
        if value.isNaN { return "NaN" }
        // 2⁵³: whole numbers are exact up to there.
        return value.rounded() == value && abs(value) < 9_007_199_254_740_992 ? "\(Int64(value))" : "\(value)"
    }
}
