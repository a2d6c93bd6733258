internal import CLikenessBuild
internal import LikenessMessages
internal import LikenessMetrics
internal import LikenessRepository

extension ServiceMonitor {
    /// What the parts of a service count by themselves.
    func samples() -> [MetricSample] {
        let pool = self.poolStatistics
        let name = DatabaseActivity.poolName
        func connections(_ state: String, _ count: Int32) -> MetricSample {
            let labels = [name, MetricLabel("db_client_connection_state", state)]
            return MetricSample(ServiceMetric.poolConnections.name, labels: labels, Double(count))
        }
        let (embedder, outbox) = (self.embedderStatistics, self.latestOutbox)
        return [
            connections("idle", pool.idle), connections("used", pool.busy), connections("connecting", pool.connecting),
            MetricSample(ServiceMetric.poolMax.name, labels: [name], Double(pool.maxConnections)),
            MetricSample(ServiceMetric.poolPending.name, labels: [name], Double(pool.waiting)),
            MetricSample(ServiceMetric.poolTimeouts.name, labels: [name], Double(pool.timeoutsTotal)),
            MetricSample(ServiceMetric.poolAcquired.name, Double(pool.acquiredTotal)),
            MetricSample(ServiceMetric.poolOpened.name, Double(pool.connectedTotal)),
            MetricSample(ServiceMetric.poolFailures.name, Double(pool.connectFailuresTotal)),
            MetricSample(ServiceMetric.embedderTexts.name, Double(embedder.textsTotal)),
            MetricSample(ServiceMetric.embedderCacheHits.name, Double(embedder.cacheHitsTotal)),
            MetricSample(ServiceMetric.embedderQueue.name, Double(embedder.queued)),
            MetricSample(ServiceMetric.outboxSections.name, Double(outbox.pending)),
            MetricSample(ServiceMetric.outboxFailing.name, Double(outbox.failing)),
            MetricSample(ServiceMetric.outboxAge.name, outbox.oldestAge / .seconds(1)),
            MetricSample(
                ServiceMetric.buildInfo.name,
                labels: [
                    MetricLabel("version", ProductVersion.current),
                    MetricLabel("commit", String(cString: likeness_build_commit())),
                ],
                1
            ),
        ]
            + self.databaseActivity.samples()
            + self.latestHealth.components.map { component in
                let value: Double =
                    switch component.status {
                    case .serving: 1
                    case .degraded: 0.5
                    default: 0
                    }
                return MetricSample(
                    ServiceMetric.componentStatus.name,
                    labels: [MetricLabel("component", component.name)],
                    value
                )
            }
    }
}
