internal import LikenessRepository
internal import LikenessScheduling
internal import Logging

/// Clears away what the database no longer needs, as long as the service runs. Any number of servers may do so.
struct Housekeeping: Sendable {
    let database: Database
    let savedSearches: SavedSearchRepository
    let history: HistoryKeeper
    let feed: ProfileFeed
    /// How long changes are kept for those who follow them.
    let feedTime: Duration
    let logger: Logger

    private static let interval = Duration.seconds(600)

    /// Works until cancelled. A failure is logged; the next round tries again.
    func run() async {
        await Flow.$current.withValue(Flow(.background, "housekeeping")) { await self.work() }
    }

    /// - Parameter isKeptLonger: What was found last time.
    private func maintainHistory(_ isKeptLonger: inout Bool) async throws {
        let outcome = try await self.history.maintain(deadline: .now + .seconds(60))
        if outcome.hasChanged, self.history.keepsHistory {
            self.logger.notice("what profiles were is kept from now on")
        } else if outcome.hasChanged {
            self.logger.warning(
                """
                retention.history is off here, and another server kept a history: what was not recorded is missing for all, and all of \
                it is removed in a day unless a server keeps one
                """
            )
        }
        if outcome.isKeptLonger, !isKeptLonger {
            self.logger.notice(
                "retention.history is shorter here than on another server of the last day, whose time counts for all"
            )
        }
        isKeptLonger = outcome.isKeptLonger
        if outcome.forgotten > 0 {
            self.logger.info("old history was removed", metadata: ["writes": "\(outcome.forgotten)"])
        }
    }

    private func work() async {
        var isKeptLonger = false
        while !Task.isCancelled {
            do {
                try await self.database.purgeRequestIDs(deadline: .now + .seconds(30))
                try await ResultSets(database: self.database, tokens: PageTokens()).purge(deadline: .now + .seconds(60))
                try await self.maintainHistory(&isKeptLonger)
                try await self.savedSearches.purge(deadline: .now + .seconds(60))
                try await self.feed.purge(olderThan: self.feedTime, deadline: .now + .seconds(60))
                try await CompletionRepository(database: self.database).count(deadline: .now + .seconds(300))
            } catch {
                self.logger.warning(
                    "housekeeping failed",
                    metadata: ["error": "\(ServiceError(describing: error).logText)"]
                )
            }
            do { try await Task.sleep(for: Self.interval) } catch { return }
        }
    }
}
