import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Rankings that are kept: pages agree while profiles change, and belong to one caller and one query.
@Suite(.freshDatabase) struct ResultSetTests {
    private static func request(_ caller: String = "URI:a", content: [UInt8] = [1], size: Int) -> PageRequest {
        var request = PageRequest(caller: caller, content: content, size: size)
        request.texts = ["engineer"]
        return request
    }

    private static func fill(_ fixture: RepositoryFixture, _ count: Int) async throws {
        for number in 1...count {
            _ = try await fixture.profiles.create(
                Samples.named("Person \(number)", slug: "person-\(number)", summary: "an engineer")
            )
        }
        fixture.search.forgetCatalog()
    }

    private static func search(_ fixture: RepositoryFixture, _ limits: ResultSetLimits = .init()) async throws
        -> SearchRepository
    {
        let tokens = try await PageTokens.load(from: fixture.database)
        return SearchRepository(
            database: fixture.database,
            pages: ResultSets(database: fixture.database, tokens: tokens, limits: limits),
            catalogMaxAge: .zero
        )
    }

    @Test func `pages neither repeat nor leave out, whatever is written meanwhile`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture, 120)
            let search = try await Self.search(fixture)
            let whole = try await search.firstPage(
                of: SearchQuery(.text("engineer")),
                window: 1_000,
                Self.request(size: 1_000)
            )
            let expected = try QueryResponse(decoding: whole.hits.bytes).hits
            #expect(expected.count == 120 && whole.rest.nextPageToken.isEmpty && whole.rest.totalSizeKind == .exact)
            var page = try await search.firstPage(
                of: SearchQuery(.text("engineer")),
                window: 1_000,
                Self.request(size: 7)
            )
            var found = try QueryResponse(decoding: page.hits.bytes).hits
            let gone = try #require(expected[60].profile)
            _ = try await fixture.profiles.softDelete(.id(gone.id))
            var vanished: Int32 = 0
            for size in [100, 1, 13] {
                _ = try await fixture.profiles.create(Samples.named("New", summary: "engineer engineer"))
                #expect(page.rest.totalSize == 120)
                page = try await search.page(at: page.rest.nextPageToken, Self.request(size: size))
                found += try QueryResponse(decoding: page.hits.bytes).hits
                vanished += page.rest.vanishedCount
            }
            #expect(page.rest.nextPageToken.isEmpty && page.rest.totalSize == 120)
            #expect(vanished == 1)
            #expect(found.map(\.profile?.id) == expected.map(\.profile?.id).filter { $0 != gone.id })
            #expect(found.allSatisfy { $0.evidence.count == 1 && !$0.highlights.isEmpty })
            #expect(found.first?.evidence == expected.first?.evidence)
        }
    }

    @Test func `a token is good for its caller, its query and its time`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture, 12)
            let search = try await Self.search(
                fixture,
                ResultSetLimits(time: .seconds(900), setsPerCaller: 2, hitsPerCaller: 1_000, sets: 3, hits: 1_000)
            )
            func first(_ caller: String = "URI:a") async throws -> String {
                try await search.firstPage(
                    of: SearchQuery(.text("engineer")),
                    window: 100,
                    Self.request(caller, size: 5)
                ).rest.nextPageToken
            }
            let token = try await first()
            _ = try await search.page(at: token, Self.request(size: 5))
            await #expect(throws: RepositoryError.invalidPageToken) {
                try await search.page(at: token, Self.request("URI:b", size: 5))
            }
            await #expect(throws: RepositoryError.pageTokenOfAnotherQuery) {
                try await search.page(at: token, Self.request(content: [2], size: 5))
            }
            await #expect(throws: RepositoryError.invalidPageToken) {
                try await search.page(at: String(token.dropLast(2)), Self.request(size: 5))
            }
            await #expect(throws: RepositoryError.invalidPageToken) {
                try await fixture.profiles.list(pageToken: token)
            }
            // Two more of the same caller: the oldest is given up.
            let second = try await first()
            _ = try await first()
            await #expect(throws: RepositoryError.pageTokenExpired) {
                try await search.page(at: token, Self.request(size: 5))
            }
            _ = try await search.page(at: second, Self.request(size: 5))
            _ = try await first("URI:b")
            await #expect(throws: RepositoryError.resultSetsFull) { try await first("URI:c") }
            try await fixture.execute("UPDATE result_sets SET expires_at = now()")
            await #expect(throws: RepositoryError.pageTokenExpired) {
                try await search.page(at: second, Self.request(size: 5))
            }
            try await ResultSets(database: fixture.database, tokens: PageTokens()).purge()
            #expect(try await fixture.value("SELECT count(*) FROM result_set_hits", as: Int64.self) == 0)
        }
    }

    @Test func `a page reads its profiles by their ids, however many there are`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await Self.fill(fixture, 30)
            try await fixture.execute("ANALYZE")
            var parameters = Parameters()
            try Ranking([]).append(to: &parameters)
            parameters.append(["'engineer'"])
            func plan(_ sql: SQL, _ parameters: Parameters) async throws -> String {
                let statement = Statement("", "EXPLAIN (COSTS OFF) \(sql)", parameters.types)
                return try await fixture.pool.withConnection { connection in
                    try await connection.executeScript("SET enable_seqscan = off")
                    let result = try await connection.execute(statement, parameters)
                    var lines: [String] = []
                    for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
                    try await connection.executeScript("RESET ALL")
                    return lines.joined(separator: "\n")
                }
            }
            let titles = SearchStatements.experienceTitles.sql
            let ofTitles = try await plan(SQL(verbatim: titles), Parameters([UUID()]))
            #expect(ofTitles.contains("experiences_pkey") && !ofTitles.contains("Seq Scan"), "\(ofTitles)")
            let ofPage = try await plan(SearchStatements.shown(.marked), parameters)
            #expect(ofPage.contains("Index Scan using profiles_pkey on profiles p"), "\(ofPage)")
            #expect(!ofPage.contains("Seq Scan"), "\(ofPage)")
        }
    }
}
