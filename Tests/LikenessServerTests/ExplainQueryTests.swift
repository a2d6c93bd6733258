import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessServer
import LikenessTesting
import Testing

/// Explanations as clients see them: who sees what.
@Suite(.freshDatabase) struct ExplainQueryTests {
    private static let reader = "URI:spiffe://test/reader"
    private static let website = "URI:spiffe://test/website"
    private static let roles = ServerConfiguration.Roles(
        admin: ["URI:spiffe://test/admin"],
        reader: [Self.reader, Self.website],
        masks: ["\(Self.website)=public"]
    )

    private static func run(
        audit: RecordedLog = RecordedLog(),
        _ body: (_ admin: LikenessClient, _ reader: LikenessClient, _ website: LikenessClient) async throws -> Void
    ) async throws {
        let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")
        try await ServiceFixture.run(
            embedders: EmbedderRegistry([embedder]),
            roles: Self.roles,
            auditLogger: audit.logger
        ) { fixture in
            let mask = Mask(name: "public", configuration: MaskConfiguration(hiddenFields: ["headline"]))
            _ = try await fixture.client.admin.createMask(.init(mask: mask), options: .init())
            let people = [
                ("ada", "Nurse in a field hospital"), ("ben", "Matron of a hospital"), ("cleo", "Army surgeon"),
            ]
            _ = try await fixture.client.profiles.batchUpsertProfiles(
                .init(
                    profiles: people.map { slug, summary in
                        Profile(
                            slug: slug,
                            displayName: slug,
                            headline: "secret headline",
                            summary: summary,
                            experiences: [Experience(title: "Nurse", organization: "Hospital")]
                        )
                    },
                    waitFor: .embedded
                ),
                options: .init()
            )
            let reader = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            let website = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.website)
            try await body(fixture.client, reader, website)
            await reader.close()
            await website.close()
        }
    }

    private static let hybrid = QueryRequest(query: Query(ask: .text(.init(text: "nurse hospital"))), limit: 2)

    private static func explain(
        _ client: LikenessClient,
        _ query: QueryRequest?,
        plans: Bool = false,
        analyze: Bool = false
    ) async throws -> ExplainQueryResponse {
        try await client.search.explainQuery(.init(query: query, plans: plans, analyze: analyze), options: .init())
    }

    @Test func `a hit has the score that the search gives it, and says of what it is made`() async throws {
        try await Self.run { admin, reader, _ in
            let answer = try await reader.search.query(Self.hybrid, options: .init())
            let told = try await Self.explain(reader, Self.hybrid)
            #expect(told.hits.map(\.score) == answer.hits.map(\.score) && told.strategy == answer.strategy)
            #expect(told.completeness == answer.completeness && told.embeddingSpace == answer.embeddingSpace)
            let part = try #require(told.hits.first?.parts.first)
            #expect(
                part.terms.map(\.name).contains("similarity") && part.words.map(\.word).sorted() == ["hospit", "nurs"]
            )
            #expect(told.statements.map(\.name) == ["words", "rank_hybrid"] && told.hitCount == 2)
            #expect(told.statements.allSatisfy { $0.plan.isEmpty && $0.planMissingReason.isEmpty })
            #expect(Set(["embed", "words", "rank", "connection", "explain"]).isSubset(of: told.stages.map(\.name)))
            let total = try #require(told.total).duration
            let stages = told.stages.reduce(Duration.zero) { $0 + ($1.time?.duration ?? .zero) }
            #expect(stages <= total && stages > .zero, "stages do not overlap")
            _ = admin
        }
    }

    @Test func `examples and fusions are explained query by query`() async throws {
        try await Self.run { _, reader, _ in
            let like = Query(ask: .examples(.init(positive: [ProfileKey(key: .slug("ada"))])))
            let told = try await Self.explain(reader, QueryRequest(query: like))
            #expect(told.strategy == "examples" && told.queries.count == 2 && told.hits.count == 2, "\(told)")
            #expect(told.hits.allSatisfy { $0.parts.map(\.query) == [1, 2] })
            #expect(told.statements.first?.name == "examples" && told.statements.first?.query == 0)
            let words = Query(ask: .text(.init(text: "nurse", mode: .text)))
            let fusion = FusionQuery(
                queries: [SubQuery(query: words, weight: 3), SubQuery(query: like)],
                method: .reciprocalRank
            )
            let fused = try await Self.explain(reader, QueryRequest(query: Query(ask: .fusion(fusion))))
            #expect(fused.queries.count == 3 && fused.queries.map(\.strategy).first == "text", "\(fused)")
            let second = try #require(fused.hits.first { $0.parts.count == 2 }?.parts[1])
            #expect(second.query == 0 && second.rank > 0 && second.parts.map(\.query) == [2, 3])
        }
    }

    @Test func `facets are those of the search, and say how they were counted`() async throws {
        try await Self.run { _, reader, website in
            for (mode, window) in [(SearchMode.text, Int32(0)), (.vector, 2), (.hybrid, 100)] {
                var query = QueryRequest(query: Query(ask: .text(.init(text: "hospital nurse", mode: mode))), limit: 2)
                query.facets = ["location", "experiences.title", "experiences.organization"]
                query.filter = "experiences.title = Nurse AND experiences.organization = Hospital"
                query.facetOptions = FacetOptions(ignoreOwnFilter: true, window: mode == .vector ? 2 : 0)
                for (client, seesStatements) in [(reader, true), (website, false)] {
                    let answer = try await client.search.query(query, options: .init())
                    let told = try await Self.explain(client, query)
                    #expect(told.hits.map(\.score) == answer.hits.map(\.score) && told.hits.count == 2)
                    #expect(told.completeness == answer.completeness && told.strategy == answer.strategy)
                    // In three groups: those with one filter are counted together.
                    #expect(told.facets.flatMap(\.facets) == answer.facets && told.facets.count == 3, "\(told.facets)")
                    #expect(told.facets.map(\.withoutOwnFilter) == [false, true, true])
                    let counted = mode == .text ? "matches" : "hits"
                    #expect(told.facets.allSatisfy { $0.counted == counted && $0.window == window }, "\(told.facets)")
                    let size: Int32 = mode == .vector ? 2 : 3
                    #expect(told.facets.allSatisfy { $0.sampleSize == size && $0.profilesEach == 1 }, "\(told.facets)")
                    let stage = told.stages.first { $0.name == "facets" }?.time?.duration
                    #expect(stage == told.facets.reduce(.zero) { $0 + ($1.time?.duration ?? .zero) })
                    let total = try #require(told.total).duration
                    let stages = told.stages.reduce(Duration.zero) { $0 + ($1.time?.duration ?? .zero) }
                    #expect(stages <= total, "stages do not overlap")
                    // What counting does is no part of the search.
                    #expect(told.statements.count { $0.name.hasPrefix("rank_") } == (seesStatements ? 1 : 0))
                }
            }
            let plain = try await Self.explain(reader, Self.hybrid)
            #expect(plain.facets.isEmpty && !plain.stages.map(\.name).contains("facets"))
        }
    }

    @Test func `a sample says how many profiles each one stands for`() async throws {
        let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")
        try await ServiceFixture.run(embedders: EmbedderRegistry([embedder])) { fixture in
            let people = (0..<300).map { Profile(slug: "p-\($0)", displayName: "Porter \($0)", tags: ["a"]) }
            for some in [people.prefix(150), people.suffix(150)] {
                _ = try await fixture.client.profiles.batchUpsertProfiles(
                    .init(profiles: Array(some)),
                    options: .init()
                )
            }
            let mask = Mask(name: "public", configuration: MaskConfiguration(hiddenFields: ["headline"]))
            _ = try await fixture.client.admin.createMask(.init(mask: mask), options: .init())
            var query = QueryRequest(query: Query(ask: .text(.init(text: "porter", mode: .text))), mask: "public")
            query.facets = ["tags"]
            let counted = try #require(try await Self.explain(fixture.client, query).facets.first)
            #expect(counted.sampleSize == 250 && counted.profilesEach == 1.2, "\(counted)")
            #expect(counted.facets.first?.profileCount == 300 && counted.facets.first?.countKind == .estimate)
        }
    }

    @Test func `plans are for administrators`() async throws {
        let audit = RecordedLog()
        try await Self.run(audit: audit) { admin, reader, website in
            let planned = try await Self.explain(admin, Self.hybrid, plans: true)
            #expect(planned.statements.allSatisfy { $0.plan.contains("cost=") && !$0.plan.contains("actual") })
            let analyzed = try await Self.explain(admin, Self.hybrid, analyze: true)
            #expect(analyzed.statements.allSatisfy { $0.plan.contains("actual time") && !$0.plan.contains("nurse") })
            for (client, reason) in [(reader, "ROLE_REQUIRED"), (website, "BOUND_TO_MASK")] {
                for (field, isAnalyzed) in [("plans", false), ("analyze", true)] {
                    let error = await ServiceFixture.failure {
                        try await Self.explain(client, Self.hybrid, plans: !isAnalyzed, analyze: isAnalyzed)
                    }
                    #expect(error?.code == .permissionDenied && error?.reason == reason, "\(String(describing: error))")
                    #expect(error?.violations.map(\.field) == [field])
                }
            }
        }
        let lines = audit.lines.filter { $0.contains("ExplainQuery") }
        #expect(
            lines.count == 6 && lines[0].contains("target=plans") && lines[1].contains("target=analyze"),
            "\(lines)"
        )
    }

    @Test func `through a mask statements are for administrators who see everything`() async throws {
        try await Self.run { admin, reader, website in
            var named = Self.hybrid
            named.mask = "public"
            for told in [try await Self.explain(reader, named), try await Self.explain(website, Self.hybrid)] {
                #expect(told.statements.isEmpty && told.hits.count == 2 && told.completeness?.level == .truncated)
                let part = try #require(told.hits.first?.parts.first)
                let places = Set(part.words.filter(\.found).map { $0.section?.title ?? "" })
                #expect(!places.isEmpty && places.isSubset(of: ["Summary", "Nurse, Hospital"]), "\(told)")
                #expect(told.stages.map(\.name).contains("view") && told.stages.map(\.name).contains("show"))
            }
            let told = try await Self.explain(admin, named, plans: true)
            #expect(
                Set(told.statements.map(\.name)) == ["words", "rank_hybrid", "profiles", "passages"],
                "\(told.statements)"
            )
            #expect(told.statements.allSatisfy { !$0.plan.isEmpty })
            // What is hidden has no word, and is no part.
            var hidden = QueryRequest(query: Query(ask: .text(.init(text: "secret nurse", mode: .text))))
            let whole = try await Self.explain(reader, hidden)
            #expect(whole.queries[0].words.allSatisfy { $0.profileCount == 3 }, "\(whole.queries)")
            hidden.mask = "public"
            let masked = try await Self.explain(reader, hidden)
            #expect(masked.queries[0].words.first { $0.word == "secret" }?.profileCount == 0, "\(masked.queries)")
            #expect(masked.hits.flatMap(\.parts).flatMap(\.words).filter { $0.word == "secret" && $0.found }.isEmpty)
        }
    }

    @Test func `bad input names the field`() async throws {
        try await Self.run { admin, _, _ in
            func fields(_ query: QueryRequest?) async -> [String] {
                let error = await ServiceFixture.failure { try await Self.explain(admin, query) }
                #expect(error?.code == .invalidArgument, "\(String(describing: error))")
                return error?.violations.map(\.field) ?? []
            }
            #expect(await fields(nil) == ["query"])
            #expect(await fields(QueryRequest()) == ["query.query"])
            var query = Self.hybrid
            query.limit = 1_001
            #expect(await fields(query) == ["query.limit"])
            query = Self.hybrid
            query.filter = "nothing = 1"
            #expect(await fields(query) == ["query.filter"])
            query = Self.hybrid
            query.mask = "none"
            #expect(await fields(query) == ["query.mask"])
            query = Self.hybrid
            query.pageWindow = 10
            #expect(await fields(query) == ["query.page_window"])
            query = Self.hybrid
            query.pageToken = "x"
            #expect(await fields(query) == ["query.page_token"])
            query = Self.hybrid
            query.facets = ["nothing"]
            #expect(await fields(query) == ["query.facets[0]"])
            query = Self.hybrid
            query.facetOptions = FacetOptions()
            #expect(await fields(query) == ["query.facet_options"])
            query = Self.hybrid
            query.validateOnly = true
            #expect(await fields(query) == ["query.validate_only"])
            #expect(
                await fields(QueryRequest(query: Query(ask: .text(.init(text: "a*"))))) == ["query.query.text.text"]
            )
        }
    }

    @Test func `the command shows it to people, and JSON to machines`() async throws {
        let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")
        try await ServiceFixture.run(embedders: EmbedderRegistry([embedder])) { fixture in
            _ = try await fixture.client.profiles.batchUpsertProfiles(
                .init(profiles: [Profile(slug: "ada", displayName: "Ada", summary: "nurse")], waitFor: .embedded),
                options: .init()
            )
            try await TestFolders.withPath { folder in
                let likeness = try BuiltProgram("likeness")
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func run(_ arguments: String...) async throws -> BuiltProgram.Run {
                    try await likeness.run(
                        ["search", "--timeout", "120"] + arguments,
                        environment: environment,
                        input: ""
                    )
                }
                let table = try await run("nurse", "--explain", "--plans")
                for text in [
                    "1 hit in ", "TIME ", "rank_hybrid", "hybrid_exact", "WORD ", "Ada  ada", "  similarity ",
                    "has nurs 1.000 (Summary)",
                    "PLAN OF 2, rank_hybrid", "cost=",
                ] {
                    #expect(table.output.contains(text), "\(text): \(table)")
                }
                let counted = try await run("nurse", "--explain", "--facet", "tags")
                for text in ["FACETS ", "the best 100 hits, exact", "of 1 profile"] {
                    #expect(counted.output.contains(text), "\(text): \(counted)")
                }
                let json = try await run("nurse", "--explain", "--output", "json")
                #expect(json.status == 0 && json.output.contains(#""furtherReason""#) == false, "\(json)")
                #expect(json.output.contains(#""name":"rank_hybrid""#), "\(json)")
                for arguments in [["nurse", "--plans"], ["nurse", "--explain", "--page-window", "10"]] {
                    let refused = try await likeness.run(["search"] + arguments, environment: environment, input: "")
                    #expect(refused.status == 64 && refused.output.isEmpty, "\(refused)")
                }
            }
        }
    }
}
