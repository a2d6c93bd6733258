import Foundation
import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessServer
import LikenessTesting
import Testing

/// An erased profile is gone from every column of every table.
@Suite(.freshDatabase) struct ErasureTests {
    /// In every text of the profile, and in no other.
    private static let mark = "zqxv"
    private static let embedders = EmbedderRegistry([WordEmbedder()])
    private static let reader = "URI:spiffe://test/reader"
    private static let roles = ServerConfiguration.Roles(admin: ["URI:spiffe://test/admin"], reader: [Self.reader])

    /// Every field and part that a caller can set; of what can be counted and suggested a part that others have too.
    private static func person() -> Profile {
        func text(_ name: String) -> String { "\(Self.mark)\(name)" }
        return Profile(
            id: UUID().uuidString.lowercased(),
            identityId: UUID().uuidString.lowercased(),
            slug: "\(Self.mark)-first",
            displayName: "Zqxvname Zqxvfamily",
            headline: "Nurse \(text("headline"))",
            summary: text("summary"),
            location: "Zqxvtown, Germany",
            tags: [text("tag"), "shown"],
            keywords: [text("keyword")],
            attributesJson: #"{"zqxvkey": {"inner": "zqxvvalue"}}"#,
            experiences: [
                Experience(
                    id: UUID().uuidString.lowercased(),
                    category: .work,
                    title: "Nurse \(text("title"))",
                    organization: text("organization"),
                    location: text("place"),
                    startDate: PartialDate(year: 1990),
                    description: text("description") + String(repeating: " \(Self.mark)long", count: 60),
                    highlights: [text("highlight")],
                    tags: [text("role")]
                )
            ],
            skills: [
                Skill(
                    id: UUID().uuidString.lowercased(),
                    name: text("skill"),
                    category: text("group"),
                    level: text("level"),
                    keywords: [text("word")]
                )
            ],
            externalIds: [ExternalId(system: "\(Self.mark)-crm", id: "ZQXV-1")]
        )
    }

    private static let other = Profile(
        slug: "other",
        displayName: "Other Person",
        headline: "Nurse",
        location: "Ulm, Germany",
        tags: ["shown"],
        experiences: [Experience(title: "Nurse", organization: "Hospital")],
        skills: [Skill(name: "Triage")]
    )

    // MARK: Looking everywhere

    private static func rows(_ sql: String) async throws -> [[String]] {
        let result = try await TestDatabase.current.pool.execute(Statement("", SQL(verbatim: sql)))
        var rows: [[String]] = []
        for row in 0..<result.rowCount {
            var cells: [String] = []
            for column in 0..<result.columnCount { cells.append(try result.value(row, column)) }
            rows.append(cells)
        }
        return rows
    }

    /// The columns, as `table.column`, in which any of some texts stands, whatever their types.
    private static func places(of texts: [String]) async throws -> Set<String> {
        let columns = try await Self.rows(
            """
            SELECT c.table_name::text, c.column_name::text, c.udt_name::text FROM information_schema.columns c
            JOIN information_schema.tables t USING (table_schema, table_name)
            WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
            """
        )
        #expect(columns.count > 150, "\(columns.count)")
        let wanted = texts.map { "'%\($0.lowercased())%'" }.joined(separator: ", ")
        var branches: [String] = []
        for column in columns {
            let (table, name) = ("\"\(column[0])\"", "\"\(column[1])\"")
            let text = column[2] == "bytea" ? "encode(\(name), 'escape')" : "\(name)::text"
            branches.append(
                """
                SELECT '\(column[0]).\(column[1])' AS place
                WHERE EXISTS (SELECT FROM \(table) WHERE lower(\(text)) LIKE ANY (ARRAY[\(wanted)]))
                """
            )
        }
        // What the planner has of them.
        branches.append(
            """
            SELECT 'pg_stats.' || s.tablename || '.' || s.attname AS place FROM pg_stats s WHERE s.schemaname = 'public'
                AND lower(concat_ws(' ', s.most_common_vals::text, s.histogram_bounds::text, s.most_common_elems::text))
                    LIKE ANY (ARRAY[\(wanted)])
            """
        )
        return Set(try await Self.rows(branches.joined(separator: " UNION ALL ")).map { $0[0] })
    }

    private static func script(_ sql: String) async throws {
        try await TestDatabase.current.pool.withConnection { try await $0.executeScript(SQL(verbatim: sql)) }
    }

    private static func tables(_ places: Set<String>) -> Set<String> {
        Set(places.map { String($0.prefix { $0 != "." }) })
    }

    // MARK: Having it everywhere

