import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// The log of changes, as streams read it.
@Suite(.freshDatabase) struct ProfileFeedTests {
    private static func feed(_ fixture: RepositoryFixture) -> ProfileFeed {
        ProfileFeed(database: fixture.database, tokens: PageTokens(key: Array(repeating: 7, count: 16)))
    }

    /// All changes behind a position, which is moved behind them.
    private static func read(
        _ feed: ProfileFeed,
        _ position: inout FeedPosition
    ) async throws -> [ProfileFeed.Change] {
        var changes: [ProfileFeed.Change] = []
        while true {
            let page = try await feed.page(after: position)
            changes += page.changes
            position = page.position
            if page.changes.isEmpty, case .following = position.stage { return changes }
        }
    }

    private static func touch(_ id: UUID) -> SQL {
        "UPDATE profiles SET revision = revision + 1 WHERE id = '\(SQL(verbatim: id.text))'"
    }

    // MARK: Order

    @Test func `transactions that commit in another order than that of their numbers are read in that of the commits`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            var ids: [UUID] = []
            for name in ["a", "b"] {
                ids.append(
                    try UUID(
                        text: try await fixture.profiles.create(Samples.named(name, slug: name)).value.id,
                        path: ""
                    )
                )
            }
            var position = try await feed.begin()
            let early = try await Connection.open(fixture.configuration)
            let late = try await Connection.open(fixture.configuration)
            // Of the first transaction the number is the lower one, and of its change of "a" too. It writes "b" after the second.
            try await early.executeScript("BEGIN")
            try await early.executeScript(Self.touch(ids[0]))
            try await late.executeScript("BEGIN")
            try await late.executeScript(Self.touch(ids[1]))
            try await late.executeScript("COMMIT")
            let first = try await Self.read(feed, &position)
            #expect(first.map(\.profile) == [ids[1]] && first.map(\.revision) == [2])
            try await late.executeScript(Self.touch(ids[1]))
            try await early.executeScript(Self.touch(ids[1]))
            try await early.executeScript("COMMIT")
            let then = try await Self.read(feed, &position)
            #expect(then.map(\.profile) == [ids[0], ids[1], ids[1]])
            #expect(then.map(\.revision) == [2, 3, 4])
            #expect(try await Self.read(feed, &position) == [])
            early.close()
            late.close()
        }
    }

    @Test func `of many writers at once every change is read once, those of a profile in their order`() async throws {
        try await RepositoryFixture.run(connectionsMax: 12) { fixture in
            let feed = Self.feed(fixture)
            var ids: [UUID] = []
            for number in 0..<8 {
                let profile = try await fixture.profiles.create(Samples.named("p\(number)", slug: "p\(number)")).value
                ids.append(try UUID(text: profile.id, path: ""))
            }
            let all = ids.sorted { $0.text < $1.text }
            let begin = try await feed.begin()
            let (writers, rounds) = (8, 40)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<writers {
                    group.addTask {
                        var random = SplitMix(seed: UInt64(writer))
                        for _ in 0..<rounds {
                            let some = all.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
                            let pause = Int.random(in: 0...2, using: &random)
                            try await fixture.pool.withConnection { connection in
                                try await connection.executeScript("BEGIN")
                                for id in some {
                                    try await connection.executeScript(Self.touch(id))
                                    for _ in 0..<pause { await Task.yield() }
                                }
                                try await connection.executeScript(pause == 2 ? "ROLLBACK" : "COMMIT")
                            }
                        }
                    }
                }
                group.addTask {
                    // One that reads all the while, by tokens alone, and one by the tail.
                    var position = begin
                    var tail = FeedTail(countMax: 100)
                    var (mine, seen) = (begin, [UUID: Int64]())
                    var viaTail: [UUID: Int64] = [:]
                    func take(_ changes: [ProfileFeed.Change], _ last: inout [UUID: Int64]) {
                        for change in changes {
                            #expect(change.revision == (last[change.profile] ?? 1) + 1, "\(change)")
                            last[change.profile] = change.revision
                        }
                    }
                    func round() async throws {
                        let token = try position.token(feed.tokens, arguments: ["f"])
                        position = try FeedPosition(token, feed.tokens, arguments: ["f"])
                        take(try await Self.read(feed, &position), &seen)
                        _ = tail.take(try await feed.look(since: tail.mark))
                        if let page = tail.page(after: mine) {
                            take(page.changes, &viaTail)
                            mine = page.position
                        } else {
                            take(try await Self.read(feed, &mine), &viaTail)
                        }
                    }
                    while try await Self.sum(fixture) == nil || seen.isEmpty { try await round() }
                    for _ in 0..<3 { try await round() }
                    var stored: [UUID: Int64] = [:]
                    for id in all { stored[id] = try await Self.revision(fixture, id) }
                    #expect(seen == stored.filter { $0.value > 1 } && viaTail == seen)
                }
                for _ in 0..<writers { try await group.next() }
                try await fixture.execute("CREATE TABLE written ()")
                try await group.waitForAll()
            }
        }
    }

    /// Not `nil` when all have written.
    private static func sum(_ fixture: RepositoryFixture) async throws -> Int64? {
        try await fixture.value(
            "SELECT CASE WHEN to_regclass('written') IS NOT NULL THEN 1::bigint END",
            as: Int64?.self
        )
    }

    private static func revision(_ fixture: RepositoryFixture, _ id: UUID) async throws -> Int64 {
        try await fixture.value("SELECT revision FROM profiles WHERE id = '\(id.text)'")
    }

    @Test func `what fills more than a page is read in pages, from any token on`() async throws {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            var position = try await feed.begin()
            let early = try await Connection.open(fixture.configuration)
            try await early.executeScript("BEGIN; INSERT INTO profiles (slug, display_name) VALUES ('early', 'E')")
            try await fixture.execute(
                "INSERT INTO profiles (slug, display_name) SELECT 'p' || i, 'P' FROM generate_series(1, 1200) i"
            )
            var (changes, pages) = ([ProfileFeed.Change](), 0)
            repeat {
                let page = try await feed.page(after: position)
                // The last one was sent in part.
                let end = page.changes.count > 10 ? page.changes[page.changes.count - 11] : nil
                position = end.map { position.partly(to: page.position, after: $0) } ?? page.position
                let token = try position.token(feed.tokens, arguments: [])
                position = try FeedPosition(token, feed.tokens, arguments: [])
                changes += end == nil ? page.changes : page.changes.dropLast(10)
                pages += 1
                // It is committed while the pages are read, and its number is lower than theirs.
                if pages == 2 { try await early.executeScript("COMMIT") }
            } while position.stage != .following || pages < 4
            changes += try await Self.read(feed, &position)
            #expect(changes.count == 1_201 && Set(changes.map(\.profile)).count == 1_201)
            #expect(changes.last?.slug == "early")
            early.close()
        }
    }

    // MARK: Tokens

    @Test func `a token says nothing, and belongs to its arguments`() async throws {
        let tokens = PageTokens(key: Array(repeating: 7, count: 16))
        let snapshot = try #require(TransactionSnapshot("100:205:101,204"))
        let mark = FeedMark(seen: snapshot, time: 5, anchor: "12/204/1.5")
        let position = FeedPosition(mark, origin: "1/2", stamp: "m 1", stage: .following)
        var texts: Set<String> = []
        for _ in 0..<20 {
            let token = try position.token(tokens, arguments: ["a", "b"])
            texts.insert(String(token.dropFirst(2)))
            #expect(try FeedPosition(token, tokens, arguments: ["a", "b"]) == position)
            #expect(throws: RepositoryError.invalidResumeToken) {
                try FeedPosition(token, tokens, arguments: ["ab", ""])
            }
            let end = token.last == "0" ? "1" : "0"
            #expect(throws: RepositoryError.invalidResumeToken) {
                try FeedPosition(String(token.dropLast()) + end, tokens, arguments: ["a", "b"])
            }
        }
        #expect(texts.count == 20 && Set(texts.map(\.count)).count == 1)
        // Neither another number of transactions nor another stage shows in the length.
        let busy = FeedMark(
            seen: try #require(TransactionSnapshot("100:205:101,102,103,104")),
            time: 9,
            anchor: ""
        )
        let other = FeedPosition(busy, origin: "1/2", stamp: "m 1", stage: .following)
        #expect(try other.token(tokens, arguments: ["a", "b"]).count == texts.first.map { $0.count + 2 })
        for stage in [FeedPosition.Stage.within(upTo: busy, after: 3), .existing(.start), .existing(.after(.zero))] {
            let position = FeedPosition(mark, origin: "1/2", stamp: "", stage: stage)
            let token = try position.token(tokens, arguments: [])
            #expect(try FeedPosition(token, tokens, arguments: []) == position)
            #expect(token.count == texts.first.map { $0.count + 2 })
        }
        // What another release has said.
        let earlier = try tokens.sealed(position: "1/2\n\n100:205:\n5", arguments: ["profile feed"])
        #expect(throws: RepositoryError.resumeTokenExpired) { try FeedPosition(earlier, tokens, arguments: []) }
        #expect(throws: RepositoryError.invalidResumeToken) { try FeedPosition("02", tokens, arguments: []) }
    }

    @Test func `a snapshot shows what has ended`() throws {
        let snapshot = try #require(TransactionSnapshot("10:20:10,15"))
        #expect((8..<22).filter(snapshot.shows) == [8, 9, 11, 12, 13, 14, 16, 17, 18, 19])
        for wrong in ["", "1:2", "2:1:", "1:3:3", "1:9:5,5", "1:9:5,4", "a:9:"] {
            #expect(TransactionSnapshot(wrong) == nil)
        }
        let later = try #require(TransactionSnapshot("15:30:15,25"))
        #expect(later.includes(snapshot) && !snapshot.includes(later) && snapshot.includes(snapshot))
        #expect(snapshot.limited(to: 15).text == "10:15:10" && snapshot.limited(to: 30) == snapshot)
        #expect(snapshot.limited(to: 5).text == "5:5:")
        let aside = try #require(TransactionSnapshot("11:30:11"))
        #expect(!aside.includes(snapshot))
    }

    // MARK: Keeping

    @Test func `a position is good as long as what follows it is kept`() async throws {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            func create(_ name: String, _ count: Int) async throws {
                try await fixture.execute(
                    "INSERT INTO profiles (slug, display_name) SELECT '\(name)' || i, 'P' FROM generate_series(1, \(count)) i"
                )
            }
            func pass(_ time: String) async throws {
                try await fixture.execute("UPDATE profile_feed_times SET taken_at = taken_at - interval '\(time)'")
            }
            let early = try await feed.begin()
            try await create("a", 1_200)
            let within = try await feed.page(after: early).position
            var late = early
            #expect(try await Self.read(feed, &late).count == 1_200)
            // One that was running all the while keeps nothing from being removed, and loses nothing.
            let running = try await Connection.open(fixture.configuration)
            try await running.executeScript("BEGIN; INSERT INTO profiles (slug, display_name) VALUES ('slow', 'S')")
            let middle = try await feed.begin()
            #expect(try await feed.purge(olderThan: .seconds(3_600)) == 0)
            try await create("b", 300)
            #expect(try await feed.purge(olderThan: .seconds(3_600)) == 0)
            #expect(try await Self.read(feed, &late).count == 300)
            try await pass("2 hours")
            // Noted, too, what was written between: it was older.
            #expect(try await feed.purge(olderThan: .seconds(3_600)) == 1_500)
            for position in [early, within] {
                await #expect(throws: RepositoryError.resumeTokenExpired) { try await feed.page(after: position) }
            }
            await #expect(throws: RepositoryError.resumeTokenExpired) { try await feed.page(after: middle) }
            try await create("c", 3)
            try await running.executeScript("COMMIT")
            running.close()
            #expect(try await Self.read(feed, &late).count == 4)
            #expect(try await feed.purge(olderThan: .seconds(3_600)) == 0)
            #expect(try await feed.purge(olderThan: .zero) == 4)
            late = try await feed.begin()
            try await create("d", 1)
            #expect(try await Self.read(feed, &late).count == 1)
        }
    }

    @Test func `rows that were restored from another server's dump are no changes, and its tokens have expired`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            let feed = Self.feed(fixture)
            let before = try await feed.begin()
            try await fixture.execute(
                """
                INSERT INTO profile_feed (transaction, profile_id, kind, revision, changed_paths)
                VALUES ((pg_current_xact_id()::text::bigint + 1000)::text::xid8, gen_random_uuid(), 4, 2, '{}');
                UPDATE profile_feed_floor SET system_identifier = 5
                """
            )
            await #expect(throws: RepositoryError.resumeTokenExpired) { try await feed.page(after: before) }
            var position = try await feed.begin()
            #expect(try await fixture.value("SELECT count(*) FROM profile_feed", as: Int64.self) == 0)
            _ = try await fixture.profiles.create(Samples.named("a", slug: "a"))
            #expect(try await Self.read(feed, &position).map(\.kind) == [.created])
            // Of this server.
            var again = before
            #expect(try await Self.read(feed, &again).count == 1)
        }
    }

    // MARK: Cost

    @Test func `the hot statement reads what is new, whatever is kept`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.execute(
                """
                INSERT INTO profile_feed (transaction, profile_id, kind, revision, changed_paths)
                SELECT (i / 3 + 1)::text::xid8, gen_random_uuid(), 3, 2, '{summary}' FROM generate_series(1, 50000) i
                """
            )
            for isAnalyzed in [false, true] {
                if isAnalyzed { try await fixture.execute("ANALYZE profile_feed") }
                let next = try await fixture.value(
                    "SELECT pg_snapshot_xmax(pg_current_snapshot())::text",
                    as: String.self
                )
                try await fixture.pool.withConnection { connection in
                    try await connection.executeScript(
                        "PREPARE since (text, int8, text, text[]) AS \(SQL(verbatim: FeedStatements.since.sql))"
                    )
                    let result = try await connection.execute(
                        Statement(
                            "",
                            SQL(verbatim: "EXPLAIN (ANALYZE, COSTS OFF) EXECUTE since ('', 0, '\(next)', '{\(next)}')")
                        )
                    )
                    var lines: [String] = []
                    for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
                    try await connection.executeScript("DEALLOCATE since")
                    let plan = lines.joined(separator: "\n")
                    #expect(!plan.contains("Seq Scan on profile_feed f") && !plan.contains("Rows Removed"), "\(plan)")
                    #expect(plan.contains("profile_feed_transaction_idx"), "\(plan)")
                }
            }
        }
    }
}
