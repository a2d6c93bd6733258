import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// What a server keeps of the last changes leads to the same as the database does.
@Suite(.freshDatabase) struct FeedTailTests {
    private static func feed(_ fixture: RepositoryFixture) -> ProfileFeed {
        ProfileFeed(database: fixture.database, tokens: PageTokens(key: Array(repeating: 7, count: 16)))
    }

    private static func numbers(_ feed: ProfileFeed, after position: FeedPosition) async throws -> [Int64] {
        var (position, numbers) = (position, [Int64]())
        while true {
            let page = try await feed.page(after: position)
            numbers += page.changes.map(\.number)
            position = page.position
            if page.changes.isEmpty, case .following = position.stage { return numbers }
        }
    }

    private static func look(_ feed: ProfileFeed, _ tail: inout FeedTail) async throws {
        _ = tail.take(try await feed.look(since: tail.mark))
    }

    @Test func `a token within what several looks have read leads to the rest of it`() async throws {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            let begin = try await feed.begin()
            var tail = FeedTail(countMax: 1_000)
            try await Self.look(feed, &tail)
            // Two that take long: their numbers are below those that were committed meanwhile.
            let (first, second) = (
                try await Connection.open(fixture.configuration), try await Connection.open(fixture.configuration)
            )
            try await first.executeScript("BEGIN; INSERT INTO profiles (slug, display_name) VALUES ('old', 'O')")
            func create(_ name: String) async throws {
                try await fixture.execute(
                    "INSERT INTO profiles (slug, display_name) SELECT '\(name)' || i, 'P' FROM generate_series(1, 30) i"
                )
                try await Self.look(feed, &tail)
            }
            try await create("a")
            try await second.executeScript("BEGIN; INSERT INTO profiles (slug, display_name) VALUES ('older', 'O')")
            try await create("b")
            try await first.executeScript("COMMIT")
            try await create("c")
            try await second.executeScript("COMMIT")
            try await Self.look(feed, &tail)
            let all = try await Self.numbers(feed, after: begin)
            let page = try #require(tail.page(after: begin))
            #expect(Set(page.changes.map(\.number)) == Set(all) && all.count == 92)
            for (place, change) in page.changes.enumerated() {
                let token = try begin.partly(to: page.position, after: change).token(feed.tokens, arguments: [])
                let rest = try await Self.numbers(feed, after: try FeedPosition(token, feed.tokens, arguments: []))
                let sent = page.changes.prefix(place + 1).map(\.number)
                #expect((sent + rest).sorted() == all, "after \(place + 1) changes")
            }
            first.close()
            second.close()
        }
    }

    @Test func `where it has missed what is not kept any more, those who follow it begin anew`() async throws {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            var tail = FeedTail(countMax: 1_000)
            try await Self.look(feed, &tail)
            let begin = try await feed.begin()
            #expect(tail.page(after: begin)?.changes == [])
            try await fixture.execute("INSERT INTO profiles (slug, display_name) VALUES ('a', 'A')")
            #expect(try await feed.purge(olderThan: .zero) == 1)
            try await Self.look(feed, &tail)
            #expect(tail.page(after: begin) == nil)
            await #expect(throws: RepositoryError.resumeTokenExpired) { try await feed.page(after: begin) }
        }
    }
}
