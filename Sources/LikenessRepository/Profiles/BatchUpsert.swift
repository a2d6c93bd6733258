internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// One call of `ProfileRepository.batchUpsert`: which items are written together, and what became of each.
struct BatchUpsert {
    private struct Item: Sendable {
        /// Among the call's profiles.
        let index: Int
        let wanted: Profile
        let ifRevision: Int64
        /// Its slug, where it was last found by that as a former one: the profile keeps the slug that it has.
        var redirectedFrom = ""

        /// The next revision of the profile that was found.
        func replacing(_ stored: Profile) -> Profile {
            var wanted = self.wanted
            if !self.redirectedFrom.isEmpty { wanted.slug = "" }
            return wanted.replacing(stored)
        }
    }

    /// What an item comes to, going by what is stored.
    private enum Plan: Sendable {
        case create(ProfileChange)
        /// With the profile as it was read without a lock.
        case replace(Profile, ifRevision: Int64)
    }

    private typealias Planned = (item: Item, plan: Plan)

    private let repository: ProfileRepository
    private let author: WriteAuthor?
    private let deadline: ContinuousClock.Instant?
    private(set) var results: [Int: ProfileRepository.UpsertResult] = [:]
    private(set) var token: ConsistencyToken?
    /// Items about a profile that another one of their group changes: their turn comes after it.
    private var postponed: [Item] = []

    /// Items of one transaction: enough to share what each costs, few enough for those who wait for their profiles.
    private static let groupCountMax = 50
    private static let groupBytesMax = 256 << 10
    /// Looks at an item again when another writer was faster: with each look one of them has ended.
    private static let looksMax = 10

    init(repository: ProfileRepository, author: WriteAuthor?, deadline: ContinuousClock.Instant?) {
        (self.repository, self.author, self.deadline) = (repository, author, deadline)
    }

    /// Writes what can be written, some items in a transaction.
    ///
    /// - Throws: What reading threw before anything was written.
    mutating func run(_ profiles: [Profile], ifRevisions: [Int64]) async throws(RepositoryError) {
        let known = try await self.repository.stored(for: profiles, deadline: self.deadline)
        var seen: Set<String> = []
        var (group, bytes) = ([Item](), 0)
        for (index, profile) in profiles.enumerated() {
            let revision = ifRevisions.indices.contains(index) ? ifRevisions[index] : 0
            let item = Item(index: index, wanted: profile, ifRevision: revision)
            // A key that occurs twice is looked at again: its first occurrence may have changed what it names.
            let keys = profile.keyTexts
            let isFirst = seen.isDisjoint(with: keys)
            seen.formUnion(keys)
            guard isFirst else {
                self.postponed.append(item)
                continue
            }
            let size = (try? profile.encodedByteCount(max: Self.groupBytesMax)) ?? Self.groupBytesMax
            if !group.isEmpty, group.count == Self.groupCountMax || bytes + size > Self.groupBytesMax {
                await self.upsert(group, known: known)
                (group, bytes) = ([], 0)
            }
            group.append(item)
            bytes += size
        }
        await self.upsert(group, known: known)
        // Alone none is postponed again.
        for item in self.postponed.sorted(by: { $0.index < $1.index }) { await self.upsert([item], known: nil) }
    }

    /// Writes some items in one transaction, or in several where that fails.
    ///
    /// - Parameter known: What is stored, as far as it was read already.
    private mutating func upsert(_ items: [Item], known: ProfileMatch?) async {
        guard !items.isEmpty else { return }
        var known = known
        var looks = 0
        while true {
            looks += 1
            var planned: [Planned] = []
            do throws(RepositoryError) {
                let stored: ProfileMatch
                if let known {
                    stored = known
                } else {
                    stored = try await self.repository.stored(for: items.map(\.wanted), deadline: self.deadline)
                }
                known = nil
                planned = await self.plans(items, stored)
                guard !planned.isEmpty else { return }
                try await self.write(planned)
                return
            } catch {
                guard error.mayBeOfOneItem else { return self.fail(items, error) }
                if items.count > 1 {
                    let left = planned.isEmpty ? items : planned.map(\.item)
                    let middle = (left.count + 1) / 2
                    await self.upsert(Array(left[..<middle]), known: nil)
                    await self.upsert(Array(left[middle...]), known: nil)
                    return
                }
                // Taken since we looked.
                guard error.isOfTakenKey, looks < Self.looksMax else { return self.fail(items, error) }
            }
        }
    }

