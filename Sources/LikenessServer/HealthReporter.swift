internal import LikenessMessages
internal import LikenessStandardServices
internal import Logging
internal import Synchronization

/// Looks every few seconds how the service is doing and says so to who watches its health.
final class HealthReporter: Sendable {
    private static let interval = Duration.seconds(5)
    /// Without the database they can do nothing; the others answer all the same.
    private static let needDatabase: Set<String> = [
        "", SearchServiceMethods.all[0].service, SavedSearchServiceMethods.all[0].service,
        ProfileServiceMethods.all[0].service,
    ]

    let monitor: ServiceMonitor
    let registry: HealthRegistry
    let logger: Logger
    private let last = Mutex((failing: "", impaired: Set<String>()))

    init(monitor: ServiceMonitor, registry: HealthRegistry, logger: Logger) {
        self.monitor = monitor
        self.registry = registry
        self.logger = logger
    }

    /// Works until cancelled.
    func run() async {
        while !Task.isCancelled {
            await self.report()
            FailureLog.shared.flush()
            try? await Task.sleep(for: Self.interval)
        }
    }

    func report() async {
        let health = await self.monitor.health(deadline: nil)
        // The daemon stops: what was cancelled says nothing of the database.
        guard !Task.isCancelled else { return }
        let status: RPCServingStatus = health.status == .notServing ? .notServing : .serving
        let failing = Self.text(health.components.filter { $0.status == .notServing })
        let impaired = health.components.filter { $0.status == .degraded }
        let isNews = self.last.withLock { last in
            // Of what is degraded the names alone: its message may count something.
            let now = (failing: failing, impaired: Set(impaired.map(\.name)))
            defer { last = now }
            return last != now
        }
        if isNews || self.registry.status(of: "") != status {
            let level: Logger.Level = status != .serving ? .error : impaired.isEmpty ? .notice : .warning
            self.logger.log(
                level: level,
                "health",
                metadata: [
                    "status": "\(status)", "not_serving": "\(failing)", "degraded": "\(Self.text(impaired))",
                ]
            )
        }
        let statuses = self.registry.services.map { ($0, Self.needDatabase.contains($0) ? status : .serving) }
        self.registry.set(Dictionary(statuses) { first, _ in first })
    }

    private static func text(_ components: [ComponentHealth]) -> String {
        components.map { "\($0.name): \($0.message)" }.joined(separator: "; ")
    }
}
