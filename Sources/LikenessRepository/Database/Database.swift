package import LikenessPostgres

extension [SessionSetting] {
    /// For statements that read all of a table, or as much of it as they count.
    static let readingAll = [SessionSetting("enable_seqscan", "on")]
}

/// The pool as the repositories use it: every call bounded by a deadline, every error one of ours.
package struct Database: Sendable {
    package let pool: ConnectionPool
    let writes = WriteOutage()
    let statements = StatementCache()

    package init(pool: ConnectionPool) { self.pool = pool }

    /// Runs one statement.
    func query(
        _ statement: Statement,
        _ parameters: Parameters = Parameters(),
        settings: [SessionSetting] = [],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> QueryResult {
        do {
            return try await self.pool.execute(statement, parameters, settings: settings, deadline: deadline)
        } catch {
            throw RepositoryError(error)
        }
    }

    /// Runs several statements in one round trip and one transaction.
    ///
    /// - Parameters:
    ///   - isWriting: A lock that is not had in time is then a conflict with another write.
    ///   - lent: Called once there is a connection.
    func run(
        _ batch: Batch,
        settings: [SessionSetting] = [],
        deadline: ContinuousClock.Instant? = nil,
        isWriting: Bool = false,
        lent: () -> Void = {}
    ) async throws(RepositoryError) -> BatchResults {
        do {
            return try await self.pool.withConnection(deadline: deadline) { connection in
                lent()
                return try await connection.execute(batch, settings: settings)
            }
        } catch {
            throw RepositoryError(any: error, isWriting: isWriting)
        }
    }

    private static let attemptsMax = 3

    /// Runs `body` in a transaction, which an error undoes; up to three times when it collides with others.
    func transaction<Value: Sendable>(
        deadline: ContinuousClock.Instant?,
        _ body: (Transaction) async throws(RepositoryError) -> Value
    ) async throws(RepositoryError) -> Value {
        try await self.write(deadline: deadline, body).value
    }

    /// The same, with the proof of what was written.
    ///
    /// Whatever is thrown, nothing was written, but for `.outcomeUnknown`: cancellation and `deadline` count up to the
    /// COMMIT and no longer.
    func write<Value: Sendable>(
        deadline: ContinuousClock.Instant?,
        _ body: (Transaction) async throws(RepositoryError) -> Value
    ) async throws(RepositoryError) -> Written<Value> {
        for _ in 1..<Self.attemptsMax {
            do {
                return try await self.writeOnce(deadline: deadline, body)
            } catch RepositoryError.collision {
                continue
            }
        }
        return try await self.writeOnce(deadline: deadline, body)
    }

    /// Does what `write` does, and takes it back. Checks that PostgreSQL makes at a COMMIT are not made.
    func rehearse<Value: Sendable>(
        deadline: ContinuousClock.Instant?,
        _ body: (Transaction) async throws(RepositoryError) -> Value
    ) async throws(RepositoryError) -> Value {
        do {
            _ = try await self.pool.withWrite(deadline: deadline) { (connection) async throws -> Value in
                throw Rehearsed(value: try await body(Transaction(connection: connection)))
            }
            throw RepositoryError.internal(detail: "a rehearsal was committed")
        } catch let rehearsed as Rehearsed<Value> {
            return rehearsed.value
        } catch {
            throw RepositoryError(any: error, isWriting: true)
        }
    }

    /// Ends a transaction that is to leave nothing behind.
    private struct Rehearsed<Value: Sendable>: Error {
        let value: Value
    }

    private func writeOnce<Value: Sendable>(
        deadline: ContinuousClock.Instant?,
        _ body: (Transaction) async throws(RepositoryError) -> Value
    ) async throws(RepositoryError) -> Written<Value> {
        do {
            let (value, position) = try await self.pool.withWrite(deadline: deadline) { connection in
                WritePoint.reached(.began)
                let value = try await body(Transaction(connection: connection))
                WritePoint.reached(.done)
                return value
            }
            WritePoint.reached(.committed)
            self.writes.succeeded()
            return Written(value: value, consistencyToken: position.map { ConsistencyToken(position: $0) })
        } catch let error as DatabaseError where error.outcomeUnknown {
            // Only the COMMIT's: what `body` throws is a `RepositoryError`.
            throw .outcomeUnknown
        } catch {
            let error = RepositoryError(any: error, isWriting: true)
            self.writes.failed(error)
            throw error
        }
    }
}

/// How far a write has come. Tests interrupt it there.
package enum WritePoint: CaseIterable, Sendable {
    /// It has a connection; nothing was sent.
    case began
    /// All statements ran; COMMIT was not sent.
    case done
    case committed

    /// A type of its own: an optimised build with the thread sanitizer has no metadata for a task-local closure, and crashes.
    package struct Observer: Sendable {
        package let reached: @Sendable (WritePoint) -> Void

        package init(_ reached: @escaping @Sendable (WritePoint) -> Void) { self.reached = reached }
    }

    @TaskLocal package static var observer: Observer?

    fileprivate static func reached(_ point: WritePoint) { self.observer?.reached(point) }
}

/// A transaction that is open.
struct Transaction: Sendable {
    let connection: Connection

    func run(_ batch: Batch) async throws(RepositoryError) -> BatchResults {
        do {
            return try await self.connection.execute(batch)
        } catch {
            throw RepositoryError(error, isWriting: true)
        }
    }

    func query(
        _ statement: Statement,
        _ parameters: Parameters = Parameters()
    ) async throws(RepositoryError) -> QueryResult {
        do {
            return try await self.connection.execute(statement, parameters)
        } catch {
            throw RepositoryError(error, isWriting: true)
        }
    }

    /// Runs a COPY that takes rows.
    func copy(_ statement: SQL, _ rows: some Sequence<Parameters>) async throws(RepositoryError) {
        do {
            _ = try await self.connection.copyIn(statement) { writer in
                for row in rows { try await writer.writeRow(row) }
            }
        } catch {
            throw RepositoryError(any: error, isWriting: true)
        }
    }
}

/// Reads rows, with the driver's errors made ours.
func readRows<Value: ~Copyable>(
    _ body: () throws(DatabaseError) -> Value
) throws(RepositoryError) -> Value {
    do { return try body() } catch { throw RepositoryError(error) }
}

/// Calls the driver, with its errors made ours.
func databaseCall<Value: ~Copyable>(
    _ body: () async throws(DatabaseError) -> Value
) async throws(RepositoryError) -> Value {
    do { return try await body() } catch { throw RepositoryError(error) }
}

extension RepositoryError {
    /// An error out of a closure that can throw ours and the driver's.
    init(any error: any Error, isWriting: Bool = false) {
        switch error {
        case let error as RepositoryError: self = error
        case let error as DatabaseError: self.init(error, isWriting: isWriting)
        case is CancellationError: self = .cancelled
        default: self = .internal(detail: "\(error)")
        }
    }
}
