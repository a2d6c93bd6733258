internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// Reads profiles as a view shows them.
struct ShownProfiles: Sendable {
    let view: View
    /// Of a request.
    var filter: Filter?
    let reads: Reads

    /// Some megabytes of the profiles that are there, by ascending id, and the ids of those that were not read yet.
    func read(_ ids: [UUID]) async throws(RepositoryError) -> ([Profile], left: [UUID]) {
        let (stored, left) = try await self.stored(ids)
        return (stored.map { self.view.shown($0) }, left)
    }

    /// The same profiles as they are stored, for callers who need their versions and show them by themselves.
    func stored(_ ids: [UUID]) async throws(RepositoryError) -> ([Profile], left: [UUID]) {
        var parameters = Parameters(ids, [String](), Int64(ProfileRepository.readBytesMax))
        let condition = try self.view.sql(and: self.filter, &parameters)
        var batch = Batch()
        let statement = batch.addFiltered(
            "view_profiles_whole",
            ProfileStatements.wholeWithinText(condition: condition),
            parameters,
            deadline: self.reads.deadline
        )
        let watch = self.reads.recorder?.watch(.show)
        var results = try await self.reads.run(batch)
        _ = results.next()
        let whole = results.next()
        watch?.ran(.profiles, statement, parameters, rows: whole.rowCount)
        return try readRows { () throws(DatabaseError) in
            (try ProfileRows.profiles(whole), try ProfileRows.leftOut(whole))
        }
    }
}
