internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

extension ProfileRepository {
    /// The outcome of one item of a batch.
    package typealias UpsertResult = Result<UpsertedProfile, RepositoryError>

    /// Creates or replaces profiles by slug, each in a transaction of its own.
    ///
    /// Stored profiles are read at once; those that are equal are left untouched. Lists without ids keep the ids of the
    /// rows they match, see `ListDiff`.
    ///
    /// - Parameter profiles: Each with a slug or a display name to derive it from. Ids of profiles are ignored for
    ///   stored ones.
    /// - Returns: As many as `profiles`, in their order. One item's failure does not touch the others; `.unavailable`
    ///   and the like fail all that remain.
    package func batchUpsert(
        _ profiles: [Profile],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (results: [UpsertResult], consistencyToken: ConsistencyToken?) {
        var wanted = profiles
        let unnamed = wanted.indices.filter { wanted[$0].slug.isEmpty }
        if !unnamed.isEmpty {
            let slugs = try await self.slugs(of: unnamed.map { wanted[$0].displayName }, deadline: deadline)
            for (index, slug) in zip(unnamed, slugs) { wanted[index].slug = slug }
        }
        // Those that fit: of the others each item reads its own.
        let result = try await self.database.query(
            ProfileStatements.wholeWithin,
            Parameters([UUID](), wanted.map(\.slug), Int64(Self.readBytesMax)),
            deadline: deadline
        )
        let found = try readRows { () throws(DatabaseError) in try ProfileRows.profiles(result) }
        let stored = Dictionary(found.map { ($0.slug, $0) }, uniquingKeysWith: { first, _ in first })

        var results: [UpsertResult] = []
        var token: ConsistencyToken?
        var seen: Set<String> = []
        for profile in wanted {
            // A slug that occurs twice is read again: its first occurrence may have changed it.
            let isFirst = seen.insert(profile.slug).inserted
            do {
                let (upserted, written) = try await self.upsert(
                    profile,
                    known: isFirst ? stored[profile.slug] : nil,
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

    private func upsert(
        _ wanted: Profile,
        known: Profile?,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (UpsertedProfile, ConsistencyToken?) {
        if let known, known.deleteTime == nil, try await self.isUnchanged(known, wanted, deadline: deadline) {
            let unchanged = UpsertedProfile(
                id: known.id,
                slug: known.slug,
                revision: known.revision,
                outcome: .unchanged
            )
            return (unchanged, nil)
        }
        if known == nil {
            do {
                let write = try ProfileWrite(creating: wanted)
                let written = try await self.database.write(deadline: deadline) { transaction throws(RepositoryError) in
                    _ = try await transaction.run(write.batch)
                    return UpsertedProfile(id: write.profile.id, slug: wanted.slug, revision: 1, outcome: .created)
                }
                return (written.value, written.consistencyToken)
            } catch .alreadyExists(field: "slug") {
                // Stored since we looked.
            }
        }
        let key = ProfileKey(key: .slug(wanted.slug))
        let keys = try Keys([key])
        let written = try await self.database.write(deadline: deadline) { transaction throws(RepositoryError) in
            let (stored, attributes) = try await Self.lock(
                keys,
                name: wanted.slug,
                attributes: wanted.attributesJson,
                in: transaction
            )
            guard stored.deleteTime == nil else { throw .deleted(stored.slug) }
            var next = wanted
            next.attributesJson = attributes ?? "{}"
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

    /// Whether nothing would be written. Asks PostgreSQL only when the JSON texts differ, perhaps by spelling.
    private func isUnchanged(
        _ stored: Profile,
        _ wanted: Profile,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> Bool {
        var next = wanted
        if next.attributesJson.isEmpty { next.attributesJson = "{}" }
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
