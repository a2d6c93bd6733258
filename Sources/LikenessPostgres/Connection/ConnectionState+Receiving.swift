internal import CLibpq

extension ConnectionState {
    /// Reads what the socket has and moves the operation on. False: the socket is broken.
    mutating func receive() -> Bool {
        guard let raw = unsafe raw else { return false }
        // Reading comes first: a server that waits for us to read would never take what we still have to write.
        let isAlive = unsafe PQconsumeInput(raw) == 1
        if isAlive, self.mustFlush, !self.flush() { return false }
        unsafe self.drainNotifications(raw)
        self.advance()
        return unsafe isAlive && PQstatus(raw) == CONNECTION_OK
    }

    private func drainNotifications(_ raw: OpaquePointer) {
        while let found = unsafe PQnotifies(raw) {
            let notification = unsafe Notification(
                channel: String(cString: found.pointee.relname),
                payload: String(cString: found.pointee.extra)
            )
            unsafe PQfreemem(found)
            self.notified?(notification)
        }
    }

    /// Takes the answers that have arrived completely.
    mutating func advance() {
        guard let raw = unsafe raw, let mode = self.operation?.mode, self.operation?.isServerDone == false else {
            return
        }
        switch mode {
        case .pipeline: unsafe self.advancePipeline(raw)
        case .script: unsafe self.advanceScript(raw)
        case .copyIn(.starting), .copyOut(.starting): unsafe self.advanceCopyStart(raw)
        case .copyIn(.flowing): break
        case .copyOut(.flowing): if self.operation?.settlesBy != nil { unsafe self.discardCopy(raw) }
        case .copyIn(.ending), .copyOut(.ending): unsafe self.advanceScript(raw)
        }
    }

    private mutating func advancePipeline(_ raw: OpaquePointer) {
        var emptyAnswers = 0
        while unsafe PQisBusy(raw) == 0 {
            guard let result = unsafe PQgetResult(raw) else {
                // Ends one statement's answers. Twice in a row would mean that the server owes nothing: not now.
                emptyAnswers += 1
                if emptyAnswers > 1 { return }
                continue
            }
            emptyAnswers = 0
            switch unsafe PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC:
                unsafe PQclear(result)
                self.operation?.isServerDone = true
                return
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: unsafe self.stepSucceeded(result)
            case PGRES_PIPELINE_ABORTED: unsafe self.stepFailed(result, nil)
            default: unsafe self.stepFailed(result, DatabaseError(failed: result))
            }
        }
    }

    private mutating func stepSucceeded(_ result: OpaquePointer) {
        switch self.operation?.currentStep {
        case .query: unsafe self.operation?.results.append(result)
        case .setting(let setting):
            unsafe PQclear(result)
            self.noteSetting(setting.name, setting.value)
            self.settingsOfTransaction.append(setting.name)
        case .reset(let name):
            unsafe PQclear(result)
            self.noteReset(name)
            self.settingsOfTransaction.append(name)
        case .preparation, .parse, nil: unsafe PQclear(result)
        }
        self.operation?.nextStep += 1
    }

    private mutating func stepFailed(_ result: OpaquePointer, _ error: DatabaseError?) {
        unsafe PQclear(result)
        switch self.operation?.currentStep {
        case .parse(let statement, let label):
            self.forget(statement, isOnServer: false)
            if error != nil, self.operation?.failure == nil { self.operation?.label = label }
        case .query(let statement, let label) where error != nil && self.operation?.failure == nil:
            self.operation?.failedStatement = statement
            self.operation?.label = label
        case .query, .preparation, .setting, .reset, nil: break
        }
        if let error { self.operation?.fail(error) }
        self.operation?.nextStep += 1
    }

    private mutating func advanceScript(_ raw: OpaquePointer) {
        while unsafe PQisBusy(raw) == 0 {
            guard let result = unsafe PQgetResult(raw) else {
                self.operation?.isServerDone = true
                return
            }
            switch unsafe PQresultStatus(result) {
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
                unsafe self.operation?.fail(DatabaseError(failed: result))
                unsafe PQclear(result)
            case PGRES_COPY_IN:
                // A script has nothing to feed it with.
                unsafe PQclear(result)
                unsafe PQputCopyEnd(raw, "COPY FROM STDIN is not possible here")
                _ = self.flush()
            case PGRES_COPY_OUT:
                unsafe PQclear(result)
                var line: UnsafeMutablePointer<CChar>?
                while unsafe PQgetCopyData(raw, &line, 1) > 0 { unsafe PQfreemem(line) }
            default:
                unsafe self.operation?.results.append(result)
            }
        }
    }

    private mutating func advanceCopyStart(_ raw: OpaquePointer) {
        while unsafe PQisBusy(raw) == 0 {
            guard let result = unsafe PQgetResult(raw) else {
                self.operation?.fail(DatabaseError(.unreadableAnswer, detail: "the statement was no COPY"))
                self.operation?.isServerDone = true
                return
            }
            defer { unsafe PQclear(result) }
            switch unsafe PQresultStatus(result) {
            case PGRES_COPY_IN:
                if case .copyIn = self.operation?.mode {
                    self.operation?.mode = .copyIn(.flowing)
                } else {
                    unsafe self.refuseCopy(raw)
                }
                return
            case PGRES_COPY_OUT:
                if case .copyOut = self.operation?.mode {
                    self.operation?.mode = .copyOut(.flowing)
                } else {
                    unsafe self.refuseCopy(raw)
                }
                return
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
                unsafe self.operation?.fail(DatabaseError(failed: result))
            default: break
            }
        }
    }

    /// The COPY goes the other way than the caller thinks.
    private mutating func refuseCopy(_ raw: OpaquePointer) {
        self.operation?.fail(DatabaseError(.unreadableAnswer, detail: "the COPY goes the other way"))
        if case .copyIn = self.operation?.mode {
            self.operation?.mode = .copyOut(.flowing)
            self.operation?.settlesBy = .now + Operation.settlingTime
            unsafe self.discardCopy(raw)
        } else {
            self.operation?.mode = .copyIn(.ending)
            unsafe PQputCopyEnd(raw, "the COPY goes the other way")
            _ = self.flush()
        }
    }

    /// Throws away what a given-up COPY still sends.
    private mutating func discardCopy(_ raw: OpaquePointer) {
        var line: UnsafeMutablePointer<CChar>?
        while true {
            let length = unsafe PQgetCopyData(raw, &line, 1)
            if length > 0 {
                unsafe PQfreemem(line)
            } else if length == 0 {
                return
            } else {
                self.operation?.mode = .copyOut(.ending)
                unsafe self.advanceScript(raw)
                return
            }
        }
    }
}
