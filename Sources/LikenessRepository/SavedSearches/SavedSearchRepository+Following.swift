package import FoundationEssentials
internal import LikenessPostgres

/// What the one server reads and writes that compares writes of profiles with saved searches.
extension SavedSearchRepository {
    // MARK: Which server

    /// Makes a server the one that compares, or keeps it so.
    ///
    /// - Returns: Whether it is.
    package func lead(
        _ server: UUID,
        lease: Duration,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> Bool {
        let result = try await self.database.query(
            SavedSearchFollowingStatements.lead,
            Parameters(server, lease / .seconds(1)),
            deadline: deadline
        )
        return result.rowCount == 1
    }

    package func resign(_ server: UUID, deadline: ContinuousClock.Instant?) async throws(RepositoryError) {
        _ = try await self.database.query(
            SavedSearchFollowingStatements.resign,
            Parameters(server),
            deadline: deadline
        )
    }

    // MARK: Reading

    /// What of a search decides whether its matches are known.
    package struct Head: Sendable {
        package let id: UUID
        package let revision: Int64
        package let boundMasks: [String]
        package let basis: String?
        package let seenThrough: String?
        package let isTooWide: Bool
    }

    package func heads(deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> [Head] {
        let result = try await self.database.query(SavedSearchFollowingStatements.heads, deadline: deadline)
        return try readRows { () throws(DatabaseError) in
            var heads: [Head] = []
            for row in 0..<result.rowCount {
                heads.append(
                    Head(
                        id: try result.value(row, 0),
                        revision: try result.value(row, 1),
                        boundMasks: try result.value(row, 2),
                        basis: try result.value(row, 3),
                        seenThrough: try result.value(row, 4),
                        isTooWide: try result.value(row, 5)
                    )
                )
            }
            return heads
        }
    }

    package func stored(
        _ ids: [UUID],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [StoredSearch] {
        try StoredSearch.rows(
            try await self.database.query(SavedSearchStatements.byIDs, Parameters(ids), deadline: deadline)
        )
    }

    /// Writes of profiles that have not been compared.
    package struct Changes: Sendable {
        package init() {}

        package var profiles: [UUID] = []
        var ids: [Int64] = []

        package var isEmpty: Bool { self.ids.isEmpty }
    }

    /// The oldest ones, of some profiles.
    ///
    /// - Parameter most: Profiles.
    package func changes(most: Int, deadline: ContinuousClock.Instant?) async throws(RepositoryError) -> Changes {
        let result = try await self.database.query(SavedSearchFollowingStatements.changes, deadline: deadline)
        return try readRows { () throws(DatabaseError) in
            var changes = Changes()
            var known: Set<UUID> = []
            for row in 0..<result.rowCount {
                let profile: UUID = try result.value(row, 1)
                if known.insert(profile).inserted {
                    guard changes.profiles.count < most else { break }
                    changes.profiles.append(profile)
                }
                changes.ids.append(try result.value(row, 0))
            }
            return changes
        }
    }

    /// Forgets changes that no search asks for.
    package func forget(_ changes: Changes, deadline: ContinuousClock.Instant?) async throws(RepositoryError) {
        _ = try await self.database.query(
            SavedSearchFollowingStatements.forgetChanges,
            Parameters(changes.ids),
            deadline: deadline
        )
    }

    /// Numbers of transactions: the oldest that writes, and the next one. When the first has reached what the second was, all that wrote
    /// then have ended.
    package func transactions(
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> (oldest: Int64, next: Int64) {
        let result = try await self.database.query(SavedSearchFollowingStatements.transactions, deadline: deadline)
        return try readRows { () throws(DatabaseError) in (try result.value(0, 0), try result.value(0, 1)) }
    }

    /// Live profiles behind a position, by ascending id; fewer than `profilesAtOnce` are the last.
    package func profiles(
        after position: IDPosition,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [UUID] {
        guard let least = position.least else { return [] }
        let result = try await self.database.query(
            SavedSearchFollowingStatements.profiles,
            Parameters(least),
            deadline: deadline
        )
        return try readRows { () throws(DatabaseError) in
            var profiles: [UUID] = []
            for row in 0..<result.rowCount { profiles.append(try result.value(row, 0)) }
            return profiles
        }
    }

    package static let profilesAtOnce = SavedSearchFollowingStatements.profilesMax

    /// Which of some profiles match which searches, as far as is known.
    package func matches(
        of profiles: [UUID],
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) -> [UUID: Set<UUID>] {
        let result = try await self.database.query(
            SavedSearchFollowingStatements.matchesOfProfiles,
            Parameters(profiles),
            deadline: deadline
        )
        return try readRows { () throws(DatabaseError) in
            var matches: [UUID: Set<UUID>] = [:]
            for row in 0..<result.rowCount {
                matches[try result.value(row, 0), default: []].insert(try result.value(row, 1))
            }
            return matches
        }
    }

    // MARK: Writing

    /// What became of a search.
    package struct News: Sendable {
        package let search: UUID
        /// That it had when it was looked at.
        package let revision: Int64
        package let profile: UUID
        /// `nil` for one that ceased to match.
        package let score: Double?

        package init(search: UUID, revision: Int64, profile: UUID, score: Double?) {
            (self.search, self.revision, self.profile, self.score) = (search, revision, profile, score)
        }
    }

    /// Writes what comparing some changes has found, and forgets them.
    ///
    /// - Parameters:
    ///   - news: In their order.
    ///   - failed: Searches that could not be compared: who matches them is found again later.
    /// - Throws: `.conflict` when the server is no longer the one that compares: nothing is written.
    package func record(
        _ news: [News],
        failed: [UUID],
        of changes: Changes,
        by server: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) {
        let revisions = Dictionary(news.map { ($0.search, $0.revision) }) { first, _ in first }
        let searches = revisions.keys.sorted { $0.text < $1.text }
        _ = try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            try await Self.hold(server, in: transaction)
            let locked = try await transaction.query(SavedSearchFollowingStatements.lock, Parameters(searches))
            let known = try readRows { () throws(DatabaseError) in
                var known: [UUID: Int64] = [:]
                for row in 0..<locked.rowCount {
                    known[try locked.value(row, 0)] = try locked.value(row, 1, as: Int64.self)
                }
                return known
            }
            let current = news.filter { known[$0.search] == $0.revision }
            // Changed meanwhile: these changes are not looked at again.
            let other = known.filter { revisions[$0.key] != $0.value }.map(\.key)
            var batch = Batch()
            if !current.isEmpty { Self.add(current, to: &batch, matchesMax: self.limits.matches) }
            let unsettled = failed + other
            if !unsettled.isEmpty {
                batch.add(SavedSearchFollowingStatements.unsettle, Parameters(unsettled))
            }
            batch.add(SavedSearchFollowingStatements.forgetChanges, Parameters(changes.ids))
            _ = try await transaction.run(batch)
        }
    }

    /// Has who matches found again.
    package func unsettle(
        _ searches: [UUID],
        by server: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) {
        _ = try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            try await Self.hold(server, in: transaction)
            _ = try await transaction.query(SavedSearchFollowingStatements.unsettle, Parameters(searches))
        }
    }

    /// All who match a search, as found among all profiles.
    package struct Settlement: Sendable {
        package let search: UUID
        package let revision: Int64
        package let basis: String
        package let seenThrough: String
        /// With their scores; `nil` for too many.
        package let matches: [UUID: Double]?

        package init(search: UUID, revision: Int64, basis: String, seenThrough: String, matches: [UUID: Double]?) {
            (self.search, self.revision, self.basis) = (search, revision, basis)
            (self.seenThrough, self.matches) = (seenThrough, matches)
        }
    }

    /// Writes who matches. Where that was known through the same masks, what differs are events; else events begin anew.
    ///
    /// - Throws: `.conflict` as ``record(_:failed:of:by:deadline:)``. A search that is another one meanwhile is left alone.
    package func settle(
        _ settlement: Settlement,
        by server: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws(RepositoryError) {
        let id = settlement.search
        _ = try await self.database.transaction(deadline: deadline) { transaction throws(RepositoryError) in
            try await Self.hold(server, in: transaction)
            let locked = try await transaction.query(SavedSearchFollowingStatements.lockOne, Parameters(id))
            guard locked.rowCount == 1 else { return }
            let (revision, seenThrough) = try readRows { () throws(DatabaseError) in
                (try locked.value(0, 0, as: Int64.self), try locked.value(0, 1, as: String?.self))
            }
            guard revision == settlement.revision else { return }
            var batch = Batch()
            let matches = settlement.matches ?? [:]
            if seenThrough == settlement.seenThrough, settlement.matches != nil {
                let stored = try await transaction.query(
                    SavedSearchFollowingStatements.matchesOfSearch,
                    Parameters(id)
                )
                let known = try readRows { () throws(DatabaseError) in
                    var known: Set<UUID> = []
                    for row in 0..<stored.rowCount { known.insert(try stored.value(row, 0)) }
                    return known
                }
                let news = Self.news(of: id, revision: revision, from: known, to: matches)
                if !news.isEmpty { Self.add(news, to: &batch, matchesMax: self.limits.matches) }
            } else {
                let profiles = matches.keys.sorted { $0.text < $1.text }
                batch.add(SavedSearchFollowingStatements.dropEvents, Parameters(id))
                batch.add(SavedSearchFollowingStatements.dropMatches, Parameters(id))
                batch.add(
                    SavedSearchFollowingStatements.insertMatches,
                    Parameters(id, profiles, profiles.map { matches[$0] ?? 0 })
                )
                batch.add(SavedSearchFollowingStatements.skipEvent, Parameters(id, Int32(matches.count)))
            }
            batch.add(
                SavedSearchFollowingStatements.settle,
                Parameters(id, settlement.basis, settlement.seenThrough, settlement.matches == nil)
            )
            _ = try await transaction.run(batch)
        }
    }

    /// What makes one set of matches another, by ascending id.
    package static func news(
        of search: UUID,
        revision: Int64,
        from known: Set<UUID>,
        to matches: [UUID: Double]
    ) -> [News] {
        let ceased = known.filter { matches[$0] == nil }
        let started = matches.keys.filter { !known.contains($0) }
        return (Array(ceased) + started).sorted { $0.text < $1.text }.map { profile in
            News(search: search, revision: revision, profile: profile, score: matches[profile])
        }
    }

    private static func hold(_ server: UUID, in transaction: Transaction) async throws(RepositoryError) {
        let held = try await transaction.query(SavedSearchFollowingStatements.hold, Parameters(server))
        guard held.rowCount == 1 else { throw .conflict }
    }

    private static func add(_ news: [News], to batch: inout Batch, matchesMax: Int) {
        batch.add(
            SavedSearchFollowingStatements.record,
            Parameters(
                news.map(\.search),
                news.map(\.profile),
                news.map { $0.score != nil },
                news.map { $0.score ?? 0 }
            )
        )
        batch.add(
            SavedSearchFollowingStatements.endWide,
            Parameters(Array(Set(news.map(\.search))), Int32(matchesMax))
        )
    }
}
