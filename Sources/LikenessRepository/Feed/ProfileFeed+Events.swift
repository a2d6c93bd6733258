internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// What streams show.
extension ProfileFeed {
    /// Bytes of profiles that are read at once, or so.
    private static let bytesAtOnce = 2 << 20
    /// Changes whose profiles are read at once.
    private static let changesAtOnce = 20
    /// Changes that are compared at once, of whose profiles mostly nothing is sent.
    private static let comparedAtOnce = 200
    /// For what several streams wait for.
    private static let sharedReadTime = Duration.seconds(30)

    /// Checks that what a position leads to can be shown.
    ///
    /// - Throws: `.resumeTokenExpired` where the masks are not those that the position belongs to, and where it is not known what profiles were
    ///   before the changes; `.failedPrecondition`, `HISTORY_NOT_KEPT`, where that is never known. It depends on no change: hidden ones would
    ///   show.
    package func require(
        _ scope: FeedScope,
        at position: FeedPosition,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) {
        guard position.stamp == scope.stamp else { throw .resumeTokenExpired }
        guard !scope.showsAll else { return }
        let past = PastProfiles(self.database.reads(at: nil, deadline: deadline), keptTime: self.historyTime)
        guard let since = try await past.knownSince() else {
            throw .failedPrecondition(
                type: "HISTORY_NOT_KEPT",
                subject: "retention.history",
                reason:
                    "what profiles were before the changes is not kept, which changes are compared with through a mask or a filter"
            )
        }
        guard since.microseconds <= position.mark.time else { throw .resumeTokenExpired }
    }

    // MARK: Existing profiles

