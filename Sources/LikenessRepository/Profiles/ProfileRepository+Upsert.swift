internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

extension ProfileRepository {
    /// The outcome of one item of a batch.
    package typealias UpsertResult = Result<UpsertedProfile, RepositoryError>

    /// Creates or replaces profiles. An item is found again as `ProfileMatch` says; one that nothing identifies is compared with
    /// the profiles that have its name: equal content is that profile, other content is a new one.
    ///
    /// Stored profiles are read at once; those that are equal are left untouched. Lists without ids keep the ids of the
    /// rows they match, see `ListDiff`. Items are written together, some in one transaction; where that fails they are written
    /// in halves, so that an item that cannot be stored is alone in the end.
    ///
    /// - Parameters:
    ///   - profiles: Each with a display name. An empty slug or identity keeps the stored one.
    ///   - ifRevisions: Of each the revision that its keys must name where it would change something; 0 means any, as where there
    ///     is none here, -1 that they name no live profile.
    ///   - caller: For the history.
    ///   - atomic: One transaction for all: where one item fails nothing is written, and the others have `.batchUndone`.
    /// - Returns: As many as `profiles`, in their order. Unless `atomic`, one item's failure does not touch the others;
    ///   `.unavailable` and the like fail all that remain.
    package func batchUpsert(
        _ profiles: [Profile],
        ifRevisions: [Int64] = [],
        atomic: Bool = false,
        caller: String = "",
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (results: [UpsertResult], consistencyToken: ConsistencyToken?) {
        var upsert = BatchUpsert(
            repository: self,
            author: self.author(caller, "BatchUpsertProfiles"),
            deadline: deadline
        )
        if atomic {
            try await upsert.runAtomically(profiles, ifRevisions: ifRevisions)
        } else {
            try await upsert.run(profiles, ifRevisions: ifRevisions)
        }
        return (profiles.indices.map { upsert.results[$0] ?? .failure(.internal(detail: "no result")) }, upsert.token)
    }

    /// Reads all that the items' keys name, in at most two round trips.
    func stored(
        for wanted: [Profile],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> ProfileMatch {
        var keys = ProfileMatch.Keys(wanted)
        var batch = Batch()
        if !keys.identities.isEmpty { batch.add(ProfileStatements.identified, Parameters(keys.identities)) }
        if !keys.externalIDs.isEmpty {
            let parameters = Parameters(keys.externalIDs.map(\.system), keys.externalIDs.map(\.id))
            batch.add(KeyStatements.holders, parameters)
        }
        let holders = batch.count
        if !keys.slugs.isEmpty { batch.add(KeyStatements.formerSlugs, Parameters(keys.slugs)) }
        var formerSlugs: [String: String] = [:]
        if batch.count > 0 {
            var results = try await self.database.run(batch, deadline: deadline)
            for _ in 0..<holders {
                let result = results.next()
                try readRows { () throws(DatabaseError) in
                    for row in 0..<result.rowCount { keys.ids.append(try result.value(row, 0)) }
                }
            }
            if !keys.slugs.isEmpty {
                let result = results.next()
                try readRows { () throws(DatabaseError) in
                    for row in 0..<result.rowCount {
                        let id: UUID = try result.value(row, 1)
                        formerSlugs[keys.slugs[Int(try result.value(row, 0, as: Int64.self)) - 1]] = id.text
                        keys.ids.append(id)
                    }
                }
            }
        }
        guard !keys.isEmpty else { return ProfileMatch([]) }
        let found = try await self.whole(ids: keys.ids, slugs: keys.slugs, deadline: deadline)
        return ProfileMatch(found, formerSlugs: formerSlugs)
    }

    /// Those that fit: one that is left out collides when it is written, and is read alone then.
    private func whole(
        ids: [UUID],
        slugs: [String] = [],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [Profile] {
        let result = try await self.database.query(
            ProfileStatements.wholeWithin,
            Parameters(ids, slugs, Int64(Self.readBytesMax)),
            deadline: deadline
        )
        return try readRows { () throws(DatabaseError) in try ProfileRows.profiles(result) }
    }

    /// The slug for an item that gives none, and the stored profile that is as the item is: the same person, unless each
    /// has an identity, or an id in some other system, of its own.
    ///
    /// - Throws: `.deleted` when only a deleted profile is as the item is.
    func alike(
        _ wanted: Profile,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (slug: String, twin: Profile?) {
        func joined(_ parts: String...) -> String { parts.joined(separator: "\u{1F}") }
        let seed: [UInt8]
        do {
            seed = wanted.identityId.isEmpty ? try wanted.encodedBytes() : Array(wanted.identityId.lowercased().utf8)
        } catch {
            throw .invalidField(path: "", reason: "a text holds a NUL character")
        }
        let result = try await self.database.query(
            ProfileStatements.alike,
            Parameters(
                wanted.displayName,
                wanted.headline,
                wanted.summary,
                wanted.location,
                wanted.tags,
                wanted.keywords,
                try JSONB(attributes: wanted.attributesJson),
                wanted.experiences.map {
                    joined(String($0.category.rawValue), $0.title, $0.organization, $0.location, $0.description)
                },
                wanted.skills.map { joined($0.name, $0.category, $0.level) },
                Slug.suggested(by: wanted.displayName),
                seed
            ),
            deadline: deadline
        )
        var ids: [UUID] = []
        let slug: String = try readRows { () throws(DatabaseError) in
            for row in 0..<result.rowCount {
                if let id = try result.value(row, 1, as: UUID?.self) { ids.append(id) }
            }
            return try result.value(0, 0)
        }
        guard !ids.isEmpty else { return (slug, nil) }
        var deleted: Profile?
        for candidate in try await self.whole(ids: ids, deadline: deadline) {
            guard candidate.identityId.isEmpty || wanted.identityId.isEmpty,
                !wanted.contradicts(externalIDsOf: candidate)
            else { continue }
            var same = wanted.replacing(candidate)
            same.identityId = candidate.identityId
            same.externalIds = candidate.externalIds
            guard try await self.isUnchanged(candidate, same, deadline: deadline) else { continue }
            if candidate.deleteTime == nil { return (slug, candidate) }
            deleted = candidate
        }
        if let deleted { throw .deleted(deleted.slug) }
        return (slug, nil)
    }

    /// Whether nothing would be written. Asks PostgreSQL only when the JSON texts differ, perhaps by spelling.
    func isUnchanged(
        _ stored: Profile,
        _ wanted: Profile,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> Bool {
        var next = wanted
        if next.attributesJson == stored.attributesJson {
            return try !ProfileChange(updating: stored, to: next).changesAnything
        }
        next.attributesJson = stored.attributesJson
        guard try !ProfileChange(updating: stored, to: next).changesAnything else { return false }
        let result = try await self.database.query(
            ProfileStatements.normalizedJSON,
            Parameters(try JSONB(attributes: wanted.attributesJson)),
            deadline: deadline
        )
        let normalized: String = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
        return normalized == stored.attributesJson
    }
}
