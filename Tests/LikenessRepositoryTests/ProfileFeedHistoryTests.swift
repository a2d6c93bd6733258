import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Changes that are compared with what profiles were, where that is not known.
@Suite(.freshDatabase) struct ProfileFeedHistoryTests {
    private struct Fixture {
        let base: RepositoryFixture
        let profiles: ProfileRepository
        let feed: ProfileFeed
        let erasures: ErasureRepository

        func events(_ page: ProfileFeed.Page, _ scope: FeedScope) async throws -> [ProfileEvent?] {
            var (events, rest) = ([ProfileEvent?](), page.changes[...])
            while !rest.isEmpty {
                let some = try await self.feed.events(of: rest, scope: scope, withProfiles: true, deadline: nil)
                events += some
                rest = rest.dropFirst(some.count)
            }
            return events
        }
    }

    private static func run(_ body: (Fixture) async throws -> Void) async throws {
        try await RepositoryFixture.run { base in
            _ = try await HistoryKeeper(database: base.database, keptTime: .seconds(86_400)).maintain()
            let tokens = PageTokens(key: Array(repeating: 7, count: 16))
            try await body(
                Fixture(
                    base: base,
                    profiles: ProfileRepository(
                        database: base.database,
                        pageTokens: tokens,
                        historyTime: .seconds(86_400)
                    ),
                    feed: ProfileFeed(database: base.database, tokens: tokens, historyTime: .seconds(86_400)),
                    erasures: ErasureRepository(database: base.database, backupTime: .zero)
                )
            )
        }
    }

    private static func scope() throws -> FeedScope { try FeedScope(view: nil, filter: "tags:x") }

    private static func person(_ slug: String) -> Profile { Profile(slug: slug, displayName: slug, tags: ["x"]) }

    private static func update(_ fixture: Fixture, _ slug: String, _ headline: String) async throws {
        _ = try await fixture.profiles.update(.slug(slug), with: Profile(headline: headline), updateMask: ["headline"])
    }

    // MARK: Erasures

    @Test func `a profile that is erased while its changes are compared is one that is gone`() async throws {
        try await Self.run { fixture in
            let begin = try await fixture.feed.begin()
            let ada = try await fixture.profiles.create(Self.person("ada")).value
            _ = try await fixture.profiles.create(Self.person("bob"))
            try await Self.update(fixture, "ada", "Nurse")
            try await Self.update(fixture, "bob", "Baker")
            let page = try await fixture.feed.page(after: begin)
            let holder = try await Connection.open(fixture.base.configuration)
            // Those who compare have read the profiles, and wait for what they were.
            try await holder.executeScript("BEGIN; LOCK TABLE profile_revisions IN ACCESS EXCLUSIVE MODE")
            async let events = fixture.events(page, try Self.scope())
            let waits = try await Patience.until {
                try await fixture.base.value(
                    "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'profile_revisions'::regclass",
                    as: Int64.self
                ) > 0
            }
            #expect(waits)
            try await holder.executeScript("DELETE FROM profiles WHERE id = '\(SQL(verbatim: ada.id))'; COMMIT")
            #expect(try await events.map { $0?.kind } == [nil, .created, nil, .updated])
            holder.close()
        }
    }

    @Test func `of a deletion it is noted after it was read who saw the profile`() async throws {
        try await Self.run { fixture in
            let begin = try await fixture.feed.begin()
            let ada = try await fixture.profiles.create(Self.person("ada")).value
            _ = try await fixture.profiles.softDelete(.id(ada.id))
            let page = try await fixture.feed.page(after: begin)
            _ = try await fixture.erasures.erase(.id(ada.id))
            let rest = try await fixture.feed.page(after: page.position)
            let events = try await fixture.events(page, Self.scope()) + fixture.events(rest, Self.scope())
            #expect(events.map { $0?.kind } == [nil, .deleted, nil])
        }
    }

    // MARK: Gaps

