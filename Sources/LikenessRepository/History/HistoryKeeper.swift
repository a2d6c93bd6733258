internal import LikenessPostgres

/// Keeps the history of profiles as long as it is to be kept.
package struct HistoryKeeper: Sendable {
    private let database: Database
    /// How long what profiles were is kept; `nil` for not at all.
    private let keptTime: Duration?

    package init(database: Database, keptTime: Duration?) { (self.database, self.keptTime) = (database, keptTime) }

    /// A history that is turned off is removed after this time: a server that was started with another setting than the others by
    /// mistake costs no past. They say again that they keep one within minutes.
    package static let offTime = Duration.seconds(86_400)

    package struct Outcome: Sendable, Equatable {
        /// This server has turned the history on or off for all.
        package var hasChanged: Bool
        /// How many writes are forgotten.
        package var forgotten: Int

        package init(hasChanged: Bool = false, forgotten: Int = 0) {
            (self.hasChanged, self.forgotten) = (hasChanged, forgotten)
        }
    }

    /// Records whether a history is kept, and removes what is older; all of it where none has been kept for ``offTime``. Any server may
    /// do so, now and then.
    package func maintain(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) -> Outcome {
        let state = self.keptTime == nil ? HistoryStatements.end : HistoryStatements.begin
        var outcome = Outcome()
        outcome.hasChanged = try await self.database.query(state, deadline: deadline).rowCount > 0
        let off: Double? = self.keptTime == nil ? Self.offTime / .seconds(1) : nil
        while true {
            let parameters = Parameters((self.keptTime ?? .zero) / .seconds(1), off)
            let removed = try await self.database.query(HistoryStatements.purge, parameters, deadline: deadline)
                .rowCount
            outcome.forgotten += removed
            if removed < HistoryStatements.purgeSize { return outcome }
        }
    }

    /// Whether this server keeps one.
    package var keepsHistory: Bool { self.keptTime != nil }
}
