internal import LikenessRPC
internal import LikenessTLS
internal import NIOCore
internal import Synchronization

/// A connection, and how many calls of this client it carries.
final class PooledConnection: SlotConnection {
    let connection: ClientConnection
    private let inFlight = Atomic(0)
    private let answered = Atomic(false)

    init(_ connection: ClientConnection) { self.connection = connection }

    var isDraining: Bool { self.connection.isDraining }
    var hasAnswered: Bool { self.answered.load(ordering: .relaxed) }
    var callCount: Int { self.inFlight.load(ordering: .relaxed) }

    /// Takes a place for a call, unless the server takes no more of them.
    func enter() -> Bool {
        if self.inFlight.add(1, ordering: .relaxed).newValue <= self.connection.callCountMax { return true }
        self.leave()
        return false
    }

    func noteAnswer() { if !self.hasAnswered { self.answered.store(true, ordering: .relaxed) } }

    func leave() { self.inFlight.subtract(1, ordering: .relaxed) }
}

/// One connection to one address: made when needed, made again when lost.
final class ConnectionSlot: Sendable {
    enum Taken {
        case ready(PooledConnection)
        /// Connected, but to be used only when there is nothing better.
        case resting(PooledConnection)
        case connecting
        case failed(LikenessError, retryAt: ContinuousClock.Instant?)
    }

    /// What all slots of a client have in common.
    struct Dependencies: Sendable {
        let tls: ClientTLS
        let connectTimeout: Duration
        let clock: ClientClock
        let group: any EventLoopGroup
    }

    private struct State {
        var machine: SlotMachine<PooledConnection>
        var attempt: Task<Void, Never>?
        var rest = EndpointRest()
    }

    /// Where it connects to: an address, or a host that is one.
    let endpoint: ClientConfiguration.Endpoint
    /// Which of the client's host names the address belongs to; `nil` when it was given as an address.
    let name: Int?
    private let serverName: String
    private let dependencies: Dependencies
    private let onChange: @Sendable (_ isFailure: Bool) -> Void
    private let state: Mutex<State>

    /// - Parameter onChange: Called after an attempt has ended, and after a connection is lost or leaving.
    init(
        endpoint: ClientConfiguration.Endpoint,
        name: Int? = nil,
        serverName: String,
        dependencies: Dependencies,
        onChange: @escaping @Sendable (_ isFailure: Bool) -> Void
    ) {
        self.endpoint = endpoint
        self.name = name
        self.serverName = serverName
        self.dependencies = dependencies
        self.onChange = onChange
        self.state = Mutex(State(machine: SlotMachine(name: "\(endpoint)")))
    }

    /// Calls under way; `nil` without a connection.
    var load: Int? { self.state.withLock { $0.machine.connection?.callCount } }

    /// Whether calls go elsewhere as long as they can.
    var isResting: Bool { self.state.withLock { $0.rest.isResting } }

    /// How a call has ended on a connection that goes on.
    func noteEnd(_ error: LikenessError?) {
        self.state.withLock { state in
            if let error {
                state.rest.failed(error, now: self.dependencies.clock.now(), jitter: .random(in: 0.8...1.2))
            } else {
                state.rest.answered()
            }
        }
    }

    /// The connection, or how far it is. An attempt to make one starts here when one is due.
    func take() -> Taken {
        self.state.withLock { state in
            let now = self.dependencies.clock.now()
            switch state.machine.asked(now: now, jitter: .random(in: 0.8...1.2)) {
            case .use(let connection):
                return state.rest.mayServe(now: now) ? .ready(connection) : .resting(connection)
            case .fail(let reason, let retryAt): return .failed(reason, retryAt: retryAt)
            case .wait: return .connecting
            case .connect:
                state.attempt = Task { await self.connect() }
                return .connecting
            }
        }
    }

    private func connect() async {
        let connection: ClientConnection
        do {
            var configuration = ClientConnection.Configuration()
            configuration.connectTimeout = self.dependencies.connectTimeout
            connection = try await ClientConnection.connect(
                host: self.endpoint.host,
                port: self.endpoint.port,
                security: .tls(self.dependencies.tls.context(), serverName: self.serverName),
                group: self.dependencies.group,
                configuration: configuration
            )
        } catch {
            let cause = LikenessError(any: error)
            let message = "\(self.endpoint): \(cause.message)"
            let failure = LikenessError(.unavailable, message, reason: cause.reason, nothingWasDone: true)
            self.state.withLock { state in
                state.attempt = nil
                let now = self.dependencies.clock.now()
                state.machine.attemptFailed(failure, now: now, jitter: .random(in: 0.8...1.2))
            }
            self.onChange(true)
            return
        }
        let decision = self.state.withLock { state in
            state.attempt = nil
            return state.machine.connected(PooledConnection(connection), now: self.dependencies.clock.now())
        }
        switch decision {
        case .keep: connection.draining.whenSuccess { [onChange] in onChange(true) }
        case .discard: connection.abort()
        }
        self.onChange(false)
    }

    /// Takes no more calls; waits for those in flight, but not past the deadline.
    func close(deadline: ContinuousClock.Instant) async {
        let (decision, attempt) = self.state.withLock { ($0.machine.close(), $0.attempt) }
        switch decision {
        case .nothing: break
        case .abandonAttempt:
            attempt?.cancel()
            // However it ends, it leaves no connection behind.
            if let attempt { await BoundedWait.end(of: attempt, deadline: deadline) }
        case .close(let pooled):
            let timer = Task {
                try await ClientClock.continuous.sleep(deadline)
                pooled.connection.abort()
            }
            await pooled.connection.close()
            timer.cancel()
        }
    }
}
