internal import FoundationEssentials
package import LikenessMessages
package import LikenessPostgres
internal import LikenessScheduling
package import Logging
internal import Synchronization

/// Rebuilds vector indexes beside the old ones while reads and writes go on.
///
/// One rebuild at a time per space, however many servers run: its connection, which is none of the pool's, holds an
/// advisory lock. The old index serves until the new one is complete and valid, then it is dropped and the new one takes
/// its name. Whatever ends a rebuild early leaves the old index in use; a half-built one is dropped, by the next rebuild
/// at the latest.
package final class Reindexer: Sendable {
    static let kind = "reindex"

    let database: Database
    let operations: OperationRepository
    let configuration: ConnectionConfiguration
    private let workMemoryMiB: Int?
    let logger: Logger
    private let tasks = Mutex<[String: Task<Void, Never>]>([:])

    /// - Parameters:
    ///   - configuration: For connections of its own.
    ///   - workMemoryMiB: Most memory that a build may use; `nil` for what the machine can spare, or, where the database is on
    ///     another machine, the database's own setting.
    package init(
        database: Database,
        operations: OperationRepository,
        configuration: ConnectionConfiguration,
        workMemoryMiB: Int? = nil,
        logger: Logger
    ) {
        self.database = database
        self.operations = operations
        var configuration = configuration
        // A build takes as long as it takes, and waits for transactions that are older than it.
        configuration.sessionSettings["statement_timeout"] = "0"
        configuration.sessionSettings["lock_timeout"] = "0"
        configuration.sessionSettings["plan_cache_mode"] = nil
        self.configuration = configuration
        self.workMemoryMiB = workMemoryMiB
        self.logger = logger
    }

    /// Starts a rebuild and answers with its operation.
    ///
    /// - Throws: `.failedPrecondition` when one of that space runs already, `.notFound(.embeddingSpace, …)`,
    ///   `.invalidField`.
    package func start(
        _ request: ReindexRequest,
        caller: String = "",
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> LikenessMessages.Operation {
        guard let operation = try await self.start(request, caller: caller, onlyIfMissing: false, deadline: deadline)
        else { throw .internal(detail: "a rebuild that was asked for did not start") }
        return operation
    }

    /// - Parameter onlyIfMissing: Builds nothing where there is an index, for which the answer is `nil`.
    func start(
        _ request: ReindexRequest,
        caller: String = "",
        onlyIfMissing: Bool,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> LikenessMessages.Operation? {
        let requestID = try request.requestId.isEmpty ? nil : UUID(text: request.requestId, path: "request_id")
        if let requestID {
            let known = try OperationRepository.operations(
                try await self.database.query(
                    OperationStatements.byRequestID,
                    Parameters(requestID, caller),
                    deadline: deadline
                )
            )
            if let operation = known.first { return operation }
        }
        let space = try await EmbeddingRepository(database: self.database)
            .space(named: request.embeddingSpace, deadline: deadline)
        let counted = try await self.database.query(
            EmbeddingStatements.count(in: space, self.database.statements),
            settings: .readingAll,
            deadline: deadline
        )
        let rows: Int = try readRows { () throws(DatabaseError) in try counted.value(0, 0) }
        let build = try IndexBuild(request, space: space, rows: rows)

        let connection = try await databaseCall { () throws(DatabaseError) in
            try await Connection.open(self.configuration)
        }
        do throws(RepositoryError) {
            guard try await Self.tryLock(space, on: connection) else {
                throw RepositoryError.reindexRunning(space.name)
            }
            if onlyIfMissing {
                // Seen under the lock: another server may have built it a moment ago.
                let now = try await EmbeddingRepository(database: self.database)
                    .space(named: space.name, deadline: deadline)
                if now.hasIndex {
                    connection.close()
                    return nil
                }
            }
            // We hold the lock, so no server works on what is still marked as running.
            try await self.operations.failAbandoned(deadline: deadline, lockHeldFor: space.name)
            let id = UUID()
            let started = try await self.database.transaction(deadline: deadline) {
                transaction throws(RepositoryError) in
                let inserted = try await transaction.query(
                    OperationStatements.insert,
                    Parameters(id, Self.kind, space.name, requestID, JSONB(build.parametersJSON), caller)
                )
                guard let operation = try OperationRepository.operations(inserted).first else {
                    throw .internal(detail: "no operation came back")
                }
                return operation
            }
            self.logger.info(
                "reindex begins",
                metadata: [
                    "space": "\(space.name)", "operation": "\(id.text)", "method": "\(build.method)", "rows": "\(rows)",
                ]
            )
            self.run(build, of: space, operation: id, on: connection)
            return started
        } catch {
            connection.close()
            throw error
        }
    }

    static func tryLock(_ space: EmbeddingSpaceInfo, on connection: Connection) async throws(RepositoryError)
        -> Bool
    {
        try await databaseCall { () throws(DatabaseError) in
            let result = try await connection.execute(OperationStatements.tryLock, Parameters(Self.kind, space.name))
            return try result.value(0, 0)
        }
    }

    /// Stops a rebuild of this or another server.
    package func cancel(
        _ id: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> LikenessMessages.Operation {
        let operation = try await self.operations.cancel(id, deadline: deadline)
        self.tasks.withLock { $0[operation.id] }?.cancel()
        return operation
    }

    /// Stops all rebuilds of this server and waits for their ends.
    package func shutDown() async {
        let tasks = self.tasks.withLock { Array($0.values) }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func run(_ build: IndexBuild, of space: EmbeddingSpaceInfo, operation id: UUID, on connection: Connection) {
        // Registered under the lock, so that a task that ends at once finds itself there.
        self.tasks.withLock { tasks in
            tasks[id.text] = Task {
                await CurrentWork.inBackground("reindex") {
                    await self.perform(build, of: space, operation: id, on: connection)
                }
                self.tasks.withLock { $0[id.text] = nil }
            }
        }
    }

    private func perform(
        _ build: IndexBuild,
        of space: EmbeddingSpaceInfo,
        operation id: UUID,
        on connection: Connection
    ) async {
        let work = IndexWork(
            build: build,
            space: space,
            connection: connection,
            database: self.database,
            settingMiB: self.workMemoryMiB,
            machine: MachineResources.ofDatabase(self.configuration, on: connection),
            logger: self.logger
        )
        let begun = ContinuousClock.now
        let outcome = await self.watched(work, operation: id)
        // A task of its own: this one may be cancelled, and the end must be recorded all the same.
        await Task.detached {
            await self.finish(outcome, work: work, operation: id, begun: begun)
        }.value
    }

    /// Does the work while another task copies its progress and looks for a wish to cancel.
    private func watched(_ work: IndexWork, operation id: UUID) async -> RepositoryError? {
        await withTaskGroup(of: RepositoryError??.self) { group in
            group.addTask {
                do throws(RepositoryError) {
                    try await work.perform()
                    return .some(nil)
                } catch {
                    return .some(error)
                }
            }
            group.addTask {
                await self.copyProgress(of: work, operation: id)
                return nil
            }
            var isCancelWanted = false
            while let ended = await group.next() {
                if let outcome = ended {
                    group.cancelAll()
                    return isCancelWanted && outcome != nil ? .cancelled : outcome
                }
                // The watcher ends first only when somebody wants the work to stop.
                isCancelWanted = true
                group.cancelAll()
            }
            return .internal(detail: "the work ended without an outcome")
        }
    }

    /// Returns when somebody asked for the operation's end, or when cancelled.
    private func copyProgress(of work: IndexWork, operation id: UUID) async {
        let backend = work.connection.backendProcess
        var pace = BuildPace()
        while !Task.isCancelled {
            do {
                let found = try await self.database.query(OperationStatements.buildProgress, Parameters(backend))
                var (phase, percent, done) = (work.phase, 0.0, 0)
                if found.rowCount > 0 {
                    (phase, percent, done) = try readRows { () throws(DatabaseError) in
                        (try found.value(0, 0), try found.value(0, 1), Int(try found.value(0, 2, as: Int64.self)))
                    }
                }
                // The other phases are short, and count something else.
                let isLoading = phase.hasPrefix("building index")
                let left = isLoading ? pace.progressed(to: done, of: work.build.rows, at: .now) : nil
                if isLoading, let fitting = work.rowsThatFit, done > fitting {
                    phase += "; the graph no longer fits into its memory, and grows slowly"
                }
                // The last steps, which report nothing, are the last tenth.
                let result = try await self.database.query(
                    OperationStatements.progress,
                    Parameters(id, phase, min(percent, 100) * 0.9, left.map { $0 / .seconds(1) })
                )
                let isCancelWanted: Bool = try readRows { () throws(DatabaseError) in
                    result.rowCount == 0 ? true : try result.value(0, 0)
                }
                if isCancelWanted { return }
            } catch {
                self.logger.debug("progress of a reindex is unknown", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func finish(
        _ outcome: RepositoryError?,
        work: IndexWork,
        operation id: UUID,
        begun: ContinuousClock.Instant
    ) async {
        if outcome != nil { await work.dropUnfinished(configuration: self.configuration) }
        // Recorded while the lock is still held, so that no other server takes the operation for abandoned.
        let (state, code, message): (Int16, Int32?, String?) =
            switch outcome {
            case nil: (2, nil, nil)
            case .cancelled: (4, 1, "cancelled")
            case .unavailable: (3, 14, "the database connection was lost")
            case .some: (3, 13, "the index could not be built; the log says why")
            }
        var metadata: Logger.Metadata = [
            "space": "\(work.space.name)", "operation": "\(id.text)",
            "duration_ms": "\(Int((ContinuousClock.now - begun) / .milliseconds(1)))",
        ]
        if let outcome, state == 3 {
            metadata["error"] = "\(outcome)"
            self.logger.error("reindex failed", metadata: metadata)
        } else {
            self.logger.info(outcome == nil ? "reindex has ended" : "reindex was cancelled", metadata: metadata)
        }
        var pause = Duration.milliseconds(50)
        while true {
            do {
                _ = try await self.database.query(
                    OperationStatements.finish,
                    Parameters(id, state, code, message),
                    deadline: .now + .seconds(5)
                )
                break
            } catch {
                // The database is away: the next start marks the operation as failed if we give up.
                guard pause < .seconds(10) else { break }
                try? await Task.sleep(for: pause)
                pause *= 2
            }
        }
        work.connection.close()
    }
}

extension RepositoryError {
    static func reindexRunning(_ space: String) -> RepositoryError {
        .failedPrecondition(
            type: "REINDEX_RUNNING",
            subject: space,
            reason: "a reindex of that space is running already"
        )
    }
}
