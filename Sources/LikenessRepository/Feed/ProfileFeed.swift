package import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// The changes of profiles, in an order that is that of the commits for each profile, and in which none is passed over: `FeedPosition` says
/// what was read by the transactions that a snapshot shows, however they overlap.
package struct ProfileFeed: Sendable {
    let database: Database
    package let tokens: PageTokens
    /// How long what profiles were is kept; `nil` where it is not.
    let historyTime: Duration?

    package init(database: Database, tokens: PageTokens, historyTime: Duration? = nil) {
        (self.database, self.tokens, self.historyTime) = (database, tokens, historyTime)
    }

    /// One change of a profile, as it is kept.
    package struct Change: Sendable, Hashable {
        package let number: Int64
        let transaction: UInt64
        package let profile: UUID
        package let kind: ProfileEventKind
        package let revision: Int64
        package let changedPaths: [String]
        /// Masks in their revisions that showed the profile until this change, which took it away; `nil` where that is not noted.
        var seenBy: [String]?
        let madeAt: PostgresTimestamp
        package var time: ProtobufTimestamp { ProtobufTimestamp(self.madeAt) }
        /// That the profile had when this was read; empty where it is gone.
        package let slug: String
    }

    /// What was read by one statement.
    package struct Look: Sendable {
        let mark: FeedMark
        let origin: String
        /// What is not kept any more; `nil` for nothing yet.
        let floor: TransactionSnapshot?
        /// The newest change that the reader knows of is there, or was removed for its age.
        private let hasAnchor: Bool
        package let changes: [Change]
        /// There may be more behind the last of them.
        package var isCut: Bool { self.changes.count == FeedStatements.pageSize }

        init(_ result: borrowing QueryResult, hasChanges: Bool = true) throws(RepositoryError) {
            guard result.rowCount > 0 else { throw .internal(detail: "profile_feed_floor has no row") }
            let (text, time, origin, floor, floorLast, last) = try readRows { () throws(DatabaseError) in
                (
                    try result.value(0, 0, as: String.self), try result.value(0, 1, as: PostgresTimestamp.self),
                    try result.value(0, 2, as: String?.self), try result.value(0, 3, as: String?.self),
                    try result.value(0, 4, as: Int64.self), try result.value(0, 5, as: Int64.self)
                )
            }
            let (anchor, hasAnchor) = try readRows { () throws(DatabaseError) in
                (try result.value(0, 6, as: String.self), try result.value(0, 7, as: Bool.self))
            }
            // A standby's snapshots do not name the transactions that are running.
            guard let origin else { throw .unavailable(.notReady) }
            guard let snapshot = TransactionSnapshot(text) else { throw .internal(detail: "no snapshot: \(text)") }
            // Those after the last one that has written a change and was committed are not on disk, perhaps: a server that crashes gives
            // their numbers again.
            let seen = snapshot.limited(to: UInt64(last) + 1)
            self.mark = FeedMark(seen: seen, time: time.microseconds, anchor: anchor)
            (self.origin, self.hasAnchor) = (origin, hasAnchor)
            self.floor = floor.flatMap { TransactionSnapshot($0) }?.limited(to: UInt64(floorLast) + 1)
            self.changes = try readRows { () throws(DatabaseError) in
                var changes: [Change] = []
                guard hasChanges else { return changes }
                let first = FeedStatements.headColumns
                for row in 0..<result.rowCount {
                    guard let number = try result.value(row, first, as: Int64?.self) else { continue }
                    changes.append(
                        Change(
                            number: number,
                            transaction: UInt64(try result.value(row, first + 1, as: Int64.self)),
                            profile: try result.value(row, first + 2),
                            kind: ProfileEventKind(rawValue: Int32(try result.value(row, first + 3, as: Int16.self))),
                            revision: try result.value(row, first + 4),
                            changedPaths: try result.value(row, first + 5),
                            seenBy: try result.value(row, first + 6, as: [String]?.self),
                            madeAt: try result.value(row, first + 7),
                            slug: try result.value(row, first + 8, as: String?.self) ?? ""
                        )
                    )
                }
                return changes
            }
        }

        /// Whether all changes after a moment are kept, in the same history: it was read since that, or with it as the newest.
        func follows(_ mark: FeedMark) -> Bool {
            self.hasAnchor && self.mark.seen.includes(mark.seen) && self.floor.map { mark.seen.includes($0) } ?? true
        }

        /// - Throws: `.resumeTokenExpired` where changes after a position are not kept any more, or are of another database.
        func require(_ position: FeedPosition) throws(RepositoryError) {
            guard position.origin == self.origin, self.follows(position.mark), self.follows(position.newest) else {
                throw .resumeTokenExpired
            }
        }
    }

    /// Changes, and where a stream is behind them.
    package struct Page: Sendable {
        package let changes: [Change]
        package let position: FeedPosition

        package init(changes: [Change], position: FeedPosition) {
            (self.changes, self.position) = (changes, position)
        }
    }

    /// Where a feed that begins now begins.
    ///
    /// - Parameters:
    ///   - stamp: Of the masks that are seen through, in their revisions.
    ///   - withExisting: In front of it come the live profiles.
    /// - Throws: `.unavailable(.notReady)` on a standby, as all that reads changes.
    package func begin(
        stamp: String = "",
        withExisting: Bool = false,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> FeedPosition {
        try await self.adopt(deadline: deadline)
        let look = try await self.look(since: nil, deadline: deadline)
        let stage = withExisting ? FeedPosition.Stage.existing(.start) : .following
        return FeedPosition(look.mark, origin: look.origin, stamp: stamp, stage: stage)
    }

    /// Sees to it that no rows are taken for this server's that were restored from a dump of another one.
    package func adopt(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) {
        let own = try await self.database.query(FeedStatements.isOwn, deadline: deadline)
        let isOwn = try readRows { () throws(DatabaseError) in
            own.rowCount == 1 ? try own.value(0, 0, as: Bool.self) : true
        }
        guard !isOwn else { return }
        var batch = Batch()
        batch.add(FeedStatements.adopt)
        _ = try await self.database.run(batch, deadline: deadline, isWriting: true)
    }

    /// The first changes after a moment; `nil` for none, only what there is now.
    package func look(
        since mark: FeedMark?,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Look {
        guard let mark else { return try await self.present(nil, deadline: deadline) }
        let parameters = Parameters(
            mark.anchor,
            mark.anchorNumber,
            String(mark.seen.next),
            mark.seen.running.map(String.init)
        )
        return try Look(try await self.database.query(FeedStatements.since, parameters, deadline: deadline))
    }

    /// What there is now, without changes.
    ///
    /// - Parameter mark: What the reader knows of.
    func present(
        _ mark: FeedMark?,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> Look {
        let parameters = Parameters(mark?.anchor ?? "", mark?.anchorNumber ?? 0)
        let result = try await self.database.query(FeedStatements.now, parameters, deadline: deadline)
        return try Look(result, hasChanges: false)
    }

    /// The changes behind a position that is not among existing profiles.
    ///
    /// - Returns: At most 500. With a position within a window there are more.
    /// - Throws: `.resumeTokenExpired`.
    package func page(
        after position: FeedPosition,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Page {
        var next = position
        switch position.stage {
        case .existing: preconditionFailure("existing profiles are no changes")
        case .following:
            let look = try await self.look(since: position.mark, deadline: deadline)
            try look.require(position)
            if look.isCut, let last = look.changes.last {
                next.stage = .within(upTo: look.mark, after: last.number)
            } else {
                next.mark = look.mark
            }
            return Page(changes: look.changes, position: next)
        case .within(let upTo, let number):
            let parameters = Parameters(
                upTo.anchor,
                upTo.anchorNumber,
                String(position.seen.next),
                position.seen.running.map(String.init),
                upTo.seen.text,
                number
            )
            let look = try Look(try await self.database.query(FeedStatements.within, parameters, deadline: deadline))
            try look.require(position)
            if look.isCut, let last = look.changes.last {
                next.stage = .within(upTo: upTo, after: last.number)
            } else {
                (next.mark, next.stage) = (upTo, .following)
            }
            return Page(changes: look.changes, position: next)
        }
    }

    /// Has other servers look for changes.
    ///
    /// - Parameter server: Who says so, as the notification names it.
    package func notify(from server: String, deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) {
        _ = try await self.database.query(FeedStatements.notify, Parameters(server), deadline: deadline)
    }

    /// The channel on which servers say that something was written.
    package static let channel = FeedStatements.channel

    /// Removes what is older than some time. Any server may do so.
    ///
    /// - Returns: How many changes.
    @discardableResult
    package func purge(
        olderThan time: Duration,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Int {
        var batch = Batch()
        batch.add(FeedStatements.noteTime)
        batch.add(FeedStatements.raiseFloor, Parameters(time / .seconds(1)))
        _ = try await self.database.run(batch, deadline: deadline, isWriting: true)
        var total = 0
        while true {
            let count = try await self.database.query(FeedStatements.purge, deadline: deadline).rowCount
            total += count
            if count < FeedStatements.purgedAtOnce { return total }
        }
    }
}
