internal import LikenessPostgres

/// Keeps the history of profiles as long as it is to be kept.
package struct HistoryKeeper: Sendable {
    private let database: Database
    /// How long what profiles were is kept; `nil` for not at all.
    private let keptTime: Duration?

    package init(database: Database, keptTime: Duration?) { (self.database, self.keptTime) = (database, keptTime) }

    /// Records whether a history is kept, and removes what is older: all of it where none is. Any server may do so, now and then.
    ///
    /// - Returns: How many writes are forgotten.
    @discardableResult
    package func maintain(deadline: ContinuousClock.Instant? = nil) async throws(RepositoryError) -> Int {
        let state = self.keptTime == nil ? HistoryStatements.end : HistoryStatements.begin
        _ = try await self.database.query(state, deadline: deadline)
        var total = 0
        while true {
            let parameters = Parameters((self.keptTime ?? .zero) / .seconds(1))
            let removed = try await self.database.query(HistoryStatements.purge, parameters, deadline: deadline)
                .rowCount
            total += removed
            if removed < HistoryStatements.purgeSize { return total }
        }
    }
}
