package import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Removes profiles for good, with all that was made from them.
///
/// | what | goes |
/// |---|---|
/// | rows, external ids, former slugs, revisions, outbox, embeddings, completions, words and texts of views, result sets, kept answers | with the profile, in one transaction |
/// | what others have yet to see: words' rows without words, notes for views and saved searches, matches and events | some time after it (`notesTime`); they hold nothing but ids |
/// | the record of the erasure | when no backup holds the profile any more |
package struct ErasureRepository: Sendable {
    private let database: Database
    /// How long backups are kept.
    private let backupTime: Duration

    /// How long indexes in memory and followers have to see that a profile is gone.
    package static let notesTime = Duration.seconds(15 * 60)

    package init(database: Database, backupTime: Duration) {
        self.database = database
        self.backupTime = backupTime
    }

    package struct Erased: Sendable {
        package let id: UUID
        package let time: ProtobufTimestamp
        package let backupsExpireTime: ProtobufTimestamp
        package var consistencyToken: ConsistencyToken?
    }

    /// Erases a profile, live or deleted.
    ///
    /// - Returns: For the id of one that was erased what was answered then.
    /// - Throws: `.notFound`, `.revisionMismatch`; `.conflict` when those who write could not be waited for.
    package func erase(
        _ key: ProfileKey,
        ifRevision: Int64 = 0,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Erased {
        let keys = try Keys([key])
        let written = try await self.database.write(deadline: deadline) { transaction throws(RepositoryError) in
            try await Self.wait(until: deadline, in: transaction)
            let id = try await self.erased(
                keys,
                name: key.text,
                ifRevision: ifRevision,
                until: deadline,
                in: transaction
            )
            let record = try await transaction.query(ErasureStatements.record, Parameters(id))
            guard record.rowCount == 1 else { throw .notFound(.profile, key: key.text) }
            return try readRows { () throws(DatabaseError) in
                Erased(
                    id: id,
                    time: ProtobufTimestamp(try record.value(0, 0)),
                    backupsExpireTime: ProtobufTimestamp(try record.value(0, 1))
                )
            }
        }
        var erased = written.value
        erased.consistencyToken = written.consistencyToken
        return erased
    }

    /// - Returns: The id of the profile that is erased now, or may have been before.
    private func erased(
        _ keys: Keys,
        name: String,
        ifRevision: Int64,
        until deadline: ContinuousClock.Instant?,
        in transaction: Transaction
    ) async throws(RepositoryError) -> UUID {
        let stored: Profile
        do throws(RepositoryError) {
            stored = try await ProfileRepository.lock(keys, name: name, attributes: nil, in: transaction).stored
        } catch {
            guard case .notFound = error, let known = keys.ids.first else { throw error }
            return known
        }
        guard ifRevision == 0 || ifRevision == stored.revision else {
            throw .revisionMismatch(current: stored.revision)
        }
        let id = try UUID(text: stored.id, path: "id")
        try await Self.noteViewers(of: [id], areLive: stored.deleteTime == nil, until: deadline, in: transaction)
        _ = try await transaction.query(ErasureStatements.erase, Parameters([id], self.backupTime / .seconds(1)))
        return id
    }

    /// Streams of changes through a mask report that a profile is gone where the mask showed it, which can be asked now and not
    /// later: it is noted with the removal, or with the deletion that came before it.
    ///
    /// Until the erasure is committed no mask changes: one that did would not be noted, and show the profile to those who begin with it. What
    /// takes long to wait for is waited for first.
    ///
    /// - Parameter areLive: One profile is, or none of them.
    private static func noteViewers(
        of ids: [UUID],
        areLive: Bool,
        until deadline: ContinuousClock.Instant?,
        in transaction: Transaction
    ) async throws(RepositoryError) {
        _ = try await transaction.query(ErasureStatements.lockProjections)
        _ = try await transaction.query(ErasureStatements.lockMasks)
        var stamps: [UUID: [String]] = [:]
        for mask in try await MaskRepository.live(in: transaction) {
            // One that this version cannot follow shows nothing.
            guard let view = try? View([mask]) else { continue }
            var parameters = Parameters(ids)
            let condition = try view.condition(and: nil)?.sql(&parameters) ?? "true"
            var batch = Batch()
            batch.addFiltered(
                "erasure_viewers",
                "SELECT p.id FROM profiles p WHERE p.id = ANY ($1) AND \(condition)",
                parameters,
                deadline: deadline
            )
            var results = try await transaction.run(batch)
            _ = results.next()
            let found = results.next()
            try readRows { () throws(DatabaseError) in
                for row in 0..<found.rowCount { stamps[try found.value(row, 0), default: []].append(view.stamp) }
            }
        }
        if areLive {
            _ = try await transaction.query(ErasureStatements.seenBy, Parameters(stamps.values.first ?? []))
        } else {
            // Of ids and numbers alone.
            let lists = ids.map { id in "{\((stamps[id] ?? []).map { "\"\($0)\"" }.joined(separator: ","))}" }
            _ = try await transaction.query(ErasureStatements.deletedSeenBy, Parameters(ids, lists))
        }
        try await Self.wait(until: deadline, in: transaction)
    }

    /// Erases some of those that were deleted so long ago, unless another server does.
    ///
    /// - Returns: How many. There may be more as long as it is not 0.
    package func erase(
        deletedFor time: Duration,
        deadline: ContinuousClock.Instant
    ) async throws(RepositoryError) -> Int {
        try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            try await Self.wait(until: deadline, in: transaction)
            let locked = try await transaction.query(ErasureStatements.tryLock, Parameters(Self.lockNumber))
            guard try readRows({ () throws(DatabaseError) in try locked.value(0, 0, as: Bool.self) }) else { return 0 }
            let expired = try await transaction.query(ErasureStatements.expired, Parameters(time / .seconds(1)))
            var ids: [UUID] = []
            try readRows { () throws(DatabaseError) in
                for row in 0..<expired.rowCount { ids.append(try expired.value(row, 0)) }
            }
            guard !ids.isEmpty else { return 0 }
            try await Self.noteViewers(of: ids, areLive: false, until: deadline, in: transaction)
            _ = try await transaction.query(ErasureStatements.isPurge)
            _ = try await transaction.query(ErasureStatements.erase, Parameters(ids, self.backupTime / .seconds(1)))
            return ids.count
        }
    }

    /// "erasures" in the numbers of advisory locks.
    private static let lockNumber: Int64 = 0x6572_6173_7572_6573

    /// Clears away what erasures of so long ago have left, and records that no backup outlives.
    ///
    /// - Returns: Of how many profiles.
    @discardableResult
    package func clear(
        after time: Duration = ErasureRepository.notesTime,
        deadline: ContinuousClock.Instant
    ) async throws(RepositoryError) -> Int {
        var total = 0
        while true {
            let count = try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
                try await Self.wait(until: deadline, in: transaction)
                let cleared = try await transaction.query(ErasureStatements.clear, Parameters(time / .seconds(1)))
                return try readRows { () throws(DatabaseError) in Int(try cleared.value(0, 0, as: Int32.self)) }
            }
            total += count
            if count < ErasureStatements.batchSize { break }
        }
        if total > 0 {
            let spaces = try await EmbeddingRepository(database: self.database).spaces(deadline: deadline)
            for statement in ErasureStatements.analyze(spaces) {
                _ = try await self.database.query(statement, deadline: deadline)
            }
        }
        _ = try await self.database.query(ErasureStatements.forget, deadline: deadline)
        return total
    }

    /// The profiles that were erased within some time, to be forgotten where they are in memory.
    package func recent(
        within time: Duration,
        deadline: ContinuousClock.Instant
    ) async throws(RepositoryError) -> Set<UUID> {
        let result = try await self.database.query(
            ErasureStatements.recent,
            Parameters(time / .seconds(1)),
            deadline: deadline
        )
        return try readRows { () throws(DatabaseError) in
            var ids: Set<UUID> = []
            for row in 0..<result.rowCount { ids.insert(try result.value(row, 0)) }
            return ids
        }
    }

    /// Locks may be held by writers, or by who projects a view, for some seconds.
    private static func wait(
        until deadline: ContinuousClock.Instant?,
        in transaction: Transaction
    ) async throws(RepositoryError) {
        let left = deadline.map { ContinuousClock.now.duration(to: $0) } ?? Self.patience
        let milliseconds = Int64(max(.seconds(1), min(left, Self.patience)) / .milliseconds(1))
        _ = try await transaction.query(ErasureStatements.patience, Parameters("\(milliseconds)ms"))
    }

    private static let patience = Duration.seconds(60)
}
