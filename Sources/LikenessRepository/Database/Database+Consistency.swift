internal import LikenessPostgres

extension Database {
    private static let currentPosition = Statement(
        "log_position",
        "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"
    )
    /// The place up to which a standby has replayed; NULL on a primary, which has everything.
    private static let replayedPosition = Statement(
        "log_replayed",
        "SELECT CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END"
    )

    /// Proof of all that is committed now.
    func consistencyToken(deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> ConsistencyToken {
        let result = try await self.query(Self.currentPosition, deadline: deadline)
        let position: Int64 = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
        return ConsistencyToken(position: UInt64(position))
    }

    /// Refuses to read from a standby that has not got as far as a write.
    ///
    /// - Throws: `.unavailable`; the caller may try again soon, or elsewhere.
    func requireReplayed(
        _ token: ConsistencyToken?,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) {
        guard let token else { return }
        let result = try await self.query(Self.replayedPosition, deadline: deadline)
        let replayed: Int64? = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
        guard let replayed else { return }
        if UInt64(replayed) < token.position { throw .unavailable(.behind) }
    }
}