    /// Some live profiles behind the position's, by ascending id.
    ///
    /// - Parameter withProfiles: Events have them.
    /// - Returns: Events, each with the position behind it, and the position behind all of them.
    package func existing(
        after position: FeedPosition,
        scope: FeedScope,
        withProfiles: Bool,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (events: [(ProfileEvent, FeedPosition)], end: FeedPosition) {
        guard case .existing(let last) = position.stage else {
            preconditionFailure("it is behind the existing profiles")
        }
        try await self.present(position.newest, deadline: deadline).require(position)
        let summaries = try await self.summaries(after: last, scope, deadline: deadline)
        var end = position
        var events: [(ProfileEvent, FeedPosition)] = []
        var ids = summaries.map(\.id)
        var whole: [UUID: Profile] = [:]
        var isCut = false
        if withProfiles {
            ids = Array(ids.prefix(Self.changesAtOnce))
            let (profiles, left) = try await self.profiles(ids, scope, deadline: deadline)
            for profile in profiles { whole[try UUID(text: profile.id, path: "id")] = profile }
            let missing = Set(left)
            isCut = ids.count < summaries.count || !missing.isEmpty
            ids = Array(ids.prefix { !missing.contains($0) })
        }
        for (id, summary) in summaries.prefix(ids.count) {
            end.stage = .existing(.after(id))
            let profile = whole[id]
            // It has gone meanwhile, and the changes say so.
            if withProfiles, profile == nil { continue }
            let event = ProfileEvent(
                kind: .existing,
                id: summary.id,
                slug: profile?.slug ?? summary.slug,
                revision: scope.view == nil ? profile?.revision ?? summary.revision : 0,
                changeTime: scope.view == nil ? profile?.updateTime ?? summary.updateTime : nil,
                profile: profile
            )
            events.append((event, end))
        }
        if !isCut, summaries.count < FeedStatements.existingSize {
            end.stage = .following
        }
        return (events, end)
    }

    private func summaries(
        after position: IDPosition,
        _ scope: FeedScope,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [(id: UUID, summary: ProfileSummary)] {
        guard let least = position.least else { return [] }
        var batch = Batch()
        if scope.showsAll {
            batch.add(FeedStatements.existing, Parameters(least))
        } else {
            var parameters = Parameters(least)
            let condition = try scope.sql(&parameters)
            batch.addFiltered(
                "feed_existing_shown",
                ProfileStatements.pageByIDText(limit: FeedStatements.existingSize, condition: condition),
                parameters,
                deadline: deadline
            )
        }
        var results = try await self.database.run(batch, deadline: deadline)
        if !scope.showsAll { _ = results.next() }
        let rows = results.next()
        return try readRows { () throws(DatabaseError) in
            var found: [(UUID, ProfileSummary)] = []
            for row in 0..<rows.rowCount {
                let summary = try ProfileRows.summary(rows, row: row)
                found.append((try rows.value(row, 0), scope.view?.shown(summary) ?? summary))
            }
            return found
        }
    }

    /// Some megabytes of live profiles as they are shown, and the ids of those that were not read.
    private func profiles(
        _ ids: [UUID],
        _ scope: FeedScope,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (profiles: [Profile], left: [UUID]) {
        var parameters = Parameters(ids, [String](), Int64(Self.bytesAtOnce))
        let condition = try scope.sql(&parameters)
        var batch = Batch()
        batch.addFiltered(
            "feed_profiles_shown",
            ProfileStatements.wholeWithinText(condition: condition),
            parameters,
            deadline: deadline
        )
        var results = try await self.database.run(batch, deadline: deadline)
        _ = results.next()
        let whole = results.next()
        return try readRows { () throws(DatabaseError) in
            (try ProfileRows.profiles(whole).map { scope.shown($0) }, try ProfileRows.leftOut(whole))
        }
    }

    // MARK: Changes

    /// What is shown of the first of some changes.
    ///
    /// - Parameters:
    ///   - withProfiles: Events have the profiles as they are now.
    ///   - shared: With other streams, that have the same changes before them: profiles may be as they were a little earlier, after the changes.
    /// - Returns: Of each of the first changes its event, or `nil` where nothing of it is shown; at least of one.
    package func events(
        of changes: ArraySlice<Change>,
        scope: FeedScope,
        withProfiles: Bool,
        shared: FeedProfiles? = nil,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [ProfileEvent?] {
        if scope.showsAll, !withProfiles { return changes.map { ProfileEvent($0, profile: nil) } }
        let asked = changes.prefix(scope.showsAll ? Self.changesAtOnce : Self.comparedAtOnce)
        var first = Array(asked)
        var stored: FeedProfiles.Stored
        if scope.showsAll, let shared {
            let block = Array(FeedProfiles.block(of: asked))
            first = block
            stored = try await shared.stored(for: block) { () throws(RepositoryError) in
                try await self.stored(block, deadline: .now + Self.sharedReadTime)
            }
        } else {
            stored = try await self.stored(first, deadline: deadline)
        }
        first = Array(first.prefix { !stored.left.contains($0.profile) })
        if first.isEmpty, let change = changes.first {
            first = [change]
            stored = try await self.stored(first, deadline: deadline)
        }
        let profiles = stored.profiles
        guard scope.showsAll else {
            return try await self.comparing(first, profiles, scope, withProfiles: withProfiles, deadline: deadline)
        }
        return first.map { change in ProfileEvent(change, profile: change.isRemoval ? nil : profiles[change.profile]) }
    }

    /// The profiles of changes as they are now, some megabytes of them.
    private func stored(
        _ changes: [Change],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> FeedProfiles.Stored {
        let parameters = Parameters(Array(Set(changes.map(\.profile))), [String](), Int64(Self.bytesAtOnce))
        let result = try await self.database.query(ProfileStatements.wholeWithin, parameters, deadline: deadline)
        let (profiles, left) = try readRows { () throws(DatabaseError) in
            (try ProfileRows.profiles(result), try ProfileRows.leftOut(result))
        }
        var stored: [UUID: Profile] = [:]
        for profile in profiles { stored[try UUID(text: profile.id, path: "id")] = profile }
        return FeedProfiles.Stored(profiles: stored, left: Set(left))
    }

    private struct RevisionKey: Hashable {
        let profile: UUID
        let revision: Int64
    }

    /// What is compared for a change.
    private enum Comparison {
        /// States before and after it; `nil` where the profile was not there, or deleted. `isKnown`: what it was before.
        case states(before: Profile?, isKnown: Bool, after: Profile?)
        /// The profile is erased by now: nothing is known but that, and a later change says it.
        case gone
    }

    /// Compares what was shown before each change with what was shown after it.
    ///
    /// - Parameter stored: Read before the history is: of a later revision that makes there is what it was before.
    /// - Returns: Of each of the first changes what is shown; at least of one.
    private func comparing(
        _ changes: [Change],
        _ stored: [UUID: Profile],
        _ scope: FeedScope,
        withProfiles: Bool,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [ProfileEvent?] {
        let reads = self.database.reads(at: nil, deadline: deadline)
        let previous = try await self.previous(of: changes, reads)
        var changes = Array(changes.prefix(previous.count))
        let stored = try await self.withoutErased(stored, changes, previous.states, deadline: deadline)
        try await self.readViewers(&changes, stored, deadline: deadline)
        let comparisons = changes.map { Self.comparison($0, stored[$0.profile], previous.states) }
        // The states before and after each change, if there are; then the profiles as they are now.
        var states: [Profile] = []
        func place(_ state: Profile?) -> Int? {
            guard let state else { return nil }
            states.append(state)
            return states.count - 1
        }
        var places: [(before: Int?, after: Int?)] = []
        for case .states(let before, _, let after) in comparisons { places.append((place(before), place(after))) }
        let nowPlaces = stored.mapValues { place($0) }
        let isShown = try await PastScope(view: scope.view, filter: scope.filter, reads: reads).shows(states)
        func shown(_ place: Int?) -> Profile? {
            guard let place, isShown[place] else { return nil }
            return scope.shown(states[place])
        }
        var next = places.makeIterator()
        return zip(changes, comparisons).map { change, comparison in
            guard case .states(_, let isKnown, _) = comparison, let places = next.next() else {
                return Self.removal(change, scope)
            }
            let (before, after) = (shown(places.before), shown(places.after))
            let now = shown(nowPlaces[change.profile] ?? nil)
            guard isKnown else {
                // Those who follow may have it.
                guard now != nil else {
                    return ProfileEvent(change, .deleted, [], nil, scope, withProfiles: false)
                }
                return ProfileEvent(change, .updated, [], now, scope, withProfiles: withProfiles)
            }
            switch (before, after) {
            case (nil, nil): return nil
            case (nil, .some): return ProfileEvent(change, .created, [], now, scope, withProfiles: withProfiles)
            case (.some, nil): return ProfileEvent(change, .deleted, [], now, scope, withProfiles: false)
            case (let before?, let after?):
                let paths = after.changedPaths(since: before)
                if paths.isEmpty { return nil }
                return ProfileEvent(change, .updated, paths, now, scope, withProfiles: withProfiles)
            }
        }
    }

    /// - Parameters:
    ///   - now: The profile as it is; `nil` for one that is erased.
    ///   - previous: What profiles were before revisions. A write that did not add to the history (SQL by hand) is missing there; what
    ///     it made counts as what there is now.
    private static func comparison(
        _ change: Change,
        _ now: Profile?,
        _ previous: [RevisionKey: Profile]
    ) -> Comparison {
        guard !change.isRemoval, let now, now.revision >= change.revision else { return .gone }
        let next = previous[RevisionKey(profile: change.profile, revision: change.revision + 1)]
        let after: Profile? =
            switch change.kind {
            case .deleted: nil
            default: now.revision == change.revision ? now : next ?? now
            }
        switch change.kind {
        case .created, .restored: return .states(before: nil, isKnown: true, after: after)
        default:
            let before = previous[RevisionKey(profile: change.profile, revision: change.revision)]
            return .states(before: before, isKnown: before != nil, after: after)
        }
    }

    /// Profiles without those that were erased after they were read: their history is gone too.
    private func withoutErased(
        _ stored: [UUID: Profile],
        _ changes: [Change],
        _ previous: [RevisionKey: Profile],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [UUID: Profile] {
        let suspects = Set(
            changes.filter { change in
                guard !change.isRemoval, let now = stored[change.profile] else { return false }
                let wanted =
                    ([.created, .restored].contains(change.kind) ? [] : [change.revision])
                    + (now.revision > change.revision ? [change.revision + 1] : [])
                return wanted.contains { previous[RevisionKey(profile: change.profile, revision: $0)] == nil }
            }.map(\.profile)
        )
        guard !suspects.isEmpty else { return stored }
        let result = try await self.database.query(
            ProfileStatements.summaries,
            Parameters(Array(suspects)),
            deadline: deadline
        )
        let there = try readRows { () throws(DatabaseError) in
            var there: Set<UUID> = []
            for row in 0..<result.rowCount { there.insert(try result.value(row, 0)) }
            return there
        }
        return stored.filter { !suspects.contains($0.key) || there.contains($0.key) }
    }

    /// Of deletions it is noted when the profile is erased by whom it was seen: after they were read, perhaps.
    private func readViewers(
        _ changes: inout [Change],
        _ stored: [UUID: Profile],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) {
        let places = changes.indices.filter { place in
            let change = changes[place]
            return change.kind == .deleted && change.seenBy == nil && stored[change.profile] == nil
        }
        guard !places.isEmpty else { return }
        let parameters = Parameters(places.map { changes[$0].number })
        let result = try await self.database.query(FeedStatements.viewers, parameters, deadline: deadline)
        try readRows { () throws(DatabaseError) in
            var viewers: [Int64: [String]] = [:]
            for row in 0..<result.rowCount { viewers[try result.value(row, 0)] = try result.value(row, 1) }
            for place in places { changes[place].seenBy = viewers[changes[place].number] }
        }
    }

    /// Of a profile that is erased by now, and was seen until this change. Whether it passed the filter is not known any more.
    private static func removal(_ change: Change, _ scope: FeedScope) -> ProfileEvent? {
        guard let seenBy = change.seenBy else { return nil }
        guard scope.view?.versions.allSatisfy({ seenBy.contains($0.stamp) }) ?? true else { return nil }
        return ProfileEvent(change, .deleted, [], nil, scope, withProfiles: false)
    }

    /// What profiles were before changes and before those that followed; of creations nothing.
    ///
    /// - Returns: For the first of the changes, some megabytes of them; `count` is of how many, at least of one.
    private func previous(
        of changes: [Change],
        _ reads: Reads
    ) async throws(RepositoryError) -> (states: [RevisionKey: Profile], count: Int) {
        var wanted: [RevisionKey] = []
        var isWanted: Set<RevisionKey> = []
        for change in changes {
            for revision in [change.revision, change.revision + 1] {
                let key = RevisionKey(profile: change.profile, revision: revision)
                if isWanted.insert(key).inserted { wanted.append(key) }
            }
        }
        let result = try await reads.query(
            HistoryStatements.previous,
            Parameters(wanted.map(\.profile), wanted.map(\.revision), Int64(Self.bytesAtOnce))
        )
        var states: [RevisionKey: Profile] = [:]
        var left: Set<RevisionKey> = []
        for row in 0..<result.rowCount {
            let (key, bytes) = try readRows { () throws(DatabaseError) in
                (
                    RevisionKey(profile: try result.value(row, 0), revision: try result.value(row, 1)),
                    try result.value(row, 2, as: [UInt8]?.self)
                )
            }
            guard let bytes else {
                left.insert(key)
                continue
            }
            do {
                states[key] = try Profile(decoding: bytes)
            } catch {
                throw .internal(detail: "a revision cannot be decoded: \(error)")
            }
        }
        let count = changes.prefix { change in
            ![change.revision, change.revision + 1].contains {
                left.contains(RevisionKey(profile: change.profile, revision: $0))
            }
        }.count
        // Two states of one profile are always read.
        guard count > 0 else { return try await self.previous(of: Array(changes.prefix(1)), reads) }
        return (states, count)
    }
}

extension ProfileFeed.Change {
    /// The profile is gone.
    var isRemoval: Bool { self.kind == .erased || self.kind == .purged }
}

extension ProfileEvent {
    /// As it is.
    fileprivate init(_ change: ProfileFeed.Change, profile: Profile?) {
        self.init(
            kind: change.kind,
            id: change.profile.text,
            slug: profile?.slug ?? change.slug,
            revision: change.revision,
            changeTime: change.time,
            changedPaths: change.changedPaths,
            profile: profile
        )
    }

    /// As it is shown.
    fileprivate init(
        _ change: ProfileFeed.Change,
        _ kind: ProfileEventKind,
        _ paths: [String],
        _ now: Profile?,
        _ scope: FeedScope,
        withProfiles: Bool
    ) {
        self.init(
            kind: kind,
            id: change.profile.text,
            slug: now?.slug ?? "",
            revision: scope.view == nil ? change.revision : 0,
            changeTime: change.time,
            changedPaths: paths,
            profile: withProfiles ? now : nil
        )
    }
}
