internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// What streams show.
extension ProfileFeed {
    /// Bytes of profiles that are read at once, or so.
    private static let bytesAtOnce = 2 << 20
    /// Changes whose profiles are read at once.
    private static let changesAtOnce = 20

    /// Checks that what a position leads to can be shown.
    ///
    /// - Throws: `.resumeTokenExpired` where the masks are not those that the position belongs to; `.failedPrecondition`, `HISTORY_NOT_KEPT`,
    ///   where it is not known what profiles were before the changes. That depends on no change: hidden ones would show.
    package func require(
        _ scope: FeedScope,
        at position: FeedPosition,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) {
        guard position.stamp == scope.stamp else { throw .resumeTokenExpired }
        guard !scope.showsAll else { return }
        let past = PastProfiles(self.database.reads(at: nil, deadline: deadline), keptTime: self.historyTime)
        guard let since = try await past.knownSince(), since.microseconds <= position.time else { throw Self.notKept }
    }

    private static var notKept: RepositoryError {
        .failedPrecondition(
            type: "HISTORY_NOT_KEPT",
            subject: "retention.history",
            reason:
                "what profiles were before the changes is not kept, which changes are compared with through a mask or a filter"
        )
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
        let look = try await self.look(since: nil, deadline: deadline)
        try look.require(position)
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
            end.stage = .existing(after: id)
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
        after id: UUID,
        _ scope: FeedScope,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [(id: UUID, summary: ProfileSummary)] {
        var batch = Batch()
        if scope.showsAll {
            batch.add(FeedStatements.existing, Parameters(id))
        } else {
            var parameters = Parameters(id)
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
    /// - Parameter withProfiles: Events have the profiles as they are now.
    /// - Returns: Of each of the first changes its event, or `nil` where nothing of it is shown; at least of one.
    package func events(
        of changes: ArraySlice<Change>,
        scope: FeedScope,
        withProfiles: Bool,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [ProfileEvent?] {
        if scope.showsAll, !withProfiles { return changes.map { ProfileEvent($0, profile: nil) } }
        var first = Array(changes.prefix(Self.changesAtOnce))
        let ids = Array(Set(first.map(\.profile)))
        var (stored, left) = try await self.stored(ids, deadline: deadline)
        let missing = Set(left)
        first = Array(first.prefix { !missing.contains($0.profile) })
        if first.isEmpty, let change = changes.first {
            first = [change]
            (stored, left) = try await self.stored([change.profile], deadline: deadline)
        }
        guard scope.showsAll else {
            return try await self.comparing(first, stored, scope, withProfiles: withProfiles, deadline: deadline)
        }
        return first.map { change in ProfileEvent(change, profile: change.isRemoval ? nil : stored[change.profile]) }
    }

    /// Profiles as they are now, deleted ones too.
    private func stored(
        _ ids: [UUID],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> ([UUID: Profile], left: [UUID]) {
        let parameters = Parameters(ids, [String](), Int64(Self.bytesAtOnce))
        let result = try await self.database.query(ProfileStatements.wholeWithin, parameters, deadline: deadline)
        let (profiles, left) = try readRows { () throws(DatabaseError) in
            (try ProfileRows.profiles(result), try ProfileRows.leftOut(result))
        }
        var stored: [UUID: Profile] = [:]
        for profile in profiles { stored[try UUID(text: profile.id, path: "id")] = profile }
        return (stored, left)
    }

    private struct RevisionKey: Hashable {
        let profile: UUID
        let revision: Int64
    }

    /// Compares what was shown before each change with what was shown after it.
    ///
    /// - Parameter stored: Read before the history is: of a later revision that makes there is what it was before.
    private func comparing(
        _ changes: [Change],
        _ stored: [UUID: Profile],
        _ scope: FeedScope,
        withProfiles: Bool,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [ProfileEvent?] {
        let reads = self.database.reads(at: nil, deadline: deadline)
        let previous = try await self.previous(of: changes, reads)
        // In this order: before and after each change, if there are; then the profiles as they are now.
        var states: [Profile] = []
        func place(_ state: Profile?) -> Int? {
            guard let state else { return nil }
            states.append(state)
            return states.count - 1
        }
        var places: [(before: Int?, after: Int?)?] = []
        for change in changes {
            guard !change.isRemoval, let now = stored[change.profile], now.revision >= change.revision else {
                // Of one that is erased by now nothing is known but that, and a later change says it.
                places.append(nil)
                continue
            }
            let before = previous[RevisionKey(profile: change.profile, revision: change.revision)]
            let next = previous[RevisionKey(profile: change.profile, revision: change.revision + 1)]
            guard change.kind == .created || before != nil, now.revision == change.revision || next != nil else {
                throw Self.notKept
            }
            let after = now.revision == change.revision ? now : next
            places.append((place(change.kind == .created ? nil : before), place(after)))
        }
        let ids = Array(stored.keys)
        let nowPlaces = Dictionary(uniqueKeysWithValues: ids.map { ($0, place(stored[$0])) })
        let isShown = try await PastScope(view: scope.view, filter: scope.filter, reads: reads).shows(states)
        func shown(_ place: Int?) -> Profile? {
            guard let place, isShown[place] else { return nil }
            return scope.shown(states[place])
        }
        return zip(changes, places).map { change, places in
            guard let places else { return Self.removal(change, scope) }
            let (before, after) = (shown(places.before), shown(places.after))
            let now = shown(nowPlaces[change.profile] ?? nil)
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

    /// Of a profile that is erased by now, and was seen until this change. Whether it passed the filter is not known any more.
    private static func removal(_ change: Change, _ scope: FeedScope) -> ProfileEvent? {
        guard let seenBy = change.seenBy else { return nil }
        guard scope.view?.versions.allSatisfy({ seenBy.contains($0.stamp) }) ?? true else { return nil }
        return ProfileEvent(change, .deleted, [], nil, scope, withProfiles: false)
    }

    /// What profiles were before changes and before those that followed; of creations nothing.
    private func previous(
        of changes: [Change],
        _ reads: Reads
    ) async throws(RepositoryError) -> [RevisionKey: Profile] {
        var keys = Set(changes.map { RevisionKey(profile: $0.profile, revision: $0.revision) })
        keys.formUnion(changes.map { RevisionKey(profile: $0.profile, revision: $0.revision + 1) })
        let wanted = Array(keys)
        let result = try await reads.query(
            HistoryStatements.previous,
            Parameters(wanted.map(\.profile), wanted.map(\.revision))
        )
        var previous: [RevisionKey: Profile] = [:]
        for row in 0..<result.rowCount {
            let (key, bytes) = try readRows { () throws(DatabaseError) in
                (
                    RevisionKey(profile: try result.value(row, 0), revision: try result.value(row, 1)),
                    try result.value(row, 2, as: [UInt8].self)
                )
            }
            do {
                previous[key] = try Profile(decoding: bytes)
            } catch {
                throw .internal(detail: "a revision cannot be decoded: \(error)")
            }
        }
        return previous
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
