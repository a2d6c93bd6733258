internal import LikenessMetrics
internal import LikenessPostgres

/// What the driver counts by itself, as metrics.
struct DatabaseActivity: Sendable {
    let pool: LikenessPostgres.PoolStatistics
    let times: PoolTimes
    let statements: [StatementTimes.Entry]

    static let poolName = MetricLabel("db_client_connection_pool_name", "likeness")

    func samples() -> [MetricSample] {
        [
            MetricSample(ServiceMetric.poolWait.name, labels: [Self.poolName], HistogramCounts(self.times.wait)),
            MetricSample(ServiceMetric.poolUse.name, labels: [Self.poolName], HistogramCounts(self.times.use)),
            MetricSample(ServiceMetric.poolCreate.name, labels: [Self.poolName], HistogramCounts(self.times.create)),
        ]
            + self.refusals.map { reason, count in
                MetricSample(ServiceMetric.poolRefusals.name, labels: [MetricLabel("reason", reason)], Double(count))
            }
            + self.statements.map(Self.sample)
    }

    private var refusals: [(reason: String, count: UInt64)] {
        let pool = self.pool
        return [
            ("timeout", pool.refusedExhausted - pool.refusedDeadline - pool.refusedFull),
            ("deadline", pool.refusedDeadline), ("queue_full", pool.refusedFull), ("down", pool.refusedDown),
            ("closed", pool.refusedClosed), ("cancelled", pool.cancelled),
        ]
    }

    private static func sample(_ entry: StatementTimes.Entry) -> MetricSample {
        var labels = [
            MetricLabel("db_system_name", "postgresql"), MetricLabel("db_query_summary", entry.statement),
        ]
        if let failure = entry.failure {
            if let code = failure.sqlState { labels.append(MetricLabel("db_response_status_code", code)) }
            labels.append(MetricLabel("error_type", failure.reason))
        }
        return MetricSample(ServiceMetric.operationDuration.name, labels: labels, HistogramCounts(entry.times))
    }
}

extension HistogramCounts {
    fileprivate init(_ times: TimeHistogram) {
        self.init(bounds: TimeHistogram.bounds, buckets: times.buckets, sum: times.seconds)
    }
}
