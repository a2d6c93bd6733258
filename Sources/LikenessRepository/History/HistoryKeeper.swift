internal import LikenessPostgres

/// Keeps the history of profiles as long as it is to be kept.
package struct HistoryKeeper: Sendable {
    private let database: Database
    /// How long what profiles were is kept; `nil` for not at all.
    private let keptTime: Duration?

    package init(database: Database, keptTime: Duration?) { (self.database, self.keptTime) = (database, keptTime) }

    /// What is turned off, or kept for a shorter time than another server has said, is removed after this time: a server that was
    /// started with another setting than the others by mistake costs no past. They say theirs again within minutes.
    package static let graceTime = Duration.seconds(86_400)

    package struct Outcome: Sendable, Equatable {
        /// This server has turned the history on or off for all.
        package var hasChanged: Bool
        /// How many writes are forgotten.
        package var forgotten: Int
        /// Another server has said within ``graceTime`` that it keeps a history for longer than this one, which counts.
        package var isKeptLonger: Bool

        package init(hasChanged: Bool = false, forgotten: Int = 0, isKeptLonger: Bool = false) {
            (self.hasChanged, self.forgotten, self.isKeptLonger) = (hasChanged, forgotten, isKeptLonger)
        }
    }

    /// Records whether a history is kept and for how long, and removes what is older; all of it where none has been kept for
    /// ``graceTime``. Any server may do so, now and then.
    package func maintain(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) -> Outcome {
        var outcome = Outcome()
        let grace = Self.graceTime / .seconds(1)
        var (kept, off): (Double, Double?) = (0, grace)
        if let keptTime {
            let own = keptTime / .seconds(1)
            let result = try await self.database.query(
                HistoryStatements.begin,
                Parameters(own, grace),
                deadline: deadline
            )
            (outcome.hasChanged, kept) = try readRows { () throws(DatabaseError) in
                (try result.value(0, 0), try result.value(0, 1))
            }
            outcome.isKeptLonger = kept > own
            off = nil
        } else {
            outcome.hasChanged = try await self.database.query(HistoryStatements.end, deadline: deadline).rowCount > 0
        }
        while true {
            let parameters = Parameters(kept, off)
            let removed = try await self.database.query(HistoryStatements.purge, parameters, deadline: deadline)
                .rowCount
            outcome.forgotten += removed
            if removed < HistoryStatements.purgeSize { return outcome }
        }
    }

    /// Whether this server keeps one.
    package var keepsHistory: Bool { self.keptTime != nil }
}
