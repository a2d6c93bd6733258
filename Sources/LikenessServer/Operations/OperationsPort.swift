internal import LikenessMetrics
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import SystemPackage

/// Probes and metrics by HTTP, on a port and an event loop of its own: it answers when those of the service do not.
struct OperationsPort: Service, CustomStringConvertible {
    /// Connections at once.
    static let connectionsMax = 64
    /// From one answer to the next on a connection, at most.
    static let exchangeTime = TimeAmount.seconds(30)
    /// At once, so that few of the requests that a client sends ahead are kept.
    private static let readBytes = 4_096

    let endpoint: String
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let loops: EventLoopWatch

    var description: String { "operations port" }

    /// Begins to answer for a service.
    ///
    /// - Throws: `ConfigurationError` when nothing can listen there.
    static func start(
        host: String,
        port: Int,
        of monitor: ServiceMonitor,
        _ state: ServiceState,
        loops: [any EventLoop],
        _ metrics: MetricsStore
    ) async throws -> OperationsPort {
        let watch = EventLoopWatch(loops)
        let probes = OperationsProbes(state: state, loops: watch, health: { monitor.healthWithAge })
        do {
            return try await Self.start(host: host, port: port, probes, metrics) { monitor.samples() }
        } catch {
            watch.stop()
            throw error
        }
    }

    /// Begins to answer.
    ///
    /// - Parameters:
    ///   - exchangeTime: From one answer to the next on a connection, at most.
    ///   - samples: Read at each scrape, beside those of the probes and the process.
    /// - Throws: `ConfigurationError` when nothing can listen there.
    static func start(
        host: String,
        port: Int,
        _ probes: OperationsProbes,
        _ metrics: MetricsStore,
        exchangeTime: TimeAmount = Self.exchangeTime,
        samples: @escaping @Sendable () -> [MetricSample] = { [] }
    ) async throws -> OperationsPort {
        metrics.collect { probes.samples() + samples() + ProcessMetrics.samples() }
        let routes = OperationsRoutes(probes: probes, metrics: metrics)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connections = OperationsConnections(countMax: Self.connectionsMax)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // A client that sends all it has to say and then waits, as `nc -N` does, is answered.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: Self.readBytes)
            )
            .childChannelInitializer { channel in
                connections.opened(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try routes.serve(channel.pipeline.syncOperations, connections, exchangeTime: exchangeTime)
                }
            }
        do {
            let channel = try await bootstrap.bind(host: host, port: port).get()
            let shown = host.contains(":") ? "[\(host)]" : host
            return OperationsPort(
                endpoint: "http://\(shown):\(channel.localAddress?.port ?? port)",
                channel: channel,
                group: group,
                loops: probes.loops
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
