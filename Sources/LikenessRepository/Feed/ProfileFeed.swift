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
        let seenBy: [String]?
        let madeAt: PostgresTimestamp
        package var time: ProtobufTimestamp { ProtobufTimestamp(self.madeAt) }
        /// That the profile had when this was read; empty where it is gone.
        package let slug: String
    }

    /// What was read by one statement.
    package struct Look: Sendable {
        package let snapshot: TransactionSnapshot
        let time: Int64
        let origin: String
        /// What is not kept any more; `nil` for nothing yet.
        let floor: TransactionSnapshot?
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
            // A standby's snapshots do not name the transactions that are running.
            guard let origin else { throw .unavailable(.notReady) }
            guard let snapshot = TransactionSnapshot(text) else { throw .internal(detail: "no snapshot: \(text)") }
            // Those after the last one that has written a change and was committed are not on disk, perhaps: a server that crashes gives
            // their numbers again.
            self.snapshot = snapshot.limited(to: UInt64(last) + 1)
            (self.time, self.origin) = (time.microseconds, origin)
            self.floor = floor.flatMap { TransactionSnapshot($0) }?.limited(to: UInt64(floorLast) + 1)
            self.changes = try readRows { () throws(DatabaseError) in
                var changes: [Change] = []
                guard hasChanges else { return changes }
                for row in 0..<result.rowCount {
                    guard let number = try result.value(row, 6, as: Int64?.self) else { continue }
                    changes.append(
                        Change(
                            number: number,
                            transaction: UInt64(try result.value(row, 7, as: Int64.self)),
                            profile: try result.value(row, 8),
                            kind: ProfileEventKind(rawValue: Int32(try result.value(row, 9, as: Int16.self))),
                            revision: try result.value(row, 10),
                            changedPaths: try result.value(row, 11),
                            seenBy: try result.value(row, 12, as: [String]?.self),
                            madeAt: try result.value(row, 13),
                            slug: try result.value(row, 14, as: String?.self) ?? ""
                        )
                    )
                }
                return changes
            }
        }

        /// - Throws: `.resumeTokenExpired` where changes behind a position are not kept any more, or are of another database.
        func require(_ position: FeedPosition) throws(RepositoryError) {
            guard position.origin == self.origin, self.snapshot.includes(position.seen),
                self.floor.map({ position.seen.includes($0) }) ?? true
            else { throw .resumeTokenExpired }
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
        let look = try Look(try await self.database.query(FeedStatements.now, deadline: deadline), hasChanges: false)
        return FeedPosition(
            seen: look.snapshot,
            time: look.time,
            origin: look.origin,
            stamp: stamp,
            stage: withExisting ? .existing(after: .lowest) : .following
        )
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

    /// The first changes that a snapshot does not show; `nil` for none, only what there is now.
    package func look(
        since seen: TransactionSnapshot?,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Look {
        guard let seen else {
            return try Look(try await self.database.query(FeedStatements.now, deadline: deadline), hasChanges: false)
        }
        let parameters = Parameters(String(seen.next), seen.running.map(String.init))
        return try Look(try await self.database.query(FeedStatements.since, parameters, deadline: deadline))
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
            let look = try await self.look(since: position.seen, deadline: deadline)
            try look.require(position)
            if look.isCut, let last = look.changes.last {
                next.stage = .within(upTo: look.snapshot, time: look.time, after: last.number)
            } else {
                (next.seen, next.time) = (look.snapshot, look.time)
            }
            return Page(changes: look.changes, position: next)
        case .within(let upTo, let time, let number):
            let parameters = Parameters(
                String(position.seen.next),
                position.seen.running.map(String.init),
                upTo.text,
                number
            )
            let look = try Look(try await self.database.query(FeedStatements.within, parameters, deadline: deadline))
            try look.require(position)
            if look.isCut, let last = look.changes.last {
                next.stage = .within(upTo: upTo, time: time, after: last.number)
            } else {
                (next.seen, next.time, next.stage) = (upTo, time, .following)
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

extension FeedPosition {
    /// Behind some of the changes of a page that leads from this position to `end`.
    package func partly(to end: FeedPosition, after change: ProfileFeed.Change) -> FeedPosition {
        var position = self
        switch (self.stage, end.stage) {
        case (_, .within(let upTo, let time, _)), (.within(let upTo, let time, _), _):
            position.stage = .within(upTo: upTo, time: time, after: change.number)
        default: position.stage = .within(upTo: end.seen, time: end.time, after: change.number)
        }
        return position
    }
}
