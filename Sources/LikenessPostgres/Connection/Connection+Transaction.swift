internal import CLibpq
internal import Synchronization

package enum IsolationLevel: Sendable {
    case readCommitted, repeatableRead, serializable

    var sql: SQL {
        switch self {
        case .readCommitted: "READ COMMITTED"
        case .repeatableRead: "REPEATABLE READ"
        case .serializable: "SERIALIZABLE"
        }
    }
}

extension Connection {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// A cancellation or a deadline that passes before COMMIT is sent rolls back. Once it is sent, its outcome is waited for.
    /// BEGIN travels with the first statement, and ROLLBACK with whatever comes next, so neither costs a round trip.
    ///
    /// - Parameter attempts: How often `body` may run when the server asks for a retry (serialization failure, deadlock)
    ///   or a plan went stale.
    /// - Throws: What `body` throws; `DatabaseError` from the COMMIT, `outcomeUnknown` if no answer to it came.
    package func withTransaction<Value: ~Copyable>(
        isolation: IsolationLevel = .readCommitted,
        isReadOnly: Bool = false,
        attempts: Int = 1,
        deadline: ContinuousClock.Instant? = nil,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            self.begin(isolation, isReadOnly: isReadOnly)
            do {
                let value = try await body(self)
                try await self.commit(deadline: deadline)
                return value
            } catch let error as DatabaseError where attempt < attempts && error.invitesRetry {
                self.rollback()
                attempt += 1
            } catch {
                self.rollback()
                throw error
            }
        }
    }

    /// The same for a transaction that writes; also answers how far the server's log had got once it was committed, read in
    /// the round trip of the COMMIT. `nil` when the server did not say.
    package func withWrite<Value: Sendable>(
        _ body: (Connection) async throws -> Value
    ) async throws -> (value: Value, logPosition: UInt64?) {
        self.begin(.readCommitted, isReadOnly: false)
        do {
            let value = try await body(self)
            return (value, try await self.commit(deadline: nil, withLogPosition: true))
        } catch {
            self.rollback()
            throw error
        }
    }

    /// Has the next statement start a transaction.
    func begin(_ isolation: IsolationLevel, isReadOnly: Bool) {
        self.state.withLock { state in
            precondition(
                !state.pendingCommands.contains { $0.text.hasPrefix("BEGIN") }
                    && (!state.isInTransaction || state.isRollingBack),
                "a transaction cannot start inside another"
            )
            state.pendingCommands.append("BEGIN ISOLATION LEVEL \(isolation.sql)\(isReadOnly ? " READ ONLY" : "")")
            state.settingsOfTransaction.removeAll()
        }
    }

    private static let commit = Statement("", "COMMIT", countedAs: "commit")

    private static let logPosition = Statement(
        "commit_log_position",
        "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"
    )

    /// - Returns: The log's position after the COMMIT, if it was wanted.
    @discardableResult
    func commit(
        deadline: ContinuousClock.Instant?,
        withLogPosition: Bool = false
    ) async throws(DatabaseError) -> UInt64? {
        let isNeeded = self.state.withLock { state in
            guard state.pendingCommands.contains(where: { $0.text.hasPrefix("BEGIN") }) else { return true }
            state.pendingCommands.removeAll { $0.text.hasPrefix("BEGIN") }  // Nothing ran.
            return false
        }
        guard isNeeded else { return nil }
        let outcome = await self.request(.pipeline, deadline: deadline.map(Moment.init), isCommit: true) {
            state,
            naming in
            var batch = Batch()
            batch.add(Self.commit)
            if withLogPosition { batch.add(Self.logPosition) }
            return state.send(batch, settings: [], naming: naming)
        }
        if let error = outcome.failure {
            guard withLogPosition, outcome.failedStatement == Self.logPosition.name else { throw error }
            // The COMMIT went before.
            _ = self.mustPrepareAgain(error, Self.logPosition.name)
            return nil
        }
        var results = BatchResults(adopting: outcome.results, types: outcome.types)
        // The server answers COMMIT in a failed transaction with ROLLBACK and no error.
        if results.next().tag == "ROLLBACK" {
            throw DatabaseError(.statement(sqlState: SQLState.inFailedTransaction), detail: "rolled back")
        }
        guard withLogPosition else { return nil }
        let position = results.next()
        return (try? position.value(0, 0, as: Int64.self)).map { UInt64($0) }
    }

    /// Has whatever comes next undo the transaction first.
    func rollback() {
        self.state.withLock { state in
            for name in state.settingsOfTransaction { state.noteSetting(name, nil) }
            state.settingsOfTransaction.removeAll()
            if state.pendingCommands.contains(where: { $0.text.hasPrefix("BEGIN") }) {
                state.pendingCommands.removeAll { $0.text.hasPrefix("BEGIN") }
            } else if state.operation != nil || state.isInTransaction {
                state.pendingCommands.append(ConnectionState.rollbackCommand)
            }
        }
    }

    /// Ends what the last borrower left: a given-up statement, a failed transaction. True if the session is as new.
    func tidy() async -> Bool {
        await self.settle()
        let mustSend = self.state.withLock { $0.isRollingBack }
        if mustSend {
            self.state.withLock { $0.leaseDeadline = nil }
            let outcome = await self.request(.pipeline, deadline: Moment.now + Operation.settlingTime) {
                state,
                naming in
                state.send(Batch(), settings: [], naming: naming)
            }
            if outcome.failure != nil { return false }
        }
        return self.isReusable
    }

    /// Whether the session waits for nothing and is outside a transaction.
    var isReusable: Bool {
        self.state.withLock { state in
            guard case .open = state.phase else { return false }
            return state.operation == nil && state.pendingCommands.isEmpty && state.isIdle && !state.isRetired
        }
    }

    /// Lends the connection to somebody whose calls end by `deadline` unless they name another.
    func lend(until deadline: Moment?) {
        self.state.withLock { $0.leaseDeadline = deadline }
    }

    /// Calls `body` once when the session ends by itself; at once if it has already.
    func whenLost(_ body: @escaping @Sendable () -> Void) {
        let isLost = self.state.withLock { state in
            if case .closed = state.phase { return true }
            state.lost = body
            return false
        }
        if isLost { body() }
    }

    var mustTidy: Bool {
        self.state.withLock { state in
            guard case .open = state.phase else { return false }
            return state.isRollingBack || state.operation?.settlesBy != nil
        }
    }
}

extension ConnectionState {
    static let rollbackCommand: SQL = "ROLLBACK"
    var isRollingBack: Bool { self.pendingCommands.contains(Self.rollbackCommand) }
}

extension DatabaseError {
    /// Whether the same transaction may succeed when it is run again from its start.
    package var invitesRetry: Bool {
        guard case .statement(let code) = self.kind else { return false }
        return SQLState.invitesRetry(code) || code == SQLState.noSuchPreparedStatement
            || (code == SQLState.featureNotSupported && self.detail.hasPrefix("cached plan"))
    }
}
