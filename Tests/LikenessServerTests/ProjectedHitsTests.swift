import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// What hits carry beside their summaries: fields of the profile, and sections with their scores.
@Suite(.freshDatabase) struct ProjectedHitsTests {
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")

    private static func run(_ body: (LikenessClient) async throws -> Void) async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            let client = fixture.client
            let mask = Mask(
                name: "brief",
                configuration: MaskConfiguration(
                    hiddenFields: ["headline", "experiences.organization"],
                    experiences: ExperienceScope(excludeTags: ["secret"]),
                    coarsening: Coarsening(location: .lastPart)
                )
            )
            _ = try await client.admin.createMask(.init(mask: mask), options: .init())
            let people = (0..<12).map { number in
                Profile(
                    slug: "nurse-\(number)",
                    displayName: "Nurse \(number)",
                    headline: "Matron \(number)",
                    summary: "Nurse in hospital \(number).",
                    location: "Ulm, Germany",
                    experiences: [
                        Experience(title: "Nurse", organization: "Hospital \(number)", description: "hospital ward"),
                        Experience(title: "Clerk", organization: "Office", description: "hospital letters \(number)"),
                        Experience(title: "Spy", organization: "Nurse", tags: ["secret"]),
                    ],
                    skills: [Skill(name: "Nursing", keywords: ["hospital"])]
                )
            }
            _ = try await client.profiles.batchUpsertProfiles(
                .init(profiles: people, waitFor: .embedded),
                options: .init()
            )
            try await body(client)
        }
    }

    private static func ask(_ mode: SearchMode) -> Query {
        Query(ask: .text(.init(text: "nurse hospital", mode: mode)))
    }

    private static let queries: [Query] = [
        ask(.text), ask(.vector), ask(.hybrid),
        Query(ask: .examples(.init(positive: [ProfileKey(key: .slug("nurse-0"))]))),
        Query(
            ask: .fusion(
                .init(queries: [SubQuery(query: ask(.text), weight: 3), SubQuery(query: ask(.vector))])
            )
        ),
    ]

    /// The same hits by every method, some of them page by page.
    private static func found(_ client: LikenessClient, _ request: QueryRequest) async throws -> [[Hit]] {
        let search = client.search
        var found = [try await search.query(request, options: .init()).hits]
        var counted = request
        counted.facets = ["location"]
        found.append(try await search.query(counted, options: .init()).hits)
        let batch = try await search.queryBatch(.init(queries: [request]), options: .init())
        if case .response(let answer)? = batch.results.first?.result { found.append(answer.hits) }
        found.append(
            try await search.queryStream(.init(query: request), options: .init()) { pages in
                var hits: [Hit] = []
                while let page = try await pages.next() { hits += page.hits }
                return hits
            }
        )
        var paged = request
        (paged.pageWindow, paged.limit) = (request.limit, 2)
        var hits: [Hit] = []
        repeat {
            let page = try await search.query(paged, options: .init())
            hits += page.hits
            paged.pageToken = page.nextPageToken
        } while !paged.pageToken.isEmpty
        found.append(hits)
        return found
    }

    @Test(arguments: ["", "brief"])
    func `a hit carries what GetProfile shows with the same masks`(mask: String) async throws {
        try await Self.run { client in
            for paths in [["experiences", "display_name"], ["*"], ["headline", "location", "update_time"], ["id"]] {
                for query in Self.queries {
                    let request = QueryRequest(query: query, limit: 5, mask: mask, readMask: .init(paths: paths))
                    let ways = try await Self.found(client, request)
                    #expect(ways.count == 5)
                    for hits in ways {
                        #expect(hits.count == 5)
                        for hit in hits {
                            let id = try #require(hit.profile?.id)
                            let shown = try await client.profiles.getProfile(
                                .init(key: .init(key: .id(id)), readMask: .init(paths: paths), mask: mask),
                                options: .init()
                            )
                            #expect(hit.details == shown.profile)
                            let name = shown.profile?.displayName ?? ""
                            #expect(hit.profile?.displayName == name && hit.profile?.slug == shown.profile?.slug)
                            #expect(hit.profile?.updateTime == shown.profile?.updateTime)
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: ["", "brief"])
    func `sections are scored as the profile is, the best ones first`(mask: String) async throws {
        try await Self.run { client in
            for query in Self.queries {
                let request = QueryRequest(query: query, limit: 5, mask: mask, sectionsPerHit: 3)
                let ways = try await Self.found(client, request)
                for hits in ways {
                    #expect(hits.map(\.sections) == ways[0].map(\.sections), "\(query)")
                    for hit in hits {
                        let sections = hit.sections
                        #expect(
                            (1...3).contains(sections.count) && sections.count == Set(sections.map(\.section)).count
                        )
                        #expect(sections.map(\.score) == sections.map(\.score).sorted(by: >))
                        #expect(sections.allSatisfy { !($0.section?.title.isEmpty ?? true) }, "\(hit)")
                        #expect(
                            mask.isEmpty || sections.allSatisfy { !($0.section?.title.contains("Spy") ?? true) }
                        )
                        // By vector alone the best section is the score.
                        if case .text(let text)? = query.ask, text.mode == .vector {
                            #expect(abs((sections.first?.score ?? 0) - hit.score) < 1e-6)
                            #expect(sections.first?.section == hit.section)
                        }
                    }
                }
                // Through the mask skills alone are compared by meaning.
                #expect(ways.count == 5 && (!mask.isEmpty || ways[0].contains { $0.sections.count > 1 }))
            }
        }
    }

    @Test func `wrong masks and numbers are refused by their fields`() async throws {
        try await Self.run { client in
            func fails(_ change: (inout QueryRequest) -> Void) async -> (query: String?, explained: String?) {
                var request = QueryRequest(query: Self.ask(.text))
                change(&request)
                let (query, search) = (request, client.search)
                let one = await ServiceFixture.failure { try await search.query(query, options: .init()) }
                let other = await ServiceFixture.failure {
                    try await search.explainQuery(.init(query: query), options: .init())
                }
                return (one?.violations.first?.field, other?.violations.first?.field)
            }
            let unknown = await fails { $0.readMask = .init(paths: ["headline", "salary"]) }
            #expect(unknown.query == "read_mask.paths[1]")
            let many = await fails { $0.sectionsPerHit = 11 }
            #expect(many.query == "sections_per_hit" && many.explained == "query.sections_per_hit")
            // An explanation has no hits of this kind.
            #expect(await fails { $0.sectionsPerHit = 1 } == (nil, "query.sections_per_hit"))
            #expect(await fails { $0.readMask = .init(paths: ["id"]) } == (nil, "query.read_mask"))
        }
    }
}
