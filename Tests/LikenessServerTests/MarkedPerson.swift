import Foundation
import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessServer
import LikenessTesting
import Testing

/// A person whose texts no other has, in every table that has anything of people; and a look for them in all columns.
enum MarkedPerson {
    /// In every text of the profile, and in no other.
    static let mark = "zqxv"
    static let embedders = EmbedderRegistry([WordEmbedder()])
    static let reader = "URI:spiffe://test/reader"
    static let roles = ServerConfiguration.Roles(admin: ["URI:spiffe://test/admin"], reader: [Self.reader])

    /// Every field and part that a caller can set; of what can be counted and suggested a part that others have too.
    static func profile() -> Profile {
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

    static let other = Profile(
        slug: "other",
        displayName: "Other Person",
        headline: "Nurse",
        location: "Ulm, Germany",
        tags: ["shown"],
        experiences: [Experience(title: "Nurse", organization: "Hospital")],
        skills: [Skill(name: "Triage")]
    )

    // MARK: Looking everywhere

    static func rows(_ sql: String) async throws -> [[String]] {
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
    static func places(of texts: [String]) async throws -> Set<String> {
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

    static func script(_ sql: String) async throws {
        try await TestDatabase.current.pool.withConnection { try await $0.executeScript(SQL(verbatim: sql)) }
    }

    static func tables(_ places: Set<String>) -> Set<String> {
        Set(places.map { String($0.prefix { $0 != "." }) })
    }

    // MARK: Having it everywhere

    /// Has the profile stored, and all that follows writes follow it.
    ///
    /// - Returns: A token of a further page, and the client of a saved search that has it.
    static func spread(
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

    static func query(mask: String = "") -> QueryRequest {
        QueryRequest(query: .init(ask: .text(.init(text: "nurse", mode: .text))), limit: 20, mask: mask)
    }
}
