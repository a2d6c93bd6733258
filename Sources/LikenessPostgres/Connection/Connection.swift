internal import CLibpq
internal import Synchronization

/// One session with PostgreSQL. Serves one request at a time; each request is one round trip.
///
/// Requests are sent by the calling thread and answered by the reactor's, which resumes the caller on its own executor.
/// A deadline that passes, or a cancelled task, answers the caller at once; the server is then told to stop, and the
/// connection takes nothing else until it has.
package final class Connection: ReactorSource {
    package let configuration: ConnectionConfiguration
    let reactor: Reactor
    let state: Mutex<ConnectionState>
    let token: UInt64
    /// Where the times of what it is asked are counted.
    let times: StatementTimes?

    init(
        configuration: ConnectionConfiguration,
        reactor: Reactor,
        times: StatementTimes?,
        state: consuming sending ConnectionState
    ) {
        self.configuration = configuration
        self.reactor = reactor
        self.times = times
        self.state = Mutex(state)
        self.token = reactor.reserveToken()
        reactor.register(self, token: self.token)
    }

    // MARK: Statements

    /// Runs one statement and returns its rows.
    ///
    /// - Parameters:
    ///   - settings: Session settings that the statement depends on; see `SessionSetting`.
    ///   - deadline: `nil` takes the deadline that the connection was borrowed with.
    package func execute(
        _ statement: Statement,
        _ parameters: Parameters = Parameters(),
        settings: [SessionSetting] = [],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(DatabaseError) -> QueryResult {
        var batch = Batch()
        batch.add(statement, parameters)
        var results = try await self.execute(batch, settings: settings, deadline: deadline)
        return results.next()
    }

    /// Runs several statements in one round trip. Outside a transaction they are one: all or none take effect.
    ///
    /// - Throws: The first statement's error that the server reported.
    package func execute(
        _ batch: Batch,
        settings: [SessionSetting] = [],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(DatabaseError) -> BatchResults {
        try await self.run(batch, settings: settings, deadline: deadline.map(Moment.init))
    }

    func run(
        _ batch: Batch,
        settings: [SessionSetting] = [],
        deadline: Moment?
    ) async throws(DatabaseError) -> BatchResults {
        var outcome = await self.request(.pipeline, deadline: deadline) { state, naming in
            state.send(batch, settings: settings, naming: naming)
        }
        if let error = outcome.failure, let statement = outcome.failedStatement,
            self.mustPrepareAgain(error, statement),
            outcome.isIdle
        {
            // Nothing of the batch took effect: its plan was missing or outdated, and an error undoes the rest.
            outcome = await self.request(.pipeline, deadline: deadline) { state, naming in
                state.send(batch, settings: settings, naming: naming)
            }
        }
        if let error = outcome.failure { throw error }
        return BatchResults(adopting: outcome.results, types: outcome.types)
    }

    /// Runs several statements in one round trip and waits for all of them.
    package func pipeline(
        settings: [SessionSetting] = [],
        deadline: ContinuousClock.Instant? = nil,
        _ build: (inout Batch) -> Void
    ) async throws(DatabaseError) -> BatchResults {
        var batch = Batch()
        build(&batch)
        return try await self.execute(batch, settings: settings, deadline: deadline)
    }

    /// Runs a text of one or more statements without parameters, for migrations and maintenance.
    package func executeScript(_ sql: SQL, deadline: ContinuousClock.Instant? = nil) async throws(DatabaseError) {
        var outcome = await self.request(.script, deadline: deadline.map(Moment.init)) { state, _ in
            state.sendScript(sql)
        }
        outcome.results.clear()
        if let error = outcome.failure { throw error }
    }

    /// Asks the server for a sign of life.
    package func ping(deadline: ContinuousClock.Instant? = nil) async throws(DatabaseError) {
        _ = try await self.execute(Batch(), deadline: deadline)
    }

    func mustPrepareAgain(_ error: DatabaseError, _ statement: String) -> Bool {
        switch error.kind {
        case .statement(SQLState.noSuchPreparedStatement):
            self.state.withLock { $0.forget(statement, isOnServer: false) }
            return true
        case .statement(SQLState.featureNotSupported) where error.detail.hasPrefix("cached plan"):
            self.state.withLock { $0.forget(statement, isOnServer: true) }
            return true
        default: return false
        }
    }

    // MARK: What the session is

    package var isOpen: Bool {
        self.state.withLock { state in
            if case .open = state.phase { return true }
            return false
        }
    }

    package var isInTransaction: Bool { self.state.withLock { $0.isInTransaction } }

    /// Whether the server is a standby, as it last reported; `nil` before PostgreSQL 14.
    package var isInHotStandby: Bool? {
        self.parameterStatus("in_hot_standby").map { $0 == "on" }
    }

    /// A parameter that the server reports by itself, e.g. `server_version`.
    package func parameterStatus(_ name: String) -> String? {
        self.state.withLock { state in
            guard let raw = unsafe state.raw, let text = unsafe PQparameterStatus(raw, name) else { return nil }
            return unsafe String(cString: text)
        }
    }

    /// The server's process for this session.
    package var backendProcess: Int32 {
        self.state.withLock { state in unsafe state.raw.map { unsafe PQbackendPID($0) } ?? 0 }
    }

    /// Ends the session. Whoever waits for an answer gets `.connectionLost`.
    package func close() {
        let effects = self.state.withLock { state in
            self.end(&state, DatabaseError(.connectionLost, detail: "closed"))
        }
        effects.perform()
    }
}
