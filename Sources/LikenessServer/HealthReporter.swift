internal import LikenessMessages
internal import LikenessStandardServices
internal import Logging

/// Looks every few seconds how the service is doing and says so to who watches its health.
struct HealthReporter: Sendable {
    private static let interval = Duration.seconds(5)
    /// Without the database they can do nothing; the others answer all the same.
    private static let needDatabase: Set<String> = [
        "", SearchServiceMethods.all[0].service, ProfileServiceMethods.all[0].service,
    ]

    let monitor: ServiceMonitor
    let registry: HealthRegistry
    let logger: Logger

    func runUntilCancelled() async {
        while !Task.isCancelled {
            await self.report()
            try? await Task.sleep(for: Self.interval)
        }
    }

    func report() async {
        let health = await self.monitor.health(deadline: nil)
        let status: RPCServingStatus = health.status == .notServing ? .notServing : .serving
        if self.registry.status(of: "") != status {
            let failing = health.components.filter { $0.status == .notServing }.map(\.name).joined(separator: ", ")
            self.logger.notice("health", metadata: ["status": "\(status)", "not_serving": "\(failing)"])
        }
        let statuses = self.registry.services.map { ($0, Self.needDatabase.contains($0) ? status : .serving) }
        self.registry.set(Dictionary(statuses) { first, _ in first })
    }
}