    /// Those of some items that have no result yet.
    private mutating func fail(_ items: [Item], _ error: RepositoryError) {
        for item in items where self.results[item.index] == nil { self.results[item.index] = .failure(error) }
    }

    // MARK: All or nothing

    /// Writes all items in one transaction, or none of them.
    ///
    /// - Throws: What reading threw before anything was written.
    mutating func runAtomically(_ profiles: [Profile], ifRevisions: [Int64]) async throws(RepositoryError) {
        let items = profiles.enumerated().map { index, profile in
            let revision = ifRevisions.indices.contains(index) ? ifRevisions[index] : 0
            return Item(index: index, wanted: profile, ifRevision: revision)
        }
        var looks = 0
        while true {
            looks += 1
            self.results = Self.repetitions(profiles)
            if let failed = self.firstFailure { return self.undo(items, because: failed) }
            let stored = try await self.repository.stored(for: profiles, deadline: self.deadline)
            let planned = await self.plans(items, stored)
            for item in self.postponed { self.results[item.index] = .failure(Self.repeated) }
            self.postponed = []
            if let failed = self.firstFailure { return self.undo(items, because: failed) }
            guard !planned.isEmpty else { return }
            var failed: Int?
            do throws(RepositoryError) {
                let written = try await self.repository.database.write(deadline: self.deadline) {
                    transaction throws(RepositoryError) in
                    failed = nil
                    return try await Self.writeAll(planned, by: self.author, in: transaction) { failed = $0 }
                }
                for (index, result) in written.value { self.results[index] = result }
                self.token = written.consistencyToken
                return
            } catch {
                if failed == nil {
                    // Taken since we looked.
                    if error.isOfTakenKey, looks < Self.looksMax { continue }
                    if error.mayBeOfOneItem { failed = await self.culprit(of: planned) }
                }
                guard let failed else {
                    self.results = [:]
                    return self.fail(items, error)
                }
                self.results[failed] = .failure(error)
                return self.undo(items, because: failed)
            }
        }
    }

    private var firstFailure: Int? {
        self.results.filter { if case .failure = $0.value { true } else { false } }.keys.min()
    }

    /// All that have no error of their own.
    private mutating func undo(_ items: [Item], because failed: Int) {
        for item in items {
            if case .failure? = self.results[item.index] { continue }
            self.results[item.index] = .failure(.batchUndone(item: failed))
        }
    }

    private static let repeated = RepositoryError.invalidField(
        path: "",
        reason: "is about the profile of an earlier item"
    )

    /// The errors of items that name what an earlier one names, or are as it is and name nothing.
    private static func repetitions(_ profiles: [Profile]) -> [Int: ProfileRepository.UpsertResult] {
        var seen: Set<String> = []
        var nameless: Set<Profile> = []
        var errors: [Int: ProfileRepository.UpsertResult] = [:]
        for (index, profile) in profiles.enumerated() {
            let keys = profile.keyTexts
            let isFirst = keys.isEmpty ? nameless.insert(profile).inserted : seen.isDisjoint(with: keys)
            seen.formUnion(keys)
            if !isFirst { errors[index] = .failure(Self.repeated) }
        }
        return errors
    }

    /// - Throws: Also the error of the first item that fails, which is given to `failed` then.
    private static func writeAll(
        _ planned: [Planned],
        by author: WriteAuthor?,
        in transaction: Transaction,
        failed: (Int) -> Void
    ) async throws(RepositoryError) -> [(Int, ProfileRepository.UpsertResult)] {
        let (writes, results) = try await Self.changes(planned, by: author, in: transaction)
        for (index, result) in results {
            guard case .failure(let error) = result else { continue }
            failed(index)
            throw error
        }
        if !writes.isEmpty { try await writes.run(in: transaction) }
        return results
    }