    /// Has the profile stored, and all that follows writes follow it.
    ///
    /// - Returns: A token of a further page, and the client of a saved search that has it.
    private static func spread(
        _ person: Profile,
        _ fixture: ServiceFixture,
        _ reader: LikenessClient
    ) async throws -> (pageToken: String, watched: WatchedSearch) {
        let client = fixture.client
        let mask = Mask(name: "m", configuration: .init(includeTags: ["shown"]))
        _ = try await client.admin.createMask(.init(mask: mask), options: .init())
        for number in 0..<5 {
            var another = Self.other
            another.slug += "\(number)"
            _ = try await client.profiles.createProfile(.init(profile: another), options: .init())
        }
        _ = try await client.search.query(Self.query(mask: "m"), options: .init())
        var saved = Self.query()
        // It does not decide who matches.
        saved.limit = 0
        let search = SavedSearch(name: "nurses", query: saved)
        _ = try await reader.savedSearches.createSavedSearch(.init(savedSearch: search), options: .init())
        let watched = WatchedSearch(reader, "nurses")
        try await watched.catchUp()

        var first = person
        first.slug = "\(Self.mark)-zero"
        first.displayName = "Zqxvearlier"
        _ = try await client.profiles.createProfile(
            .init(profile: first, requestId: UUID().uuidString.lowercased(), waitFor: .embedded),
            options: .init()
        )
        _ = try await client.profiles.updateProfile(
            .init(
                key: .init(key: .id(person.id)),
                profile: person,
                updateMask: .init(paths: ["*"]),
                requestId: UUID().uuidString.lowercased(),
                waitFor: .embedded
            ),
            options: .init()
        )
        try await watched.watch { watched, _ in await watched.matching.contains(person.id) }
        try await CompletionRepository(database: Database(pool: TestDatabase.current.pool)).count()
        for view in ["", "m"] {
            #expect(
                try await Patience.until {
                    let request = SuggestRequest(prefix: "zqxvf", kinds: [], limit: 5, mask: view)
                    let names = try await client.search.suggest(request, options: .init()).suggestions.map(\.text)
                    return names.contains { $0.contains("Zqxvfamily") }
                }
            )
        }
        var paged = Self.query()
        (paged.pageWindow, paged.limit, paged.facets) = (100, 2, ["location"])
        let page = try await client.search.query(paged, options: .init())
        #expect(!page.nextPageToken.isEmpty)
        try await Self.script("ANALYZE")
        return (page.nextPageToken, watched)
    }

    private static func query(mask: String = "") -> QueryRequest {
        QueryRequest(query: .init(ask: .text(.init(text: "nurse", mode: .text))), limit: 20, mask: mask)
    }

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
            embedders: Self.embedders,
            roles: Self.roles,
            auditLogger: audit.logger,
            workers: [.savedSearches, .views, .words],
            change: { configuration, _ in configuration.historyTime = .seconds(86_400) }
        ) { fixture in
            let client = fixture.client
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let person = Self.person()
            let (pageToken, watched) = try await Self.spread(person, fixture, reader)
            let ids = [person.id, person.identityId, person.experiences[0].id, person.skills[0].id]
            let before = Self.tables(try await Self.places(of: ids + [Self.mark]))
            let expected: Set<String> = [
                "profiles", "experiences", "skills", "external_ids", "former_slugs", "profile_words",
                "embeddings_all_minilm_l6_v2", "completion_terms", "request_ids", "result_sets", "result_set_hits",
                "view_words", "view_sections", "view_texts", "view_spellings", "view_terms", "saved_search_matches",
                "saved_search_events", "profile_revisions", "pg_stats",
            ]
            #expect(before.isSuperset(of: expected), "\(expected.subtracting(before))")

            let key = ProfileKey(key: .slug("\(Self.mark)-zero"))
            let erased = try await client.admin.eraseProfile(.init(key: key), options: .init())
            #expect(erased.id == person.id)
            let (from, to) = (try #require(erased.eraseTime), try #require(erased.backupsExpireTime))
            #expect(to.seconds - from.seconds == 30 * 86_400)
            // The statistics are collected anew, and texts of earlier revisions counted, a little later.
            let texts = try await Self.places(of: [Self.mark]).filter { !$0.hasPrefix("pg_stats.") }
            #expect(texts.subtracting(["completion_terms.folded", "completion_terms.text"]) == [], "\(texts)")
            #expect(try await Self.places(of: Array(ids.dropFirst())).filter { !$0.hasPrefix("pg_stats.") } == [])
            let left = Self.tables(try await Self.places(of: ids).filter { !$0.hasPrefix("pg_stats.") })
            #expect(left.isSubset(of: Self.notes), "\(left.subtracting(Self.notes))")

            // Those who watch, search and read see that it is gone.
            try await watched.watch { watched, _ in await !watched.matching.contains(person.id) }
            for key in [key, .init(key: .id(person.id)), .init(key: .externalId(person.externalIds[0]))] {
                let error = await ServiceFixture.failure {
                    try await client.profiles.getProfile(.init(key: key), options: .init())
                }
                #expect(error?.code == .notFound)
            }
            var next = Self.query()
            (next.pageWindow, next.limit, next.facets, next.pageToken) = (100, 2, ["location"], pageToken)
            let expired = await ServiceFixture.failure { try await client.search.query(next, options: .init()) }
            #expect(expired?.reason == "PAGE_TOKEN_EXPIRED", "\(expired.debugDescription)")
            for mask in ["", "m"] {
                let found = try await client.search.query(Self.query(mask: mask), options: .init())
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
            let marked = try await Self.places(of: [Self.mark])
            #expect(marked == [], "\(marked)")
            let named = try await Self.places(of: ids)
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
            #expect(!audit.lines.contains { $0.lowercased().contains(Self.mark) }, "\(audit.lines)")
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
            try await Self.script(
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
                try await Self.rows("SELECT slug FROM profiles ORDER BY slug").map { $0[0] } == [
                    "p-57", "p-58", "p-59",
                ]
            )
            #expect(try await Self.rows("SELECT count(*)::text FROM erasures") == [["57"]])
            #expect(try await erasures.clear(after: .zero, deadline: deadline) == 57)
            #expect(try await Self.rows("SELECT count(*)::text FROM erasures") == [["0"]])
        }
    }

    @Test func `who may not, and what is not there`() async throws {
        try await ServiceFixture.run(embeds: false, roles: Self.roles) { fixture in
            let client = fixture.client
            let profile = Profile(slug: "ada", displayName: "Ada")
            _ = try await client.profiles.createProfile(.init(profile: profile), options: .init())
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
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
