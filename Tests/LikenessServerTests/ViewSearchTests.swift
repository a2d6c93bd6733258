import Foundation
import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Searches through masks find what they would find in a store that holds no more than the mask shows, as it is at that moment.
@Suite(.freshDatabase) struct ViewSearchTests {
    private static let reader = "URI:spiffe://test/reader"

    private static func make(_ client: LikenessClient, _ configuration: MaskConfiguration) async throws {
        let mask = Mask(name: "m", configuration: configuration)
        _ = try await client.admin.createMask(CreateMaskRequest(mask: mask), options: .init())
    }

    private static func search(
        _ client: LikenessClient,
        _ text: String,
        mask: String = "m",
        filter: String = "",
        limit: Int32 = 0,
        precision: Precision = .unspecified
    ) async throws -> QueryResponse {
        var request = QueryRequest(query: Query(ask: .text(TextQuery(text: text, mode: .text))))
        (request.mask, request.filter, request.limit, request.precision) = (mask, filter, limit, precision)
        return try await client.search.query(request, options: .init())
    }

    private static func found(
        _ client: LikenessClient,
        _ text: String,
        mask: String = "m",
        filter: String = ""
    ) async throws -> [String] {
        try await Self.search(client, text, mask: mask, filter: filter).hits.compactMap(\.profile?.displayName)
    }

    private static func create(_ client: LikenessClient, _ profile: Profile) async throws -> Profile {
        let answer = try await client.profiles.createProfile(CreateProfileRequest(profile: profile), options: .init())
        return try #require(answer.profile)
    }

    private static func update(_ client: LikenessClient, _ profile: Profile, _ paths: String...) async throws {
        let key = ProfileKey(key: .id(profile.id))
        let request = UpdateProfileRequest(key: key, profile: profile, updateMask: .init(paths: paths))
        _ = try await client.profiles.updateProfile(request, options: .init())
    }

    private static func script(_ sql: String) async throws {
        try await TestDatabase.current.pool.withConnection { try await $0.executeScript(SQL(verbatim: sql)) }
    }

    // MARK: What is found

