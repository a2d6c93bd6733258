internal import CLibpq

/// Everything behind a connection's lock: the libpq handle, and what we know of the session.
///
/// SAFETY: `raw` is used only while the connection's lock is held.
@safe struct ConnectionState: @unchecked Sendable {
    enum Phase {
        case opening(CheckedContinuation<Outcome, Never>?, deadline: Moment)
        case open
        case closed(DatabaseError)
    }

    struct Prepared {
        let sql: String
        let serverName: String
    }

    var raw: OpaquePointer?
    var phase: Phase
    var operation: Operation?
    /// Why the last COPY was given up between two of its stages, for the stage that comes next.
    var givenUp: DatabaseError?
    /// Sent before the next request in its round trip: ROLLBACK of a failed transaction, BEGIN of a new one.
    var pendingCommands: [SQL] = []
    /// By statement name. Entered when the Parse is sent, taken out if it fails.
    var prepared: [String: Prepared] = [:]
    var preparedCount = 0
    /// Names on the server whose plan can no longer be used.
    var stale: [String] = []
    /// Names of settings that have the session's own value in every call that asks for no other.
    let sessionSettings: Set<String>
    /// Those values, as far as they are known: what the connection string sets is not.
    let ownValues: [String: String]
    /// Settings that we sent and that hold.
    var settings: [String: String] = [:]
    /// Those of `sessionSettings` that may have another value than the session's own.
    var departedSettings: Set<String> = []
    var settingsOfTransaction: [String] = []
    var types = ExtensionTypes()
    var nextOperation: UInt64 = 1
    /// What `epoll` watches for now.
    var interest: Reactor.Interest = []
    var mustFlush = false
    /// When the reactor's timer for this connection is due.
    var timerAt: Moment?
    /// The deadline of whoever borrowed the connection.
    var leaseDeadline: Moment?
    /// The server said something after which the session is of no further use.
    var isRetired = false
    /// Called when the connection closes although no caller asked for it.
    var lost: (@Sendable () -> Void)?
    /// Called when the operation that the caller gave up is over.
    var settled: [@Sendable () -> Void] = []
    var notified: (@Sendable (Notification) -> Void)?

    /// Numbers the next operation; `nil` while one that was given up is not over.
    mutating func nextOperationNumber() -> UInt64? {
        if self.operation?.settlesBy != nil { return nil }
        self.nextOperation += 1
        return self.nextOperation
    }

    /// - Parameter value: What holds; `nil` where that is not known.
    mutating func noteSetting(_ name: String, _ value: String?) {
        self.settings[name] = value
        if self.sessionSettings.contains(name) { self.departedSettings.insert(name) }
    }

    mutating func noteReset(_ name: String) {
        self.settings[name] = nil
        self.departedSettings.remove(name)
    }

    var isInTransaction: Bool {
        guard let raw = unsafe raw else { return false }
        switch unsafe PQtransactionStatus(raw) {
        case PQTRANS_INTRANS, PQTRANS_INERROR: return true
        default: return false
        }
    }

    var isIdle: Bool {
        guard let raw = unsafe raw else { return false }
        return unsafe PQtransactionStatus(raw) == PQTRANS_IDLE
    }

    var lostError: DatabaseError {
        guard let raw = unsafe raw else { return DatabaseError(.connectionLost) }
        return unsafe DatabaseError(.connectionLost, detail: DatabaseError.connectionText(raw))
    }

    // MARK: Sending

    /// Sends a batch and its sync. `nil`: it is on its way; an error: the connection is unusable.
    mutating func send(
        _ batch: Batch,
        settings wanted: [SessionSetting],
        naming: ConnectionConfiguration.StatementNaming
    )
        -> DatabaseError?
    {
        guard let raw = unsafe raw, unsafe PQstatus(raw) == CONNECTION_OK else { return self.lostError }
        if unsafe PQpipelineStatus(raw) == PQ_PIPELINE_OFF, unsafe PQenterPipelineMode(raw) == 0 {
            return self.lostError
        }
        var isSent = unsafe self.sendPreparations(raw)
        for setting in wanted where naming == .unnamed || self.settings[setting.name] != setting.value {
            guard self.ownValues[setting.name] != setting.value else { continue }
            isSent = unsafe isSent && self.sendSetting(raw, setting, isLocal: naming == .unnamed)
        }
        for name in self.departedSettings
        where !wanted.contains(where: { $0.name == name && $0.value != self.ownValues[name] }) {
            isSent = unsafe isSent && self.sendReset(raw, name)
        }
        self.operation?.label = batch.label
        for entry in batch.entries {
            isSent = unsafe isSent && self.send(raw, entry, naming: naming)
        }
        guard isSent, unsafe PQpipelineSync(raw) == 1 else { return self.lostError }
        return self.flush() ? nil : self.lostError
    }