    /// The item without which those before it could be written: the last of the fewest that cannot. `nil` where that cannot be told.
    private func culprit(of planned: [Planned]) async -> Int? {
        var (fit, unfit) = (0, planned.count)
        while unfit - fit > 1 {
            let count = (fit + unfit) / 2
            do throws(RepositoryError) {
                _ = try await self.repository.database.rehearse(deadline: self.deadline) {
                    transaction throws(RepositoryError) in
                    _ = try await Self.writeAll(Array(planned[..<count]), by: self.author, in: transaction) { _ in }
                    return count
                }
                fit = count
            } catch {
                guard error.mayBeOfOneItem else { return nil }
                unfit = count
            }
        }
        return planned[unfit - 1].item.index
    }

    // MARK: What is to be done

    /// What each item comes to; those that come to nothing, or cannot be stored, have their results.
    private mutating func plans(_ items: [Item], _ stored: ProfileMatch) async -> [Planned] {
        var planned: [Planned] = []
        var replaced: Set<String> = []
        for item in items {
            do {
                guard let plan = try await self.plan(item, stored) else { continue }
                if case .replace(let profile, _) = plan.plan, !replaced.insert(profile.id).inserted {
                    self.postponed.append(item)
                    continue
                }
                planned.append(plan)
            } catch {
                self.results[item.index] = .failure(error)
            }
        }
        return planned
    }

    private mutating func plan(_ item: Item, _ stored: ProfileMatch) async throws(RepositoryError) -> Planned? {
        let wanted = item.wanted
        if let match = try stored.stored(for: wanted) {
            var item = item
            item.redirectedFrom = match.redirectedFrom
            return try await self.replacement(item, of: match.profile, ifRevision: item.ifRevision)
        }
        // What was read has been deleted since, or has other keys.
        guard item.ifRevision <= 0 else { throw .revisionMismatch(current: 0) }
        var new = wanted
        if wanted.slug.isEmpty {
            let (slug, twin) = try await self.repository.alike(wanted, deadline: self.deadline)
            if let twin { return try await self.replacement(item, of: twin, ifRevision: 0) }
            new.slug = slug
        }
        return (item: item, plan: Plan.create(try ProfileChange(creating: new)))
    }

    /// - Returns: `nil` when the item is as the stored profile is, which is its result then.
    private mutating func replacement(
        _ item: Item,
        of stored: Profile,
        ifRevision: Int64
    ) async throws(RepositoryError) -> Planned? {
        let next = item.replacing(stored)
        guard try await self.repository.isUnchanged(stored, next, deadline: self.deadline) else {
            return (item: item, plan: Plan.replace(stored, ifRevision: ifRevision))
        }
        self.results[item.index] = .success(
            UpsertedProfile(
                id: stored.id,
                slug: stored.slug,
                revision: stored.revision,
                outcome: .unchanged,
                redirectedFrom: item.redirectedFrom
            )
        )
        return nil
    }

    // MARK: Writing

    /// Writes what is planned in one transaction, with a result for each item.
    ///
    /// - Throws: Nothing was written then, but for `.outcomeUnknown`.
    private mutating func write(_ planned: [Planned]) async throws(RepositoryError) {
        let written = try await self.repository.database.write(deadline: self.deadline) {
            transaction throws(RepositoryError) in
            let (writes, results) = try await Self.changes(planned, by: self.author, in: transaction)
            if !writes.isEmpty { try await writes.run(in: transaction) }
            return results
        }
        for (index, result) in written.value { self.results[index] = result }
        self.token = written.consistencyToken ?? self.token
    }

