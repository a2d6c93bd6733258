import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Searches that see only what passes a filter, by each way of searching and each plan.
@Suite(.freshDatabase) struct FilteredSearchTests {
    private static let topics = ["silk", "bread", "pearls", "copper", "mail", "wounds"]

    private static func fill(_ fixture: RepositoryFixture) async throws {
        try await fixture.buildVectorIndexes()
        let people = (0..<120).map { index in
            Profile(
                slug: "p-\(index + 100)",
                displayName: "Person \(index)",
                summary: "Works with \(self.topics[index % 6]) and \(self.topics[index % 5]).",
                tags: index.isMultiple(of: 4) ? ["fourth"] : [],
                experiences: [
                    Experience(category: .work, title: "Work \(index % 7)", description: self.topics[index % 6])
                ]
            )
        }
        for result in try await fixture.profiles.batchUpsert(people).0 { _ = try result.get() }
        _ = try await fixture.profiles.softDelete(.slug("p-104"))
        try await fixture.embedAll()
    }

    private static func slugs(_ answer: SearchAnswer<[Hit]>) -> [String] { answer.hits.map { $0.profile?.slug ?? "" } }

    @Test(arguments: [Precision.exact, .approximate, .unspecified])
    func `hits are those of the whole answer that pass`(precision: Precision) async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let vector = WordVectors.vector("works with copper and mail")
            let asks: [SearchQuery.Ask] = [
                .vector(vector), .text("copper mail"), .hybrid(text: "copper mail", vector: vector),
            ]
            for ask in asks {
                var query = SearchQuery(ask)
                query.precision = .exact
                query.limit = 200
                let whole = try await fixture.search.search(query)
                let marked = try await fixture.profiles.list(pageSize: 200, filter: "tags:fourth").profiles.map(\.slug)
                #expect(marked.count == 29)
                query.filter = try Filter("tags:fourth")
                query.precision = precision
                for limit in [3, 10, 50] {
                    query.limit = limit
                    let found = try await fixture.search.search(query)
                    let expected = Self.slugs(whole).filter { marked.contains($0) }
                    #expect(Set(Self.slugs(found)).isSubset(of: expected))
                    if precision != .approximate {
                        #expect(Self.slugs(found) == Array(expected.prefix(limit)), "\(ask) \(limit)")
                        #expect(found.completeness.level != .truncated)
                    }
                    #expect(found.hits.count == min(limit, expected.count) || found.completeness.level == .truncated)
                }
            }
        }
    }

    @Test func `nobody, everybody, and only deleted ones`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            var query = SearchQuery(.vector(WordVectors.vector("works with silk")))
            query.limit = 5
            let plain = try await fixture.search.search(query)
            for (filter, expected) in [("slug:*", Self.slugs(plain)), ("tags:nobody", []), ("slug = p-104", [])] {
                query.filter = try Filter(filter)
                let found = try await fixture.search.search(query)
                #expect(Self.slugs(found) == expected, "\(filter)")
                #expect(found.completeness.level == .exact)
            }
            query.ask = .text("silk")
            query.filter = try Filter("tags:nobody")
            #expect(try await fixture.search.search(query).hits.isEmpty)
        }
    }

    @Test func `how many pass a filter is asked once in a while, and whoever passes since is found`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let search = SearchRepository(database: fixture.database, catalogMaxAge: .seconds(3_600))
            func counted() -> UInt64 {
                fixture.pool.statementTimes.entries.first { $0.statement == "search_filter_count" }?.times.count ?? 0
            }
            var query = SearchQuery(.text("silk bread"))
            (query.limit, query.filter) = (200, try Filter("tags:fourth"))
            let first = Self.slugs(try await search.search(query))
            #expect(counted() == 1 && !first.isEmpty)
            for _ in 0..<3 { #expect(Self.slugs(try await search.search(query)) == first) }
            #expect(counted() == 1)
            query.filter = try Filter("tags:nobody")
            #expect(try await search.search(query).hits.isEmpty)
            #expect(counted() == 2)

            // More than are taken for few, of a filter that nobody passed.
            let few = SearchPlan.exactMatchesMax(liveProfiles: 119)
            let many = (0...few).map { index in
                Profile(slug: "n-\(index)", displayName: "New", summary: "Silk.", tags: ["nobody"])
            }
            for part in [many.prefix(few / 2), many.suffix(from: few / 2)] {
                for result in try await fixture.profiles.batchUpsert(Array(part)).0 { _ = try result.get() }
            }
            try await fixture.embedAll()
            query.limit = 1_000
            for ask: SearchQuery.Ask in [.text("silk"), .hybrid(text: "silk", vector: WordVectors.vector("silk"))] {
                query.ask = ask
                #expect(Set(Self.slugs(try await search.search(query))) == Set(many.map(\.slug)))
            }
            #expect(counted() == 2)
            search.forgetCatalog()
            _ = try await search.search(query)
            query.ask = .text("silk")
            _ = try await search.search(query)
            #expect(counted() == 3)
        }
    }

    /// Enough for the index to be asked, and for the repository to choose.
    @Test func `few matches are compared, many are looked for in the index, and no answer is short`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: VectorIndexNeed.embeddingsMax + 1_000)
            try await fixture.execute(
                """
                UPDATE profiles SET tags = ARRAY['all']
                    || CASE WHEN right(slug, 2) = '00' THEN ARRAY['few'] ELSE '{}'::text[] END
                    || CASE WHEN right(slug, 1) IN ('1', '2', '3', '4', '5') THEN ARRAY['many'] ELSE '{}'::text[] END;
                ANALYZE profiles
                """
            )
            let live = try await fixture.value("SELECT count(*) FROM profiles WHERE is_active", as: Int.self)
            #expect(live > SearchPlan.exactMatchesMax(liveProfiles: live))
            var recalled = 0
            for question in ClusteredVectors.questions(20) {
                for (filter, strategy) in [
                    ("tags:few", "vector_exact"), ("tags:many", "vector_hnsw"), ("tags:all", "vector_hnsw"),
                ] {
                    var query = SearchQuery(.vector(question))
                    query.limit = 10
                    query.filter = try Filter(filter)
                    let found = try await fixture.search.search(query)
                    #expect(found.strategy == strategy, "\(filter)")
                    #expect(found.hits.count == 10)
                    query.precision = .exact
                    let exact = try await fixture.search.search(query)
                    #expect(exact.strategy == "vector_exact" && exact.hits.count == 10)
                    if strategy == "vector_exact" {
                        #expect(found.hits == exact.hits)
                        #expect(found.completeness.level == .exact)
                    } else {
                        recalled += Set(Self.slugs(found)).intersection(Self.slugs(exact)).count
                        #expect(found.completeness.level == .approximate)
                    }
                }
            }
            #expect(recalled >= 360, "\(recalled) of 400")
        }
    }

    @Test func `where there are many profiles a sample recognises a wide filter`() async throws {
        try await RepositoryFixture.run { fixture in
            let count = SearchPlan.sampleFrom + 1_000
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, tags, summary)
                SELECT 'p-' || n, 'Person ' || n, ARRAY['all'] || CASE WHEN n % 2 = 0 THEN ARRAY['half'] ELSE '{}'::text[] END
                    || CASE WHEN n % 1000 = 0 THEN ARRAY['few'] ELSE '{}'::text[] END, 'silk'
                FROM generate_series(1, \(count)) AS n;
                UPDATE profiles SET is_active = false, deleted_at = now() WHERE slug LIKE '%7';
                INSERT INTO experiences (profile_id, position, start_date, start_precision)
                SELECT id, n, date '2000-01-01' + n, 3 FROM profiles, generate_series(0, 4) AS n;
                SELECT fill_profile_words(array_agg(id)) FROM profiles;
                ANALYZE profiles, experiences
                """
            )
            var asked = Parameters(3.0)
            let dates = try #require(try Filter("experiences.start_date >= 2000-01-02")).sql(&asked)
            let sample = SearchStatements.sample(ScopeSQL(condition: dates))
            let plan = try await Self.plan(fixture, sample, asked, "SET plan_cache_mode = force_custom_plan")
            #expect(plan.contains("Sample Scan") && plan.contains("(profile_id = s.id)"), "\(plan)")
            let live = try await fixture.value("SELECT count(*) FROM profiles WHERE is_active", as: Int.self)
            for (filter, share) in [("tags:all", 1), ("tags:half", 0.5), ("tags:few", 0.001), ("tags:none", 0)] {
                var parameters = Parameters(100 * Double(400) / Double(live))
                let condition = try #require(try Filter(filter)).sql(&parameters)
                let statement = Statement("", SearchStatements.sample(ScopeSQL(condition: condition)), parameters.types)
                let result = try await fixture.pool.execute(statement, parameters)
                let (sampled, passing): (Int, Int) = (try result.value(0, 0), try result.value(0, 1))
                #expect(sampled > 100 && sampled < 1_000, "\(filter)")
                #expect(abs(Double(passing) / Double(sampled) - share) < 0.15, "\(filter)")
                #expect(
                    SearchPlan.isWide(
                        sampled: sampled,
                        passing: passing,
                        most: SearchPlan.exactMatchesMax(liveProfiles: live),
                        liveProfiles: live
                    ) == (share > 0.1),
                    "\(filter)"
                )
                var query = SearchQuery(.text("silk"))
                query.limit = 10
                query.filter = try Filter(filter)
                let found = try await fixture.search.search(query)
                #expect(found.hits.count == (share > 0 ? 10 : 0), "\(filter)")
                #expect(found.completeness.level == .exact, "\(filter)")
            }
        }
    }

    private static func plan(_ fixture: RepositoryFixture, _ sql: SQL, _ parameters: Parameters, _ settings: SQL)
        async throws
        -> String
    {
        try await fixture.pool.withConnection { connection in
            try await connection.executeScript(settings)
            let result = try await connection.execute(
                Statement("", "EXPLAIN (COSTS OFF) \(sql)", parameters.types),
                parameters
            )
            var lines: [String] = []
            for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
            try await connection.executeScript("RESET ALL")
            return lines.joined(separator: "\n")
        }
    }

    @Test func `conditions use their indexes, and a filter goes along with the vector index`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await ClusteredVectors.fill(fixture, sections: 3_000)
            try await fixture.execute(
                """
                UPDATE profiles SET tags = ARRAY[md5(slug)], keywords = ARRAY[md5(slug)], display_name = md5(slug),
                    attributes = jsonb_build_object('k', md5(slug)), summary = 'word' || md5(slug);
                INSERT INTO experiences (profile_id, position, title, organization, start_date, start_precision, tags)
                SELECT id, 0, md5(slug), md5(slug), date '2000-01-01' + row_number() OVER ()::int, 3, ARRAY[md5(slug)]
                FROM profiles;
                INSERT INTO skills (profile_id, position, name) SELECT id, 0, md5(slug) FROM profiles
                """
            )
            try await fixture.execute("VACUUM ANALYZE")
            let custom: SQL = "SET plan_cache_mode = force_custom_plan"
            for (filter, index) in [
                ("tags:x", "profiles_tags_idx"),
                ("keywords:x", "profiles_keywords_idx"),
                ("slug = x", "profiles_live_slug_idx"),
                ("id = 11111111-2222-4333-8444-555555555555", "profiles_pkey"),
                ("display_name = x", "profiles_folded_name_idx"),
                ("summary:word", "profiles_search_idx"), ("attributes.k = x", "profiles_attributes_idx"),
                ("create_time > 2999", "profiles_created_at_idx"), ("update_time > 2999", "profiles_updated_at_idx"),
                ("experiences.title = x", "experiences_folded_title_idx"),
                ("experiences.title:word", "experiences_search_idx"),
                ("experiences.organization = x", "experiences_folded_organization_idx"),
                ("experiences.start_date = 2000-01-05", "experiences_start_date_idx"),
                ("experiences.tags:x", "experiences_tags_idx"),
                ("skills.name = x", "skills_folded_name_idx"), ("skills.name:word", "skills_search_idx"),
            ] {
                var parameters = Parameters()
                let condition = try #require(try Filter(filter)).sql(&parameters)
                let plan = try await Self.plan(
                    fixture,
                    SearchStatements.matching(ScopeSQL(condition: condition), limit: 1_001),
                    parameters,
                    custom
                )
                #expect(plan.contains(index), "\(filter):\n\(plan)")
            }
            let space = try await fixture.embeddings.space(named: "")
            for scan in SearchStatements.Scan.allCases {
                var parameters = Parameters(Vector(WordVectors.vector("x")))
                let condition = try #require(try Filter("tags:x OR experiences.title = y")).sql(&parameters)
                let sql = SearchStatements.vector(
                    space: space,
                    scan: scan,
                    limit: 10,
                    sections: 20,
                    withPassages: true,
                    scope: ScopeSQL(condition: condition)
                )
                let settings: SQL = scan == .exact ? custom : "\(custom); SET enable_seqscan = off"
                let plan = try await Self.plan(fixture, sql, parameters, settings)
                #expect(plan.contains("embeddings_all_minilm_l6_v2_ann") == (scan == .approximate), "\(plan)")
            }
        }
    }
}
