internal import LikenessMetrics
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import ServiceLifecycle
internal import Synchronization
internal import SystemPackage

/// Probes and metrics by HTTP, on a port and an event loop of its own: it answers when those of the service do not.
struct OperationsPort: Service, CustomStringConvertible {
    /// Connections at once; who comes then is closed.
    static let connectionsMax = 64
    /// A connection that asks nothing for this long is closed.
    static let idleTime = TimeAmount.seconds(30)

    let endpoint: String
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let loops: EventLoopWatch

    var description: String { "operations port" }

    /// Begins to answer for a service.
    ///
    /// - Throws: As ``start(host:port:routes:)``.
    static func start(
        host: String,
        port: Int,
        of monitor: ServiceMonitor,
        _ state: ServiceState,
        loops: [any EventLoop],
        _ metrics: MetricsStore
    ) async throws -> OperationsPort {
        let watch = EventLoopWatch(loops)
        let routes = OperationsRoutes(state: state, loops: watch, health: { monitor.latestHealth }, metrics: metrics)
        metrics.collect { routes.samples() + monitor.samples() + ProcessMetrics.samples() }
        do {
            return try await Self.start(host: host, port: port, routes: routes)
        } catch {
            watch.stop()
            throw error
        }
    }

    /// Begins to answer.
    ///
    ///
    /// - Throws: `ConfigurationError` when nothing can listen there.
    static func start(host: String, port: Int, routes: OperationsRoutes) async throws -> OperationsPort {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let places = OperationsPlaces(Self.connectionsMax)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                guard places.take() else { return channel.close() }
                channel.closeFuture.whenComplete { _ in places.giveBack() }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(IdleStateHandler(allTimeout: Self.idleTime))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(OperationsHandler(routes: routes))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: host, port: port).get()
            let shown = host.contains(":") ? "[\(host)]" : host
            return OperationsPort(
                endpoint: "http://\(shown):\(channel.localAddress?.port ?? port)",
                channel: channel,
                group: group,
                loops: routes.loops
            )
        } catch {
            try? await group.shutdownGracefully()
            let reason = (error as? IOError).map { Errno(rawValue: $0.errnoCode).description } ?? "\(error)"
            throw ConfigurationError(["operations.listen: \(host):\(port): \(reason)"])
        }
    }

    func run() async {
        try? await gracefulShutdown()
        await self.stop()
    }

    func stop() async {
        self.loops.stop()
        try? await self.channel.close()
        try? await self.group.shutdownGracefully()
    }
}

/// How many connections there may be.
private final class OperationsPlaces: Sendable {
    private let free: Mutex<Int>

    init(_ count: Int) { self.free = Mutex(count) }

    func take() -> Bool {
        self.free.withLock { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    func giveBack() { self.free.withLock { $0 += 1 } }
}
