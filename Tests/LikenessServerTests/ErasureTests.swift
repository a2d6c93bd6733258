import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessServer
import LikenessTesting
import Testing

/// An erased profile is gone from every column of every table.
@Suite(.freshDatabase) struct ErasureTests {
    /// What others have yet to see when it is erased: ids alone.
    private static let notes: Set<String> = [
        "erasures", "profile_words", "view_words", "profile_changes", "saved_search_changes", "saved_search_matches",
        "saved_search_events",
        "profile_feed",
    ]

    @Test func `nothing of it is left in any column, but its id in the record of erasures`() async throws {
        let audit = RecordedLog()
        try await ServiceFixture.run(
            embeds: false,
            embedders: MarkedPerson.embedders,
            roles: MarkedPerson.roles,
            auditLogger: audit.logger,
            workers: [.savedSearches, .views, .words],
            change: { configuration, _ in configuration.historyTime = .seconds(86_400) }
        ) { fixture in
            let client = fixture.client
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: MarkedPerson.reader)
            let person = MarkedPerson.profile()
            let (pageToken, watched) = try await MarkedPerson.spread(person, fixture, reader)
            let ids = [person.id, person.identityId, person.experiences[0].id, person.skills[0].id]
            let before = MarkedPerson.tables(try await MarkedPerson.places(of: ids + [MarkedPerson.mark]))
            let expected: Set<String> = [
                "profiles", "experiences", "skills", "external_ids", "former_slugs", "profile_words",
                "embeddings_all_minilm_l6_v2", "completion_terms", "request_ids", "result_sets", "result_set_hits",
                "view_words", "view_sections", "view_texts", "view_spellings", "view_terms", "saved_search_matches",
                "saved_search_events", "profile_revisions", "pg_stats",
            ]
            #expect(before.isSuperset(of: expected), "\(expected.subtracting(before))")

            let key = ProfileKey(key: .slug("\(MarkedPerson.mark)-zero"))
            let erased = try await client.admin.eraseProfile(.init(key: key), options: .init())
            #expect(erased.id == person.id)
            let (from, to) = (try #require(erased.eraseTime), try #require(erased.backupsExpireTime))
            #expect(to.seconds - from.seconds == 30 * 86_400)
            // The statistics are collected anew, and texts of earlier revisions counted, a little later.
            let texts = try await MarkedPerson.places(of: [MarkedPerson.mark]).filter { !$0.hasPrefix("pg_stats.") }
            #expect(texts.subtracting(["completion_terms.folded", "completion_terms.text"]) == [], "\(texts)")
            #expect(
                try await MarkedPerson.places(of: Array(ids.dropFirst())).filter { !$0.hasPrefix("pg_stats.") } == []
            )
            let left = MarkedPerson.tables(try await MarkedPerson.places(of: ids).filter { !$0.hasPrefix("pg_stats.") })
            #expect(left.isSubset(of: Self.notes), "\(left.subtracting(Self.notes))")

            // Those who watch, search and read see that it is gone.
            try await watched.watch { watched, _ in await !watched.matching.contains(person.id) }
            for key in [key, .init(key: .id(person.id)), .init(key: .externalId(person.externalIds[0]))] {
                let error = await ServiceFixture.failure {
                    try await client.profiles.getProfile(.init(key: key), options: .init())
                }
                #expect(error?.code == .notFound)
            }
            var next = MarkedPerson.query()
            (next.pageWindow, next.limit, next.facets, next.pageToken) = (100, 2, ["location"], pageToken)
            let expired = await ServiceFixture.failure { try await client.search.query(next, options: .init()) }
            #expect(expired?.reason == "PAGE_TOKEN_EXPIRED", "\(expired.debugDescription)")
            for mask in ["", "m"] {
                let found = try await client.search.query(MarkedPerson.query(mask: mask), options: .init())
                #expect(found.hits.count == 5 && !found.hits.contains { $0.profile?.id == person.id })
            }
            // The same again, by its id.
            let again = try await client.admin.eraseProfile(.init(key: .init(key: .id(person.id))), options: .init())
            #expect((again.eraseTime, again.backupsExpireTime).0 == from && again.backupsExpireTime == to)

            let database = Database(pool: TestDatabase.current.pool)
            let erasures = ErasureRepository(database: database, backupTime: .seconds(86_400))
            #expect(try await erasures.clear(deadline: .now + Patience.limit) == 0, "it is too early")
            // As in a service, where completions are counted every ten minutes, and this is done after a quarter of an hour.
            try await CompletionRepository(database: database).count()
            #expect(try await erasures.clear(after: .zero, deadline: .now + Patience.limit) == 1)
            let marked = try await MarkedPerson.places(of: [MarkedPerson.mark])
            #expect(marked == [], "\(marked)")
            let named = try await MarkedPerson.places(of: ids)
            // Who follows changes hears of it as long as changes are kept.
            #expect(named == ["erasures.profile_id", "profile_feed.profile_id"], "\(named)")
            // A watcher goes on, or begins anew.
            _ = try await client.profiles.createProfile(
                .init(profile: .init(slug: "late", displayName: "Late", headline: "Nurse")),
                options: .init()
            )
            try await watched.watch(untilMatched: "late")

            let lines = audit.lines.filter { $0.contains("EraseProfile") }
            #expect(lines.count == 2 && lines.allSatisfy { $0.contains("target=\(person.id)") }, "\(lines)")
            #expect(!audit.lines.contains { $0.lowercased().contains(MarkedPerson.mark) }, "\(audit.lines)")
            await reader.close()
        }
    }

    @Test func `deleted profiles are erased after some time, the first first, and their record ends with the backups`()
        async throws
    {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            for number in 0..<60 {
                let profile = Profile(slug: "p-\(number)", displayName: "Person \(number)")
                _ = try await client.profiles.createProfile(.init(profile: profile), options: .init())
                guard number < 58 else { continue }
                let key = ProfileKey(key: .slug(profile.slug))
                _ = try await client.profiles.deleteProfile(.init(key: key), options: .init())
            }
            try await MarkedPerson.script(
                "UPDATE profiles SET deleted_at = now() - interval '2 days' WHERE NOT is_active AND slug <> 'p-57'"
            )
            let database = Database(pool: TestDatabase.current.pool)
            let erasures = ErasureRepository(database: database, backupTime: .zero)
            let deadline = ContinuousClock.now + Patience.limit
            // While another server does it, this one does not.
            try await TestDatabase.current.pool.withTransaction { connection in
                let lock = "SELECT pg_advisory_xact_lock(\(0x6572_6173_7572_6573 as Int64))"
                _ = try await connection.execute(Statement("", SQL(verbatim: lock)))
                #expect(try await erasures.erase(deletedFor: .seconds(86_400), deadline: deadline) == 0)
            }
            #expect(try await erasures.erase(deletedFor: .seconds(3 * 86_400), deadline: deadline) == 0)
            #expect(try await erasures.erase(deletedFor: .seconds(86_400), deadline: deadline) == 50)
            #expect(try await erasures.erase(deletedFor: .seconds(86_400), deadline: deadline) == 7)
            #expect(try await erasures.erase(deletedFor: .seconds(86_400), deadline: deadline) == 0)
            #expect(
                try await MarkedPerson.rows("SELECT slug FROM profiles ORDER BY slug").map { $0[0] } == [
                    "p-57", "p-58", "p-59",
                ]
            )
            #expect(try await MarkedPerson.rows("SELECT count(*)::text FROM erasures") == [["57"]])
            #expect(try await erasures.clear(after: .zero, deadline: deadline) == 57)
            #expect(try await MarkedPerson.rows("SELECT count(*)::text FROM erasures") == [["0"]])
        }
    }

    @Test func `who may not, and what is not there`() async throws {
        try await ServiceFixture.run(embeds: false, roles: MarkedPerson.roles) { fixture in
            let client = fixture.client
            let profile = Profile(slug: "ada", displayName: "Ada")
            _ = try await client.profiles.createProfile(.init(profile: profile), options: .init())
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: MarkedPerson.reader)
            let key = ProfileKey(key: .slug("ada"))
            for (caller, request, code) in [
                (reader, EraseProfileRequest(key: key), LikenessError.Code.permissionDenied),
                (client, EraseProfileRequest(key: key, ifRevision: 2), .aborted),
                (client, EraseProfileRequest(key: .init(key: .slug("eve"))), .notFound),
                (client, EraseProfileRequest(key: .init(key: .id(UUID().uuidString.lowercased()))), .notFound),
                (client, EraseProfileRequest(), .invalidArgument),
            ] {
                let error = await ServiceFixture.failure {
                    try await caller.admin.eraseProfile(request, options: .init())
                }
                #expect(error?.code == code, "\(request)")
            }
            #expect(try await client.profiles.getProfile(.init(key: key), options: .init()).profile?.slug == "ada")
            // One that is deleted too.
            _ = try await client.profiles.deleteProfile(.init(key: key), options: .init())
            _ = try await client.admin.eraseProfile(.init(key: key), options: .init())
            let created = try await client.profiles.createProfile(.init(profile: profile), options: .init())
            #expect(created.profile?.revision == 1)
            await reader.close()
        }
    }
}