    @Test func `a change that the history does not have is shown by what there is now`() async throws {
        try await Self.run { fixture in
            let begin = try await fixture.feed.begin()
            for slug in ["ada", "bob", "eve"] { _ = try await fixture.profiles.create(Self.person(slug)) }
            try await fixture.base.execute("UPDATE profiles SET revision = revision + 1 WHERE slug = 'ada'")
            try await fixture.base.execute(
                "UPDATE profiles SET revision = revision + 1, tags = '{y}' WHERE slug = 'bob'"
            )
            for slug in ["ada", "bob", "eve"] { try await Self.update(fixture, slug, "Nurse") }
            let page = try await fixture.feed.page(after: begin)
            let events = try await fixture.events(page, Self.scope())
            #expect(page.changes.map(\.revision) == [1, 1, 1, 2, 2, 3, 3, 2])
            #expect(
                events.map { $0?.kind } == [.created, nil, .created, .updated, .deleted, .updated, nil, .updated]
            )
            #expect(events[3]?.changedPaths == [] && events[3]?.profile?.headline == "Nurse")
            #expect(events[5]?.changedPaths == ["headline"])
        }
    }

    @Test func `many changes are compared at once, and long ones a part at a time`() async throws {
        try await Self.run { fixture in
            let begin = try await fixture.feed.begin()
            var ada = Self.person("ada")
            ada.summary = String(repeating: "é", count: 20_000)
            let id = try await fixture.profiles.create(ada).value.id
            for number in 0..<60 { try await Self.update(fixture, "ada", "\(number)") }
            try await fixture.base.execute(
                "INSERT INTO profiles (slug, display_name) SELECT 'p' || i, 'P' FROM generate_series(1, 150) i"
            )
            let page = try await fixture.feed.page(after: begin)
            let first = try await fixture.feed.events(
                of: page.changes[...],
                scope: try Self.scope(),
                withProfiles: false,
                deadline: nil
            )
            #expect(first.count > 20)
            let events = try await fixture.events(page, Self.scope())
            #expect(
                events.count == 211
                    && events.compactMap { $0?.kind } == [.created] + Array(repeating: .updated, count: 60)
            )
            #expect(events.compactMap { $0 }.allSatisfy { $0.id == id })
        }
    }

    @Test func `a position from before the history began has expired, and without a history there is none`()
        async throws
    {
        try await Self.run { fixture in
            let position = try await fixture.feed.begin()
            try await fixture.feed.require(try Self.scope(), at: position, deadline: nil)
            try await fixture.base.execute("UPDATE profile_history SET kept_since = clock_timestamp()")
            await #expect(throws: RepositoryError.resumeTokenExpired) {
                try await fixture.feed.require(try Self.scope(), at: position, deadline: nil)
            }
            try await fixture.base.execute("UPDATE profile_history SET kept_since = NULL")
            do {
                try await fixture.feed.require(try Self.scope(), at: position, deadline: nil)
                Issue.record("it is compared with nothing")
            } catch {
                guard case .failedPrecondition("HISTORY_NOT_KEPT", _, _) = error as? RepositoryError else {
                    throw error
                }
            }
        }
    }

    // MARK: Masks

    @Test func `a mask that changes while an erasure waits is noted as it is then`() async throws {
        try await Self.run { fixture in
            let masks = MaskRepository(database: fixture.base.database, pageTokens: fixture.profiles.pageTokens)
            let ada = try await fixture.profiles.create(Self.person("ada")).value
            var mask = Mask(name: "m", configuration: .init(hiddenFields: ["summary"]))
            mask = try await masks.create(mask).value
            try await fixture.base.execute(
                """
                INSERT INTO view_projections (mask_ids, mask_revisions, dropped_at) VALUES ('{\(mask.id)}', '{1}', now())
                """
            )
            let holder = try await Connection.open(fixture.base.configuration)
            try await holder.executeScript("BEGIN; SELECT FROM view_projections FOR UPDATE")
            async let erased = fixture.erasures.erase(.id(ada.id))
            let waits = try await Patience.until {
                try await fixture.base.value(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """,
                    as: Int64.self
                ) > 0
            }
            #expect(waits)
            mask.configuration = .init(hiddenFields: ["headline"])
            mask = try await masks.update(with: mask, updateMask: ["configuration"]).value
            try await holder.executeScript("COMMIT")
            #expect(try await erased.id.text == ada.id)
            let seenBy = try await fixture.base.value(
                "SELECT seen_by FROM profile_feed WHERE kind = 6",
                as: [String].self
            )
            let stamp = try View([mask]).stamp
            #expect(mask.revision == 2 && seenBy == [stamp])
            holder.close()
        }
    }
}
