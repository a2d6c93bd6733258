internal import LikenessMessages
internal import LikenessRPC
internal import LikenessStandardServices
internal import LikenessWire
package import Logging
internal import NIOCore
internal import NIOPosix

/// A server whose handlers share a few workers, and callers that do not wait for each other.
///
/// Latency counts from the moment a call was planned for, so a driver that falls behind cannot flatter the server.
package final class OverloadTrial: Sendable {
    private let server: RPCServer
    private let connections: [ClientConnection]
    private let health: ClientConnection
    private let serverGroup: MultiThreadedEventLoopGroup
    private let clientGroup: MultiThreadedEventLoopGroup
    private let work: Duration

    private init(
        server: RPCServer,
        connections: [ClientConnection],
        health: ClientConnection,
        serverGroup: MultiThreadedEventLoopGroup,
        clientGroup: MultiThreadedEventLoopGroup,
        work: Duration
    ) {
        self.server = server
        self.connections = connections
        self.health = health
        self.serverGroup = serverGroup
        self.clientGroup = clientGroup
        self.work = work
    }

    /// - Parameters:
    ///   - workers: Calls that are worked on at once.
    ///   - work: How long one takes.
    ///   - delayTarget: The delay that a standing queue may cause.
    package static func start(workers count: Int, work: Duration, delayTarget: Duration, logger: Logger) async throws
        -> OverloadTrial
    {
        let workers = Workers(count: count)
        var configuration = RPCServerConfiguration()
        configuration.settings.streamsMax = 2_000
        configuration.admission.delayTarget = delayTarget
        var router = MethodRouter()
        router.unary(InteropServiceMethods.sleep) { request, _ in
            try await workers.work { try await Task.sleep(for: .milliseconds(Int64(request.durationMs))) }
            return SleepResponse()
        }
        let standard = try StandardServices(
            addingTo: &router,
            fileDescriptorSets: [InteropContract.fileDescriptorSet],
            name: "overload-trial",
            version: ProductVersion.current,
            startTime: ProtobufTimestamp(seconds: 0),
            configuration: configuration
        )
        standard.health.setAll(.serving)
        let serverGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let clientGroup = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await RPCServer.start(
            host: "127.0.0.1",
            port: 0,
            security: .plaintext,
            router: router,
            configuration: configuration,
            roles: { _ in [.none] },
            logger: logger,
            group: serverGroup
        )
        var connections: [ClientConnection] = []
        for _ in 0..<5 {
            let connection = try await ClientConnection.connect(
                host: "127.0.0.1",
                port: server.port,
                security: .plaintext,
                group: clientGroup
            )
            connections.append(connection)
        }
        return OverloadTrial(
            server: server,
            connections: Array(connections.dropLast()),
            health: connections[4],
            serverGroup: serverGroup,
            clientGroup: clientGroup,
            work: work
        )
    }

    package func stop() async {
        for connection in self.connections + [self.health] { await connection.close() }
        await self.server.shutDown(within: .seconds(2))
        try? await self.serverGroup.shutdownGracefully()
        try? await self.clientGroup.shutdownGracefully()
    }

    /// Callers that each send when they have got their answer.
    package func closedLoop(callers: Int, for length: Duration) async -> OverloadSample {
        let start = ContinuousClock.now
        let sample = OverloadRecorder()
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<callers {
                group.addTask {
                    while ContinuousClock.now < start + length {
                        await self.call(index, planned: .now, phase: start, sample)
                    }
                }
            }
        }
        return sample.finished(start: start)
    }

    /// Calls at a steady rate, whatever becomes of them, and twenty health checks a second beside them.
    package func openLoop(perSecond rate: Double, for length: Duration) async -> OverloadSample {
        let start = ContinuousClock.now
        let sample = OverloadRecorder()
        let count = Int(rate * (length / .seconds(1)))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.checkHealth(from: start, for: length, sample) }
            var index = 0
            while index < count {
                let due = min(count, Int((ContinuousClock.now - start) / .seconds(1) * rate) + 1)
                for call in index..<max(index, due) {
                    let planned = start + .seconds(Double(call) / rate)
                    group.addTask { await self.call(call, planned: planned, phase: start, sample) }
                }
                index = max(index, due)
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
        return sample.finished(start: start)
    }

    private func call(
        _ index: Int,
        planned: ContinuousClock.Instant,
        phase: ContinuousClock.Instant,
        _ sample: OverloadRecorder
    ) async {
        let request = SleepRequest(durationMs: UInt32(self.work / .milliseconds(1)))
        let connection = self.connections[index % self.connections.count]
        do {
            _ = try await connection.unary(InteropServiceMethods.sleep, request, options: CallOptions())
            let latency = ContinuousClock.now - planned
            sample.record { $0.accepted.append(latency) }
        } catch let error as RPCError where error.code == .resourceExhausted {
            let now = ContinuousClock.now
            sample.record { sample in
                sample.refused.append(now - planned)
                sample.lastRefusal = max(sample.lastRefusal, planned - phase)
            }
        } catch {
            sample.record { $0.failed += 1 }
        }
    }

    private func checkHealth(
        from start: ContinuousClock.Instant,
        for length: Duration,
        _ sample: OverloadRecorder
    ) async {
        var planned = start
        while planned < start + length {
            try? await Task.sleep(until: planned, clock: .continuous)
            do {
                _ = try await self.health.unary(HealthServiceMethods.check, RPCCheckRequest(), options: CallOptions())
                let latency = ContinuousClock.now - planned
                sample.record { $0.health.append(latency) }
            } catch {
                sample.record { $0.failed += 1 }
            }
            planned = planned + .milliseconds(50)
        }
    }
}
