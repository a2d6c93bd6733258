internal import CLikenessBuild
internal import Foundation
internal import LikenessMessages
internal import LikenessRPC
internal import Logging
internal import NIOPosix
internal import ServiceLifecycle
internal import UnixSignals

/// One service that has started: it listens, and works and stops when it is run.
package struct ServiceInstance: Sendable {
    let listener: Listener
    let workers: [Worker]
    let resources: Resources
    let operations: OperationsPort?
    let reloader: SecurityReloader
    let monitor: ServiceMonitor
    let logger: Logger
    /// Where it listens, as `HOST:PORT` with the real port.
    package let endpoint: String
    /// Where probes and metrics are, as a URL.
    package var operationsEndpoint: String? { self.operations?.endpoint }
    /// The real port.
    package var port: Int { self.listener.server.port }

    /// Serves until the process gets the signal to stop, then drains.
    ///
    /// - Parameter reread: Reads the configuration again, of which the log's level counts from then on.
    package static func run(
        _ configuration: ServerConfiguration,
        rereading reread: @escaping @Sendable () async throws -> ServerConfiguration
    ) async throws {
        let logger = Logger(label: "likeness")
        Self.logStart(logger)
        let manager = ServiceManager(environment: ProcessInfo.processInfo.environment)
        manager?.send(["STATUS=starting: the database is waited for, or migrated"])
        // From the first moment: without it the signal would end the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let instance = try await Self.start(configuration, database: try Self.connection(configuration), logger: logger)
        var metadata: Logger.Metadata = ["endpoint": "\(instance.endpoint)"]
        if let operations = instance.operationsEndpoint { metadata["operations"] = "\(operations)" }
        logger.info("serving", metadata: metadata)
        try await instance.runUntilSignalled(hangups: hangups, rereading: reread, under: manager)
    }

    /// Which release starts.
    static func logStart(_ logger: Logger) {
        logger.info(
            "starting",
            metadata: [
                "version": "\(ProductVersion.current)", "commit": "\(String(cString: likeness_build_commit()))",
            ]
        )
    }

    /// Takes up the log's level as the configuration has it now.
    private func useLevel(of reread: () async throws -> ServerConfiguration) async {
        let configuration: ServerConfiguration
        do {
            configuration = try await reread()
        } catch {
            let problems = "\(error)".split(separator: "\n").joined(separator: "; ")
            return self.logger.error("keeping the previous log.level: \(problems)")
        }
        let previous = LogSetup.level
        guard let level = Logger.Level(rawValue: configuration.logLevel), level != previous else { return }
        // The line is written whichever of the two levels would hide it.
        LogSetup.level = min(level, previous, .notice)
        self.logger.notice("log.level has changed", metadata: ["from": "\(previous)", "to": "\(level)"])
        LogSetup.level = level
    }

    /// Works until SIGTERM or SIGINT, then drains. A second signal ends the process at once.
    ///
    /// - Parameters:
    ///   - hangups: SIGHUPs, each of which has certificates and tokens read again; when `nil`, SIGHUP ends too.
    ///   - reread: Reads the configuration again, which each SIGHUP does; `nil` where there is none.
    ///   - manager: Is told how the service is doing.
    ///   - ending: Called before a second signal ends the process; must not wait for anything.
    func runUntilSignalled(
        hangups: UnixSignalsSequence?,
        rereading reread: (@Sendable () async throws -> ServerConfiguration)? = nil,
        under manager: ServiceManager? = nil,
        ending: @escaping @Sendable () -> Void = {}
    ) async throws {
        let impatience = Worker(.impatience) {
            var count = 0
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                count += 1
                guard count > 1 else { continue }
                self.logger.warning(
                    "a second signal: ending without waiting for calls",
                    metadata: ["signal": "\(signal)"]
                )
                ending()
                LogSetup.flush(within: .milliseconds(200))
                // As a shell reports a process that the signal ended.
                _exit(128 + (signal == .sigint ? SIGINT : SIGTERM))
            }
        }
        let reloads = Worker(.hangups) {
            guard let hangups else { return }
            for await _ in hangups {
                await manager?.deliver(["RELOADING=1", "MONOTONIC_USEC=\(ServiceManager.monotonicMicroseconds)"])
                self.reloader.reload()
                if let reread { await self.useLevel(of: reread) }
                await manager?.deliver(["READY=1"])
            }
        }
        let supervision = manager.map { manager in
            Supervision(
                manager: manager,
                state: self.listener.state,
                loops: Array(self.resources.eventLoops.makeIterator()),
                health: { [monitor] in monitor.latestHealth }
            )
        }
        let supervisor = Worker(.supervision) { await supervision?.run() }
        let group = self.group(
            before: [impatience],
            [supervisor] + self.workers + [reloads],
            signals: hangups == nil ? [.sigterm, .sigint, .sighup] : [.sigterm, .sigint]
        )
        try await group.run()
    }

    /// Works until cancelled, then drains.
    ///
    /// - Parameter names: The workers that work.
    package func runUntilCancelled(_ names: Set<WorkerName>) async throws {
        let group = self.group(before: [], self.workers.filter { names.contains($0.name) }, signals: [])
        // Cancelled itself, it would end everything at once.
        let running = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    /// They stop in the opposite order, each when those after it have.
    private func group(before: [Worker], _ workers: [Worker], signals: [UnixSignal]) -> ServiceGroup {
        let operations: [any Service] = [self.operations].compactMap(\.self)
        let services = before as [any Service] + [self.resources] + operations + workers + [self.listener]
        return ServiceGroup(services: services, gracefulShutdownSignals: signals, logger: self.logger)
    }
}
