internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

extension ProfileRepository {
    /// The outcome of one item of a batch.
    package typealias UpsertResult = Result<UpsertedProfile, RepositoryError>

    /// Looks at an item again when another writer was faster: with each look one of them has ended.
    private static let looksMax = 10

    /// Creates or replaces profiles, each in a transaction of its own. An item is found again as `ProfileMatch` says; one
    /// that nothing identifies is compared with the profiles that have its name: equal content is that profile, other
    /// content is a new one.
    ///
    /// Stored profiles are read at once; those that are equal are left untouched. Lists without ids keep the ids of the
    /// rows they match, see `ListDiff`.
    ///
    /// - Parameters:
    ///   - profiles: Each with a display name. An empty slug or identity keeps the stored one.
    ///   - ifRevisions: Of each the revision that its keys must name where it would change something; 0 means any, as where there
    ///     is none here, -1 that they name no live profile.
    /// - Returns: As many as `profiles`, in their order. One item's failure does not touch the others; `.unavailable`
    ///   and the like fail all that remain.
    package func batchUpsert(
        _ profiles: [Profile],
        ifRevisions: [Int64] = [],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (results: [UpsertResult], consistencyToken: ConsistencyToken?) {
        let stored = try await self.stored(for: profiles, deadline: deadline)
        var results: [UpsertResult] = []
        var token: ConsistencyToken?
        var seen: Set<String> = []
        for (index, profile) in profiles.enumerated() {
            // A key that occurs twice is looked at again: its first occurrence may have changed what it names.
            let keys = [profile.slug, profile.identityId, profile.id].filter { !$0.isEmpty }
            let isFirst = seen.isDisjoint(with: keys)
            seen.formUnion(keys)
            do {
                let known = isFirst ? stored : nil
                let (upserted, written) = try await self.upsert(
                    profile,
                    ifRevision: ifRevisions.indices.contains(index) ? ifRevisions[index] : 0,
                    known: known,
                    deadline: deadline
                )
                results.append(.success(upserted))
                token = written ?? token
            } catch {
                results.append(.failure(error))
            }
        }
        return (results, token)
    }

    /// Reads all that the items' keys name, in at most two round trips.
    private func stored(
        for wanted: [Profile],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> ProfileMatch {
        var keys = ProfileMatch.keys(wanted)
        if !keys.identities.isEmpty {
            let result = try await self.database.query(
                ProfileStatements.identified,
                Parameters(keys.identities),
                deadline: deadline
            )
            try readRows { () throws(DatabaseError) in
                for row in 0..<result.rowCount { keys.ids.append(try result.value(row, 0)) }
            }
        }
        guard !keys.ids.isEmpty || !keys.slugs.isEmpty else { return ProfileMatch([]) }
        return ProfileMatch(try await self.whole(ids: keys.ids, slugs: keys.slugs, deadline: deadline))
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

    private func upsert(
        _ wanted: Profile,
        ifRevision: Int64,
        known: ProfileMatch?,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (UpsertedProfile, ConsistencyToken?) {
        var known = known
        var looks = 0
        while true {
            looks += 1
            let stored: ProfileMatch
            if let known { stored = known } else { stored = try await self.stored(for: [wanted], deadline: deadline) }
            known = nil
            if let match = try stored.stored(for: wanted) {
                return try await self.replace(match, by: wanted, ifRevision: ifRevision, deadline: deadline)
            }
            // What was read has been deleted since, or has other keys.
            guard ifRevision <= 0 else { throw .revisionMismatch(current: 0) }
            var new = wanted
            if wanted.slug.isEmpty {
                let (slug, twin) = try await self.alike(wanted, deadline: deadline)
                if let twin { return try await self.replace(twin, by: wanted, ifRevision: 0, deadline: deadline) }
                new.slug = slug
            }
            let write = try ProfileWrite(creating: new)
            do {
                let slug = new.slug
                let written = try await self.database.write(deadline: deadline) { transaction throws(RepositoryError) in
                    _ = try await transaction.run(write.batch)
                    return UpsertedProfile(id: write.profile.id, slug: slug, revision: 1, outcome: .created)
                }
                return (written.value, written.consistencyToken)
            } catch let error {
                // Taken since we looked.
                let isRace = ["slug", "identity_id", "id"].contains { error == .alreadyExists(field: $0) }
                guard isRace, looks < Self.looksMax else { throw error }
            }
        }
    }

    private func replace(
        _ known: Profile,
        by wanted: Profile,
        ifRevision: Int64,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (UpsertedProfile, ConsistencyToken?) {
        if try await self.isUnchanged(known, wanted.replacing(known), deadline: deadline) {
            let unchanged = UpsertedProfile(
                id: known.id,
                slug: known.slug,
                revision: known.revision,
                outcome: .unchanged
            )
            return (unchanged, nil)
        }
        let keys = try Keys(id: known.id)
        let written = try await self.database.write(deadline: deadline) { transaction throws(RepositoryError) in
            let (stored, attributes) = try await Self.lock(
                keys,
                name: known.slug,
                attributes: wanted.attributesJson,
                in: transaction
            )
            try Self.require(stored, revision: ifRevision)
            var next = wanted.replacing(stored)
            if let attributes { next.attributesJson = attributes }
            let (profile, changed) = try await Self.replace(stored, by: next, in: transaction)
            return UpsertedProfile(
                id: profile.id,
                slug: profile.slug,
                revision: profile.revision,
                outcome: changed ? .updated : .unchanged
            )
        }
        return (written.value, written.consistencyToken)
    }

    /// The slug for an item that gives none, and the stored profile that is as the item is: the same person, unless each
    /// has an identity of its own.
    ///
    /// - Throws: `.deleted` when only a deleted profile is as the item is.
    private func alike(
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
            guard candidate.identityId.isEmpty || wanted.identityId.isEmpty else { continue }
            var same = wanted.replacing(candidate)
            same.identityId = candidate.identityId
            guard try await self.isUnchanged(candidate, same, deadline: deadline) else { continue }
            if candidate.deleteTime == nil { return (slug, candidate) }
            deleted = candidate
        }
        if let deleted { throw .deleted(deleted.slug) }
        return (slug, nil)
    }

    /// Whether nothing would be written. Asks PostgreSQL only when the JSON texts differ, perhaps by spelling.
    private func isUnchanged(
        _ stored: Profile,
        _ wanted: Profile,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> Bool {
        var next = wanted
        if next.attributesJson == stored.attributesJson {
            return try !ProfileWrite(updating: stored, to: next).changesAnything
        }
        next.attributesJson = stored.attributesJson
        guard try !ProfileWrite(updating: stored, to: next).changesAnything else { return false }
        let result = try await self.database.query(
            ProfileStatements.normalizedJSON,
            Parameters(try JSONB(attributes: wanted.attributesJson)),
            deadline: deadline
        )
        let normalized: String = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
        return normalized == stored.attributesJson
    }
}
