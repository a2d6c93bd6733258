internal import CLibpq
internal import LikenessScheduling
internal import Synchronization

extension Connection {
    /// Sends something and waits for the server's answer, the deadline or the task's cancellation. A COMMIT that was sent is
    /// waited for regardless of both, up to `Operation.commitTime`.
    func request(
        _ mode: Operation.Mode,
        deadline: Moment?,
        isCommit: Bool = false,
        _ send: (inout ConnectionState, ConnectionConfiguration.StatementNaming) -> DatabaseError?
    ) async -> Outcome {
        let number = self.state.withLock { $0.nextOperationNumber() }
        let id = if let number { number } else { await self.settledOperationNumber() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.state.withLock { state in
                    self.start(
                        &state,
                        id: id,
                        mode: mode,
                        deadline: deadline ?? state.leaseDeadline,
                        isCommit: isCommit,
                        continuation,
                        send
                    )
                }.perform()
            }
        } onCancel: {
            self.giveUp(.cancelled, operation: id)
        }
        if outcome.nanoseconds > 0, let tally = CurrentWork.tally {
            tally.databaseAnswered(nanoseconds: outcome.nanoseconds, rows: outcome.results.rowCount)
        }
        return outcome
    }

    private func settledOperationNumber() async -> UInt64 {
        while true {
            await self.settle()
            if let number = self.state.withLock({ $0.nextOperationNumber() }) { return number }
        }
    }

    /// Waits until what was given up before is over. Takes no longer than `Operation.settlingTime`.
    func settle() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let mustWait = self.state.withLock { state in
                guard let operation = state.operation, operation.settlesBy != nil else { return false }
                state.settled.append { continuation.resume() }
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }

    private func start(
        _ state: inout ConnectionState,
        id: UInt64,
        mode: Operation.Mode,
        deadline: Moment?,
        isCommit: Bool,
        _ continuation: CheckedContinuation<Outcome, Never>,
        _ send: (inout ConnectionState, ConnectionConfiguration.StatementNaming) -> DatabaseError?
    ) -> Effects {
        func refuse(_ error: DatabaseError) -> Effects { Effects(answers: [(continuation, Outcome(failure: error))]) }
        if case .closed(let error) = state.phase {
            return refuse(DatabaseError(.connectionLost, nothingWasSent: true, detail: error.detail))
        }
        precondition(state.operation == nil, "a connection serves one request at a time")
        // A handler that ran before the operation was known finds nothing to give up.
        if Task.isCancelled { return refuse(DatabaseError(.cancelled, nothingWasSent: true)) }
        if let deadline, deadline <= .now { return refuse(DatabaseError(.deadlineExceeded, nothingWasSent: true)) }

        let isInTransaction = state.isInTransaction || !state.pendingCommands.isEmpty
        state.givenUp = nil
        state.operation = Operation(
            id: id,
            mode: mode,
            deadline: isCommit ? .now + Operation.commitTime : deadline,
            isCommit: isCommit,
            mayCommit: isCommit || !isInTransaction
        )
        if let error = send(&state, self.configuration.statementNaming) {
            state.operation = nil
            var effects = self.end(&state, error)
            effects.answers.append((continuation, Outcome(failure: error)))
            return effects
        }
        state.operation?.continuation = continuation
        if let deadline = state.operation?.deadline { self.setTimer(&state, deadline) }
        self.updateInterest(&state)
        return Effects()
    }

    // MARK: Giving up

    /// Answers the caller with an error and has the server stop.
    func giveUp(_ kind: DatabaseError.Kind, operation id: UInt64) {
        self.state.withLock { state in
            guard let operation = state.operation, operation.id == id, !operation.isCommit else { return Effects() }
            return self.giveUp(&state, kind)
        }.perform()
    }

    func giveUp(_ state: inout ConnectionState, _ kind: DatabaseError.Kind) -> Effects {
        guard var operation = state.operation, operation.settlesBy == nil else { return Effects() }
        var effects = Effects()
        let now = Moment.now
        let settlesBy = now + Operation.settlingTime
        operation.settlesBy = settlesBy
        if let continuation = operation.continuation {
            let error = DatabaseError(kind, outcomeUnknown: operation.mayCommit)
            let nanoseconds = now.nanoseconds - operation.started.nanoseconds
            effects.answers.append((continuation, Outcome(failure: error, nanoseconds: nanoseconds)))
            operation.continuation = nil
        } else {
            operation.fail(DatabaseError(kind))
            state.givenUp = operation.failure
        }
        state.operation = operation
        self.setTimer(&state, settlesBy)
        guard let raw = unsafe state.raw, !operation.isServerDone else { return effects }
        switch operation.mode {
        case .copyIn(.flowing):
            state.operation?.mode = .copyIn(.ending)
            unsafe PQputCopyEnd(raw, "given up")
            _ = state.flush()
        case .copyOut(.flowing), .pipeline, .script, .copyIn, .copyOut: break
        }
        self.cancel(&state)
        self.updateInterest(&state)
        return effects
    }

    /// Has the server stop what it runs for the current operation, unless that is a COMMIT.
    private func cancel(_ state: inout ConnectionState) {
        guard let operation = state.operation, !operation.isCommit, let raw = unsafe state.raw,
            let ticket = unsafe PQgetCancel(raw)
        else { return }
        state.operation?.cancelsAgainAt = nil
        state.operation?.cancelling = .underway
        if !self.startCancelling(unsafe CancelTicket(raw: ticket), operation: operation.id) {
            state.operation?.cancelling = .finished
        }
    }

    /// The right to cancel what one backend runs.
    ///
    /// SAFETY: libpq copies all it needs out of the connection; one thread uses and frees it.
    @safe private struct CancelTicket: @unchecked Sendable {
        let raw: OpaquePointer
    }

    /// Cancels on a thread of its own, because libpq blocks until the postmaster has answered.
    ///
    /// Only while the operation is not over: until the thread is done, the connection is not handed on, so the cancel
    /// cannot hit what somebody else runs on the same backend.
    private func startCancelling(_ ticket: CancelTicket, operation id: UInt64) -> Bool {
        let isStarted = Threads.startBlocking {
            let isWanted = self.state.withLock { state in
                state.operation?.id == id && state.operation?.isServerDone == false
            }
            if isWanted {
                unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
                    _ = unsafe PQcancel(ticket.raw, text.baseAddress, Int32(text.count))
                }
            }
            unsafe PQfreeCancel(ticket.raw)
            self.state.withLock { state in
                guard state.operation?.id == id else { return Effects() }
                state.operation?.cancelling = .finished
                if state.operation?.isServerDone == false {
                    let again = Moment.now + Operation.cancelPause
                    state.operation?.cancelsAgainAt = again
                    self.setTimer(&state, again)
                }
                return self.finishIfDone(&state)
            }.perform()
        }
        if !isStarted { unsafe PQfreeCancel(ticket.raw) }
        return isStarted
    }

    // MARK: The reactor's calls

    func socketBecameReady() {
        self.state.withLock { state in
            switch state.phase {
            case .opening: return self.continueOpening(&state)
            case .closed: return Effects()
            case .open:
                let isAlive = state.receive()
                var effects = self.finishIfDone(&state)
                if isAlive {
                    self.updateInterest(&state)
                } else {
                    // The server's last words, if it had any, say more than the broken socket.
                    let error = state.operation?.failure ?? state.lostError
                    effects.merge(self.end(&state, error))
                }
                return effects
            }
        }.perform()
    }

    func timerFired(now: Moment) {
        self.state.withLock { state in
            if let timerAt = state.timerAt, timerAt <= now { state.timerAt = nil }
            if case .opening(_, let deadline) = state.phase {
                guard deadline <= now else {
                    self.setTimer(&state, deadline)
                    return Effects()
                }
                return self.end(&state, DatabaseError(.connectFailed, nothingWasSent: true, detail: "timed out"))
            }
            guard let operation = state.operation else { return Effects() }
            if let settlesBy = operation.settlesBy {
                guard settlesBy <= now else {
                    if let again = operation.cancelsAgainAt, again <= now { self.cancel(&state) }
                    self.setTimer(&state, min(settlesBy, state.operation?.cancelsAgainAt ?? settlesBy))
                    return Effects()
                }
                return self.end(&state, DatabaseError(.connectionLost, detail: "the server did not stop in time"))
            }
            guard let deadline = operation.deadline else { return Effects() }
            guard deadline <= now else {
                self.setTimer(&state, deadline)
                return Effects()
            }
            return self.giveUp(&state, .deadlineExceeded)
        }.perform()
    }

    /// One timer per connection: an earlier wish replaces it, and a later one is set when it fires.
    func setTimer(_ state: inout ConnectionState, _ at: Moment) {
        if let timerAt = state.timerAt, timerAt <= at { return }
        state.timerAt = at
        self.reactor.setTimer(at, token: self.token)
    }

    // MARK: Ends

    /// Answers the caller, or lets go of what was given up, once the server and the cancelling thread are done.
    func finishIfDone(_ state: inout ConnectionState) -> Effects {
        var effects = Effects()
        guard state.operation?.isServerDone == true else {
            // One stage of a COPY is over.
            if let operation = state.operation, let continuation = operation.continuation,
                self.isStageOver(state, operation.mode)
            {
                state.operation?.continuation = nil
                effects.answers.append((continuation, Outcome(failure: operation.failure)))
            }
            return effects
        }
        guard state.operation?.cancelling != .underway, var operation = state.operation.take() else { return effects }
        let now = Moment.now
        self.count(operation, operation.failure, at: now)
        if let code = operation.failure?.sqlState, SQLState.endsSession(code) { state.isRetired = true }
        if operation.failure != nil || operation.settlesBy != nil {
            // An error takes back what the request had set.
            for step in operation.steps {
                switch step {
                case .setting(let setting): state.noteSetting(setting.name, nil)
                case .reset(let name): state.noteSetting(name, nil)
                case .preparation, .parse, .query: break
                }
            }
        }
        if let continuation = operation.continuation {
            if operation.failure != nil { operation.results.clear() }
            if case .connectionLost = operation.failure?.kind {
                operation.failure?.outcomeUnknown = operation.mayCommit
            }
            let outcome = Outcome(
                results: operation.results,
                failure: operation.failure,
                failedStatement: operation.failedStatement,
                types: state.types,
                nanoseconds: now.nanoseconds - operation.started.nanoseconds,
                isIdle: state.isIdle
            )
            effects.answers.append((continuation, outcome))
        } else {
            operation.results.clear()
        }
        effects.callbacks += state.settled
        state.settled.removeAll()
        return effects
    }

    private func count(_ operation: Operation, _ error: DatabaseError?, at now: Moment) {
        guard let times = self.times, let label = operation.label else { return }
        times.record(label, error, from: operation.started, to: now)
    }

    private func isStageOver(_ state: ConnectionState, _ mode: Operation.Mode) -> Bool {
        switch mode {
        case .copyIn(.flowing): !state.mustFlush
        case .copyOut(.flowing): true
        case .pipeline, .script, .copyIn, .copyOut: false
        }
    }

    /// Closes the connection for good.
    func end(_ state: inout ConnectionState, _ error: DatabaseError) -> Effects {
        var effects = Effects()
        if case .closed = state.phase { return effects }
        if case .opening(let continuation?, _) = state.phase {
            effects.answers.append((continuation, Outcome(failure: error)))
        }
        state.phase = .closed(error)
        if var operation = state.operation {
            operation.results.clear()
            self.count(operation, error, at: .now)
            if let continuation = operation.continuation {
                var answer = error
                answer.outcomeUnknown = operation.mayCommit
                effects.answers.append((continuation, Outcome(failure: answer)))
            }
            state.operation = nil
        }
        if let raw = unsafe state.raw {
            let descriptor = unsafe PQsocket(raw)
            if descriptor >= 0 { self.reactor.unwatch(descriptor) }
            unsafe PQfinish(raw)
            unsafe state.raw = nil
        }
        self.reactor.deregister(self.token)
        effects.callbacks += state.settled
        state.settled.removeAll()
        if let lost = state.lost { effects.callbacks.append(lost) }
        state.lost = nil
        return effects
    }

    /// Tells the reactor what to watch the socket for.
    func updateInterest(_ state: inout ConnectionState) {
        guard let raw = unsafe state.raw else { return }
        var wanted: Reactor.Interest = .readable
        // While no caller asks for rows of a COPY they stay in the socket, and the server waits.
        if case .copyOut(.flowing) = state.operation?.mode, state.operation?.continuation == nil,
            state.operation?.settlesBy == nil
        {
            wanted = []
        }
        if state.mustFlush { wanted.insert(.writable) }
        guard wanted != state.interest else { return }
        state.interest = wanted
        unsafe self.reactor.watch(PQsocket(raw), wanted, token: self.token)
    }
}

extension Effects {
    mutating func merge(_ other: Effects) {
        self.answers += other.answers
        self.callbacks += other.callbacks
    }
}
