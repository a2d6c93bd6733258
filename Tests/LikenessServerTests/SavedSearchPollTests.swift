import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

/// What a server that compares does not write itself it sees by looking, at times that its clock tells.
@Suite(.freshDatabase) struct SavedSearchPollTests {
    @Test func `what another server wrote is an event after the next look`() async throws {
        let clock = ManualClock()
        // No follower works here.
        try await ServiceFixture.run(embeds: false) { writer in
            try await ServiceFixture.run(embeds: false, workers: [.savedSearches], pollClock: clock) { follower in
                let query = QueryRequest(query: .init(ask: .text(.init(text: "port", mode: .text))))
                _ = try await follower.client.savedSearches.createSavedSearch(
                    .init(savedSearch: .init(name: "sailors", query: query)),
                    options: .init()
                )
                try await SavedSearchTime.pass(clock) { try await SavedSearchTime.isSettled }
                let watched = WatchedSearch(follower.client, "sailors")
                try await watched.catchUp()
                // Those of the follower and of the news.
                await clock.sleepers(count: 2)
                let person = Profile(slug: "ada", displayName: "Ada", summary: "To port")
                _ = try await writer.client.profiles.batchUpsertProfiles(.init(profiles: [person]), options: .init())
                #expect(try await !SavedSearchTime.isCompared)

                try await SavedSearchTime.pass(clock) { try await SavedSearchTime.isCompared }
                try await watched.watch(untilMatched: "ada")
            }
        }
    }
}

/// Time for servers whose clock stands still.
enum SavedSearchTime {
    /// Lets it pass, second by second, until a condition holds.
    static func pass(_ clock: ManualClock, until condition: () async throws -> Bool) async throws {
        let holds = try await Patience.until {
            if try await condition() { return true }
            clock.advance(by: .seconds(1))
            return false
        }
        try #require(holds)
    }

    /// It is known who matches each search.
    static var isSettled: Bool {
        get async throws { try await Self.count("saved_searches WHERE basis IS NULL") == 0 }
    }

    /// All that was written has been compared.
    static var isCompared: Bool {
        get async throws { try await Self.count("saved_search_changes") == 0 }
    }

    static var isEmbedded: Bool {
        get async throws { try await Self.count("embedding_outbox") == 0 }
    }

    private static func count(_ rows: SQL) async throws -> Int64 {
        try await TestDatabase.current.pool.execute(Statement("", "SELECT count(*) FROM \(rows)")).value(0, 0)
    }
}
