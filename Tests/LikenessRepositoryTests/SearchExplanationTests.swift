import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// What is said of a search against the search itself.
@Suite(.freshDatabase) struct SearchExplanationTests {
    private static let words = [
        "nurse", "soldiers", "bread", "copper", "ships", "violin", "bridges", "surgery", "letters", "the", "harvest",
    ]

    private static func sentence(_ random: inout Chance) -> String {
        (0..<random.number(1...6)).map { _ in random.pick(Self.words) }.joined(separator: " ")
    }

    private static func fill(_ fixture: RepositoryFixture, count: Int, _ random: inout Chance) async throws {
        var people: [Profile] = []
        for number in 0..<count {
            var person = Samples.named("Person \(number)", slug: "person-\(number)", summary: Self.sentence(&random))
            person.experiences = (0..<random.number(0...3)).map { _ in
                Experience(title: random.pick(Self.words), organization: "Guild", description: Self.sentence(&random))
            }
            person.skills = random.chance(50) ? [Skill(name: random.pick(Self.words))] : []
            people.append(person)
        }
        for start in stride(from: 0, to: count, by: 100) {
            let (results, _) = try await fixture.profiles.batchUpsert(Array(people[start..<min(start + 100, count)]))
            for result in results { _ = try result.get() }
        }
        try await fixture.embedAll()
    }

    private static func explain(
        _ query: SearchQuery,
        _ fixture: RepositoryFixture,
        plans: ExplainedPlans = .none
    ) async throws -> ExplainQueryResponse {
        try await fixture.search.explain(query, plans: plans, recorder: SearchRecorder())
    }

    private static func leaf(_ random: inout Chance) -> SearchFusion.Leaf {
        var text = Self.sentence(&random)
        if random.chance(20) { text += " harv*" }
        if random.chance(20) { text += " vilin" }
        if random.chance(10) { text += " -copper" }
        if random.chance(10) { text = "Person \(random.number(0...20))" }
        let vector = WordVectors.vector(text)
        switch random.number(0...2) {
        case 0: return .init(.text(text))
        case 1: return .init(.vector(vector))
        default:
            let further = random.chance(20) ? [WordVectors.vector(Self.sentence(&random))] : []
            return .init(.hybrid(text: text, vector: vector), furtherVectors: further)
        }
    }

    private static func fusion(_ random: inout Chance, depth: Int = 1) -> SearchFusion {
        let parts = (0..<random.number(1...3)).map { _ in
            let query: SearchFusion.Part.Query =
                depth < 3 && random.chance(30)
                ? .fusion(Self.fusion(&random, depth: depth + 1)) : .leaf(Self.leaf(&random))
            return SearchFusion.Part(query, weight: Double(random.number(1...4)) / 2)
        }
        return SearchFusion(random.chance(50) ? .linear : .reciprocalRank(constant: random.pick([1, 60])), parts)
    }

    /// Adds up what a part is said to be made of.
    private static func check(_ part: ScorePart, _ note: Comment) {
        if part.query == 0 {
            #expect(abs(part.parts.reduce(0) { $0 + $1.adds } - part.score) < 1e-9, note)
            for inner in part.parts { Self.check(inner, note) }
            return
        }
        #expect(!part.terms.isEmpty && part.parts.isEmpty, note)
        #expect(abs(part.terms.reduce(0) { $0 + $1.adds } - part.score) < 1e-9, "\(note) \(part)")
        guard let words = part.terms.first(where: { $0.name == "words" }) else { return }
        let found = part.words.filter(\.found)
        #expect(abs(found.reduce(0) { $0 + $1.weight } - words.value) < 1e-9 && !part.wordsAreNewer, note)
        #expect(found.allSatisfy { $0.section != nil } && part.words.allSatisfy { $0.found || $0.section == nil }, note)
    }

