internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

extension ProfileRepository {
    /// Soft-deletes: searches no longer find the profile; it can be read by key and restored. Deleting a deleted profile
    /// changes nothing.
    ///
    /// - Throws: `.notFound`, `.revisionMismatch`, `.requestIDReused`.
    package func softDelete(
        _ key: ProfileKey,
        ifRevision: Int64 = 0,
        requestID: RequestID = .none,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<ProfileSummary> {
        let request = DeleteProfileRequest(key: key, ifRevision: ifRevision)
        let repeatable = try RepeatableRequest(requestID, method: "DeleteProfile", content: request)
        let keys = try Keys([key])
        var written = try await self.database.write(repeatable, deadline: deadline) {
            transaction throws(RepositoryError) in
            let stored = try await Self.lock(keys, name: key.text, attributes: nil, in: transaction).stored
            guard ifRevision == 0 || ifRevision == stored.revision else {
                throw .revisionMismatch(current: stored.revision)
            }
            return try await Self.setActive(
                false,
                stored,
                by: self.author(requestID.caller, "DeleteProfile"),
                in: transaction
            )
        }
        written.redirectedFrom = key.redirected(to: written.value.slug)
        return written
    }

    /// Soft-deletes the profiles of some keys. One that is deleted already is left as it is, whatever its revision.
    ///
    /// - Parameters:
    ///   - ifRevisions: Of each the revision that a live profile must have; 0 means any, as where there is none here.
    ///   - caller: For the history.
    ///   - atomic: One transaction for all: where one fails nothing is deleted, and the others have `.batchUndone`.
    /// - Returns: As many as `keys`, in their order. A key that names no profile does not touch the others; `.unavailable` and
    ///   the like fail those of one transaction.
    package func batchDelete(
        _ keys: [ProfileKey],
        ifRevisions: [Int64] = [],
        atomic: Bool = false,
        caller: String = "",
        deadline: ContinuousClock.Instant? = nil
    ) async -> (results: [Result<DeletedProfile, RepositoryError>], consistencyToken: ConsistencyToken?) {
        var delete = BatchDelete(
            repository: self,
            author: self.author(caller, "BatchDeleteProfiles"),
            deadline: deadline
        )
        await delete.run(keys, ifRevisions: ifRevisions, atomic: atomic)
        return (keys.indices.map { delete.results[$0] ?? .failure(.internal(detail: "no result")) }, delete.token)
    }

    /// Undoes `softDelete`.
    ///
    /// - Throws: `.notFound`, `.revisionMismatch`, `.requestIDReused`; `.notDeleted` when it is live,
    ///   `.alreadyExists` naming `identity_id` or `external_ids[i]` when that was taken meanwhile.
    package func restore(
        _ key: ProfileKey,
        ifRevision: Int64 = 0,
        requestID: RequestID = .none,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<ProfileSummary> {
        let request = RestoreProfileRequest(key: key, ifRevision: ifRevision)
        let repeatable = try RepeatableRequest(requestID, method: "RestoreProfile", content: request)
        let keys = try Keys([key])
        var found = Profile()
        do throws(RepositoryError) {
            var written = try await self.database.write(repeatable, deadline: deadline) {
                transaction throws(RepositoryError) in
                let stored = try await Self.lock(keys, name: key.text, attributes: nil, in: transaction).stored
                found = stored
                guard stored.deleteTime != nil else { throw .notDeleted(.profile, field: "key") }
                guard ifRevision == 0 || ifRevision == stored.revision else {
                    throw .revisionMismatch(current: stored.revision)
                }
                return try await Self.setActive(
                    true,
                    stored,
                    by: self.author(requestID.caller, "RestoreProfile"),
                    in: transaction
                )
            }
            written.redirectedFrom = key.redirected(to: written.value.slug)
            return written
        } catch {
            throw await self.named(error, of: found, deadline: deadline)
        }
    }

    private static func setActive(
        _ isActive: Bool,
        _ stored: Profile,
        by author: WriteAuthor?,
        in transaction: Transaction
    ) async throws(RepositoryError) -> ProfileSummary {
        let id = try UUID(text: stored.id, path: "id")
        var writes = ProfileWrites(by: author)
        if isActive != (stored.deleteTime == nil) { writes.setActive(id, isActive) }
        var reading = Batch()
        reading.add(ProfileStatements.summary, Parameters(id))
        var results = try await writes.run(in: transaction, reading: reading)
        let result = results.next()
        return try readRows { () throws(DatabaseError) in try ProfileRows.summary(result, row: 0) }
    }
}
