internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Remembers long-running work.
package struct OperationRepository: Sendable {
    let database: Database
    let pageTokens: PageTokens

    package init(database: Database, pageTokens: PageTokens) {
        self.database = database
        self.pageTokens = pageTokens
    }

    /// - Throws: `.notFound(.operation, …)`.
    package func get(
        _ id: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> LikenessMessages.Operation {
        let uuid = try UUID(text: id, path: "id")
        let result = try await self.database.query(OperationStatements.get, Parameters(uuid), deadline: deadline)
        guard let operation = try Self.operations(result).first else { throw .notFound(.operation, key: id) }
        return operation
    }

    /// Lists operations, newest first.
    ///
    /// - Throws: `.invalidPageToken`; `.invalidField` for a negative page size.
    package func list(
        pageSize: Int = 0,
        pageToken: String = "",
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (operations: [LikenessMessages.Operation], nextPageToken: String) {
        guard pageSize >= 0 else { throw .invalidField(path: "page_size", reason: "is negative") }
        let size = pageSize == 0 ? 50 : min(pageSize, ProfileRepository.pageSizeMax)
        let arguments = ["operations", String(pageSize)]
        var last = (time: PostgresTimestamp(microseconds: .max), id: UUID.zero)
        if let position = try self.pageTokens.position(in: pageToken, arguments: arguments) {
            let parts = position.split(separator: "/")
            guard parts.count == 2, let time = Int64(parts[0]), let id = UUID(text: String(parts[1])) else {
                throw .invalidPageToken
            }
            last = (PostgresTimestamp(microseconds: time), id)
        }
        let limit = ProfileRepository.pageLimits.first { $0 > size } ?? ProfileRepository.pageSizeMax + 1
        let result = try await self.database.query(
            OperationStatements.page(limit: limit),
            Parameters(last.time, last.id),
            deadline: deadline
        )
        let count = result.rowCount
        var positions: [String] = []
        try readRows { () throws(DatabaseError) in
            for row in 0..<min(count, size) {
                let time: PostgresTimestamp = try result.value(row, 6)
                positions.append("\(time.microseconds)/\(try result.value(row, 0, as: UUID.self).text)")
            }
        }
        let operations = try Self.operations(result)
        let next = count > size ? positions.last : nil
        return (
            Array(operations.prefix(size)), next.map { self.pageTokens.token(position: $0, arguments: arguments) } ?? ""
        )
    }

    /// Waits until an operation has ended, or until its phase is no longer `knownPhase`.
    ///
    /// - Returns: Its state then, or when `timeout` was over.
    package func wait(
        for id: String,
        timeout: Duration,
        knownPhase: String = "",
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> LikenessMessages.Operation {
        let end = ContinuousClock.now + timeout
        var pause = Duration.milliseconds(10)
        while true {
            let operation = try await self.get(id, deadline: deadline)
            let isNews = operation.state != .running || (!knownPhase.isEmpty && operation.phase != knownPhase)
            if isNews || .now + pause > end { return operation }
            do { try await Task.sleep(for: pause) } catch { throw .cancelled }
            pause = min(pause * 2, .milliseconds(250))
        }
    }

    /// Asks a running operation to stop, on whichever server it runs.
    ///
    /// - Throws: `.notFound`; `.failedPrecondition` when it has ended.
    package func cancel(
        _ id: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> LikenessMessages.Operation {
        let operation = try await self.get(id, deadline: deadline)
        guard operation.state == .running else {
            throw .failedPrecondition(type: "OPERATION_ENDED", subject: id, reason: "the operation has ended")
        }
        let uuid = try UUID(text: id, path: "id")
        return try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            _ = try await transaction.query(OperationStatements.requestCancel, Parameters(uuid))
            return operation
        }
    }

    /// Marks as failed what no server works on any more. A server does so when it starts.
    ///
    /// - Returns: How many.
    @discardableResult
    package func failAbandoned(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) -> Int {
        try await self.failAbandoned(deadline: deadline, lockHeldFor: nil)
    }

    /// - Parameter target: What the caller holds the lock of itself; only its operations are looked at.
    @discardableResult
    func failAbandoned(
        deadline: ContinuousClock.Instant?,
        lockHeldFor target: String?
    ) async throws(RepositoryError) -> Int {
        let running = try Self.operations(
            try await self.database.query(OperationStatements.running, deadline: deadline)
        )
        var count = 0
        for operation in running where target == nil || operation.target == target {
            let id = try UUID(text: operation.id, path: "id")
            let isAbandoned = try await self.database.transaction(deadline: deadline) {
                transaction throws(RepositoryError) in
                // Whoever works on it holds this lock.
                let locked = try await transaction.query(
                    OperationStatements.tryTransactionLock,
                    Parameters(operation.kind, operation.target)
                )
                let isFree = try readRows { () throws(DatabaseError) in try locked.value(0, 0, as: Bool.self) }
                guard isFree || target != nil else { return false }
                _ = try await transaction.query(
                    OperationStatements.finish,
                    Parameters(id, Int16(3), Int32?.some(10), String?.some("the server that worked on it was stopped"))
                )
                return true
            }
            if isAbandoned { count += 1 }
        }
        return count
    }

    static func operations(
        _ result: consuming QueryResult
    ) throws(RepositoryError) -> [LikenessMessages.Operation] {
        do {
            var operations: [LikenessMessages.Operation] = []
            for row in 0..<result.rowCount {
                var operation = LikenessMessages.Operation()
                operation.id = try result.value(row, 0, as: UUID.self).text
                operation.kind = try result.value(row, 1)
                operation.target = try result.value(row, 2)
                operation.state = OperationState(rawValue: Int32(try result.value(row, 3, as: Int16.self)))
                operation.phase = try result.value(row, 4)
                operation.percent = try result.value(row, 5)
                operation.createTime = ProtobufTimestamp(try result.value(row, 6))
                operation.endTime = try result.value(row, 7, as: PostgresTimestamp?.self).map { ProtobufTimestamp($0) }
                if let seconds = try result.value(row, 10, as: Double?.self), operation.state == .running {
                    operation.timeLeft = ProtobufDuration(seconds: Int64(seconds))
                }
                if let code = try result.value(row, 8, as: Int32?.self) {
                    operation.error = RPCStatus(code: code, message: try result.value(row, 9, as: String?.self) ?? "")
                }
                operations.append(operation)
            }
            return operations
        } catch {
            throw RepositoryError(error)
        }
    }
}