    /// Sends a text by the simple protocol, which takes several statements but no parameters.
    mutating func sendScript(_ sql: SQL) -> DatabaseError? {
        guard let raw = unsafe raw, unsafe PQstatus(raw) == CONNECTION_OK else { return self.lostError }
        if unsafe PQpipelineStatus(raw) != PQ_PIPELINE_OFF, unsafe PQexitPipelineMode(raw) == 0 {
            return self.lostError
        }
        switch self.operation?.mode {
        case .copyIn, .copyOut: self.operation?.label = .copy
        case .script, .pipeline, nil: self.operation?.label = .script
        }
        let text = (self.pendingCommands + [sql]).map(\.text).joined(separator: ";")
        self.pendingCommands.removeAll()
        guard unsafe PQsendQuery(raw, text) == 1 else { return self.lostError }
        return self.flush() ? nil : self.lostError
    }

    private mutating func sendPreparations(_ raw: OpaquePointer) -> Bool {
        var isSent = true
        if !self.stale.isEmpty, self.isIdle {
            for name in self.stale {
                let command: SQL = "DEALLOCATE \(SQL(quoting: name))"
                isSent = unsafe isSent && PQsendQueryParams(raw, command.text, 0, nil, nil, nil, nil, 1) == 1
                self.operation?.steps.append(.preparation)
            }
            self.stale.removeAll()
        }
        if !self.pendingCommands.isEmpty {
            for command in self.pendingCommands {
                isSent = unsafe isSent && PQsendQueryParams(raw, command.text, 0, nil, nil, nil, nil, 1) == 1
                self.operation?.steps.append(.preparation)
            }
            self.pendingCommands.removeAll()
        }
        return isSent
    }

    private static let setConfig = Statement(
        "likeness_set_config",
        "SELECT pg_catalog.set_config($1, $2, $3)",
        [.text, .text, .bool]
    )

    private mutating func sendSetting(_ raw: OpaquePointer, _ setting: SessionSetting, isLocal: Bool) -> Bool {
        self.operation?.steps.append(.setting(setting))
        let parameters = Parameters(setting.name, setting.value, isLocal)
        return unsafe Self.sendUnnamed(raw, Self.setConfig, parameters, self.types)
    }

    /// NULL stands for the value that the session began with.
    private mutating func sendReset(_ raw: OpaquePointer, _ name: String) -> Bool {
        self.operation?.steps.append(.reset(name: name))
        return unsafe Self.sendUnnamed(raw, Self.setConfig, Parameters(name, String?.none, false), self.types)
    }

    private mutating func send(
        _ raw: OpaquePointer,
        _ entry: Batch.Entry,
        naming: ConnectionConfiguration.StatementNaming
    ) -> Bool {
        let statement = entry.statement
        if naming == .unnamed || statement.name.isEmpty {
            self.operation?.steps.append(.query(statement: statement.name, statement.label))
            return unsafe Self.sendUnnamed(raw, statement, entry.parameters, self.types)
        }
        let serverName: String
        if let known = self.prepared[statement.name] {
            precondition(known.sql == statement.sql, "two texts share the statement name \(statement.name)")
            serverName = known.serverName
        } else {
            self.preparedCount += 1
            serverName = "\(statement.name)~\(self.preparedCount)"
            self.prepared[statement.name] = Prepared(sql: statement.sql, serverName: serverName)
            self.operation?.steps.append(.parse(statement: statement.name, statement.label))
            let types = statement.parameterTypes.map { self.types.oid(of: $0) }
            guard unsafe PQsendPrepare(raw, serverName, statement.sql, Int32(types.count), types) == 1 else {
                return false
            }
        }
        self.operation?.steps.append(.query(statement: statement.name, statement.label))
        return unsafe entry.parameters.withPointers { values, lengths, formats in
            unsafe PQsendQueryPrepared(
                raw,
                serverName,
                Int32(values.count),
                values.baseAddress,
                lengths.baseAddress,
                formats.baseAddress,
                1
            )
        } == 1
    }

    private static func sendUnnamed(
        _ raw: OpaquePointer,
        _ statement: Statement,
        _ parameters: Parameters,
        _ extensionTypes: ExtensionTypes
    ) -> Bool {
        let types = statement.parameterTypes.map { extensionTypes.oid(of: $0) }
        return unsafe parameters.withPointers { values, lengths, formats in
            unsafe PQsendQueryParams(
                raw,
                statement.sql,
                Int32(values.count),
                types,
                values.baseAddress,
                lengths.baseAddress,
                formats.baseAddress,
                1
            )
        } == 1
    }

    /// Writes what is buffered as far as the socket takes it. False: the socket is broken.
    mutating func flush() -> Bool {
        guard let raw = unsafe raw else { return false }
        let rest = unsafe PQflush(raw)
        self.mustFlush = rest == 1
        return rest >= 0
    }

    // MARK: Plans that went stale

    /// Takes a statement out of the registry after the server no longer knows it or can no longer run it.
    mutating func forget(_ statement: String, isOnServer: Bool) {
        guard let known = self.prepared.removeValue(forKey: statement) else { return }
        if isOnServer { self.stale.append(known.serverName) }
    }
}
