internal import LikenessMessages
internal import LikenessStandardServices
internal import Logging
internal import Synchronization

/// Looks every few seconds how the service is doing and says so to who watches its health.
final class HealthReporter: Sendable {
    private static let interval = Duration.seconds(5)
    /// Without the database they can do nothing; the others answer all the same.
    private static let needDatabase: Set<String> = [
        "", SearchServiceMethods.all[0].service, ProfileServiceMethods.all[0].service,
    ]

    let monitor: ServiceMonitor
    let registry: HealthRegistry
    let logger: Logger
    private let lastFailing = Mutex("")

    init(monitor: ServiceMonitor, registry: HealthRegistry, logger: Logger) {
        self.monitor = monitor
        self.registry = registry
        self.logger = logger
    }

    func runUntilCancelled() async {
        while !Task.isCancelled {
            await self.report()
            FailureLog.shared.flush()
            try? await Task.sleep(for: Self.interval)
        }
    }

    func report() async {
        let health = await self.monitor.health(deadline: nil)
        let status: RPCServingStatus = health.status == .notServing ? .notServing : .serving
        let failing = health.components.filter { $0.status == .notServing }.map { "\($0.name): \($0.message)" }
            .joined(separator: "; ")
        let isNews = self.lastFailing.withLock { last in
            defer { last = failing }
            return last != failing
        }
        if isNews || self.registry.status(of: "") != status {
            let level: Logger.Level = status == .serving ? .notice : .error
            self.logger.log(level: level, "health", metadata: ["status": "\(status)", "not_serving": "\(failing)"])
        }
        let statuses = self.registry.services.map { ($0, Self.needDatabase.contains($0) ? status : .serving) }
        self.registry.set(Dictionary(statuses) { first, _ in first })
    }
}
