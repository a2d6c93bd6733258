internal import LikenessScheduling
package import Logging
internal import Synchronization

/// Lends connections, fairly between the flows that ask for them (`Flow.current`).
///
/// - SeeAlso: `PoolStateMachine`, which decides; this half does.
package final class ConnectionPool: ReactorSource {
    package let configuration: PoolConfiguration
    private let connectionConfiguration: ConnectionConfiguration
    private let reactor: Reactor
    private let logger: Logger
    private let token: UInt64
    private let state: Mutex<State>

    /// What a waiter is told.
    private enum Answer: Sendable {
        case lent(Connection, PoolStateMachine.ConnectionID)
        case refused(PoolStateMachine.Refusal)
        case cancelled
    }

    private struct State {
        var machine: PoolStateMachine
        var connections: [PoolStateMachine.ConnectionID: Connection] = [:]
        var waiters: [PoolStateMachine.WaiterID: CheckedContinuation<Answer, Never>] = [:]
        /// Answers for waiters that have queued but do not listen yet.
        var early: [PoolStateMachine.WaiterID: Answer] = [:]
        var timerAt: Moment?
        var drained: [CheckedContinuation<Void, Never>] = []
        var isDrained = false
        /// Why the last attempt to connect failed; `nil` after one that succeeded.
        var lastFailure: DatabaseError?
        var lastFailureAt = Moment.now
        var failures = FailureThinning()
    }

    private enum Acquired {
        case lend(Connection, PoolStateMachine.ConnectionID, mustCheck: Bool)
        case wait(PoolStateMachine.WaiterID)
        case refuse(PoolStateMachine.Refusal)
    }

    /// What the machine wants done, with what it takes to do it; done after the lock is free again.
    private enum Deed {
        case answer(CheckedContinuation<Answer, Never>, Answer)
        case connect(PoolStateMachine.ConnectionID)
        case close(Connection)
        case resume(CheckedContinuation<Void, Never>)
    }

    package init(
        _ connectionConfiguration: ConnectionConfiguration,
        _ configuration: PoolConfiguration = PoolConfiguration(),
        reactor: Reactor = .shared,
        logger: Logger
    ) {
        self.configuration = configuration
        self.connectionConfiguration = connectionConfiguration
        self.reactor = reactor
        self.logger = logger
        self.state = Mutex(State(machine: PoolStateMachine(configuration: configuration)))
        self.token = reactor.reserveToken()
        reactor.register(self, token: self.token)
    }

    package var statistics: PoolStatistics { self.state.withLock { $0.machine.statistics } }

    package var times: PoolTimes { self.state.withLock { $0.machine.times } }

    /// Of what is asked on its connections.
    package let statementTimes = StatementTimes()

    // MARK: Borrowing

    /// Lends a connection to `body` and takes it back when `body` is over.
    ///
    /// - Parameters:
    ///   - deadline: For the wait, and for every call on the connection that names none of its own.
    ///   - isIdempotent: `body` may run a second time, on another connection, if the first was lost.
    /// - Throws: `.poolExhausted`, `.poolDown`, `.poolClosed`, `.cancelled`, and what `body` throws.
    package func withConnection<Value: ~Copyable>(
        deadline: ContinuousClock.Instant? = nil,
        isIdempotent: Bool = false,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        do {
            return try await self.lend(deadline, body)
        } catch let error as DatabaseError where isIdempotent && error.kind == .connectionLost {
            return try await self.lend(deadline, body)
        }
    }

    /// Runs `body` in a transaction on a connection of its own; see `Connection.withTransaction`.
    package func withTransaction<Value: ~Copyable>(
        isolation: IsolationLevel = .readCommitted,
        isReadOnly: Bool = false,
        attempts: Int = 1,
        deadline: ContinuousClock.Instant? = nil,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        try await self.lend(deadline) { connection in
            try await connection.withTransaction(
                isolation: isolation,
                isReadOnly: isReadOnly,
                attempts: attempts,
                body
            )
        }
    }

    /// Runs a transaction that writes on a connection of its own; see `Connection.withWrite`.
    package func withWrite<Value: Sendable>(
        deadline: ContinuousClock.Instant? = nil,
        _ body: (Connection) async throws -> Value
    ) async throws -> (value: Value, logPosition: UInt64?) {
        try await self.lend(deadline) { connection in try await connection.withWrite(body) }
    }

    /// Runs one statement on any connection.
    package func execute(
        _ statement: Statement,
        _ parameters: Parameters = Parameters(),
        settings: [SessionSetting] = [],
        deadline: ContinuousClock.Instant? = nil,
        isIdempotent: Bool = false
    ) async throws(DatabaseError) -> QueryResult {
        let lease = try await self.acquire(deadline)
        do {
            let result = try await lease.connection.execute(statement, parameters, settings: settings)
            self.release(lease)
            return result
        } catch {
            self.release(lease)
            guard isIdempotent, error.kind == .connectionLost else { throw error }
        }
        return try await self.execute(
            statement,
            parameters,
            settings: settings,
            deadline: deadline,
            isIdempotent: false
        )
    }

    private func lend<Value: ~Copyable>(
        _ deadline: ContinuousClock.Instant?,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        let lease = try await self.acquire(deadline)
        defer { self.release(lease) }
        return try await body(lease.connection)
    }

    private struct Lease {
        let connection: Connection
        let id: PoolStateMachine.ConnectionID
    }

    private func acquire(_ deadline: ContinuousClock.Instant?) async throws(DatabaseError) -> Lease {
        if Task.isCancelled { throw DatabaseError(.cancelled, nothingWasSent: true) }
        let flow = Flow.current
        let since = Moment.now
        let deadline = deadline.map(Moment.init)
        var (answer, actions) = self.state.withLock { state in
            let (answer, actions) = state.machine.acquireWanted(for: flow, now: since, deadline: deadline)
            return self.prepare(&state, answer, actions)
        }
        while true {
            switch answer {
            case .lend(let connection, let id, let mustCheck):
                self.perform(actions)
                let lease = Lease(connection: connection, id: id)
                if !mustCheck {
                    connection.lend(until: deadline)
                    return lease
                }
                if await self.isAlive(lease, deadline) { return lease }
                connection.close()
                (answer, actions) = self.state.withLock { state in
                    state.connections[id] = nil
                    let (answer, actions) = state.machine.checkFailed(
                        id,
                        now: .now,
                        since: since,
                        deadline: deadline
                    )
                    return self.prepare(&state, answer, actions)
                }
            case .wait(let waiter):
                switch await self.wait(waiter, actions) {
                case .lent(let connection, let id):
                    connection.lend(until: deadline)
                    return Lease(connection: connection, id: id)
                case .refused(let refusal): throw self.error(refusal)
                case .cancelled: throw DatabaseError(.cancelled, nothingWasSent: true)
                }
            case .refuse(let refusal):
                self.perform(actions)
                throw self.error(refusal)
            }
        }
    }

    private func isAlive(_ lease: Lease, _ deadline: Moment?) async -> Bool {
        let latest = Moment.now + .seconds(1)
        lease.connection.lend(until: deadline)
        do {
            _ = try await lease.connection.run(Batch(), deadline: deadline.map { min($0, latest) } ?? latest)
            return true
        } catch {
            return false
        }
    }

    private func wait(_ waiter: PoolStateMachine.WaiterID, _ actions: [Deed]) async -> Answer {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early: Answer? = self.state.withLock { state in
                    // Served, refused or cancelled between being queued and getting here?
                    if let answer = state.early.removeValue(forKey: waiter) { return answer }
                    if Task.isCancelled, state.machine.waiterCancelled(waiter) { return .cancelled }
                    state.waiters[waiter] = continuation
                    return nil
                }
                if let early { continuation.resume(returning: early) }
                self.perform(actions)
            }
        } onCancel: {
            let continuation = self.state.withLock { state in
                guard let continuation = state.waiters[waiter], state.machine.waiterCancelled(waiter) else {
                    return nil as CheckedContinuation<Answer, Never>?
                }
                state.waiters[waiter] = nil
                return continuation
            }
            continuation?.resume(returning: .cancelled)
        }
    }

    // MARK: Giving back

    private func release(_ lease: Lease) {
        if lease.connection.mustTidy {
            // The borrower need not wait until the server has stopped or rolled back.
            Task { self.finishRelease(lease, isReusable: await lease.connection.tidy()) }
        } else {
            self.finishRelease(lease, isReusable: lease.connection.isReusable)
        }
    }

    private func finishRelease(_ lease: Lease, isReusable: Bool) {
        self.change { $0.released(lease.id, isReusable: isReusable, now: .now) }
    }

    /// Refuses everybody from now on and returns when the last connection is closed; lent ones are waited for.
    package func shutDown() async {
        self.change { $0.shutDown() }
        await withCheckedContinuation { continuation in
            let isDrained = self.state.withLock { state in
                if !state.isDrained { state.drained.append(continuation) }
                return state.isDrained
            }
            if isDrained { continuation.resume() }
        }
        self.reactor.deregister(self.token)
    }

    // MARK: Doing what the machine decided

    private func change(_ event: (inout PoolStateMachine) -> [PoolStateMachine.Action]) {
        let deeds = self.state.withLock { state in
            let actions = event(&state.machine)
            return self.prepare(&state, actions)
        }
        self.perform(deeds)
    }

    private func prepare(
        _ state: inout State,
        _ answer: PoolStateMachine.OnAcquire,
        _ actions: [PoolStateMachine.Action]
    ) -> (Acquired, [Deed]) {
        let deeds = self.prepare(&state, actions)
        switch answer {
        case .lend(let id, let mustCheck):
            guard let connection = state.connections[id] else {
                preconditionFailure("connection \(id) is lent but unknown")
            }
            return (.lend(connection, id, mustCheck: mustCheck), deeds)
        case .wait(let waiter): return (.wait(waiter), deeds)
        case .refuse(let refusal): return (.refuse(refusal), deeds)
        }
    }

    private func prepare(_ state: inout State, _ actions: [PoolStateMachine.Action]) -> [Deed] {
        var deeds: [Deed] = []
        func tell(_ waiter: PoolStateMachine.WaiterID, _ answer: Answer) {
            if let continuation = state.waiters.removeValue(forKey: waiter) {
                deeds.append(.answer(continuation, answer))
            } else {
                state.early[waiter] = answer
            }
        }
        for action in actions {
            switch action {
            case .lend(let id, to: let waiter):
                guard let connection = state.connections[id] else {
                    preconditionFailure("connection \(id) is lent but unknown")
                }
                tell(waiter, .lent(connection, id))
            case .refuse(let waiter, let refusal): tell(waiter, .refused(refusal))
            case .connect(let id): deeds.append(.connect(id))
            case .close(let id):
                if let connection = state.connections.removeValue(forKey: id) { deeds.append(.close(connection)) }
            case .drained:
                state.isDrained = true
                deeds += state.drained.map { .resume($0) }
                state.drained.removeAll()
            }
        }
        if let next = state.machine.nextTimer, state.timerAt.map({ next < $0 }) ?? true {
            state.timerAt = next
            self.reactor.setTimer(next, token: self.token)
        }
        return deeds
    }

    private func perform(_ deeds: [Deed]) {
        for deed in deeds {
            switch deed {
            case .answer(let continuation, let answer): continuation.resume(returning: answer)
            case .connect(let id): Task { await self.connect(id) }
            case .close(let connection): connection.close()
            case .resume(let continuation): continuation.resume()
            }
        }
    }

    private func connect(_ id: PoolStateMachine.ConnectionID) async {
        let since = Moment.now
        do {
            let connection = try await Connection.open(
                self.connectionConfiguration,
                reactor: self.reactor,
                times: self.statementTimes
            )
            self.change(adding: connection, id) { machine in
                machine.times.create.observe(from: since, to: .now)
                return machine.connected(id, now: .now, jitter: .random(in: -1...1))
            }
            connection.whenLost { [weak self] in self?.change { $0.lost(id) } }
        } catch {
            let attempts = self.state.withLock { state in
                state.lastFailure = error
                state.lastFailureAt = .now
                return state.failures.failed("\(error) \(error.detail)", now: .now)
            }
            if let attempts {
                self.logger.warning(
                    "no connection to the database",
                    metadata: ["reason": "\(error)", "detail": "\(error.detail)", "attempts": "\(attempts)"]
                )
            }
            self.change { $0.connectFailed(id, now: .now, jitter: .random(in: 0...1)) }
        }
    }

    /// Why no further connection could be opened within the last minute; `nil` after an attempt that succeeded.
    package var recentConnectFailure: DatabaseError? {
        self.state.withLock { state in
            state.lastFailureAt + .seconds(60) > .now ? state.lastFailure : nil
        }
    }

    /// A refusal; when no connection can be opened, with the server's reason.
    private func error(_ refusal: PoolStateMachine.Refusal) -> DatabaseError {
        var error = DatabaseError(refusal)
        if case .poolDown = error.kind, let failure = self.state.withLock({ $0.lastFailure }) {
            error.sqlState = failure.sqlState
            error.detail = failure.detail
        }
        return error
    }

    private func change(
        adding connection: Connection,
        _ id: PoolStateMachine.ConnectionID,
        _ event: (inout PoolStateMachine) -> [PoolStateMachine.Action]
    ) {
        let deeds = self.state.withLock { state in
            state.connections[id] = connection
            state.lastFailure = nil
            let actions = event(&state.machine)
            return self.prepare(&state, actions)
        }
        self.perform(deeds)
    }

    func socketBecameReady() {}

    func timerFired(now: Moment) {
        let deeds = self.state.withLock { state in
            if let timerAt = state.timerAt, timerAt <= now { state.timerAt = nil }
            let actions = state.machine.timerFired(now: now)
            return self.prepare(&state, actions)
        }
        self.perform(deeds)
    }
}

extension DatabaseError {
    init(_ refusal: PoolStateMachine.Refusal) {
        switch refusal {
        case .exhausted(let waited): self.init(.poolExhausted(waited: waited), nothingWasSent: true)
        case .down: self.init(.poolDown, nothingWasSent: true)
        case .closed: self.init(.poolClosed, nothingWasSent: true)
        }
    }
}