    /// Locks what is to be replaced, and says what becomes of it.
    private static func changes(
        _ planned: [Planned],
        by author: WriteAuthor?,
        in transaction: Transaction
    ) async throws(RepositoryError) -> (ProfileWrites, [(Int, ProfileRepository.UpsertResult)]) {
        var writes = ProfileWrites(by: author)
        var results: [(Int, ProfileRepository.UpsertResult)] = []
        let locked = try await Self.lock(planned, in: transaction)
        for (item, plan) in planned {
            do throws(RepositoryError) {
                let change: ProfileChange
                switch plan {
                case .create(let new): change = new
                case .replace(let known, let ifRevision):
                    guard let (stored, attributes) = locked[known.id] else {
                        throw .notFound(.profile, key: known.slug)
                    }
                    try ProfileRepository.require(stored, revision: ifRevision)
                    var next = item.replacing(stored)
                    next.attributesJson = attributes
                    change = try ProfileChange(updating: stored, to: next)
                }
                writes.add(change)
                results.append((item.index, .success(Self.upserted(change, item))))
            } catch {
                results.append((item.index, .failure(error)))
            }
        }
        return (writes, results)
    }

    private static func upserted(_ change: ProfileChange, _ item: Item) -> UpsertedProfile {
        let revision = change.profile.revision
        return UpsertedProfile(
            id: change.profile.id,
            slug: change.profile.slug,
            revision: change.isNew ? 1 : change.changesAnything ? revision + 1 : revision,
            outcome: change.isNew ? .created : change.changesAnything ? .updated : .unchanged,
            redirectedFrom: item.redirectedFrom
        )
    }

    /// Locks the profiles that are to be replaced and reads them, each with what PostgreSQL makes of its item's attributes.
    private static func lock(
        _ planned: [Planned],
        in transaction: Transaction
    ) async throws(RepositoryError) -> [String: (stored: Profile, attributes: String)] {
        var ids: [UUID] = []
        var attributes: [(id: String, text: JSONB)] = []
        for (item, plan) in planned {
            guard case .replace(let known, _) = plan else { continue }
            ids.append(try UUID(text: known.id, path: "id"))
            attributes.append((known.id, try JSONB(attributes: item.wanted.attributesJson)))
        }
        guard !ids.isEmpty else { return [:] }
        var batch = Batch()
        batch.add(ProfileStatements.lock, Parameters(ids, [String]()))
        batch.add(ProfileStatements.wholeByID, Parameters(ids))
        for (_, text) in attributes { batch.add(ProfileStatements.normalizedJSON, Parameters(text)) }
        var results = try await transaction.run(batch)
        _ = results.next()
        let whole = results.next()
        let found = try readRows { () throws(DatabaseError) in try ProfileRows.profiles(whole) }
        var locked: [String: (stored: Profile, attributes: String)] = [:]
        for (id, _) in attributes {
            let normalized = results.next()
            guard let stored = found.first(where: { $0.id == id }) else { continue }
            locked[id] = (stored, try readRows { () throws(DatabaseError) in try normalized.value(0, 0) })
        }
        return locked
    }
}

extension Profile {
    /// All that names it.
    fileprivate var keyTexts: [String] {
        [self.slug, self.identityId, self.id].filter { !$0.isEmpty }
            + self.externalIds.map { ProfileKey(key: .externalId($0)).text }
    }
}

extension RepositoryError {
    /// Whether a key was taken, perhaps by another writer.
    fileprivate var isOfTakenKey: Bool {
        ["slug", "identity_id", "id", "external_ids"].contains { self == .alreadyExists(field: $0) }
    }

    /// Whether fewer items in one transaction might be stored where it was thrown.
    fileprivate var mayBeOfOneItem: Bool {
        switch self {
        case .unavailable(.timedOut, _): true
        case .unavailable, .exhausted, .deadlineExceeded, .outcomeUnknown, .cancelled, .batchUndone: false
        case .notFound, .rowNotFound, .alreadyExists, .notDeleted, .revisionMismatch, .invalidField, .violations,
            .invalidPageToken, .pageTokenOfAnotherQuery, .pageTokenExpired, .resultSetsFull, .invalidConsistencyToken,
            .requestIDReused,
            .failedPrecondition, .dimensionMismatch, .answerTooLarge, .conflict, .collision, .internal,
            .savedSearchesFull,
            .invalidResumeToken, .resumeTokenExpired:
            true
        }
    }
}
