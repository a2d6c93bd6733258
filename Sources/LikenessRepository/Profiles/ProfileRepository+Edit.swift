package import LikenessMessages
internal import LikenessPostgres

extension ProfileRepository {
    /// Adds, changes and removes single experiences and skills, in one transaction: all edits or none. They are carried out on
    /// the profile as it is when it is locked, so that what others have added meanwhile stays.
    ///
    /// - Parameters:
    ///   - edits: In their order, each on what those before it have made.
    ///   - ifRevision, validateOnly, answerBytesMax: As in `update`.
    /// - Returns: The profile, and of each edit the id of its row.
    /// - Throws: As `update`, with the paths of edits; `.rowNotFound` for a row that the profile does not have, `.alreadyExists` for one
    ///   that it or another one has.
    package func edit(
        _ key: ProfileKey,
        edits: [ProfileEdit],
        ifRevision: Int64 = 0,
        requestID: RequestID = .none,
        validateOnly: Bool = false,
        answerBytesMax: Int = .max,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<EditProfileResponse> {
        let keys = try Keys([key])
        let work = try ProfileEdits(edits)
        let request = EditProfileRequest(key: key, edits: edits, ifRevision: ifRevision)
        let repeatable = try RepeatableRequest(requestID, method: "EditProfile", content: request)
        var (wanted, ids): (Profile, [String]) = (Profile(), [])
        do throws(RepositoryError) {
            var written = try await self.database.write(repeatable, validateOnly: validateOnly, deadline: deadline) {
                transaction throws(RepositoryError) in
                let stored = try await Self.lock(keys, name: key.text, attributes: nil, in: transaction).stored
                try Self.require(stored, revision: ifRevision)
                (wanted, ids) = (stored, [])
                ids = try work.apply(to: &wanted)
                let change = try ProfileChange(updating: stored, to: wanted)
                let author = self.author(requestID.caller, "EditProfile")
                let isChanged = change.changesAnything
                let profile = isChanged ? try await Self.write(change, by: author, in: transaction) : stored
                return EditProfileResponse(profile: try Self.answerable(profile, answerBytesMax), rowIds: ids)
            }
            written.redirectedFrom = key.redirected(to: written.value.profile?.slug ?? "")
            return written
        } catch {
            let error = await self.named(error, of: wanted, deadline: deadline)
            throw work.named(error, ids: ids, in: wanted)
        }
    }
}

extension EditProfileResponse: RepeatableAnswer {
    static var resource: RepositoryError.Resource { .profile }
    static var deleteTimeStatement: Statement { ProfileStatements.deleteTime }
    var id: String { self.profile?.id ?? "" }
    var deleteTime: ProtobufTimestamp? {
        get { self.profile?.deleteTime }
        set { self.profile?.deleteTime = newValue }
    }
}
