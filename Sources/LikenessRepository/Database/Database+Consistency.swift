internal import LikenessPostgres

extension Database {
    private static let currentPosition = Statement(
        "log_position",
        "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"
    )

    /// Proof of all that is committed now.
    func consistencyToken(deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> ConsistencyToken {
        let result = try await self.query(Self.currentPosition, deadline: deadline)
        let position: Int64 = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
        return ConsistencyToken(position: UInt64(position))
    }

    /// What a caller reads by: a database that has got as far as one of its writes, when it says which.
    func reads(
        at token: ConsistencyToken?,
        deadline: ContinuousClock.Instant?,
        recorder: SearchRecorder? = nil
    ) -> Reads {
        Reads(database: self, token: token, deadline: deadline, recorder: recorder)
    }
}

/// The reads of one call. Each of them is checked in the session that runs it: another one may be a standby that is further behind.
///
/// - Throws: Whatever ``Database/query(_:_:settings:deadline:)`` does; `.unavailable` from a standby that is behind: the caller may
///   try again soon, or elsewhere.
struct Reads: Sendable {
    let database: Database
    let token: ConsistencyToken?
    let deadline: ContinuousClock.Instant?
    /// Of a search that is to be explained.
    var recorder: SearchRecorder?

    /// The place up to which a standby has replayed; NULL on a primary, which has everything.
    private static let replayedPosition = Statement(
        "log_replayed",
        "SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END"
    )

    /// Runs one statement.
    func query(
        _ statement: Statement,
        _ parameters: Parameters = Parameters(),
        settings: [SessionSetting] = []
    ) async throws(RepositoryError) -> QueryResult {
        guard self.token != nil || self.recorder != nil else {
            return try await self.database.query(statement, parameters, settings: settings, deadline: self.deadline)
        }
        var batch = Batch()
        batch.add(statement, parameters)
        var results = try await self.run(batch, settings: settings)
        return results.next()
    }

    /// Runs several statements in one round trip and one transaction.
    func run(_ batch: Batch, settings: [SessionSetting] = []) async throws(RepositoryError) -> BatchResults {
        guard let token = self.token else { return try await self.send(batch, settings: settings) }
        // In front of the others: what it says is true of whatever they see.
        var checked = Batch()
        checked.add(Self.replayedPosition)
        checked.add(batch)
        var results = try await self.send(checked, settings: settings)
        let position = results.next()
        let replayed: Int64? = try readRows { () throws(DatabaseError) in try position.value(0, 0) }
        if let replayed, UInt64(replayed) < token.position { throw .unavailable(.behind) }
        return results
    }

    private func send(
        _ batch: Batch,
        settings: [SessionSetting]
    ) async throws(RepositoryError) -> BatchResults {
        guard let recorder = self.recorder else {
            return try await self.database.run(batch, settings: settings, deadline: self.deadline)
        }
        let start = ContinuousClock.now
        return try await self.database.run(batch, settings: settings, deadline: self.deadline) {
            recorder.add(.now - start, to: .connection)
        }
    }
}
