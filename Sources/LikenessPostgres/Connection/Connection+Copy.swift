internal import CLibpq
internal import Synchronization

extension Connection {
    /// Runs a `COPY … FROM STDIN (FORMAT binary)` that `body` feeds, with as many rows as it likes, or none.
    ///
    /// - Returns: The number of rows that the server took.
    /// - Throws: What `body` throws, after the COPY was taken back; `DatabaseError` if the server refused the data.
    package func copyIn(
        _ sql: SQL,
        deadline: ContinuousClock.Instant? = nil,
        _ body: (inout CopyWriter) async throws -> Void
    ) async throws -> Int {
        let start = await self.request(.copyIn(.starting), deadline: deadline.map(Moment.init)) { state, _ in
            state.sendScript(sql)
        }
        if let error = start.failure { throw error }
        do {
            var writer = CopyWriter(connection: self, deadline: deadline)
            try await body(&writer)
            try await writer.finish()
        } catch {
            self.abandonCopy()
            throw error
        }
        return try await self.endCopy()
    }

    /// Runs a `COPY … TO STDOUT` and hands each row's bytes to `body`, which may take its time.
    ///
    /// - Returns: The number of rows.
    @discardableResult
    package func copyOut(
        _ sql: SQL,
        deadline: ContinuousClock.Instant? = nil,
        _ body: ([UInt8]) async throws -> Void
    ) async throws -> Int {
        let start = await self.request(.copyOut(.starting), deadline: deadline.map(Moment.init)) { state, _ in
            state.sendScript(sql)
        }
        if let error = start.failure { throw error }
        do {
            while let row = try await self.nextCopyRow() { try await body(row) }
        } catch {
            self.abandonCopy()
            throw error
        }
        return try await self.endCopy()
    }

    // MARK: Stages

    /// Waits, with the current operation's deadline and cancellation, until `start` says that nothing is left to wait for.
    private func stage(_ start: (inout ConnectionState) -> Outcome?) async -> Outcome {
        let id = self.state.withLock { $0.operation?.id ?? 0 }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.state.withLock { state in
                    func answer(_ outcome: Outcome) -> Effects { Effects(answers: [(continuation, outcome)]) }
                    if case .closed(let error) = state.phase { return answer(Outcome(failure: state.givenUp ?? error)) }
                    guard let operation = state.operation, operation.id == id else {
                        // A deadline that passed between two stages has ended it.
                        let lost = DatabaseError(.connectionLost, detail: "the COPY is over")
                        return answer(Outcome(failure: state.givenUp ?? lost))
                    }
                    if operation.settlesBy != nil {
                        return answer(Outcome(failure: operation.failure ?? DatabaseError(.cancelled)))
                    }
                    if Task.isCancelled {
                        var effects = self.giveUp(&state, .cancelled)
                        effects.merge(answer(Outcome(failure: DatabaseError(.cancelled))))
                        return effects
                    }
                    if let outcome = start(&state) {
                        self.updateInterest(&state)
                        return answer(outcome)
                    }
                    state.operation?.continuation = continuation
                    self.updateInterest(&state)
                    return state.operation?.isServerDone == true ? self.finishIfDone(&state) : Effects()
                }.perform()
            }
        } onCancel: {
            self.giveUp(.cancelled, operation: id)
        }
    }

    func putCopyData(_ bytes: [UInt8], deadline: ContinuousClock.Instant?) async throws(DatabaseError) {
        let outcome = await self.stage { state in
            guard let raw = unsafe state.raw else { return Outcome(failure: state.lostError) }
            let isQueued = unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self) {
                    unsafe PQputCopyData(raw, $0.baseAddress, Int32($0.count))
                }
            }
            guard isQueued == 1, state.flush() else { return Outcome(failure: state.lostError) }
            return state.mustFlush ? nil : Outcome()
        }
        if let error = outcome.failure { throw error }
    }

    private func nextCopyRow() async throws(DatabaseError) -> [UInt8]? {
        while true {
            var row: [UInt8]?
            var isEnd = false
            let outcome = await self.stage { state in
                guard let raw = unsafe state.raw else { return Outcome(failure: state.lostError) }
                var line: UnsafeMutablePointer<CChar>?
                let length = unsafe PQgetCopyData(raw, &line, 1)
                if length > 0, let line = unsafe line {
                    row = unsafe Array(UnsafeRawBufferPointer(start: line, count: Int(length)))
                    unsafe PQfreemem(line)
                    return Outcome()
                }
                if length == 0 { return nil }
                isEnd = true
                state.operation?.mode = .copyOut(.ending)
                return Outcome()
            }
            if let error = outcome.failure { throw error }
            if row != nil || isEnd { return row }
        }
    }

    /// Waits for the server's verdict.
    private func endCopy() async throws(DatabaseError) -> Int {
        let outcome = await self.stage { state in
            guard let raw = unsafe state.raw else { return Outcome(failure: state.lostError) }
            if case .copyIn = state.operation?.mode {
                state.operation?.mode = .copyIn(.ending)
                guard unsafe PQputCopyEnd(raw, nil) == 1, state.flush() else {
                    return Outcome(failure: state.lostError)
                }
            }
            state.advance()
            return nil
        }
        if let error = outcome.failure { throw error }
        var rows = 0
        var results = BatchResults(adopting: outcome.results, types: outcome.types)
        while results.count > 0 { rows = results.next().affectedRows }
        return rows
    }

    private func abandonCopy() {
        self.state.withLock { state in
            guard let operation = state.operation, operation.settlesBy == nil else { return Effects() }
            var effects = self.giveUp(&state, .cancelled)
            state.advance()
            self.updateInterest(&state)
            effects.merge(self.finishIfDone(&state))
            return effects
        }.perform()
    }
}
