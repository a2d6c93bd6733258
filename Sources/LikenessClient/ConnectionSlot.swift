internal import LikenessRPC
internal import LikenessTLS
internal import NIOCore
internal import Synchronization

/// One connection to one endpoint: made when needed, made again when lost, by one attempt at a time.
final class ConnectionSlot: Sendable {
    private enum State {
        case idle
        case connecting(Task<ClientConnection, any Error>)
        case ready(ClientConnection)
        /// The last attempts failed; none is made before the time.
        case waiting(until: ContinuousClock.Instant, failures: Int, reason: LikenessError)
        case closed
    }

    private enum Decision {
        case use(ClientConnection)
        case await(Task<ClientConnection, any Error>)
        case fail(LikenessError)
    }

    private let endpoint: ClientConfiguration.Endpoint
    private let context: TLSContext
    private let serverName: String
    private let connectTimeout: Duration
    private let group: any EventLoopGroup
    private let state = Mutex((State.idle, failures: 0))

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

    /// The connection, made if there is none.
    ///
    /// - Throws: `LikenessError`: `.unavailable` with nothing done, `.deadlineExceeded`, `.cancelled`.
    func connection(deadline: ContinuousClock.Instant?) async throws -> ClientConnection {
        let decision = self.state.withLock { state -> Decision in
            switch state.0 {
            case .ready(let connection) where !connection.isDraining: return .use(connection)
            case .connecting(let task): return .await(task)
            case .waiting(let until, _, let reason) where ContinuousClock.now < until: return .fail(reason)
            case .closed: return .fail(LikenessError(.cancelled, "the client is closed", nothingWasDone: true))
            case .idle, .ready, .waiting:
                let task = Task { try await self.connect() }
                state.0 = .connecting(task)
                return .await(task)
            }
        }
        switch decision {
        case .use(let connection): return connection
        case .fail(let error): throw error
        case .await(let task): return try await BoundedWait.value(of: task, deadline: deadline)
        }
    }

    private func connect() async throws -> ClientConnection {
        do {
            var configuration = ClientConnection.Configuration()
            configuration.connectTimeout = self.connectTimeout
            let connection = try await ClientConnection.connect(
                host: self.endpoint.host,
                port: self.endpoint.port,
                security: .tls(self.context, serverName: self.serverName),
                group: self.group,
                configuration: configuration
            )
            let isClosed = self.state.withLock { state in
                if case .closed = state.0 { return true }
                state = (.ready(connection), failures: 0)
                return false
            }
            guard isClosed else { return connection }
            await connection.close()
            throw LikenessError(.cancelled, "the client is closed", nothingWasDone: true)
        } catch {
            let place = "\(self.endpoint.host):\(self.endpoint.port)"
            let cause = LikenessError(any: error)
            let failure = LikenessError(.unavailable, "\(place): \(cause.message)", nothingWasDone: true)
            self.state.withLock { state in
                if case .closed = state.0 { return }
                let failures = state.failures + 1
                let wait = ReconnectBackoff.delay(afterFailures: failures, jitter: .random(in: 0.8...1.2))
                state = (.waiting(until: .now + wait, failures: failures, reason: failure), failures: failures)
            }
            throw failure
        }
    }

    func close() async {
        let old = self.state.withLock { state in
            let old = state.0
            state.0 = .closed
            return old
        }
        switch old {
        case .ready(let connection): await connection.close()
        case .connecting(let task):
            task.cancel()
            if let connection = try? await task.value { await connection.close() }
        case .idle, .waiting, .closed: break
        }
    }
}

/// How long to wait before connecting again.
///
/// - SeeAlso: gRPC, "Connection Backoff Protocol": exponential with jitter; shorter here, as services are near.
enum ReconnectBackoff {
    static let first = Duration.milliseconds(100)
    static let longest = Duration.seconds(10)

    static func delay(afterFailures failures: Int, jitter: Double) -> Duration {
        min(Self.first * (1 << min(max(failures - 1, 0), 10)), Self.longest) * jitter
    }
}
