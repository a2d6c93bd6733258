package import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// What streams read of a saved search. Nothing waits here, so that no stream holds a connection.
extension SavedSearchRepository {
    /// What a stream sends next.
    package struct Part: Sendable {
        package var events: [Event] = []
        /// Behind them.
        package var position: WatchPosition
        /// As it was when they were read, or later.
        package let search: StoredSearch

        /// Whether these are all that there are.
        package var isLast: Bool {
            self.position.existing == nil && self.position.event == self.search.lastEvent
        }
    }

    package struct Event: Sendable {
        package let kind: SearchEventKind
        package let profile: UUID
        package let score: Double
        package let time: ProtobufTimestamp
    }

    /// Has a search looked at through what its owner is bound to now.
    package func rebind(
        _ id: UUID,
        to boundMasks: [String],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) {
        var batch = Batch()
        batch.add(SavedSearchStatements.rebind, Parameters(id, boundMasks))
        _ = try await self.database.run(batch, deadline: deadline, isWriting: true)
    }

    /// What follows a position: those who match already, then events.
    ///
    /// - Throws: `.resumeTokenExpired` when that is no longer kept; `.unavailable(.behind)` on a server that does not have it yet; `.notFound`.
    package func part(
        after position: WatchPosition,
        name: String,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Part {
        var batch = Batch()
        let least = position.existing?.least
        if let least { batch.add(SavedSearchStatements.matches, Parameters(position.searchID, least)) }
        batch.add(SavedSearchStatements.events, Parameters(position.searchID, position.event))
        // Last: what it says of masks is true of what was read before it, or tells that it may not be.
        batch.add(SavedSearchStatements.byID, Parameters(position.searchID))
        batch.add(SavedSearchStatements.inRecovery)
        var results = try await self.database.run(batch, deadline: deadline)
        var (events, existing) = ([Event](), [Event]())
        if least != nil {
            let matches = results.next()
            existing = try readRows { () throws(DatabaseError) in
                var events: [Event] = []
                for row in 0..<matches.rowCount {
                    events.append(
                        Event(
                            kind: .existing,
                            profile: try matches.value(row, 0),
                            score: try matches.value(row, 1),
                            time: ProtobufTimestamp(try matches.value(row, 2))
                        )
                    )
                }
                return events
            }
        }
        let kept = results.next()
        // Numbers have no gaps: where one is missing, more than it may be. What is purged goes in no order.
        let areAll = try readRows { () throws(DatabaseError) -> Bool in
            for row in 0..<kept.rowCount {
                guard try kept.value(row, 0) == position.event + Int64(row) + 1 else { return false }
                let isMatch: Bool = try kept.value(row, 2)
                events.append(
                    Event(
                        kind: isMatch ? .matched : .ceased,
                        profile: try kept.value(row, 1),
                        score: try kept.value(row, 3),
                        time: ProtobufTimestamp(try kept.value(row, 4))
                    )
                )
            }
            return true
        }
        guard let search = try StoredSearch.rows(results.next()).first else {
            throw .notFound(.savedSearch, key: name)
        }
        let recovery = results.next()
        let isStandby: Bool = try readRows { () throws(DatabaseError) in try recovery.value(0, 0) }
        if position.event > search.lastEvent {
            guard isStandby else { throw .resumeTokenExpired }
            throw .unavailable(.behind)
        }
        guard areAll, !events.isEmpty || position.event == search.lastEvent else { throw .resumeTokenExpired }
        var part = Part(position: position, search: search)
        if position.existing == nil {
            part.events = events
            part.position.event += Int64(events.count)
        } else {
            part.events = existing
            let isFull = existing.count == SavedSearchStatements.partSize
            part.position.existing = isFull ? existing.last.map { .after($0.profile) } : nil
        }
        return part
    }

    /// What a view shows of profiles now, by their ids; those that it does not show are missing.
    package func summaries(
        of profiles: [UUID],
        through view: View?,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> [UUID: ProfileSummary] {
        guard !profiles.isEmpty else { return [:] }
        var parameters = Parameters(profiles)
        let condition = try view?.sql(and: nil, &parameters) ?? "p.is_active"
        var batch = Batch()
        batch.addFiltered(
            "saved_search_summaries",
            ProfileStatements.summariesText(condition: condition),
            parameters,
            deadline: deadline
        )
        var results = try await self.database.run(batch, deadline: deadline)
        _ = results.next()
        let found = results.next()
        return try readRows { () throws(DatabaseError) in
            var summaries: [UUID: ProfileSummary] = [:]
            for row in 0..<found.rowCount {
                let summary = try ProfileRows.summary(found, row: row, withDeleteTime: false)
                summaries[try found.value(row, 0)] = view?.shown(summary) ?? summary
            }
            return summaries
        }
    }

    /// What tells whether there is something new of a search.
    package struct Mark: Sendable, Hashable {
        let revision: Int64
        let lastEvent: Int64
        let basis: String?
        let isTooWide: Bool
        let boundMasks: [String]
    }

    /// Of the searches that are there.
    package func marks(
        of searches: [UUID],
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> [UUID: Mark] {
        let result = try await self.database.query(
            SavedSearchStatements.marks,
            Parameters(searches),
            deadline: deadline
        )
        return try readRows { () throws(DatabaseError) in
            var marks: [UUID: Mark] = [:]
            for row in 0..<result.rowCount {
                marks[try result.value(row, 0)] = Mark(
                    revision: try result.value(row, 1),
                    lastEvent: try result.value(row, 2),
                    basis: try result.value(row, 3),
                    isTooWide: try result.value(row, 4),
                    boundMasks: try result.value(row, 5)
                )
            }
            return marks
        }
    }
}
