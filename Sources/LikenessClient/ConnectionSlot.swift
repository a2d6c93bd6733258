internal import LikenessRPC
internal import LikenessTLS
internal import NIOCore
internal import Synchronization

extension ClientConnection: SlotConnection {}

/// One connection to one endpoint: made when needed, made again when lost.
final class ConnectionSlot: Sendable {
    enum Taken {
        case ready(ClientConnection)
        /// An attempt that several callers may wait for.
        case pending(Task<ClientConnection, any Error>)
        case failed(LikenessError, retryAt: ContinuousClock.Instant?)
    }

    private struct State {
        var machine = SlotMachine<ClientConnection>()
        var attempt: Task<ClientConnection, any Error>?
    }

    private let endpoint: ClientConfiguration.Endpoint
    private let context: TLSContext
    private let serverName: String
    private let connectTimeout: Duration
    private let group: any EventLoopGroup
    private let state = Mutex(State())

    init(
        endpoint: ClientConfiguration.Endpoint,
        context: TLSContext,
        serverName: String,
        connectTimeout: Duration,
        group: any EventLoopGroup
    ) {
        self.endpoint = endpoint
        self.context = context
        self.serverName = serverName
        self.connectTimeout = connectTimeout
        self.group = group
    }

    /// The connection, or the attempt to make one, which starts here if there is none.
    func take() -> Taken {
        self.state.withLock { state in
            switch state.machine.asked(now: .now) {
            case .use(let connection): return .ready(connection)
            case .fail(let reason, let retryAt): return .failed(reason, retryAt: retryAt)
            case .connect: break
            case .wait: if let attempt = state.attempt { return .pending(attempt) }
            }
            let attempt = Task { try await self.connect() }
            state.attempt = attempt
            return .pending(attempt)
        }
    }

    /// - Throws: `LikenessError`: `.unavailable` with nothing done, or `.cancelled` when the client was closed.
    private func connect() async throws -> ClientConnection {
        let connection: ClientConnection
        do {
            var configuration = ClientConnection.Configuration()
            configuration.connectTimeout = self.connectTimeout
            connection = try await ClientConnection.connect(
                host: self.endpoint.host,
                port: self.endpoint.port,
                security: .tls(self.context, serverName: self.serverName),
                group: self.group,
                configuration: configuration
            )
        } catch {
            let message = "\(self.endpoint): \(LikenessError(any: error).message)"
            let failure = LikenessError(.unavailable, message, nothingWasDone: true)
            self.state.withLock { state in
                state.attempt = nil
                state.machine.attemptFailed(failure, now: .now, jitter: .random(in: 0.8...1.2))
            }
            throw failure
        }
        let decision = self.state.withLock { state in
            state.attempt = nil
            return state.machine.connected(connection)
        }
        switch decision {
        case .keep: return connection
        case .discard:
            connection.abort()
            throw SlotMachine<ClientConnection>.closedError
        }
    }

    /// Takes no more calls; waits for those in flight, but not past the deadline.
    func close(deadline: ContinuousClock.Instant) async {
        let (decision, attempt) = self.state.withLock { ($0.machine.close(), $0.attempt) }
        switch decision {
        case .nothing: break
        case .abandonAttempt:
            attempt?.cancel()
            // However it ends, it leaves no connection behind.
            if let attempt { _ = try? await BoundedWait.first(of: [attempt], deadline: deadline) }
        case .close(let connection):
            let timer = Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                connection.abort()
            }
            await connection.close()
            timer.cancel()
        }
    }
}
