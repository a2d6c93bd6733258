import Foundation
import LikenessClient
import LikenessCommands
import LikenessEmbedding
import LikenessMessages
import LikenessRepository
import LikenessTesting
import Testing

/// Minima of relevance: the example people, the real model.
@Suite(.freshDatabase) struct RelevanceTests {
    private static let people = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "examples/profiles.jsonl")
    private static let modes = [SearchMode.vector, .text, .hybrid]

    private static func run(_ body: (LikenessClient) async throws -> Void) async throws {
        try await ServiceFixture.run { fixture in
            var options = CallOptions()
            options.timeout = .seconds(300)
            let people = try JSONResumeFile(try Data(contentsOf: Self.people)).map { try $0.profile.get() }
            for start in stride(from: 0, to: people.count, by: 50) {
                let some = Array(people[start..<min(start + 50, people.count)])
                let answer = try await fixture.client.profiles.batchUpsertProfiles(
                    .init(profiles: some, waitFor: .embedded),
                    options: options
                )
                for result in answer.results {
                    if case .error(let status)? = result.result { Issue.record("refused: \(status.message)") }
                }
            }
            let isEmbedded = try await Patience.until(every: .milliseconds(200)) {
                try await fixture.client.admin.getStatistics(.init(), options: .init()).outboxPending == 0
            }
            #expect(isEmbedded)
            for mask in [
                Mask(name: "public", configuration: MaskConfiguration(hiddenFields: ["headline"])),
                Mask(
                    name: "weighed",
                    configuration: MaskConfiguration(weights: [SectionWeight(kind: .skills, weight: 0.5)])
                ),
            ] {
                _ = try await fixture.client.admin.createMask(.init(mask: mask), options: .init())
            }
            try await body(fixture.client)
        }
    }

    private static func request(_ text: String, _ mode: SearchMode, _ least: Double = 0) -> QueryRequest {
        QueryRequest(
            query: Query(ask: .text(.init(text: text, mode: mode))),
            limit: 200,
            skipHighlights: true,
            minRelevance: least
        )
    }

    private static func table(_ mode: SearchMode) throws -> RelevanceTable {
        try #require(QueryRelevance.of(mode, model: "all-MiniLM-L6-v2-int8@1.0.0").table)
    }

    private static func slugs(_ hits: [Hit]) -> [String] { hits.map { $0.profile?.slug ?? "" } }

    @Test func `exactly those that are less relevant are left out, however hits are asked for`() async throws {
        try await Self.run { client in
            for mode in Self.modes {
                let table = try Self.table(mode)
                for text in ["women who studied the stars", "vaccine against a deadly disease"] {
                    let all = try await client.search.query(Self.request(text, mode), options: .init())
                    #expect(all.relevanceTable == table.name && all.hits.count > 10)
                    for hit in all.hits { #expect(hit.relevance == table.relevance(of: hit.score)) }
                    // Between hits, at the very relevance of some, at the ends.
                    let some = all.hits.map(\.relevance)
                    for least in [some[0], some[3], some[9], 0.1, 0.5, table.range.lowerBound, table.range.upperBound] {
                        let wanted = all.hits.filter { $0.relevance >= least }
                        let request = Self.request(text, mode, least)
                        let found = try await client.search.query(request, options: .init())
                        #expect(found.hits == wanted, "\(mode) \(text) \(least)")
                        try await Self.compare(client, request, wanted)
                    }
                }
            }
        }
    }

    /// The same hits by the other ways.
    private static func compare(_ client: LikenessClient, _ request: QueryRequest, _ wanted: [Hit]) async throws {
        let name = "\(request.query?.ask as Any) \(request.minRelevance)"
        let batch = try await client.search.queryBatch(.init(queries: [request]), options: .init())
        guard case .response(let response)? = batch.results.first?.result else {
            Issue.record("\(name): \(batch.results)")
            return
        }
        #expect(response.hits == wanted, "\(name)")
        let streamed = try await client.search.queryStream(.init(query: request), options: .init()) { pages in
            var hits: [Hit] = []
            while let page = try await pages.next() {
                hits += page.hits
                #expect(page.relevanceTable == response.relevanceTable && !page.relevanceTable.isEmpty, "\(name)")
            }
            return hits
        }
        #expect(streamed == wanted, "\(name)")

        var paged = request
        (paged.pageWindow, paged.limit) = (200, 7)
        var hits: [Hit] = []
        repeat {
            let page = try await client.search.query(paged, options: .init())
            #expect(page.totalSize == Int64(wanted.count) && page.relevanceTable.isEmpty == false)
            hits += page.hits
            paged.pageToken = page.nextPageToken
        } while !paged.pageToken.isEmpty
        #expect(hits.map(\.relevance) == wanted.map(\.relevance) && Self.slugs(hits) == Self.slugs(wanted), "\(name)")

        // With what is read anew behind the ranking, and with what counts all.
        var counted = request
        (counted.facets, counted.facetOptions, counted.skipHighlights) = (["tags"], FacetOptions(window: 200), false)
        let facets = try await client.search.query(counted, options: .init())
        #expect(facets.hits.map(\.relevance) == wanted.map(\.relevance), "\(name)")
        #expect(facets.facets.first?.profileCount == Int64(wanted.count), "\(name)")
        var ordered = request
        (ordered.orderBy, ordered.window) = ("display_name", request.query?.isByWordsAlone == true ? 0 : 200)
        let names = try await client.search.query(ordered, options: .init())
        #expect(Self.slugs(names.hits).sorted() == Self.slugs(wanted).sorted(), "\(name)")
        #expect(names.hits.allSatisfy { $0.relevance >= request.minRelevance && $0.relevance > 0 }, "\(name)")
        var diverse = request
        (diverse.diversity, diverse.window) = (0.3, 200)
        let others = try await client.search.query(diverse, options: .init())
        #expect(Self.slugs(others.hits).sorted() == Self.slugs(wanted).sorted(), "\(name)")
        #expect(others.hits.allSatisfy { $0.relevance >= request.minRelevance }, "\(name)")
    }

    @Test func `the stricter of two minima holds, and an explanation has both numbers`() async throws {
        try await Self.run { client in
            for mode in Self.modes {
                let table = try Self.table(mode)
                let least = try #require(table.leastScore(of: 0.1))
                for (score, holds) in [(least / 2, least), (least + 0.05, least + 0.05), (0, least)] {
                    var request = Self.request("vaccine against a deadly disease", mode, 0.1)
                    request.minScore = score
                    let told = try await client.search.explainQuery(.init(query: request), options: .init())
                    #expect(told.minScore == holds && told.minRelevance == 0.1 && told.relevanceTable == table.name)
                    let found = try await client.search.query(request, options: .init()).hits
                    #expect(found.count > 1 && found.allSatisfy { $0.score >= holds })
                    #expect(told.hits.map(\.relevance) == found.map(\.relevance))
                }
                // Through a mask that hides a part, its own scores count.
                var masked = Self.request("vaccine against a deadly disease", mode)
                masked.mask = "public"
                let all = try await client.search.query(masked, options: .init()).hits
                masked.minRelevance = 0.1
                let found = try await client.search.query(masked, options: .init()).hits
                #expect(found == all.filter { $0.relevance >= 0.1 } && found.count > 1 && found.count < all.count)
            }
        }
    }

    /// What changes the scores, or has none that were judged.
    @Test func `where nothing is known the field is refused, and hits have no relevance`() async throws {
        try await Self.run { client in
            let text = Self.request("nurse in a war", .hybrid)
            func changed(_ change: (inout QueryRequest) -> Void) -> QueryRequest {
                var request = text
                change(&request)
                return request
            }
            let vector = VectorQuery(values: (0..<384).map { Float($0 % 7) - 3 })
            let long = String(repeating: "She cleaned the wards of the hospital and wrote letters home. ", count: 60)
            let unknown: [(QueryRequest, reason: String)] = [
                (changed { $0.query = Query(ask: .vector(vector)) }, "one text"),
                (
                    changed {
                        $0.query = Query(ask: .examples(.init(positive: [.init(key: .slug("mary-seacole"))])))
                    }, "one text"
                ),
                (
                    changed {
                        $0.query = Query(
                            ask: .fusion(.init(queries: [SubQuery(query: text.query), SubQuery(query: text.query)]))
                        )
                    }, "one text"
                ), (changed { $0.boosts = Boosts(completeness: 0.2) }, "boosts"),
                (changed { $0.mask = "weighed" }, "mask"), (changed { $0.groupBy = .section }, "sections"),
                (Self.request(long, .vector), "longer"), (Self.request(long, .hybrid), "longer"),
            ]
            for (request, reason) in unknown {
                let answer = try await client.search.query(request, options: .init())
                #expect(answer.relevanceTable.isEmpty && answer.hits.count > 5, "\(reason)")
                #expect(answer.hits.allSatisfy { $0.relevance == 0 }, "\(reason)")
                let tables = try await client.search.queryStream(.init(query: request), options: .init()) { pages in
                    var tables: [String] = []
                    while let page = try await pages.next() { tables.append(page.relevanceTable) }
                    return tables
                }
                #expect(Set(tables) == [""], "\(reason)")
                for isValidated in [false, true] {
                    var minimal = request
                    (minimal.minRelevance, minimal.validateOnly) = (0.1, isValidated)
                    let asked = minimal
                    let failure = await ServiceFixture.failure {
                        try await client.search.query(asked, options: .init())
                    }
                    #expect(failure?.code == .invalidArgument, "\(reason)")
                    #expect(failure?.violations.map(\.field) == ["min_relevance"], "\(reason)")
                    #expect(failure?.message.contains(reason) == true, "\(failure?.message ?? "no failure")")
                }
            }
            for (least, mode) in [
                (0.9999, SearchMode.text), (0.9999, .vector), (1, .hybrid), (1.5, .text), (-0.1, .text),
            ] {
                let failure = await ServiceFixture.failure {
                    try await client.search.query(Self.request("nurse", mode, least), options: .init())
                }
                #expect(failure?.violations.map(\.field) == ["min_relevance"], "\(least)")
            }
        }
    }

    /// What the model cannot read is searched for by words alone, whatever the mode.
    @Test func `a text that is searched for by its words alone has the relevance of words`() async throws {
        try await ServiceFixture.run { fixture in
            let client = fixture.client
            let person = Profile(slug: "ada", displayName: "Ada", summary: "焊接")
            _ = try await client.profiles.createProfile(.init(profile: person), options: .init())
            for least in [0, 0.96] {
                let answer = try await client.search.query(Self.request("焊接", .hybrid, least), options: .init())
                #expect(answer.strategy == "text" && answer.relevanceTable == "text")
                #expect(answer.hits.map(\.relevance) == [try Self.table(.text).range.upperBound])
            }
        }
    }

    @Test func `texts in a space of another model have no relevance, their words have`() async throws {
        let model = FakeEmbedder(modelID: "theirs@1")
        try await EmbeddedDatabase.run { database in
            _ = try await database.makeSpace("theirs", model: model.modelID, isActive: true)
        }
        try await ServiceFixture.run(embedders: EmbedderRegistry([model])) { fixture in
            let client = fixture.client
            let person = Profile(slug: "ada", displayName: "Ada", summary: "Sails.")
            _ = try await client.profiles.createProfile(.init(profile: person, waitFor: .embedded), options: .init())
            for mode in Self.modes {
                let hit = try await client.search.query(Self.request("sails", mode), options: .init()).hits.first
                #expect(mode == .text ? hit?.relevance ?? 0 > 0 : hit?.relevance == 0, "\(mode)")
                let failure = await ServiceFixture.failure {
                    try await client.search.query(Self.request("sails", mode, 0.1), options: .init())
                }
                #expect(failure?.violations.map(\.field) == (mode == .text ? nil : ["min_relevance"]), "\(mode)")
            }
        }
    }
}
