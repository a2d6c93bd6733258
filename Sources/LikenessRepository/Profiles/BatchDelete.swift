internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// One call of `ProfileRepository.batchDelete`: which keys are looked at together, and what became of each.
struct BatchDelete {
    /// Keys with their places in the call, and the revision that each wants; 0 for any.
    private typealias Item = (index: Int, key: ProfileKey, ifRevision: Int64)
    typealias Outcome = Result<DeletedProfile, RepositoryError>

    private let repository: ProfileRepository
    private let author: WriteAuthor?
    private let deadline: ContinuousClock.Instant?
    private(set) var results: [Int: Outcome] = [:]
    private(set) var token: ConsistencyToken?

    /// Keys of one transaction: as of `BatchUpsert`.
    private static let groupCountMax = 50

    init(repository: ProfileRepository, author: WriteAuthor?, deadline: ContinuousClock.Instant?) {
        (self.repository, self.author, self.deadline) = (repository, author, deadline)
    }

    mutating func run(_ keys: [ProfileKey], ifRevisions: [Int64], atomic: Bool) async {
        let items = keys.enumerated().map { index, key in
            (index: index, key: key, ifRevision: ifRevisions.indices.contains(index) ? ifRevisions[index] : 0)
        }
        if atomic {
            await self.delete(items, atomic: true)
            return
        }
        var left = items[...]
        while !left.isEmpty {
            await self.delete(Array(left.prefix(Self.groupCountMax)), atomic: false)
            left = left.dropFirst(Self.groupCountMax)
        }
    }

    private mutating func delete(_ items: [Item], atomic: Bool) async {
        var failed: (index: Int, error: RepositoryError)?
        do throws(RepositoryError) {
            let written = try await self.repository.database.write(deadline: self.deadline) {
                transaction throws(RepositoryError) in
                failed = nil
                let (writes, results) = try await Self.changes(items, by: self.author, in: transaction)
                for (index, result) in results where atomic {
                    guard case .failure(let error) = result else { continue }
                    failed = (index, error)
                    throw error
                }
                return try await Self.write(writes, results, in: transaction)
            }
            for (index, result) in written.value { self.results[index] = result }
            self.token = written.consistencyToken ?? self.token
        } catch {
            for item in items {
                guard let failed else {
                    self.results[item.index] = .failure(error)
                    continue
                }
                self.results[item.index] = .failure(
                    item.index == failed.index ? failed.error : .batchUndone(item: failed.index)
                )
            }
        }
    }

    /// Locks what the keys name, and says what becomes of it. The revisions of those that are to be deleted are from before.
    private static func changes(
        _ items: [Item],
        by author: WriteAuthor?,
        in transaction: Transaction
    ) async throws(RepositoryError) -> (ProfileWrites, [(Int, Outcome)]) {
        var keys = try Keys(items.map(\.key))
        let lookup = KeyLookup(transaction)
        try await lookup.addExternalIDs(to: &keys)
        let externalIDs = keys.lookedUp
        var locked = try await Self.lock(keys.ids, keys.slugs, in: transaction)
        let former = try await lookup.addFormerSlugs(
            to: &keys,
            without: locked.map { Profile(id: $0.id, slug: $0.slug) }
        )
        if !former.isEmpty { locked += try await Self.lock(former, [], in: transaction) }
        // Until they were locked the external ids may have become other profiles'.
        var again = try Keys(items.map(\.key))
        try await lookup.addExternalIDs(to: &again)
        guard again.lookedUp == externalIDs else { throw .conflict }

        let profiles = Dictionary(locked.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let named = keys.pick(from: profiles.values.map { Profile(id: $0.id, slug: $0.slug) })
        var writes = ProfileWrites(by: author)
        var deleted: Set<String> = []
        var results: [(Int, Outcome)] = []
        for (item, name) in zip(items, named) {
            guard let profile = name.flatMap({ profiles[$0.id] }) else {
                results.append((item.index, .failure(.notFound(.profile, key: item.key.text))))
                continue
            }
            let wasDeleted = profile.deleteTime != nil || deleted.contains(profile.id)
            guard wasDeleted || item.ifRevision == 0 || item.ifRevision == profile.revision else {
                results.append((item.index, .failure(.revisionMismatch(current: profile.revision))))
                continue
            }
            if !wasDeleted {
                deleted.insert(profile.id)
                writes.setActive(try UUID(text: profile.id, path: "id"), false)
            }
            let answer = DeletedProfile(
                id: profile.id,
                slug: profile.slug,
                revision: profile.revision,
                deleteTime: profile.deleteTime,
                wasDeleted: wasDeleted,
                redirectedFrom: item.key.redirected(to: profile.slug)
            )
            results.append((item.index, .success(answer)))
        }
        return (writes, results)
    }

    private static func lock(
        _ ids: [UUID],
        _ slugs: [String],
        in transaction: Transaction
    ) async throws(RepositoryError) -> [ProfileSummary] {
        let result = try await transaction.query(ProfileStatements.lockSummaries, Parameters(ids, slugs))
        return try Self.summaries(result)
    }

    /// Writes, and says of each result how it is stored then.
    private static func write(
        _ writes: ProfileWrites,
        _ results: [(Int, Outcome)],
        in transaction: Transaction
    ) async throws(RepositoryError) -> [(Int, Outcome)] {
        guard !writes.isEmpty else { return results }
        var ids: [UUID] = []
        for case (_, .success(let deleted)) in results { ids.append(try UUID(text: deleted.id, path: "id")) }
        var reading = Batch()
        reading.add(ProfileStatements.summaries, Parameters(ids))
        var read = try await writes.run(in: transaction, reading: reading)
        let stored = try Self.summaries(read.next())
        return results.map { index, result in
            guard case .success(var deleted) = result, let now = stored.first(where: { $0.id == deleted.id }) else {
                return (index, result)
            }
            (deleted.revision, deleted.deleteTime) = (now.revision, now.deleteTime)
            return (index, .success(deleted))
        }
    }

    private static func summaries(_ result: borrowing QueryResult) throws(RepositoryError) -> [ProfileSummary] {
        var summaries: [ProfileSummary] = []
        for row in 0..<result.rowCount {
            do { summaries.append(try ProfileRows.summary(result, row: row)) } catch { throw RepositoryError(error) }
        }
        return summaries
    }
}
