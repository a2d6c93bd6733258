import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Queries by examples through masks: of an example counts what the mask shows of it.
@Suite(.freshDatabase) struct MaskedExamplesTests {
    private static let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")
    private static let models = EmbedderRegistry([Self.embedder])

    private static func make(_ client: LikenessClient, _ name: String, _ rules: MaskConfiguration) async throws {
        let mask = Mask(name: name, configuration: rules)
        _ = try await client.admin.createMask(CreateMaskRequest(mask: mask), options: .init())
    }

    private static func fill(_ client: LikenessClient, _ people: [Profile]) async throws {
        let answer = try await client.profiles.batchUpsertProfiles(
            .init(profiles: people, waitFor: .embedded),
            options: .init()
        )
        try #require(answer.results.allSatisfy { if case .upserted? = $0.result { true } else { false } })
    }

    private static func request(
        _ positive: [ProfileKey],
        unlike negative: [ProfileKey] = [],
        mask: String = "m",
        shown: Bool = false
    ) -> QueryRequest {
        let examples = ExampleQuery(positive: positive, negative: negative, includeExamples: shown)
        return QueryRequest(query: Query(ask: .examples(examples)), limit: 30, mask: mask)
    }

    private static func slug(_ slug: String) -> ProfileKey { ProfileKey(key: .slug(slug)) }

    private static func failure(_ client: LikenessClient, _ request: QueryRequest) async -> String {
        let error = await ServiceFixture.failure { try await client.search.query(request, options: .init()) }
        return "\(String(describing: error)) \(error?.reason ?? "") \(error?.details.map(\.value) ?? [])"
    }

    /// The same scores, sections and vectors as where only that is stored which the mask shows.
    @Test func `a query by examples through a mask is one among what it shows`() async throws {
        try await ServiceFixture.run(embedders: Self.models) { fixture in
            let rules = MaskConfiguration(
                includeTags: ["t0", "t1"],
                hiddenFields: ["tags", "experiences.tags"],
                experiences: ExperienceScope(excludeCategories: [.award], maxItems: 2),
                coarsening: Coarsening(location: .lastPart)
            )
            try await Self.make(fixture.client, "m", rules)
            let view = try View([Mask(name: "m", configuration: rules)])
            var random = SeededNumbers(seed: 5)
            let people = (0..<20).map { RandomView.person($0, &random) }
            try await Self.fill(fixture.client, people)
            let shown = people.filter { ["t0", "t1"].contains(where: $0.tags.contains) }
            try #require(shown.count > 6)
            func key(_ number: Int) -> ProfileKey { ProfileKey(key: .id(shown[number].id)) }
            let requests = [
                Self.request([key(0)]), Self.request([key(1), key(2)], unlike: [key(3)]),
                Self.request([key(4)], unlike: [key(5)], shown: true),
            ]
            var masked: [QueryResponse] = []
            for request in requests { masked.append(try await fixture.client.search.query(request, options: .init())) }
            try await TestDatabase.current.pool.withConnection { try await $0.executeScript("DELETE FROM profiles") }
            try await ServiceFixture.run(embedders: Self.models) { other in
                try await Self.fill(
                    other.client,
                    shown.map { person in
                        var person = view.shown(person)
                        person.identityId = ""
                        person.externalIds = []
                        return person
                    }
                )
                for (var request, through) in zip(requests, masked) {
                    request.mask = ""
                    let whole = try await other.client.search.query(request, options: .init())
                    #expect(through.hits.count == whole.hits.count && through.hits.count > 4)
                    for (hit, wanted) in zip(through.hits, whole.hits) {
                        #expect(hit.profile?.id == wanted.profile?.id && hit.section == wanted.section)
                        #expect(abs(hit.score - wanted.score) < 1e-6 && hit.evidence.count == wanted.evidence.count)
                    }
                    #expect(through.derivedQuery?.queries.count == whole.derivedQuery?.queries.count)
                    #expect(through.strategy == "examples" && through.completeness?.level == .exact)
                }
            }
        }
    }

    @Test func `an example that is not shown is as one that does not exist`() async throws {
        try await ServiceFixture.run(embedders: Self.models) { fixture in
            let client = fixture.client
            try await Self.make(client, "m", MaskConfiguration(excludeTags: ["private"]))
            try await Self.make(client, "no-slugs", MaskConfiguration(hiddenFields: ["slug"]))
            try await Self.fill(client, [Profile(slug: "ada", displayName: "Ada", summary: "Wove silk.")])
            func asked(_ slug: String) async -> String {
                await Self.failure(client, Self.request([Self.slug("ada"), Self.slug(slug)]))
            }
            let missing = await asked("ben")
            #expect(missing.contains("query.examples.positive[1] is no live profile"))
            let hidden = Profile(slug: "ben", displayName: "Ben", summary: "Wove linen.", tags: ["private"])
            try await Self.fill(client, [hidden])
            #expect(await asked("ben") == missing)
            let unlike = await Self.failure(client, Self.request([Self.slug("ada")], unlike: [Self.slug("ben")]))
            #expect(unlike.contains("query.examples.negative[0] is no live profile"))
            // Whether there is one is not looked up.
            let bySlug = await Self.failure(client, Self.request([Self.slug("ada")], mask: "no-slugs"))
            #expect(bySlug.contains("query.examples.positive[0].slug"), "\(bySlug)")
            #expect(await Self.failure(client, Self.request([Self.slug("nobody")], mask: "no-slugs")) == bySlug)
        }
    }