    @Test func `the parts of every score add up to it`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            var random = Chance(seed: 11)
            try await Self.fill(fixture, count: 150, &random)
            var (hits, named, nested) = (0, 0, 0)
            for round in 0..<60 {
                var query = SearchQuery(.text(""))
                if random.chance(60) {
                    let leaf = Self.leaf(&random)
                    (query.ask, query.furtherVectors) = (leaf.ask, leaf.furtherVectors)
                } else {
                    query.ask = .fusion(Self.fusion(&random))
                }
                query.limit = random.pick([1, 10, 30])
                query.minScore = random.chance(20) ? 0.2 : 0
                query.precision = random.pick([.unspecified, .exact, .approximate])
                query.filter = random.chance(30) ? try Filter("experiences.organization:guild") : nil
                let plain = try await fixture.search.search(query)
                let told = try await Self.explain(query, fixture)
                let note: Comment = "round \(round): \(query.ask)"
                #expect(told.hits.map(\.profile?.id) == plain.hits.map(\.profile?.id), note)
                #expect(told.strategy == plain.strategy && told.completeness == plain.completeness, note)
                for (hit, wanted) in zip(told.hits, plain.hits) {
                    #expect(abs(hit.score - wanted.score) < 1e-9, note)
                    #expect(abs(hit.parts.reduce(0) { $0 + $1.adds } - hit.score) < 1e-9, "\(note) \(hit)")
                    for part in hit.parts { Self.check(part, note) }
                    hits += 1
                    named += hit.parts.flatMap(\.terms).contains { $0.name == "name" } ? 1 : 0
                    nested += hit.parts.contains { $0.query == 0 } ? 1 : 0
                }
                #expect(abs(told.queries.reduce(0) { $0 + $1.weight } - 1) < 1e-9, note)
                for asked in told.queries where !asked.words.isEmpty {
                    #expect(abs(asked.words.reduce(0) { $0 + $1.weight } - 1) < 1e-9, note)
                }
            }
            #expect(hits > 200 && named > 0 && nested > 20, "\(hits) \(named) \(nested)")
        }
    }

    @Test func `words come with what they stand for and where they are`() async throws {
        try await RepositoryFixture.run { fixture in
            var person = Samples.named("Ada", slug: "ada", summary: "Wrote letters about engines.")
            person.experiences = [Experience(title: "Harvester", organization: "Farm", description: "Sang songs.")]
            let upserted = try await fixture.profiles.batchUpsert([person, Samples.named("Bob", summary: "the end")])
            for result in upserted.results { _ = try result.get() }
            let told = try await Self.explain(SearchQuery(.text("the enginse harv* songs volcano")), fixture)
            let words = try #require(told.queries.first?.words)
            #expect(words.map(\.word).sorted() == ["engins", "harv*", "song", "the", "volcano"], "\(words)")
            func word(_ word: String) -> ExplainedWord { words.first { $0.word == word } ?? ExplainedWord() }
            #expect(word("the").isCommon && !word("song").isCommon)
            #expect(word("engins").spellings == ["engin"] && word("engins").profileCount == 1)
            #expect(word("harv*").profileCount == 1 && word("volcano").profileCount == 0)
            let ada = try #require(told.hits.first { $0.profile?.slug == "ada" }?.parts.first)
            func match(_ word: String) -> WordMatch { ada.words.first { $0.word == word } ?? WordMatch() }
            #expect(match("engins").found && match("engins").section?.title == "Summary")
            #expect(
                match("harv*").section?.title == "Harvester, Farm" && match("song").section?.title == "Harvester, Farm"
            )
            #expect(!match("volcano").found && !match("the").found)
        }
    }

    @Test func `attempts come with why another followed`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            // One has more sections near the text than a search looks at first.
            var crowd = Samples.named("Crowd", slug: "crowd")
            crowd.experiences = (0..<60).map { _ in Experience(title: "nurse", description: "soldiers") }
            let others = (0..<30).map { Samples.named("Person \($0)", slug: "person-\($0)", summary: "nurse \($0)") }
            for result in try await fixture.profiles.batchUpsert([crowd] + others).results { _ = try result.get() }
            try await fixture.embedAll()
            var query = SearchQuery(.vector(WordVectors.vector("nurse soldiers")))
            query.efSearch = 40
            query.filter = try Filter("slug = \"person-7\"")
            let narrow = try await Self.explain(query, fixture)
            #expect(narrow.statements.map(\.name) == ["filter_count", "rank_vector"], "\(narrow.statements)")
            let counted = try #require(narrow.statements.last)
            #expect(counted.scan == "exact" && counted.index.isEmpty && counted.efSearch == 0 && counted.hasOwnPlan)
            query.filter = nil
            let told = try await Self.explain(query, fixture)
            let rankings = told.statements.filter { $0.name == "rank_vector" }
            #expect(rankings.count > 1 && rankings.map(\.attempt) == Array(1...Int32(rankings.count)), "\(rankings)")
            #expect(rankings.dropLast().allSatisfy { !$0.furtherReason.isEmpty } && rankings.last?.furtherReason == "")
            for ranking in rankings {
                #expect(ranking.scan == "hnsw" && ranking.index.hasSuffix("_ann") && ranking.efSearch == 40)
                #expect(ranking.sectionsFound > 0 && ranking.sections >= 20 && !ranking.hasOwnPlan)
                #expect(ranking.settings.contains(ExplainedSetting(name: "hnsw.ef_search", value: "40")))
            }
            #expect(told.stages.map(\.name).contains("rank") && told.stages.map(\.name).contains("catalog"))
        }
    }

    @Test func `where there is no vector index all embeddings are compared, in the plan and in what is said`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            var random = Chance(seed: 5)
            try await Self.fill(fixture, count: 60, &random)
            let vector = WordVectors.vector("nurse")
            for ask in [SearchQuery.Ask.vector(vector), .hybrid(text: "nurse", vector: vector)] {
                for filter in [nil, #"NOT slug = "x""#] {
                    var query = SearchQuery(ask)
                    (query.precision, query.efSearch) = (.approximate, 40)
                    if let filter { query.filter = try Filter(filter) }
                    let told = try await Self.explain(query, fixture, plans: .planned)
                    let rankings = told.statements.filter { $0.name.hasPrefix("rank_") }
                    #expect(!rankings.isEmpty)
                    for one in rankings {
                        #expect(
                            one.scan == "exact" && one.index.isEmpty && one.efSearch == 0 && one.probes == 0,
                            "\(one)"
                        )
                        #expect(one.plan.contains("Scan on embeddings_all_minilm_l6_v2"), "\(one.plan)")
                        #expect(!one.plan.contains("_ann"), "\(one.plan)")
                        // What is forbidden has that added to its costs.
                        #expect(!one.plan.contains("cost=1000"), "\(one.plan)")
                    }
                }
            }
            let statement = try await fixture.search.vectorStatement(limit: 10)
            #expect(statement.options.split(separator: " ").contains("enable_seqscan=on"))
        }
    }

    @Test func `the statement for pgbench comes with the settings that a search has`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            var random = Chance(seed: 4)
            try await Self.fill(fixture, count: 10, &random)
            var query = SearchQuery(.vector(WordVectors.vector("nurse")))
            query.precision = .approximate
            let ran = try #require(try await Self.explain(query, fixture).statements.first { $0.name == "rank_vector" })
            let statement = try await fixture.search.vectorStatement(limit: 10)
            let options = statement.options.split(separator: " ")
            for setting in ran.settings {
                #expect(options.contains { $0 == "\(setting.name)=\(setting.value)" }, "\(options)")
            }
            #expect(options.contains("enable_seqscan=off") && options.contains("max_parallel_workers_per_gather=0"))
        }
    }

    @Test func `plans are those of the statements that ran, without texts`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            var random = Chance(seed: 3)
            try await Self.fill(fixture, count: 60, &random)
            let text = "nurse it's \\ $1 harv*"
            var query = SearchQuery(.hybrid(text: text, vector: WordVectors.vector(text)))
            query.precision = .approximate
            let planned = try await Self.explain(query, fixture, plans: .planned)
            let ranking = try #require(planned.statements.first { $0.name == "rank_hybrid" })
            #expect(ranking.plan.contains("Index Scan using embeddings_all_minilm_l6_v2_ann"), "\(ranking.plan)")
            #expect(ranking.plan.contains("$10") && !ranking.plan.contains("actual"), "the plan for all values")
            #expect(planned.statements.allSatisfy { !$0.plan.isEmpty && $0.planMissingReason.isEmpty })
            #expect(planned.stages.last?.name == "plans")

            // Planned with the values at hand, which are not shown.
            query.filter = try Filter(#"experiences.title:"nurse" AND NOT slug = "its-a-secret""#)
            let analyzed = try await Self.explain(query, fixture, plans: .analyzed)
            for statement in analyzed.statements {
                #expect(statement.plan.contains("actual time") && statement.plan.contains("Execution Time"))
                #expect(!statement.plan.contains("secret") && !statement.plan.contains("harv"), "\(statement.plan)")
            }
            // The session is as it was.
            #expect(try await fixture.search.search(query).hits.map(\.profile?.id) == analyzed.hits.map(\.profile?.id))
            #expect(
                try await fixture.value("SELECT count(*) FROM pg_prepared_statements WHERE name = 'likeness_explained'")
                    == 0
            )
            #expect(try await fixture.value("SHOW plan_cache_mode", as: String.self) == "force_generic_plan")
        }
    }

    /// `pg_sleep` is longer than any machine is slow: only the limit ends it.
    @Test func `a statement that takes too long has no plan, and the next one has`() async throws {
        try await RepositoryFixture.run { fixture in
            func plan(_ sql: SQL, within time: Duration) async throws -> StatementPlans.Plan {
                let plans = StatementPlans(database: fixture.database, deadline: .now + time, analyzes: true)
                return try await plans.plan(of: Statement("", sql), Parameters())
            }
            guard case .missing(let reason) = try await plan("SELECT pg_sleep(600)", within: .milliseconds(50)) else {
                Issue.record("it ended")
                return
            }
            #expect(reason.contains("was not made within"))
            for _ in 0..<10 {
                guard case .made(let text) = try await plan("SELECT 1", within: .seconds(60)) else {
                    Issue.record("no plan")
                    return
                }
                #expect(text.contains("Result") && text.contains("Execution Time"))
            }
            #expect(try await plan("SELECT 1", within: .zero) == .missing("no time was left"))
            // It only reads.
            await #expect(throws: RepositoryError.self) {
                _ = try await plan("INSERT INTO profiles (slug, display_name) VALUES ('x', 'X')", within: .seconds(60))
            }
            #expect(try await fixture.value("SELECT count(*) FROM profiles") == 0)
        }
    }

    @Test func `a caller who gives up ends the statement`() async throws {
        try await RepositoryFixture.run { fixture in
            let plans = StatementPlans(database: fixture.database, deadline: .now + .seconds(600), analyzes: true)
            let planning = Task {
                try await plans.plan(of: Statement("", "SELECT pg_sleep(600)"), Parameters())
            }
            func isRunning() async throws -> Bool {
                try await fixture.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
                ) == 1
            }
            let hasBegun = try await Patience.until { try await isRunning() }
            #expect(hasBegun)
            planning.cancel()
            await #expect(throws: RepositoryError.cancelled) { try await planning.value }
            let hasEnded = try await Patience.until { try await !isRunning() }
            #expect(hasEnded)
        }
    }

    @Test func `parameters reach the plan as they are`() async throws {
        try await RepositoryFixture.run { fixture in
            let texts = HostileTexts.all.filter { !$0.contains("\0") }
            let statement = Statement(
                "test_hostile",
                "SELECT n FROM unnest($1::text[]) AS t (n) WHERE n = ANY($2::text[]) OR $3::text IS NULL",
                [.textArray, .textArray, .text]
            )
            let plans = StatementPlans(database: fixture.database, deadline: .now + .seconds(60), analyzes: true)
            let made = try await plans.plan(of: statement, Parameters(texts, texts, "x"))
            guard case .made(let plan) = made else {
                Issue.record("\(made)")
                return
            }
            // As many rows as there are texts.
            #expect(plan.contains("rows=\(texts.count) loops=1"), "\(plan)")
        }
    }

    @Test(arguments: [
        ("Filter: (n = 'x')", "Filter: (n = '…')"), ("Filter: (n = 'own')", "Filter: (n = 'own')"),
        ("a 'it''s' b 'own' c 'x'::text", "a '…' b 'own' c '…'::text"), ("no texts", "no texts"), ("cut 'off", "cut "),
    ])
    func `texts that are not the statement's are taken out`(plan: String, shown: String) {
        #expect(PlanText.withoutValues(plan, of: "SELECT 'own'", bytesMax: 1_000) == shown)
        #expect(PlanText.withoutValues(plan, of: "SELECT 'own'", bytesMax: 3).count <= 5)
    }
}

/// Choices that are the same in every run.
private struct Chance {
    private var random: SplitMix

    init(seed: UInt64) { self.random = SplitMix(seed: seed) }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self.random) }
    mutating func chance(_ percent: Int) -> Bool { self.number(1...100) <= percent }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[self.number(0...values.count - 1)] }
}
