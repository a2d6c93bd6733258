internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Stores and reads profiles.
///
/// Field lengths and patterns are the contract's rules and checked before a request gets here; what would break the
/// store is checked here again. Every `deadline` bounds waiting for a connection and for the answer; `nil` waits as
/// long as the pool and the statement timeout allow.
package struct ProfileRepository: Sendable {
    let database: Database
    let pageTokens: PageTokens
    /// How long what profiles were is kept; `nil`: writes record nothing.
    let historyTime: Duration?

    package init(database: Database, pageTokens: PageTokens, historyTime: Duration? = nil) {
        self.database = database
        self.pageTokens = pageTokens
        self.historyTime = historyTime
    }

    /// Whose write it is, where that is recorded.
    func author(_ caller: String, _ method: String) -> WriteAuthor? {
        self.historyTime == nil ? nil : WriteAuthor(caller: caller, method: method)
    }

    /// Reads one profile, soft-deleted ones too where there is no view.
    ///
    /// - Parameter view: What of it is answered.
    /// - Throws: `.notFound`, also for one that the view does not show; `.invalidField` for a key that it does not show.
    package func get(
        _ key: ProfileKey,
        through view: View? = nil,
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Profile {
        let profile = try await self.stored(
            key,
            through: view,
            self.database.reads(at: consistencyToken, deadline: deadline)
        )
        return view?.shown(profile) ?? profile
    }

    /// The profile that a key names, if a view shows it; as it is stored.
    func stored(_ key: ProfileKey, through view: View?, _ reads: Reads) async throws(RepositoryError) -> Profile {
        var keys = try Keys([key])
        try view?.require(key, path: "key")
        var found: [Profile]
        if keys.ids.isEmpty {
            let lookup = KeyLookup(reads, through: view)
            try await lookup.addExternalIDs(to: &keys)
            found = try await self.whole(keys, through: view, reads)
            if try await !lookup.addFormerSlugs(to: &keys, without: found).isEmpty {
                found = try await self.whole(keys, through: view, reads)
            }
        } else {
            // An id is not looked up first.
            found = try await self.whole(keys, through: view, reads)
        }
        guard let profile = keys.pick(from: found)[0] else { throw .notFound(.profile, key: key.text) }
        return profile
    }

    private func whole(_ keys: Keys, through view: View?, _ reads: Reads) async throws(RepositoryError) -> [Profile] {
        let result =
            if view == nil, keys.slugs.isEmpty {
                try await reads.query(ProfileStatements.wholeByID, Parameters(keys.ids))
            } else {
                try await self.read(
                    ProfileStatements.whole,
                    ProfileStatements.wholeText,
                    Parameters(keys.ids, keys.slugs),
                    through: view,
                    reads
                )
            }
        return try readRows { () throws(DatabaseError) in try ProfileRows.profiles(result) }
    }

    /// Runs a statement, or what it is with the condition of a view.
    private func read(
        _ statement: Statement,
        _ text: (_ condition: SQL) -> SQL,
        _ parameters: Parameters,
        through view: View?,
        _ reads: Reads
    ) async throws(RepositoryError) -> QueryResult {
        guard let view else { return try await reads.query(statement, parameters) }
        var parameters = parameters
        let condition = try view.sql(and: nil, &parameters)
        var batch = Batch()
        batch.addFiltered(statement.name, text(condition), parameters, deadline: reads.deadline)
        var results = try await reads.run(batch)
        _ = results.next()
        return results.next()
    }

    /// Most bytes of profiles, or so, that one statement reads for many keys.
    static let readBytesMax = 4 << 20

    /// Reads many profiles, each once however many keys name it, some megabytes at a time: in one round trip where all of
    /// them are no more.
    ///
    /// - Parameters:
    ///   - view: What of them is given to `take`; those that it does not show are not there.
    ///   - take: Gets each profile with the indices of its keys. `false` ends the reading: the caller has enough.
    /// - Returns: Whether all were read.
    package func batchGet(
        _ keys: [ProfileKey],
        through view: View? = nil,
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant? = nil,
        _ take: (_ indices: [Int], Profile) -> Bool
    ) async throws(RepositoryError) -> Bool {
        for (index, key) in keys.enumerated() { try view?.require(key, path: "keys[\(index)]") }
        var keys = try Keys(keys)
        let reads = self.database.reads(at: consistencyToken, deadline: deadline)
        let lookup = KeyLookup(reads, through: view)
        try await lookup.addExternalIDs(to: &keys)
        var (ids, slugs) = (keys.ids, keys.slugs)
        // With ids and slugs alone.
        var found: [Profile] = []
        var taken: Set<Int> = []
        while true {
            let result = try await self.read(
                ProfileStatements.wholeWithin,
                ProfileStatements.wholeWithinText,
                Parameters(ids, slugs, Int64(Self.readBytesMax)),
                through: view,
                reads
            )
            let (profiles, left) = try readRows { () throws(DatabaseError) in
                (try ProfileRows.profiles(result), try ProfileRows.leftOut(result))
            }
            for profile in profiles {
                let indices = keys.indices(of: profile).filter { taken.insert($0).inserted }
                guard take(indices, view?.shown(profile) ?? profile) else { return false }
                found.append(Profile(id: profile.id, slug: profile.slug))
            }
            (ids, slugs) = (left, [])
            guard left.isEmpty else { continue }
            ids = try await lookup.addFormerSlugs(to: &keys, without: found)
            if ids.isEmpty { return true }
        }
    }

    /// Reads many profiles.
    ///
    /// - Returns: As many as `keys`, in their order; `nil` where there is none.
    package func batchGet(
        _ keys: [ProfileKey],
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> [Profile?] {
        var found = [Profile?](repeating: nil, count: keys.count)
        _ = try await self.batchGet(keys, consistencyToken: consistencyToken, deadline: deadline) { indices, profile in
            for index in indices { found[index] = profile }
            return true
        }
        return found
    }

    /// Stores a new profile. Its slug is derived from the display name when empty, with a number behind if that is taken.
    ///
    /// - Parameters:
    ///   - requestID: Repeating the call with it within 24 hours answers as the first did.
    ///   - validateOnly: Nothing is written, and the answer is as it would be.
    ///   - answerBytesMax: Of the encoded profile that is returned; a larger one is not written.
    /// - Throws: `.alreadyExists`, `.invalidField`, `.requestIDReused`, `.answerTooLarge`.
    package func create(
        _ profile: Profile,
        requestID: RequestID = .none,
        validateOnly: Bool = false,
        answerBytesMax: Int = .max,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<Profile> {
        let isSlugOurs = profile.slug.isEmpty
        var attempts = 0
        while true {
            var wanted = profile
            if isSlugOurs { wanted.slug = try await self.freeSlug(for: profile.displayName, deadline: deadline) }
            let change = try ProfileChange(creating: wanted)
            do throws(RepositoryError) {
                return try await self.database.write(
                    RepeatableRequest(requestID, method: "CreateProfile", content: profile),
                    validateOnly: validateOnly,
                    deadline: deadline
                ) { transaction throws(RepositoryError) in
                    let author = self.author(requestID.caller, "CreateProfile")
                    return try Self.answerable(
                        try await Self.write(change, by: author, in: transaction),
                        answerBytesMax
                    )
                }
            } catch {
                guard error == .alreadyExists(field: "slug"), isSlugOurs, attempts < 5 else {
                    throw await self.named(error, of: change.profile, deadline: deadline)
                }
                attempts += 1
            }
        }
    }

    /// Changes the fields that `updateMask` names. A change that changes nothing keeps the revision.
    ///
    /// - Parameters:
    ///   - updateMask: Paths of `Profile`, see `UpdateMask`.
    ///   - ifRevision: The revision the caller has read; 0 means any.
    ///   - validateOnly, answerBytesMax: As in `create`.
    /// - Throws: `.notFound`, `.revisionMismatch`, `.failedPrecondition` when it is deleted, `.invalidField`,
    ///   `.alreadyExists`, `.requestIDReused`, `.answerTooLarge`.
    package func update(
        _ key: ProfileKey,
        with values: Profile,
        updateMask: [String],
        ifRevision: Int64 = 0,
        requestID: RequestID = .none,
        validateOnly: Bool = false,
        answerBytesMax: Int = .max,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<Profile> {
        let mask = try UpdateMask(updateMask)
        let keys = try Keys([key])
        let request = UpdateProfileRequest(
            key: key,
            profile: values,
            updateMask: .init(paths: updateMask),
            ifRevision: ifRevision
        )
        let repeatable = try RepeatableRequest(requestID, method: "UpdateProfile", content: request)
        var before: String?
        var wanted = values
        do throws(RepositoryError) {
            var written = try await self.database.write(repeatable, validateOnly: validateOnly, deadline: deadline) {
                transaction throws(RepositoryError) in
                let (stored, attributes) = try await Self.lock(
                    keys,
                    name: key.text,
                    attributes: mask.writesAttributes ? values.attributesJson : nil,
                    in: transaction
                )
                before = stored.slug
                try Self.require(stored, revision: ifRevision)
                wanted = stored
                mask.apply(from: values, to: &wanted)
                if let attributes { wanted.attributesJson = attributes }
                let change = try ProfileChange(updating: stored, to: wanted)
                guard change.changesAnything else { return try Self.answerable(stored, answerBytesMax) }
                let author = self.author(requestID.caller, "UpdateProfile")
                return try Self.answerable(try await Self.write(change, by: author, in: transaction), answerBytesMax)
            }
            // Of a call that is repeated the slug before is not known, where it may have been changed.
            let old = before ?? (mask.writes("slug") ? nil : written.value.slug)
            written.redirectedFrom = old.map { key.redirected(to: $0) } ?? ""
            return written
        } catch {
            throw await self.named(error, of: wanted, deadline: deadline)
        }
    }

    /// The same error, where an external id or the id of a row is taken with the place of that one.
    func named(
        _ error: RepositoryError,
        of profile: Profile,
        deadline: ContinuousClock.Instant?
    ) async -> RepositoryError {
        guard case .alreadyExists(let field) = error, let id = UUID(text: profile.id) else { return error }
        let (statement, parameters): (Statement, Parameters)
        // A row that was sent without an id is looked up by a new one, which no row has.
        switch field {
        case "external_ids":
            let (systems, ids) = (profile.externalIds.map(\.system), profile.externalIds.map(\.id))
            (statement, parameters) = (KeyStatements.taken, Parameters(systems, ids, id))
        case "experiences.id":
            let ids = profile.experiences.map { UUID(text: $0.id) ?? UUID() }
            (statement, parameters) = (KeyStatements.takenExperience, Parameters(ids, id))
        case "skills.id":
            let ids = profile.skills.map { UUID(text: $0.id) ?? UUID() }
            (statement, parameters) = (KeyStatements.takenSkill, Parameters(ids, id))
        default: return error
        }
        var place: Int64?
        do throws(RepositoryError) {
            let result = try await self.database.query(statement, parameters, deadline: deadline)
            place = try readRows { () throws(DatabaseError) in result.rowCount == 1 ? try result.value(0, 0) : nil }
        } catch {
            // Given up meanwhile, or not to be known now.
        }
        let (list, member) = field == "external_ids" ? (field, "") : (String(field.dropLast(3)), ".id")
        return place.map { .alreadyExists(field: "\(list)[\($0 - 1)]\(member)") } ?? error
    }

    /// Refuses a write whose answer could not be sent, while it can still be undone.
    static func answerable(_ profile: Profile, _ bytesMax: Int) throws(RepositoryError) -> Profile {
        do {
            _ = try profile.encodedByteCount(max: bytesMax)
            return profile
        } catch {
            throw .answerTooLarge(bytesMax: bytesMax)
        }
    }

    /// Locks one profile and reads it, with what PostgreSQL makes of `attributes`.
    static func lock(
        _ keys: Keys,
        name: String,
        attributes: String?,
        in transaction: Transaction
    ) async throws(RepositoryError) -> (stored: Profile, attributes: String?) {
        var keys = keys
        let lookup = KeyLookup(transaction)
        try await lookup.addExternalIDs(to: &keys)
        if let locked = try await Self.lockFound(keys, attributes: attributes, in: transaction) {
            // Until it was locked the id may have become another profile's.
            let externalIDs = keys.externalIDs.map(\.externalID)
            guard externalIDs.allSatisfy(locked.stored.externalIds.contains) else { throw .conflict }
            return locked
        }
        guard try await !lookup.addFormerSlugs(to: &keys, without: []).isEmpty,
            let locked = try await Self.lockFound(keys, attributes: attributes, in: transaction)
        else { throw .notFound(.profile, key: name) }
        return locked
    }

    private static func lockFound(
        _ keys: Keys,
        attributes: String?,
        in transaction: Transaction
    ) async throws(RepositoryError) -> (stored: Profile, attributes: String?)? {
        var batch = Batch()
        batch.add(ProfileStatements.lock, Parameters(keys.ids, keys.slugs))
        batch.add(ProfileStatements.whole, Parameters(keys.ids, keys.slugs))
        if let attributes {
            batch.add(ProfileStatements.normalizedJSON, Parameters(try JSONB(attributes: attributes)))
        }
        var results = try await transaction.run(batch)
        _ = results.next()
        let whole = results.next()
        let found = try readRows { () throws(DatabaseError) in try ProfileRows.profiles(whole) }
        guard let stored = found.first else { return nil }
        guard attributes != nil else { return (stored, nil) }
        let normalized = results.next()
        return (stored, try readRows { () throws(DatabaseError) in try normalized.value(0, 0) })
    }

    /// Writes a change, and reads the profile as it is then.
    static func write(
        _ change: ProfileChange,
        by author: WriteAuthor?,
        in transaction: Transaction
    ) async throws(RepositoryError) -> Profile {
        var reading = Batch()
        reading.add(ProfileStatements.wholeByID, Parameters([change.id]))
        var results = try await ProfileWrites([change], by: author).run(in: transaction, reading: reading)
        let whole = results.next()
        let read = try readRows { () throws(DatabaseError) in try ProfileRows.profiles(whole) }
        guard let profile = read.first else { throw .internal(detail: "a profile vanished while it was written") }
        return profile
    }

    static func require(_ stored: Profile, revision: Int64) throws(RepositoryError) {
        guard stored.deleteTime == nil else { throw .deleted(stored.slug) }
        guard revision == 0 || revision == stored.revision else {
            throw .revisionMismatch(current: stored.revision)
        }
    }

    /// The slug that a name suggests, or the first free one with a number after it.
    private func freeSlug(for name: String, deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> String
    {
        let base = Slug.suggested(by: name)
        let result = try await self.database.query(ProfileStatements.slugsLike, Parameters(base), deadline: deadline)
        var taken: Set<String> = []
        try readRows { () throws(DatabaseError) in
            for row in 0..<result.rowCount { taken.insert(try result.value(row, 0)) }
        }
        // Nor one that leads to another profile.
        if !taken.contains(base) { return base }
        var number = 2
        while taken.contains("\(base)-\(number)") { number += 1 }
        return "\(base)-\(number)"
    }
}
