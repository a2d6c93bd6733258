internal import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// Some writes of a profile.
package struct RevisionPage: Sendable {
    /// The last first.
    package let revisions: [ProfileRevision]
    /// Empty on the last page, and only there.
    package let nextPageToken: String
}

extension ProfileRepository {
    /// Reads one profile as it was.
    ///
    /// - Parameters:
    ///   - key: By what it is named now.
    ///   - point: A revision, or a time; through a view a time.
    ///   - view: What of it is answered: as it shows the profile now it shows what that was.
    /// - Returns: The profile, and the slug that it has now.
    /// - Throws: `.notFound` for what the profile never was, and for what a view does not show now or did not then;
    ///   `.failedPrecondition` for what is not kept.
    package func get(
        _ key: ProfileKey,
        asOf point: PointInTime,
        through view: View? = nil,
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (profile: Profile, slug: String) {
        let reads = self.database.reads(at: consistencyToken, deadline: deadline)
        let now = try await self.stored(key, through: view, reads)
        let past = try await self.past(now, at: point, path: "as_of", through: view, reads)
        guard let past else { throw .notFound(.profile, key: key.text) }
        return (past, view?.shown(now).slug ?? now.slug)
    }

    /// The fields that differ between two states of a profile, with their values.
    ///
    /// - Parameters:
    ///   - from: A revision, or a time; through a view a time.
    ///   - to: The same; `nil` for now.
    /// - Throws: As `get(_:asOf:)`.
    package func difference(
        of key: ProfileKey,
        from: PointInTime,
        to: PointInTime?,
        through view: View? = nil,
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> (changedPaths: [String], from: Profile, to: Profile) {
        let reads = self.database.reads(at: consistencyToken, deadline: deadline)
        let now = try await self.stored(key, through: view, reads)
        let earlier = try await self.past(now, at: from, path: "from", through: view, reads)
        var later: Profile? = view?.shown(now) ?? now
        if let to { later = try await self.past(now, at: to, path: "to", through: view, reads) }
        guard let earlier, let later else { throw .notFound(.profile, key: key.text) }
        let paths = later.changedPaths(since: earlier)
        return (paths, earlier.only(paths), later.only(paths))
    }

    /// - Parameter now: As it is stored, and shown by the view.
    /// - Returns: What is shown; `nil` where the view did not show it.
    private func past(
        _ now: Profile,
        at point: PointInTime,
        path: String,
        through view: View?,
        _ reads: Reads
    ) async throws(RepositoryError) -> Profile? {
        let past = try await PastProfiles(reads, keptTime: self.historyTime).profile(
            now,
            at: point,
            path: path,
            isSeenThroughView: view != nil
        )
        guard let view else { return past }
        return try await PastScope(view: view, reads: reads).shows([past]) == [true] ? view.shown(past) : nil
    }

    // MARK: Lists

    /// Literal limits of the statements; each reads one row more than its page, to know whether another follows.
    private static let historyPageMax = 100
    private static let historyPageDefault = 20

    /// Lists the writes of a profile that are kept, the last first. Through a view those that have changed what it shows: without
    /// callers, methods and revisions.
    ///
    /// - Parameters:
    ///   - pageSize: 0 means 20; more than 100 means 100.
    ///   - showOldValues: With the values that changed fields had before; then a page has at most 20.
    ///   - answerBytesMax: Of the encoded revisions: a page ends before it has more, but not before its first.
    /// - Throws: `.notFound`, `.invalidPageToken`, `.invalidField`.
    package func revisions(
        of key: ProfileKey,
        through view: View? = nil,
        pageSize: Int = 0,
        pageToken: String = "",
        showOldValues: Bool = false,
        answerBytesMax: Int = .max,
        consistencyToken: ConsistencyToken? = nil,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> RevisionPage {
        guard pageSize >= 0 else { throw .invalidField(path: "page_size", reason: "is negative") }
        var arguments = ["revisions", key.text, String(pageSize), String(showOldValues)]
        // What a changed mask shows is another list.
        if let view { arguments += ["through", view.stamp] }
        let position = try self.pageTokens.position(in: pageToken, arguments: arguments)
        let wanted = pageSize == 0 ? Self.historyPageDefault : min(pageSize, Self.historyPageMax)
        let size = showOldValues || view != nil ? min(wanted, Self.historyPageDefault) : wanted
        let reads = self.database.reads(at: consistencyToken, deadline: deadline)
        let now = try await self.stored(key, through: view, reads)
        let past = PastProfiles(reads, keptTime: self.historyTime)
        let found: [(revision: ProfileRevision, position: String)]
        if let view {
            found = try await self.shownRevisions(now, view, position, size, showOldValues, past, reads)
        } else {
            let id = try UUID(text: now.id, path: "id")
            let limit = size <= Self.historyPageDefault ? Self.historyPageDefault : Self.historyPageMax
            let writes = try await past.writes(
                of: id,
                before: position.flatMap { Int64($0) } ?? .max,
                limit: limit + 1,
                withPrevious: showOldValues
            )
            found = writes.prefix(size + 1).map {
                (ProfileRevision($0, showOldValues: showOldValues), "\($0.revision)")
            }
        }
        return self.page(found, size, answerBytesMax, arguments)
    }

    private func page(
        _ found: [(revision: ProfileRevision, position: String)],
        _ size: Int,
        _ bytesMax: Int,
        _ arguments: [String]
    ) -> RevisionPage {
        var revisions: [ProfileRevision] = []
        var bytes = 0
        for (revision, _) in found.prefix(size) {
            guard let size = try? revision.encodedByteCount(max: max(0, bytesMax - bytes)) else {
                if revisions.isEmpty { revisions.append(revision) }
                break
            }
            revisions.append(revision)
            bytes += size + 8
        }
        let hasMore = revisions.count < found.count
        let last = hasMore ? found[revisions.count - 1].position : nil
        return RevisionPage(
            revisions: revisions,
            nextPageToken: last.map { self.pageTokens.token(position: $0, arguments: arguments) } ?? ""
        )
    }

    /// The writes that have changed what a view shows, one more than a page has. Their positions are times that the view shows: how
    /// many others there were between is not to be read from a token, nor from the number of round trips, which is the same for up to
    /// ``HistoryStatements/seenPageSize`` of them.
    private func shownRevisions(
        _ now: Profile,
        _ view: View,
        _ position: String?,
        _ size: Int,
        _ showOldValues: Bool,
        _ past: PastProfiles,
        _ reads: Reads
    ) async throws(RepositoryError) -> [(revision: ProfileRevision, position: String)] {
        guard let since = try await past.knownSince() else { return [] }
        let id = try UUID(text: now.id, path: "id")
        let scope = try PastScope(view: view, reads: reads)
        let unseen = try view.unseenFields()
        let end = position.flatMap { Int64($0) }.map { PostgresTimestamp(microseconds: $0) }
        var found: [(revision: ProfileRevision, position: String)] = []
        // A later page begins with the last write of the one before, which says what was after the next.
        var (later, revision): (Profile?, Int64) = (end == nil ? view.shown(now) : nil, now.revision + 1)
        while true {
            let (writes, mayBeMore) = try await past.writes(
                of: id,
                before: revision,
                since: since,
                upTo: end,
                besides: unseen
            )
            var isShown = try await scope.shows(writes.compactMap(\.previous)).makeIterator()
            for write in writes {
                var earlier: Profile?
                if let previous = write.previous, isShown.next() == true { earlier = view.shown(previous) }
                defer { later = earlier }
                guard let shown = later, earlier != shown, end.map({ write.time < $0 }) ?? true else { continue }
                let paths = earlier.map { shown.changedPaths(since: $0) } ?? []
                var entry = ProfileRevision(createTime: ProtobufTimestamp(write.time), changedPaths: paths)
                if showOldValues { entry.oldValues = earlier?.only(paths) }
                found.append((entry, "\(write.time.microseconds)"))
                if found.count > size { return found }
            }
            guard mayBeMore, let last = writes.last else { return found }
            revision = last.revision
        }
    }

    // MARK: Restoring

    /// Writes what a profile was as its next revision: every field that can be written, and the rows with their ids.
    ///
    /// - Parameters:
    ///   - point: A revision, or a time.
    ///   - ifRevision, validateOnly, answerBytesMax: As in `update`.
    /// - Throws: As `update` and `get(_:asOf:)`; `.alreadyExists` for a key that another profile has now.
    package func restore(
        _ key: ProfileKey,
        to point: PointInTime,
        ifRevision: Int64 = 0,
        requestID: RequestID = .none,
        validateOnly: Bool = false,
        answerBytesMax: Int = .max,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Written<Profile> {
        let mask = try UpdateMask(["*"])
        let keys = try Keys([key])
        let request = RestoreRevisionRequest(key: key, point: point, ifRevision: ifRevision)
        let repeatable = try RepeatableRequest(requestID, method: "RestoreRevision", content: request)
        var wanted = Profile()
        do throws(RepositoryError) {
            let written = try await self.database.write(repeatable, validateOnly: validateOnly, deadline: deadline) {
                transaction throws(RepositoryError) -> RestoreRevisionResponse in
                let stored = try await Self.lock(keys, name: key.text, attributes: nil, in: transaction).stored
                try Self.require(stored, revision: ifRevision)
                let past = try await PastProfiles(transaction, keptTime: self.historyTime).profile(
                    stored,
                    at: point,
                    path: "point",
                    isSeenThroughView: false
                )
                wanted = stored
                mask.apply(from: past, to: &wanted)
                let change = try ProfileChange(updating: stored, to: wanted)
                let author = self.author(requestID.caller, "RestoreRevision")
                let isChanged = change.changesAnything
                let profile = isChanged ? try await Self.write(change, by: author, in: transaction) : stored
                return RestoreRevisionResponse(
                    profile: try Self.answerable(profile, answerBytesMax),
                    redirectedFrom: key.redirected(to: stored.slug)
                )
            }
            guard let profile = written.value.profile else { throw .internal(detail: "a restoration has no profile") }
            return Written(
                value: profile,
                consistencyToken: written.consistencyToken,
                redirectedFrom: written.value.redirectedFrom
            )
        } catch {
            throw await self.named(error, of: wanted, deadline: deadline)
        }
    }
}

extension RestoreRevisionResponse: RepeatableAnswer {
    static var resource: RepositoryError.Resource { .profile }
    static var deleteTimeStatement: Statement { ProfileStatements.deleteTime }
    var id: String { self.profile?.id ?? "" }
    var deleteTime: ProtobufTimestamp? {
        get { self.profile?.deleteTime }
        set { self.profile?.deleteTime = newValue }
    }
}

extension ProfileRevision {
    init(_ write: PastWrite, showOldValues: Bool) {
        self.init(
            revision: write.revision,
            createTime: ProtobufTimestamp(write.time),
            caller: write.caller,
            method: write.method,
            changedPaths: write.changedPaths,
            oldValues: showOldValues ? write.previous?.only(write.changedPaths) : nil
        )
    }
}
