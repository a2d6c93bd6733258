import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// Facets of searches, as clients see them.
@Suite(.freshDatabase) struct FacetedQueryTests {
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")

    private static func fill(_ client: LikenessClient, _ numbers: Range<Int>) async throws {
        let people = numbers.map { number in
            Profile(
                slug: "sailor-\(number)",
                displayName: "Sailor \(number)",
                summary: "Sailed to port \(number).",
                location: number % 3 == 0 ? "Bergen, Norway" : "Oslo, Norway",
                tags: number % 2 == 0 ? ["even", "Sea"] : ["sea"],
                attributesJson: #"{"rank": \#(number % 4)}"#
            )
        }
        let response = try await client.profiles.batchUpsertProfiles(
            .init(profiles: people, waitFor: .embedded),
            options: .init()
        )
        try #require(response.results.allSatisfy { if case .upserted? = $0.result { true } else { false } })
    }

    private static func request(_ mode: SearchMode, _ facets: [String], _ options: FacetOptions? = nil) -> QueryRequest
    {
        QueryRequest(
            query: .init(ask: .text(.init(text: "sailed port", mode: mode))),
            limit: 4,
            facets: facets,
            facetOptions: options
        )
    }

    private static func counts(_ facet: Facet?) -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: (facet?.values ?? []).map { ($0.value, $0.count) })
    }

    @Test func `a query, a batch and the last page of a stream have the same facets`() async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            let search = fixture.client.search
            try await Self.fill(fixture.client, 0..<60)
            let paths = ["location", "location.part", "tags", "attributes.rank", "years_of_experience"]
            for (mode, kind, count) in [
                (SearchMode.text, TotalSizeKind.exact, Int64(60)), (.vector, .atLeast, 40), (.hybrid, .atLeast, 40),
            ] {
                let request = Self.request(mode, paths, FacetOptions(limit: 3, window: 40))
                let answer = try await search.query(request, options: .init())
                #expect(answer.hits.count == 4)
                #expect(answer.facets.map(\.field) == paths)
                #expect(
                    answer.facets.allSatisfy { $0.countKind == kind && $0.profileCount == count },
                    "\(answer.facets)"
                )
                if mode == .text {
                    #expect(Self.counts(answer.facets[0]) == ["Bergen, Norway": 20, "Oslo, Norway": 40])
                    #expect(Self.counts(answer.facets[1]) == ["Norway": 60, "Oslo": 40, "Bergen": 20])
                    #expect(answer.facets[2].values.map(\.value) == ["Sea", "even"])
                    #expect(Self.counts(answer.facets[2]) == ["Sea": 60, "even": 30])
                    #expect(answer.facets[3].values.map(\.count) == [15, 15, 15] && answer.facets[3].hasMore)
                    #expect(answer.facets[4].values.isEmpty)
                }
                let plain = try await search.query(Self.request(mode, []), options: .init())
                #expect(answer.hits.map { $0.profile?.slug } == plain.hits.map { $0.profile?.slug })
                #expect(answer.hits.map(\.highlights) == plain.hits.map(\.highlights))
                let batch = try await search.queryBatch(.init(queries: [request]), options: .init())
                guard case .response(let item)? = batch.results.first?.result else {
                    Issue.record("\(batch)")
                    return
                }
                #expect(item.facets == answer.facets)
                let streamed = try await search.queryStream(.init(query: request), options: .init()) { pages in
                    var all: [[Facet]] = []
                    while let page = try await pages.next() { all.append(page.facets) }
                    return all
                }
                #expect(streamed.last == answer.facets && streamed.dropLast().allSatisfy(\.isEmpty))
            }
        }
    }

    @Test(arguments: [SearchMode.text, .vector, .hybrid])
    func `all pages have the facets of the ranking, whatever is written`(mode: SearchMode) async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            let search = fixture.client.search
            try await Self.fill(fixture.client, 0..<60)
            var request = Self.request(mode, ["tags", "location"])
            request.pageWindow = 30
            var pages: [QueryResponse] = []
            repeat {
                let page = try await search.query(request, options: .init())
                pages.append(page)
                request.pageToken = page.nextPageToken
                try await Self.fill(fixture.client, (100 * pages.count)..<(100 * pages.count + 5))
                let deleted = pages[0].hits[0].profile?.id ?? ""
                if pages.count == 2 {
                    _ = try await fixture.client.profiles.deleteProfile(
                        .init(key: .init(key: .id(deleted))),
                        options: .init()
                    )
                }
            } while !request.pageToken.isEmpty && pages.count < 20
            #expect(pages.count == 8)
            #expect(pages.allSatisfy { $0.facets == pages[0].facets })
            #expect(pages[0].facets.allSatisfy { $0.profileCount == 30 && $0.countKind == .atLeast })
            #expect(Self.counts(pages[0].facets[0])["Sea"] ?? Self.counts(pages[0].facets[0])["sea"] == 30)
            // A page of another list of facets is another query's.
            request.pageToken = pages[0].nextPageToken
            request.facets = ["tags"]
            let asked = request
            let error = await ServiceFixture.failure { try await search.query(asked, options: .init()) }
            #expect(error?.violations.first?.field == "page_token")
        }
    }

    @Test func `what cannot be counted is refused by its place`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            func fails(_ facets: [String], _ options: FacetOptions? = nil) async -> LikenessError? {
                await ServiceFixture.failure {
                    try await fixture.client.search.query(Self.request(.text, facets, options), options: .init())
                }
            }
            for (facets, options, field) in [
                (["tags", "location", "secrets"], nil, "facets[2]"), (["tags", "tags"], nil, "facets[1]"),
                (["skills.name:*"], nil, "facets[0]"), (["  "], nil, "facets[0]"),
                ([String(repeating: "a", count: 1_001)], nil, "facets[0]"),
                ((0..<11).map { "attributes.a\($0)" }, nil, "facets"),
                (["tags"], FacetOptions(limit: 101), "facet_options.limit"),
                (["tags"], FacetOptions(limit: -1), "facet_options.limit"),
                (["tags"], FacetOptions(window: 1_001), "facet_options.window"),
                (["tags"], FacetOptions(prefix: String(repeating: "é", count: 101)), "facet_options.prefix"),
            ] as [([String], FacetOptions?, String)] {
                let error = await fails(facets, options)
                #expect(error?.code == .invalidArgument, "\(facets)")
                #expect(error?.violations.first?.field == field, "\(facets): \(String(describing: error))")
            }
            // Odd ones are counted, or refused by their place; nothing fails otherwise.
            for path in [
                #"attributes."a\"b""#, #"attributes."\\""#, "attributes.\"\u{1}\"", "attributes.🙂", #"attributes."*""#,
            ] {
                let error = await fails([path])
                #expect(
                    error == nil || error?.violations.first?.field == "facets[0]",
                    "\(path) \(String(describing: error))"
                )
            }
        }
    }
}
