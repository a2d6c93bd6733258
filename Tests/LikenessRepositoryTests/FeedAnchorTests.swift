import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Positions in a database whose history is another one by now.
@Suite(.freshDatabase) struct FeedAnchorTests {
    private static let tokens = PageTokens(key: Array(repeating: 7, count: 16))

    private static func feed(_ fixture: RepositoryFixture) -> ProfileFeed {
        ProfileFeed(database: fixture.database, tokens: Self.tokens)
    }

    private static func create(_ fixture: RepositoryFixture, _ slugs: String...) async throws {
        for slug in slugs {
            try await fixture.execute("INSERT INTO profiles (slug, display_name) VALUES ('\(slug)', 'P')")
        }
    }

    private static func isExpired(_ feed: ProfileFeed, _ position: FeedPosition) async throws -> Bool {
        do throws(RepositoryError) {
            _ = try await feed.page(after: position)
            return false
        } catch {
            guard case .resumeTokenExpired = error else { throw error }
            return true
        }
    }

    @Test func `what was seen in a state that the database was set back from leads to nothing`() async throws {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            let empty = try await feed.begin()
            try await Self.create(fixture, "a", "b")
            let early = try await feed.begin()
            try await Self.create(fixture, "c")
            var tail = FeedTail(countMax: 100)
            _ = tail.take(try await feed.look(since: tail.mark))
            let late = try await feed.page(after: early).position
            #expect(tail.page(after: late)?.changes == [])
            // As it was before "c", with the numbers of that time.
            try await fixture.execute(
                """
                DELETE FROM profile_feed WHERE number = (SELECT max(number) FROM profile_feed);
                SELECT setval('profile_feed_number', (SELECT max(number) FROM profile_feed))
                """
            )
            #expect(try await Self.isExpired(feed, late))
            try await Self.create(fixture, "d")
            #expect(try await Self.isExpired(feed, late))
            #expect(try await feed.page(after: early).changes.map(\.slug) == ["d"])
            #expect(try await feed.page(after: empty).changes.map(\.slug) == ["a", "b", "d"])
            // Streams that have seen it read for themselves, and find out.
            _ = tail.take(try await feed.look(since: tail.mark))
            #expect(tail.page(after: late) == nil)
        }
    }

    @Test func `a position stays good when all that it has seen is removed for its age`() async throws {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            func purge() async throws -> Int {
                try await fixture.execute("UPDATE profile_feed_times SET taken_at = taken_at - interval '2 hours'")
                return try await feed.purge(olderThan: .seconds(3_600))
            }
            try await Self.create(fixture, "a", "b")
            #expect(try await purge() == 0)
            let position = try await feed.begin()
            #expect(try await purge() == 2)
            #expect(try await feed.page(after: position).changes.isEmpty)
            // Again, with nothing new since that was noted.
            let again = try await feed.begin()
            #expect(try await purge() == 0)
            try await Self.create(fixture, "c")
            #expect(try await feed.page(after: again).changes.map(\.slug) == ["c"])
            #expect(try await feed.purge(olderThan: .zero) == 1)
            #expect(try await Self.isExpired(feed, again))
        }
    }

    @Test func `profiles that are truncated are followed by nobody who knew them`() async throws {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            try await Self.create(fixture, "a")
            let early = try await feed.begin()
            // Runs already, has a number below, and writes afterwards.
            let running = try await Connection.open(fixture.configuration)
            try await running.executeScript("BEGIN; SELECT pg_current_xact_id()")
            try await Self.create(fixture, "b")
            let late = try await feed.begin()
            try await fixture.execute("TRUNCATE profiles CASCADE")
            #expect(try await Self.isExpired(feed, early))
            #expect(try await Self.isExpired(feed, late))
            let anew = try await feed.begin()
            #expect(try await feed.page(after: anew).changes.isEmpty)
            try await running.executeScript("INSERT INTO profiles (slug, display_name) VALUES ('c', 'C'); COMMIT")
            running.close()
            try await Self.create(fixture, "d")
            let page = try await feed.page(after: anew)
            #expect(page.changes.map(\.slug) == ["c", "d"])
            #expect(try await feed.purge(olderThan: .seconds(3_600)) == 2)
            #expect(try await feed.page(after: anew).changes.map(\.slug) == ["c", "d"])
        }
    }

    @Test func `how many transactions run shows in no token`() async throws {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            let begin = try await feed.begin(withExisting: true)
            var tokens = [try begin.token(Self.tokens, arguments: [])]
            tokens.append(try await feed.begin().token(Self.tokens, arguments: []))
            var running: [Connection] = []
            for _ in 0..<24 {
                running.append(try await Connection.open(fixture.configuration))
                try await running.last?.executeScript("BEGIN; SELECT pg_current_xact_id()")
            }
            try await fixture.execute(
                "INSERT INTO profiles (slug, display_name) SELECT 'p' || i, 'P' FROM generate_series(1, 600) i"
            )
            let start = try await feed.begin()
            tokens.append(try start.token(Self.tokens, arguments: []))
            try await fixture.execute(
                "INSERT INTO profiles (slug, display_name) SELECT 'q' || i, 'P' FROM generate_series(1, 600) i"
            )
            let within = try await feed.page(after: start).position
            #expect(within.stage != .following)
            tokens.append(try within.token(Self.tokens, arguments: []))
            #expect(Set(tokens.map(\.count)).count == 1, "\(tokens.map(\.count))")
            for connection in running { connection.close() }
        }
    }
}