    @Test func `what the mask hides of an example does not count`() async throws {
        try await ServiceFixture.run(embedders: Self.models) { fixture in
            let client = fixture.client
            try await Self.make(client, "m", MaskConfiguration(experiences: ExperienceScope(excludeTags: ["secret"])))
            try await Self.make(
                client,
                "blind",
                MaskConfiguration(
                    hiddenFields: ["summary", "experiences.organization"]
                )
            )
            try await Self.make(
                client,
                "dark",
                MaskConfiguration(
                    hiddenFields: ["summary", "experiences.organization", "skills.keywords"]
                )
            )
            let weaver = Experience(title: "Weaver", description: "Wove silk")
            let spy = Experience(title: "Spy", description: "Watched the docks", tags: ["secret"])
            func person(_ slug: String, _ experiences: [Experience], skills: [Skill]) -> Profile {
                Profile(slug: slug, displayName: "Ada", summary: "Busy.", experiences: experiences, skills: skills)
            }
            let looms = [Skill(name: "Looms")]
            try await Self.fill(
                client,
                [
                    person("ada", [weaver, spy], skills: looms), person("bea", [weaver], skills: looms),
                    person("cleo", [spy, weaver], skills: []), person("dora", [spy], skills: looms),
                ]
            )
            func derived(_ slug: String, _ mask: String) async throws -> FusionQuery? {
                try await client.search.query(Self.request([Self.slug(slug)], mask: mask), options: .init())
                    .derivedQuery
            }
            let (ada, bea, dora) = (
                try await derived("ada", "m"), try await derived("bea", "m"), try await derived("dora", "m")
            )
            #expect(ada == bea && ada?.queries.count == 3)
            #expect(dora?.queries.count == 2, "its only experience is hidden")
            let (whole, other) = (try await derived("ada", ""), try await derived("bea", ""))
            #expect(whole != other)

            let answer = try await client.search.query(
                Self.request([Self.slug("ada")], mask: "blind"),
                options: .init()
            )
            #expect(answer.derivedQuery?.queries.count == 1 && answer.completeness?.level == .truncated)
            #expect(answer.completeness?.reason.contains("SUMMARY, EXPERIENCE") == true)
            #expect(answer.hits.allSatisfy { $0.section?.kind == .skills } && answer.hits.count == 2)
            // Nothing is left of who has no skills, and of anyone through a mask that can alter all texts.
            for (slug, mask) in [("cleo", "blind"), ("ada", "dark")] {
                let failure = await Self.failure(client, Self.request([Self.slug(slug)], mask: mask))
                #expect(failure.contains("NOTHING_TO_COMPARE"), "\(failure)")
            }
        }
    }

    /// Its embedding is of a former text, which the mask may never have shown.
    @Test func `a section that waits for its embedding does not count`() async throws {
        let request = Self.request([Self.slug("ada")])
        try await ServiceFixture.run(embedders: Self.models) { fixture in
            try await Self.make(fixture.client, "m", MaskConfiguration(hiddenFields: ["experiences.organization"]))
            let ada = Profile(slug: "ada", displayName: "Ada", summary: "Wove silk.", skills: [Skill(name: "Looms")])
            try await Self.fill(fixture.client, [ada, Profile(slug: "ben", displayName: "Ben", summary: "Idle.")])
            let answer = try await fixture.client.search.query(request, options: .init())
            #expect(answer.derivedQuery?.queries.count == 2)
        }
        try await ServiceFixture.run(embeds: false) { fixture in
            func update(_ path: String, _ profile: Profile) async throws {
                _ = try await fixture.client.profiles.updateProfile(
                    .init(key: Self.slug("ada"), profile: profile, updateMask: .init(paths: [path])),
                    options: .init()
                )
            }
            try await update("summary", Profile(summary: "Wove linen."))
            let answer = try await fixture.client.search.query(request, options: .init())
            #expect(answer.derivedQuery?.queries.count == 1)
            try await update("skills", Profile(skills: [Skill(name: "Shuttles")]))
            #expect(await Self.failure(fixture.client, request).contains("NOT_EMBEDDED"))
        }
    }
}
