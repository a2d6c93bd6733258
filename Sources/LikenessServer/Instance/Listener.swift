internal import LikenessRPC
internal import LikenessStandardServices
internal import Logging
internal import ServiceLifecycle

/// What takes calls. The first to stop: what calls under way need works on until they have ended.
struct Listener: Service, CustomStringConvertible {
    let server: RPCServer
    let health: HealthRegistry
    let state: ServiceState
    let drainTimeout: Duration
    /// Ends calls that run until their caller ends them.
    let endStreams: @Sendable () -> Void
    /// Writes the counts of lines that were thinned.
    let flushLogs: @Sendable () -> Void
    let logger: Logger

    var description: String { "listener" }

    func run() async {
        try? await gracefulShutdown()
        await self.stop(within: self.drainTimeout)
    }

    /// Accepts nothing more, and lets running calls end.
    func stop(within time: Duration) async {
        self.logger.info("stopping")
        self.state.stop()
        self.health.shutDown()
        self.endStreams()
        await self.server.shutDown(within: time)
        self.flushLogs()
    }
}
