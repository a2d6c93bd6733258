import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// Hits that are sections, by every method.
@Suite(.freshDatabase) struct SectionHitsTests {
    /// Most texts have several vectors.
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0", wordsMax: 4)
    private static let masks = ["", "brief", "weighted"]

    private static func run(_ body: (LikenessClient) async throws -> Void) async throws {
        try await ServiceFixture.run(embedders: EmbedderRegistry([Self.embedder])) { fixture in
            let client = fixture.client
            let brief = MaskConfiguration(
                hiddenFields: ["headline"],
                experiences: ExperienceScope(excludeTags: ["secret"])
            )
            let weighted = MaskConfiguration(weights: [
                SectionWeight(kind: .skills, weight: 3), SectionWeight(kind: .experience, weight: 2),
            ])
            for (name, configuration) in [("brief", brief), ("weighted", weighted)] {
                _ = try await client.admin.createMask(
                    .init(mask: Mask(name: name, configuration: configuration)),
                    options: .init()
                )
            }
            let people = (0..<12).map { number in
                Profile(
                    slug: "nurse-\(number)",
                    displayName: "Nurse \(number)",
                    headline: "Matron \(number % 3)",
                    summary: "Nurse in hospital \(number % 4), and before that in a house for sailors.",
                    experiences: [
                        Experience(title: "Nurse", organization: "Hospital \(number)", description: "hospital ward"),
                        Experience(title: "Clerk", organization: "Office", description: "hospital letters \(number)"),
                        Experience(title: "Clerk", organization: "Office", description: "the same in each"),
                        Experience(title: "Spy", organization: "Nurse of a hospital", tags: ["secret"]),
                    ],
                    skills: number % 3 == 0 ? [] : [Skill(name: "Nursing", keywords: ["hospital"])]
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
        Query(ask: .text(.init(text: "nurse hospital letters", mode: mode)))
    }

    private static let like = Query(ask: .examples(.init(positive: [ProfileKey(key: .slug("nurse-1"))])))
    private static let queries: [Query] = [
        ask(.text), ask(.vector), ask(.hybrid), like,
        Query(ask: .text(.init(text: "one two three four five six seven eight nine ten", mode: .vector))),
        Query(
            ask: .fusion(
                .init(queries: [
                    SubQuery(query: ask(.text), weight: 3), SubQuery(query: ask(.hybrid)), SubQuery(query: like),
                ])
            )
        ),
    ]

    /// The same hits by every method.
    private static func found(_ client: LikenessClient, _ request: QueryRequest) async throws -> [[Hit]] {
        let search = client.search
        var found = [try await search.query(request, options: .init()).hits]
        let batch = try await search.queryBatch(.init(queries: [request]), options: .init())
        if case .response(let answer)? = batch.results.first?.result { found.append(answer.hits) }
        found.append(
            try await search.queryStream(.init(query: request), options: .init()) { pages in
                var hits: [Hit] = []
                while let page = try await pages.next() { hits += page.hits }
                return hits
            }
        )
        return found
    }

    private struct Place: Hashable, Comparable {
        let score: Double
        let profile: String
        let kind: Int32
        let section: String
        let title: String

        static func < (left: Place, right: Place) -> Bool {
            left.score != right.score
                ? left.score > right.score
                : (left.profile, left.kind, left.section) < (right.profile, right.kind, right.section)
        }

        init(_ score: Double, _ profile: ProfileSummary?, _ section: SectionMatch?) {
            (self.score, self.profile) = (score, profile?.id ?? "")
            (self.kind, self.section) = (section?.kind.rawValue ?? 0, section?.id ?? "")
            self.title = section?.title ?? ""
        }
    }

    @Test(arguments: masks) func `all sections of all profiles, each once and in order`(mask: String) async throws {
        try await Self.run { client in
            for query in Self.queries {
                var profiles = QueryRequest(query: query, limit: 100, mask: mask)
                profiles.sectionsPerHit = 10
                let ranked = try await client.search.query(profiles, options: .init()).hits
                var wanted = ranked.flatMap { hit in
                    hit.sections.map { Place($0.score, hit.profile, $0.section) }
                }.sorted()
                if case .text? = query.ask {} else { wanted.removeAll { $0.score <= 0 } }
                #expect(wanted.count > ranked.count || mask == "brief", "\(query)")
                for limit in [100, 1, 9, 30] as [Int32] {
                    let request = QueryRequest(query: query, limit: limit, mask: mask, groupBy: .section)
                    let ways = try await Self.found(client, request)
                    #expect(ways.count == 3)
                    for hits in ways {
                        let places = hits.map { Place($0.score, $0.profile, $0.section) }
                        #expect(places == Array(wanted.prefix(Int(limit))), "\(query) \(mask) \(limit)")
                        #expect(hits == ways[0])
                    }
                    for hit in ways[0] {
                        #expect(!(hit.profile?.slug.isEmpty ?? true) && !(hit.section?.title.isEmpty ?? true))
                        #expect(mask != "brief" || hit.section?.title.contains("Spy") == false)
                        #expect(hit.sections.isEmpty && hit.details == nil)
                        #expect(
                            !hit.evidence.isEmpty
                                && hit.evidence.allSatisfy { $0.section == hit.section && $0.rank > 0 }
                        )
                    }
                }
            }
        }
    }

    @Test(arguments: masks) func `explanations are of the sections, and add up`(mask: String) async throws {
        try await Self.run { client in
            for query in Self.queries {
                let request = QueryRequest(query: query, limit: 40, mask: mask, groupBy: .section)
                let hits = try await client.search.query(request, options: .init()).hits
                let told = try await client.search.explainQuery(.init(query: request), options: .init())
                #expect(told.hits.map(\.score) == hits.map(\.score) && !hits.isEmpty)
                #expect(told.hits.map(\.section) == hits.map(\.section))
                #expect(Int(told.hitCount) == hits.count)
                let names = told.statements.map(\.name)
                #expect(names.contains("section_similarities") || names.contains("section_words"), "\(names)")
                for hit in told.hits {
                    #expect(abs(hit.parts.reduce(0) { $0 + $1.adds } - hit.score) < 1e-9, "\(mask) \(hit)")
                    for part in hit.parts { Self.check(part, of: hit, mask) }
                }
            }
        }
    }

    private static func check(_ part: ScorePart, of hit: ExplainedHit, _ mask: String) {
        for inner in part.parts { Self.check(inner, of: hit, mask) }
        guard part.query > 0 else { return }
        #expect(abs(part.terms.reduce(0) { $0 + $1.adds } - part.score) < 1e-9, "\(mask) \(hit)")
        #expect(part.terms.allSatisfy { $0.section == hit.section }, "\(mask) \(hit)")
        let found = part.words.filter(\.found)
        let words = part.terms.first { $0.name == "words" }?.value ?? 0
        #expect(abs(found.reduce(0) { $0 + $1.weight } - words) < 1e-9 && !part.wordsAreNewer, "\(mask) \(hit)")
        #expect(found.allSatisfy { $0.section == hit.section }, "\(mask) \(hit)")
    }

    @Test(arguments: masks) func `each hit shows passages of its section and fields of its profile`(mask: String)
        async throws
    {
        try await Self.run { client in
            for (query, hasWords) in [(Self.ask(.text), true), (Self.queries[5], false)] {
                let request = QueryRequest(
                    query: query,
                    limit: 30,
                    mask: mask,
                    readMask: .init(paths: ["display_name", "experiences"]),
                    groupBy: .section
                )
                let hits = try await client.search.query(request, options: .init()).hits
                #expect(Set(hits.compactMap(\.profile?.id)).count < hits.count && !hits.isEmpty)
                for hit in hits {
                    let shown = try await client.profiles.getProfile(
                        .init(key: .init(key: .id(hit.profile?.id ?? "")), readMask: request.readMask, mask: mask),
                        options: .init()
                    )
                    #expect(hit.details == shown.profile && hit.profile?.displayName == shown.profile?.displayName)
                    guard let experience = shown.profile?.experiences.first(where: { $0.id == hit.section?.id }) else {
                        #expect(hit.section?.kind != .experience)
                        continue
                    }
                    #expect(hit.section?.title == "\(experience.title), \(experience.organization)")
                    let texts = [experience.description, experience.title, experience.organization]
                    #expect(hit.highlights.allSatisfy { texts.contains($0.text) }, "\(hit)")
                    #expect(!hasWords || hit.highlights.contains { !$0.spans.isEmpty }, "\(hit)")
                }
            }
        }
    }

    @Test func `someone with 30 sections that match has 30 hits`() async throws {
        try await Self.run { client in
            let keeper = Profile(
                slug: "keeper",
                displayName: "Keeper",
                experiences: (0..<30).map { Experience(title: "Keeper of lighthouse \($0)") }
            )
            _ = try await client.profiles.batchUpsertProfiles(
                .init(profiles: [keeper], waitFor: .embedded),
                options: .init()
            )
            for mode in [SearchMode.text, .hybrid] {
                var request = QueryRequest(query: Query(ask: .text(.init(text: "lighthouse", mode: mode))), limit: 40)
                request.groupBy = .section
                // A similarity alone reaches no more than 0.77, and of other texts little.
                request.minScore = mode == .text ? 0 : 0.2
                let hits = try await client.search.query(request, options: .init()).hits
                #expect(hits.count == 30 && Set(hits.map(\.section)).count == 30, "\(mode)")
                #expect(hits.allSatisfy { $0.profile?.slug == "keeper" && $0.section?.kind == .experience })
                request.limit = 12
                #expect(try await client.search.query(request, options: .init()).hits == Array(hits.prefix(12)))
                request.filter = "slug = \"nurse-1\""
                #expect(try await client.search.query(request, options: .init()).hits.isEmpty)
            }
        }
    }

    private static let refused: [(String, @Sendable (inout QueryRequest) -> Void)] = [
        ("page_window", { $0.pageWindow = 10 }), ("page_token", { $0.pageToken = "x" }),
        ("sections_per_hit", { $0.sectionsPerHit = 1 }), ("facets", { $0.facets = ["tags"] }),
        ("order_by", { $0.orderBy = "display_name" }), ("diversity", { $0.diversity = 0.1 }),
        ("boosts", { $0.boosts = Boosts(completeness: 0.5) }), ("window", { $0.window = 20 }),
        (
            "query.fusion.method",
            { $0.query = Query(ask: .fusion(.init(queries: [SubQuery(query: ask(.text))], method: .reciprocalRank))) }
        ),
        (
            "query.fusion.queries[1].query.fusion.method",
            {
                let inner = FusionQuery(queries: [SubQuery(query: ask(.text))], method: .reciprocalRank)
                $0.query = Query(
                    ask: .fusion(
                        .init(queries: [SubQuery(query: ask(.text)), SubQuery(query: Query(ask: .fusion(inner)))])
                    )
                )
            }
        ),
    ]

    @Test func `what is of profiles is refused, by its field`() async throws {
        try await Self.run { client in
            let search = client.search
            for (field, change) in Self.refused {
                var request = QueryRequest(query: Self.ask(.text), groupBy: .section)
                change(&request)
                for isChecked in [false, true] {
                    request.validateOnly = isChecked
                    let asked = request
                    let alone = await ServiceFixture.failure { try await search.query(asked, options: .init()) }
                    #expect(alone?.code == .invalidArgument && alone?.violations.first?.field == field, "\(field)")
                    let streamed = await ServiceFixture.failure {
                        try await search.queryStream(.init(query: asked), options: .init()) { try await $0.next() }
                    }
                    #expect(streamed?.violations.first?.field == "query.\(field)")
                    let batch = try await search.queryBatch(.init(queries: [asked]), options: .init())
                    guard case .error(let status)? = batch.results.first?.result else {
                        Issue.record("\(field) is not refused in a batch")
                        continue
                    }
                    #expect(status.code == 3 && status.message.contains(field))
                }
                request.validateOnly = false
                let told = request
                let explained = await ServiceFixture.failure {
                    try await search.explainQuery(.init(query: told), options: .init())
                }
                #expect(explained?.violations.first?.field == "query.\(field)")
            }
        }
    }
}