    /// The same scores, sections, evidence and passages as without a mask, or through one that does nothing but weigh as it does, where
    /// only that is stored which it shows.
    @Test func `a search through a mask is a search of what it shows`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            var compared = 0
            for round in 0..<12 {
                var random = SeededNumbers(seed: 77 &+ UInt64(round))
                let rules = RandomView(&random)
                let name = "m\(round)"
                let mask = Mask(name: name, configuration: rules.configuration)
                let view = try View([mask])
                _ = try await client.admin.createMask(CreateMaskRequest(mask: mask), options: .init())
                try await Self.script("DELETE FROM profiles")
                let people = (0..<12).map { RandomView.person($0, &random) }
                for person in people { _ = try await Self.create(client, person) }
                var texts = people.flatMap { person in
                    [person.displayName, person.summary, person.experiences.first?.title ?? "x", person.location]
                }
                texts += [
                    "\"\(people[0].displayName)\" alpha", "beta -gamma", "al* delta", "alphx", "Germany peru t1 c2",
                ]
                var through: [QueryResponse] = []
                for text in texts where !text.isEmpty {
                    through.append(try await Self.search(client, text, mask: name, limit: 20))
                    let exact = try await Self.search(client, text, mask: name, limit: 20, precision: .exact)
                    #expect(exact.hits == through.last?.hits, "\(text)")
                }

                try await Self.script("DELETE FROM profiles")
                for (number, person) in people.enumerated() where rules.shows(person) {
                    var shown = view.shown(person)
                    shown.slug = "s\(number)"
                    shown.identityId = ""
                    shown.externalIds = []
                    _ = try await Self.create(client, shown)
                }
                // The index of all words counts who was removed by hand: another server's does not.
                try await ServiceFixture.run(embeds: false) { other in
                    let weights = rules.configuration.weights
                    let weighing = weights.isEmpty ? "" : "w\(round)"
                    if !weights.isEmpty {
                        let mask = Mask(name: weighing, configuration: MaskConfiguration(weights: weights))
                        _ = try await other.client.admin.createMask(CreateMaskRequest(mask: mask), options: .init())
                    }
                    for (text, masked) in zip(texts.filter { !$0.isEmpty }, through) {
                        let whole = try await Self.search(
                            other.client,
                            text,
                            mask: weighing,
                            limit: 20,
                            precision: .exact
                        )
                        func bare(_ hits: [Hit]) -> [Hit] {
                            hits.map { hit in
                                var hit = hit
                                hit.profile?.slug = ""
                                // Without a mask what has no name is shown with the comma that would follow it.
                                if rules.configuration.hiddenFields.contains("skills.name") { hit.highlights = [] }
                                hit.profile?.revision = 0
                                hit.profile?.updateTime = nil
                                return hit
                            }
                        }
                        #expect(bare(masked.hits) == bare(whole.hits), "round \(round): \(text)")
                        #expect(masked.completeness?.level == .exact && masked.strategy == "text")
                        compared += masked.hits.count
                    }
                    // A few views can be searched through at a time.
                    for name in [name, weighing] where !name.isEmpty {
                        _ = try await other.client.admin.deleteMask(.init(name: name), options: .init())
                    }
                }
            }
            #expect(compared > 500, "\(compared)")
        }
    }

    /// Where the mask cannot alter the texts of sections, and leaves some out.
    @Test func `by vector and by both as well`() async throws {
        let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")
        try await ServiceFixture.run(embedders: EmbedderRegistry([embedder])) { fixture in
            let client = fixture.client
            let rules = MaskConfiguration(
                includeTags: ["t0", "t1"],
                hiddenFields: ["tags", "experiences.tags"],
                experiences: ExperienceScope(excludeCategories: [.award], maxItems: 2),
                coarsening: Coarsening(location: .lastPart)
            )
            try await Self.make(client, rules)
            let view = try View([Mask(name: "m", configuration: rules)])
            var random = SeededNumbers(seed: 99)
            let people = (0..<20).map { RandomView.person($0, &random) }
            for person in people { _ = try await Self.create(client, person) }
            let texts = people.flatMap { [$0.displayName, $0.summary, $0.experiences.first?.description ?? ""] }
            let asks = texts.filter { !$0.isEmpty }.flatMap { text -> [Query.Ask] in
                [
                    .text(TextQuery(text: text, mode: .hybrid)), .text(TextQuery(text: text, mode: .vector)),
                    .vector(VectorQuery(values: embedder.vector(text))),
                ]
            }
            func answers(_ client: LikenessClient, mask: String) async throws -> [[Hit]] {
                #expect(
                    try await Patience.until { try await Self.number("SELECT count(*) FROM embedding_outbox") == 0 }
                )
                var answers: [[Hit]] = []
                for ask in asks {
                    var request = QueryRequest(query: Query(ask: ask))
                    (request.mask, request.limit, request.precision) = (mask, 20, .exact)
                    let answer = try await client.search.query(request, options: .init())
                    answers.append(
                        answer.hits.map { hit in
                            var hit = hit
                            hit.profile?.slug = ""
                            hit.profile?.revision = 0
                            hit.profile?.updateTime = nil
                            return hit
                        }
                    )
                }
                return answers
            }
            let masked = try await answers(client, mask: "m")
            try await Self.script("DELETE FROM profiles")
            for (number, person) in people.enumerated() where ["t0", "t1"].contains(where: person.tags.contains) {
                var shown = view.shown(person)
                shown.slug = "s\(number)"
                shown.identityId = ""
                shown.externalIds = []
                _ = try await Self.create(client, shown)
            }
            try await ServiceFixture.run(embedders: EmbedderRegistry([embedder])) { other in
                let whole = try await answers(other.client, mask: "")
                for (index, ask) in asks.enumerated() { #expect(masked[index] == whole[index], "\(ask)") }
            }
            #expect(masked.allSatisfy { $0.count > 5 })
        }
    }

    @Test func `texts that a mask can alter are not compared by meaning`() async throws {
        let embedder = FakeEmbedder(modelID: "all-MiniLM-L6-v2-int8@1.0.0")
        try await ServiceFixture.run(embedders: EmbedderRegistry([embedder])) { fixture in
            let client = fixture.client
            try await Self.make(client, MaskConfiguration(hiddenFields: ["experiences.organization"]))
            let person = Profile(displayName: "Ada", experiences: [Experience(title: "Weaver")])
            _ = try await client.profiles.createProfile(
                CreateProfileRequest(profile: person, waitFor: .embedded),
                options: .init()
            )
            var request = QueryRequest(query: Query(ask: .text(TextQuery(text: "Weaver", mode: .vector))))
            #expect(try await client.search.query(request, options: .init()).hits.first?.section?.kind == .experience)
            request.mask = "m"
            let answer = try await client.search.query(request, options: .init())
            #expect(answer.hits.map(\.section?.kind) == [.summary] && answer.strategy == "vector_exact")
            #expect(answer.completeness?.level == .truncated)
            #expect(answer.completeness?.reason.contains("EXPERIENCE") == true)
            request.query = Query(ask: .text(TextQuery(text: "Weaver", mode: .hybrid)))
            #expect(try await client.search.query(request, options: .init()).hits.first?.section?.title == "Weaver")
        }
    }

    @Test func `what is hidden is neither found nor counted nor marked`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            let rules = MaskConfiguration(
                includeTags: ["public"],
                hiddenFields: ["headline", "experiences.organization"],
                coarsening: Coarsening(displayName: .initials)
            )
            try await Self.make(client, rules)
            for (name, tags) in [("Ada Lovelace", ["public"]), ("Ben Moss", ["public"]), ("Cleo Dunn", [])] {
                let work = Experience(
                    title: "Weaver",
                    organization: "Jacquard",
                    description: "Cards of the Jacquard loom"
                )
                _ = try await Self.create(
                    client,
                    Profile(displayName: name, headline: "analytical", tags: tags, experiences: [work])
                )
            }
            for text in ["Lovelace", "analytical", "Cleo", "\"Weaver Jacquard\"", "Dunn"] {
                #expect(try await Self.found(client, text).isEmpty, "\(text)")
            }
            let hits = try await Self.search(client, "weaver loom").hits
            #expect(Set(hits.map { $0.profile?.displayName }) == ["A. L.", "B. M."])
            #expect(hits.allSatisfy { $0.section?.title == "Weaver" && $0.score == 1 && $0.profile?.headline == "" })
            #expect(hits[0].highlights.map(\.field) == ["description", "title"])
            let error = await ServiceFixture.failure { try await Self.search(client, "weaver", filter: "headline:a") }
            #expect(error?.code == .invalidArgument && error?.violations.first?.field == "filter")
            #expect(try await Self.found(client, "weaver", filter: #"experiences.title:"weaver""#).count == 2)
            #expect(try await Self.found(client, "weaver", filter: "tags:other").isEmpty)
        }
    }

    // MARK: How new it is

    @Test func `every write counts for the next search`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            try await Self.make(
                client,
                MaskConfiguration(includeTags: ["public"], experiences: ExperienceScope(excludeTags: ["private"]))
            )
            #expect(try await Self.found(client, "weaver").isEmpty)
            let work = Experience(title: "Weaver", tags: ["t"])
            var ada = try await Self.create(client, Profile(displayName: "Ada", tags: ["public"], experiences: [work]))
            #expect(try await Self.found(client, "weaver") == ["Ada"])
            // No word of the profile changes by that, but what is shown does.
            ada.experiences[0].tags = ["t", "private"]
            try await Self.update(client, ada, "experiences")
            #expect(try await Self.found(client, "weaver").isEmpty)
            ada.experiences[0].tags = []
            try await Self.update(client, ada, "experiences")
            #expect(try await Self.found(client, "weaver") == ["Ada"])
            let key = ProfileKey(key: .id(ada.id))
            _ = try await client.profiles.deleteProfile(.init(key: key), options: .init())
            #expect(try await Self.found(client, "weaver").isEmpty)
            _ = try await client.profiles.restoreProfile(.init(key: key), options: .init())
            #expect(try await Self.found(client, "weaver") == ["Ada"])
            ada.tags = []
            try await Self.update(client, ada, "tags")
            #expect(try await Self.found(client, "weaver").isEmpty)
            let others = (0..<250).map {
                Profile(displayName: "P\($0)", tags: $0 % 2 == 0 ? ["public"] : [], experiences: [work])
            }
            for start in stride(from: 0, to: others.count, by: 50) {
                _ = try await client.profiles.batchUpsertProfiles(
                    .init(profiles: Array(others[start..<start + 50])),
                    options: .init()
                )
            }
            #expect(try await Self.search(client, "weaver", limit: 1_000).hits.count == 125)
            // A server of its own, with an index of its own.
            try await ServiceFixture.run(embeds: false) { other in
                #expect(try await Self.search(other.client, "weaver", limit: 1_000).hits.count == 125)
                let eve = Profile(displayName: "Eve", tags: ["public"], experiences: [work])
                _ = try await Self.create(other.client, eve)
                #expect(try await Self.search(client, "weaver", limit: 1_000).hits.count == 126)
            }
            // Who is removed by hand is not counted either.
            try await Self.script("DELETE FROM profiles WHERE display_name <> 'Eve'")
            #expect(try await Self.search(client, "weaver").hits.map(\.profile?.displayName) == ["Eve"])
        }
    }

    @Test func `a mask that changes is another one at once`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            try await Self.make(client, MaskConfiguration(hiddenFields: ["summary"]))
            _ = try await Self.create(client, Profile(displayName: "Ada", headline: "one", summary: "two"))
            #expect(try await Self.found(client, "one") == ["Ada"])
            #expect(try await Self.found(client, "two").isEmpty)
            let mask = Mask(name: "m", configuration: MaskConfiguration(hiddenFields: ["headline"]))
            _ = try await client.admin.updateMask(
                UpdateMaskRequest(mask: mask, updateMask: .init(paths: ["configuration"])),
                options: .init()
            )
            #expect(try await Self.found(client, "one").isEmpty)
            #expect(try await Self.found(client, "two") == ["Ada"])
            _ = try await client.admin.deleteMask(.init(name: "m"), options: .init())
            let error = await ServiceFixture.failure { try await Self.found(client, "two") }
            #expect(error?.code == .invalidArgument && error?.violations.first?.field == "mask")
            _ = try await client.admin.restoreMask(.init(name: "m"), options: .init())
            #expect(try await Self.found(client, "two") == ["Ada"])
            let followed = ViewIndexes(database: Database(pool: TestDatabase.current.pool))
            #expect(try await followed.follow(deadline: .now + Patience.limit).isEmpty)
            let mask1 = try await client.admin.getMask(.init(name: "m"), options: .init()).mask
            _ = followed.words(of: try View([#require(mask1)]))
            let ready = try await followed.follow(deadline: .now + Patience.limit)
            #expect(ready.map(\.masks) == [["m"]] && ready.map(\.profiles) == [1])
            #expect(try await followed.follow(deadline: .now + Patience.limit).isEmpty, "said once")
            // What is no longer used goes, and its notes of writes with it.
            let views = ViewIndexes(database: Database(pool: TestDatabase.current.pool))
            try await views.tidy(deadline: .now + Patience.limit)
            #expect(try await Self.number("SELECT count(*) FROM view_projections") == 1)
            #expect(try await Self.number("SELECT count(*) FROM view_words") == 1)
            #expect(try await Self.number("SELECT count(*) FROM view_sections") == 1)
        }
    }

    private static func number(_ sql: String) async throws -> Int64 {
        let result = try await TestDatabase.current.pool.execute(Statement("", SQL(verbatim: sql)))
        return try result.value(0, 0)
    }

    /// No moment in which a profile is missing, or in which weights have moved.
    @Test func `writes of hidden things cannot be seen while they happen`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            try await Self.make(
                client,
                MaskConfiguration(hiddenFields: ["summary"], experiences: ExperienceScope(excludeTags: ["private"]))
            )
            var people: [Profile] = []
            for number in 0..<30 {
                let shown = Experience(title: "Weaver", description: number % 2 == 0 ? "cards" : "looms")
                let hidden = Experience(title: "Spy", tags: ["private"])
                people.append(
                    try await Self.create(
                        client,
                        Profile(displayName: "P\(number)", summary: "x", experiences: [shown, hidden])
                    )
                )
            }
            @Sendable func asked() async throws -> [Hit] {
                try await Self.search(client, "weaver cards spy", limit: 50).hits
            }
            let before = try await asked()
            #expect(before.count == 30)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<2 {
                    let people = people
                    group.addTask {
                        for round in 0..<60 {
                            var person = people[(round * 2 + writer) % people.count]
                            person.summary = "weaver cards \(round)"
                            person.experiences[1].title = "Weaver of cards \(round)"
                            try await Self.update(client, person, "summary", "experiences")
                        }
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        for _ in 0..<40 {
                            let now = try await asked()
                            #expect(now == before)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// It has not seen that there is a projection to be told of its write.
    @Test func `a write that is under way when a projection is made is not lost`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            try await Self.make(client, MaskConfiguration())
            let ada = try await Self.create(client, Profile(displayName: "Ada", summary: "before"))
            try await TestDatabase.current.pool.withConnection { writer in
                try await writer.executeScript(
                    SQL(
                        verbatim: """
                            BEGIN;
                            UPDATE profiles SET summary = 'afterwards' WHERE id = '\(ada.id)';
                            SELECT add_completion_terms(ARRAY['\(ada.id)'::uuid]);
                            """
                    )
                )
                async let found = Self.found(client, "afterwards")
                let waiting = "SELECT count(*) FROM view_projections WHERE base IS NULL"
                #expect(try await Patience.until { try await Self.number(waiting) == 1 })
                try await writer.executeScript("COMMIT")
                #expect(try await found == ["Ada"])
            }
        }
    }

    // MARK: What is refused

    @Test func `a mask that does not exist is refused, to callers who are bound too`() async throws {
        let roles = ServerConfiguration.Roles(
            admin: ["URI:spiffe://test/admin"],
            reader: [Self.reader],
            masks: ["\(Self.reader)=m"]
        )
        try await ServiceFixture.run(embeds: false, roles: roles) { fixture in
            try await Self.make(fixture.client, MaskConfiguration(hiddenFields: ["summary"]))
            _ = try await Self.create(fixture.client, Profile(displayName: "Ada", headline: "one", summary: "two"))
            let bound = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.reader)
            #expect(try await Self.found(bound, "one", mask: "") == ["Ada"])
            #expect(try await Self.found(bound, "two", mask: "").isEmpty)
            let unknown = await ServiceFixture.failure { try await Self.found(bound, "one", mask: "none") }
            #expect(unknown?.code == .invalidArgument && unknown?.violations.first?.field == "mask")
            await bound.close()
        }
    }

    @Test func `no more views than sixteen are searched through`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let client = fixture.client
            _ = try await Self.create(client, Profile(displayName: "Ada"))
            for number in 0..<17 {
                _ = try await client.admin.createMask(.init(mask: Mask(name: "m\(number)")), options: .init())
            }
            for number in 0..<16 { #expect(try await Self.found(client, "ada", mask: "m\(number)") == ["Ada"]) }
            let error = await ServiceFixture.failure { try await Self.found(client, "ada", mask: "m16") }
            #expect(error?.code == .failedPrecondition && error?.reason == "VIEWS_EXHAUSTED")
            // A mask that is gone makes room.
            _ = try await client.admin.deleteMask(.init(name: "m3"), options: .init())
            #expect(try await Self.found(client, "ada", mask: "m16") == ["Ada"])
        }
    }
}
