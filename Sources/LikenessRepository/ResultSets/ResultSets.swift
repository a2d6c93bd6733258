internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// How much is kept for further pages, and how long. `docs/decisions/result-sets.md`.
package struct ResultSetLimits: Sendable {
    /// From the first page on.
    package var time = Duration.seconds(900)
    /// Of one caller; its oldest ones are given up for a new one.
    package var setsPerCaller = 1_000
    package var hitsPerCaller = 1_000_000
    /// Of all callers; beyond them nothing is kept.
    package var sets = 10_000
    package var hits = 5_000_000

    package init() {}

    package init(time: Duration, setsPerCaller: Int, hitsPerCaller: Int, sets: Int, hits: Int) {
        (self.time, self.sets, self.hits) = (time, sets, hits)
        (self.setsPerCaller, self.hitsPerCaller) = (setsPerCaller, hitsPerCaller)
    }
}

/// Rankings in the database, where every server finds them.
package struct ResultSets: Sendable {
    let database: Database
    let tokens: PageTokens
    let limits: ResultSetLimits

    package init(database: Database, tokens: PageTokens, limits: ResultSetLimits = ResultSetLimits()) {
        (self.database, self.tokens, self.limits) = (database, tokens, limits)
    }

    /// A set that has been stored.
    struct Stored: Sendable {
        let id: UUID
        /// What a server must have replayed to know the set.
        let written: ConsistencyToken?
        let expireTime: ProtobufTimestamp
    }

    /// Keeps a ranking.
    ///
    /// - Throws: `.resultSetsFull`; `.unavailable(.readOnly, …)` at a standby.
    func keep(
        _ ranking: Ranking,
        answer: [UInt8],
        for caller: String,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> Stored {
        let id = UUID()
        let weight = Int64(ranking.count + answer.count / 1_000 * ResultSetStatements.hitsPerKilobyte)
        var batch = Batch()
        batch.add(ResultSetStatements.claimCaller, Parameters(caller))
        // A few expired ones, so that space is freed also while no server runs housekeeping.
        batch.add(ResultSetStatements.purge, Parameters(Self.purgedWithWrite))
        batch.add(
            ResultSetStatements.giveUp,
            Parameters(caller, Int64(self.limits.setsPerCaller), weight, Int64(self.limits.hitsPerCaller))
        )
        batch.add(
            ResultSetStatements.insert,
            Parameters(
                id,
                caller,
                Int32(ranking.count),
                answer,
                self.limits.time / .seconds(1),
                Int64(self.limits.sets),
                Int64(self.limits.hits)
            )
        )
        var columns = Parameters(id)
        ranking.append(to: &columns)
        try ranking.fused.append(to: &columns)
        batch.add(ResultSetStatements.insertHits, columns)
        let write = batch
        let written = try await self.database.write(deadline: deadline) { transaction throws(RepositoryError) in
            var results = try await transaction.run(write)
            for _ in 0..<3 { _ = results.next() }
            let inserted = results.next()
            guard inserted.rowCount == 1 else { throw .resultSetsFull }
            return try readRows { () throws(DatabaseError) in
                ProtobufTimestamp(try inserted.value(0, 0, as: PostgresTimestamp.self))
            }
        }
        return Stored(id: id, written: written.consistencyToken, expireTime: written.value)
    }

    private static let purgedWithWrite: Int64 = 4

    /// A part of a set.
    struct Part: Sendable {
        let ranking: Ranking
        let answer: [UInt8]
        let hitCount: Int
        let expireTime: ProtobufTimestamp
    }

    /// Reads the hits from a place on.
    ///
    /// - Throws: `.pageTokenExpired` when the caller has no such set any more.
    func part(
        of id: UUID,
        from place: Int,
        count: Int,
        caller: String,
        reads: Reads
    ) async throws(RepositoryError) -> Part {
        let end = place + count
        var batch = Batch()
        batch.add(
            ResultSetStatements.hits,
            Parameters(id, Int32(place / Ranking.rowSize * Ranking.rowSize), Int32(end))
        )
        batch.add(ResultSetStatements.set, Parameters(id, caller))
        var results = try await reads.run(batch)
        let rows = results.next()
        let set = results.next()
        guard set.rowCount == 1 else { throw .pageTokenExpired }
        let ranking = try Ranking(rows, places: place..<end)
        return try readRows { () throws(DatabaseError) in
            Part(
                ranking: ranking,
                answer: try set.value(0, 0),
                hitCount: Int(try set.value(0, 1, as: Int32.self)),
                expireTime: ProtobufTimestamp(try set.value(0, 2, as: PostgresTimestamp.self))
            )
        }
    }

    /// Forgets the sets that have expired, some at a time. Any server may do so, now and then.
    package func purge(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) {
        while true {
            let result = try await self.database.query(
                ResultSetStatements.purge,
                Parameters(Self.purgedAtOnce),
                deadline: deadline
            )
            let count: Int64 = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
            if count < Self.purgedAtOnce { return }
        }
    }

    private static let purgedAtOnce: Int64 = 100
}
