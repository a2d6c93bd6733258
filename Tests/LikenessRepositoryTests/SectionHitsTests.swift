import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Searches whose hits are sections, against all sections that there are.
@Suite(.freshDatabase) struct SectionHitsTests {
    private static let table = "embeddings_all_minilm_l6_v2"
    private static let profiles = 260

    private static func literal(_ vector: [Float]) -> String {
        "[\(vector.map { "\($0)" }.joined(separator: ","))]"
    }

    /// Profiles with 1 to 12 sections, of 60 different vectors, so that many have equal ones; every tenth section has three parts. The
    /// first profile has 40 sections that are nearer than most.
    private static func fill(_ fixture: RepositoryFixture) async throws {
        let vectors = (0..<60).map { "(\($0), '\(Self.literal(WordVectors.vector("near text\($0)")))'::vector)" }
        try await fixture.execute(
            """
            SELECT setseed(0.25);
            CREATE TABLE texts (n integer, embedding vector);
            INSERT INTO texts VALUES \(vectors.joined(separator: ", "));
            INSERT INTO profiles (slug, display_name, tags)
            SELECT 'person-' || n, 'Person', CASE WHEN n % 3 = 0 THEN ARRAY['few'] ELSE ARRAY[]::text[] END
            FROM generate_series(1, \(Self.profiles)) AS n;
            CREATE TABLE stored AS
            SELECT p.id AS profile_id, gen_random_uuid() AS section_id, (random() * 59)::integer AS n, s
            FROM profiles p, generate_series(1, 12) AS s WHERE s = 1 OR random() < 0.5;
            INSERT INTO stored
            SELECT p.id, gen_random_uuid(), s % 3, 100 + s FROM profiles p, generate_series(1, 40) AS s WHERE p.slug = 'person-1';
            INSERT INTO experiences (id, profile_id, position, title)
            SELECT section_id, profile_id, s, 'Section' FROM stored WHERE s <> 1;
            INSERT INTO \(Self.table) (profile_id, section_id, kind, is_active, embedding)
            SELECT s.profile_id, CASE WHEN s.s = 1 THEN s.profile_id ELSE s.section_id END,
                CASE WHEN s.s = 1 THEN 1 ELSE 2 END + 16 * part, true, t.embedding
            FROM stored s, generate_series(0, CASE WHEN s.s % 10 = 5 THEN 2 ELSE 0 END) AS part
            JOIN texts t ON true WHERE t.n = (s.n + 7 * part) % 60;
            ANALYZE
            """
        )
        fixture.search.forgetCatalog()
    }

    /// All sections by a plain look at their vectors, as the order is described.
    private static func all(
        _ fixture: RepositoryFixture,
        _ vectors: [[Float]],
        _ condition: String = "true"
    ) async throws -> [String] {
        let similarities = vectors.map { "1 - (e.embedding <=> '\(Self.literal($0))')" }.joined(separator: ", ")
        let text = """
            SELECT e.profile_id::text || ' ' || (e.kind & 15) || ' ' || e.section_id::text
            FROM \(Self.table) e JOIN profiles p ON p.id = e.profile_id WHERE \(condition)
            GROUP BY e.profile_id, e.kind & 15, e.section_id
            ORDER BY max(greatest(\(similarities))) DESC, e.profile_id, e.kind & 15, e.section_id
            """
        let result = try await fixture.pool.execute(Statement("", SQL(verbatim: text)))
        return try (0..<result.rowCount).map { try result.value($0, 0, as: String.self) }
    }

    private static func query(_ ask: SearchQuery.Ask, limit: Int) -> SearchQuery {
        var query = SearchQuery(ask)
        (query.groupBy, query.limit) = (.section, limit)
        return query
    }

    private static func found(
        _ fixture: RepositoryFixture,
        _ query: SearchQuery
    ) async throws -> (sections: [String], hits: [Hit], level: CompletenessLevel) {
        let answer = try await fixture.search.packedSearch(query)
        let hits = try answer.hits.values()
        let sections = hits.map { hit in
            "\(hit.profile?.id ?? "") \(hit.section?.kind.rawValue ?? 0) \(hit.section?.id ?? "")"
        }
        return (sections, hits, answer.completeness.level)
    }

    @Test func `by vector the hits are the first of all sections, with any limit and filter`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            for (text, filter) in [("near", nil), ("text3 near", nil), ("elsewhere", nil), ("near text1", "tags:few")] {
                let vector = WordVectors.vector(text)
                let all = try await Self.all(fixture, [vector], filter == nil ? "true" : "'few' = ANY (p.tags)")
                #expect(all.count > 500 && Set(all).count == all.count)
                for limit in [1, 2, 3, 7, 10, 11, 50, 99, 100, 101, 250, 1_000] {
                    var query = Self.query(.vector(vector), limit: limit)
                    query.precision = .exact
                    if let filter { query.filter = try Filter(filter) }
                    let found = try await Self.found(fixture, query)
                    #expect(found.sections == Array(all.prefix(limit)), "\(text) \(limit)")
                    #expect(found.level == .exact, "\(text) \(limit)")
                    #expect(found.hits.map(\.score) == found.hits.map(\.score).sorted(by: >))
                    #expect(
                        found.hits.map { $0.evidence.map(\.rank) } == (0..<found.hits.count).map { [Int32($0 + 1)] }
                    )
                }
            }
            // More sections of one profile than any answer had before.
            let near = Self.query(.vector(WordVectors.vector("text0 text1 text2")), limit: 60)
            #expect(try await Self.found(fixture, near).hits.filter { $0.profile?.slug == "person-1" }.count > 10)
        }
    }

    @Test func `a minimum counts for the section, and several vectors as one text`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            var query = Self.query(.vector(WordVectors.vector("near text1")), limit: 1_000)
            query.furtherVectors = [WordVectors.vector("text2 near"), WordVectors.vector("text9")]
            let whole = try await Self.found(fixture, query)
            let vectors = [WordVectors.vector("near text1")] + query.furtherVectors
            #expect(whole.sections == Array(try await Self.all(fixture, vectors).prefix(1_000)))
            #expect(whole.sections.count == 1_000)
            let middle = try #require(whole.hits.dropFirst(400).first)
            query.minScore = middle.score
            let best = try await Self.found(fixture, query)
            #expect(
                best.hits.last?.score == middle.score
                    && best.sections == Array(whole.sections.prefix(best.sections.count))
            )
            #expect(best.sections.count > 400 && best.sections.count < 1_000 && best.level == .exact)
        }
    }

    @Test func `through the index the first are those of a larger limit`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            try await Self.fill(fixture)
            for text in ["near", "text4 near", "elsewhere"] {
                var query = Self.query(.vector(WordVectors.vector(text)), limit: 100)
                query.precision = .approximate
                let hundred = try await Self.found(fixture, query)
                #expect(hundred.sections.count == 100 && hundred.level == .approximate)
                for limit in [1, 5, 20, 60] {
                    query.limit = limit
                    #expect(try await Self.found(fixture, query).sections == Array(hundred.sections.prefix(limit)))
                }
            }
        }
    }

    /// By words a profile may have more than any of its sections.
    @Test func `the best section is found where a hundred profiles score as much as its own`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                (0..<130).map { number in
                    Profile(
                        slug: "split-\(number)",
                        displayName: "Split",
                        summary: "harbour",
                        experiences: [Experience(title: "lighthouse")]
                    )
                }
            )
            let last: String = try await fixture.value("SELECT max(id::text) FROM profiles")
            let slug = try await fixture.profiles.get(.id(last)).slug
            let titles = ["lighthouse", "lighthouse in the harbour"]
            try await fixture.fill([
                Profile(
                    slug: slug,
                    displayName: "Split",
                    summary: "harbour",
                    experiences: titles.map { Experience(title: $0) }
                )
            ])
            let ask = SearchQuery.Ask.text("lighthouse harbour")
            let best = try await Self.found(fixture, Self.query(ask, limit: 1))
            let hit = try #require(best.hits.first)
            #expect(hit.profile?.id == last && hit.section?.title == "lighthouse in the harbour")
            #expect(hit.score == 1 && best.level == .exact)
            // All of them, and their order.
            let all = try await Self.found(fixture, Self.query(ask, limit: 1_000))
            #expect(all.sections.count == 261 && all.sections.first == best.sections.first && all.level == .exact)
            let keys = all.hits.map {
                "\(2 - $0.score) \($0.profile?.id ?? "") \($0.section?.kind.rawValue ?? 0) \($0.section?.id ?? "")"
            }
            #expect(keys == keys.sorted())
            for limit in [2, 50, 100, 120] {
                let some = try await Self.found(fixture, Self.query(ask, limit: limit))
                #expect(some.sections == Array(all.sections.prefix(limit)) && some.level == .exact, "\(limit)")
            }
        }
    }

    // MARK: Bounds

    /// The statements of one name that a search has run.
    private static func statements(_ recorder: SearchRecorder, _ name: RecordedStatement.Name) -> [RecordedStatement] {
        recorder.record.current.statements.filter { $0.name == name }
    }

    @Test func `of more sections than are scored those of the first profiles count, and the answer says so`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let vector = WordVectors.vector("near text2")
            let all = try await Self.all(fixture, [vector])
            var profiles = SearchQuery(.vector(vector))
            (profiles.limit, profiles.precision) = (100, .exact)
            let ranked = try await fixture.search.search(profiles).hits.compactMap(\.profile?.id)
            // A summary and skills count, whether there are any or not.
            var (best, count): (Set<String>, Int) = ([], 0)
            for id in ranked {
                count += 2 + all.count { $0.hasPrefix("\(id) 2 ") }
                if count <= 300 { best.insert(id) }
            }
            let theirs = all.filter { best.contains(String($0.prefix(36))) }
            #expect(best.count > 20 && best.count < 50 && theirs.count > 100)

            var search = fixture.search
            search.sectionsMax = 300
            for limit in [1, 2, best.count - 1, best.count, 100, 101, 1_000] {
                var query = Self.query(.vector(vector), limit: limit)
                let recorder = SearchRecorder()
                (query.precision, query.recorder) = (.exact, recorder)
                let answer = try await search.packedSearch(query)
                let sections = try answer.hits.values().map { hit in
                    "\(hit.profile?.id ?? "") \(hit.section?.kind.rawValue ?? 0) \(hit.section?.id ?? "")"
                }
                #expect(sections == Array(theirs.prefix(limit)), "\(limit)")
                // What was not scored was not read.
                #expect(
                    Self.statements(recorder, .sectionSimilarities).map(\.message.rowsReturned) == [Int64(theirs.count)]
                )
                let isWhole = sections == Array(all.prefix(limit))
                #expect(answer.completeness.level == .truncated || isWhole && answer.completeness.level == .exact)
                // Each of the profiles has one that comes before those of all others.
                #expect(limit > best.count || answer.completeness.level == .exact, "\(limit)")
                guard limit == 1_000 else { continue }
                #expect(
                    answer.completeness.reason
                        == "the sections of the \(best.count) best profiles were considered: those of more are above 300"
                )
            }
            // Through an index nothing says that it is whole.
            try await fixture.buildVectorIndexes()
            var query = Self.query(.vector(vector), limit: 1)
            query.precision = .approximate
            #expect(try await search.packedSearch(query).completeness.level == .truncated)
            // One at least.
            search.sectionsMax = 1
            query.precision = .exact
            let one = try await search.packedSearch(query)
            #expect(try one.hits.values().count == 1 && one.completeness.level == .exact)
        }
    }

    /// Fifteen people with a summary and four experiences, of which a mask hides two.
    private static func fillKeepers(_ fixture: RepositoryFixture, tags: [String] = []) async throws {
        try await fixture.fill(
            (0..<15).map { number in
                Profile(
                    slug: "keeper-\(number)",
                    displayName: "Keeper",
                    tags: number == 7 ? tags : [],
                    experiences: (0..<4).map {
                        Experience(title: "Lighthouse \($0)", tags: $0 < 2 ? [] : ["secret"])
                    }
                )
            }
        )
    }

    private static func brief(_ fixture: RepositoryFixture) async throws -> View {
        let masks = MaskRepository(
            database: fixture.database,
            pageTokens: try await PageTokens.load(from: fixture.database)
        )
        let configuration = MaskConfiguration(
            excludeTags: ["gone"],
            experiences: ExperienceScope(excludeTags: ["secret"])
        )
        _ = try await masks.create(Mask(name: "brief", configuration: configuration))
        return try #require(try await masks.view(bound: [], requested: "brief"))
    }

    @Test func `sections are counted as they are stored, and through a mask as it shows them`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fillKeepers(fixture)
            var search = fixture.search
            var query = Self.query(.text("lighthouse"), limit: 100)
            // A summary, four experiences, and skills that there might be.
            let brief = try await Self.brief(fixture)
            for (view, most, wanted) in [(nil, 17, 8), (nil, 18, 12), (brief, 15, 6), (brief, 16, 8)]
                as [(View?, Int, Int)]
            {
                query.view = view
                search.sectionsMax = most
                query.limit = 100
                let found = try await search.packedSearch(query)
                #expect(try found.hits.values().count == wanted, "\(most)")
                #expect(found.completeness.level == .truncated && found.completeness.reason.hasSuffix("above \(most)"))
                query.limit = wanted
                #expect(try await search.packedSearch(query).completeness.level == .exact, "\(most)")
                query.limit = wanted + 1
                #expect(try await search.packedSearch(query).completeness.level == .truncated, "\(most)")
            }
        }
    }

    @Test func `sections of hits are read a hundred profiles at a time, and are the same`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let query = SearchQuery(.vector(WordVectors.vector("near text2")))
            let listed = try await fixture.pool.execute(Statement("", "SELECT id::text FROM profiles ORDER BY slug"))
            let ids = try (0..<listed.rowCount).map { try listed.value($0, 0, as: String.self) }
            let recorder = SearchRecorder()
            let reads = fixture.database.reads(at: nil, deadline: nil, recorder: recorder)
            let scores = SectionScores(repository: fixture.search, view: nil, reads: reads)
            let best = try await scores.best(3, of: ids, by: query)
            #expect(ids.count == 260 && best.count == 260)
            #expect(Self.statements(recorder, .sectionSimilarities).count == 3)
            for id in ids.prefix(20) + ids.suffix(20) {
                let alone = try await scores.best(3, of: [id], by: query)
                #expect(alone[id] == best[id] && alone.count == 1)
            }
        }
    }

    @Test func `explanations keep the sections that they name, and no others`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fillKeepers(fixture)
            let recorder = SearchRecorder()
            let query = SearchQuery(.text("lighthouse keeper 3"))
            let told = try await fixture.search.explain(query, plans: .none, recorder: recorder)
            #expect(told.hits.allSatisfy { $0.parts[0].words.allSatisfy { $0.found && $0.section != nil } })
            let set = try #require(recorder.record.current.wordSets.last)
            let listed = try await fixture.pool.execute(Statement("", "SELECT id FROM profiles ORDER BY id"))
            let ids = try (0..<listed.rowCount).map { try listed.value($0, 0, as: UUID.self) }
            let other: UUID = try await fixture.value(
                "SELECT id FROM experiences WHERE title = 'Lighthouse 2' AND profile_id = '\(ids[0].text)'"
            )
            let asked = SearchRecord.SectionKey(profile: ids[0].text, kind: .experience, id: other.text)
            let reads = fixture.database.reads(at: nil, deadline: nil)
            for asked in [[], [asked]] as [Set<SearchRecord.SectionKey>] {
                let found = try await FoundWords.read(set, of: ids, reads, weights: .equal, asked: asked) { one, _ in
                    one
                }
                #expect(found.count == 15)
                for (profile, words) in found {
                    #expect(words.anywhere.count == set.words.count)
                    // The summary; the first experience, and that with the number, which may be the first.
                    let isNamed = words.sections.contains { $0.section.id == other.text }
                    #expect((2...4).contains(words.sections.count), "\(words.sections)")
                    #expect(profile != ids[0].text || asked.isEmpty || isNamed)
                    let all = words.sections.reduce(into: Set<Int>()) { $0.formUnion($1.words) }
                    #expect(all == words.anywhere)
                }
            }
        }
    }

    // MARK: Writes meanwhile

    /// What becomes of hits whose sections go while they are looked for.
    @Test func `an answer whose sections are gone is not said to be whole`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fillKeepers(fixture)
            let view = try await Self.brief(fixture)
            func ranked(_ query: SearchQuery) async throws -> (SectionRanking, SearchAnswer<[Hit]>) {
                var profiles = query
                profiles.groupBy = .profile
                let answer = try await fixture.search.ranked(profiles, window: 100, deadline: nil)
                let ids = answer.hits.compactMap { UUID(uuidString: $0.profile?.id ?? "") }
                let reads = fixture.database.reads(at: nil, deadline: nil)
                let scores = SectionScores(repository: fixture.search, view: query.view, reads: reads)
                let all = try await scores.all(of: ids, by: query)
                return (SectionRanking(query, profiles: answer.hits, areAll: true, scores: all), answer)
            }
            let hidden = try await fixture.profiles.get(.slug("keeper-7")).id
            let changed = try await fixture.profiles.get(.slug("keeper-3"))
            var rankings: [(query: SearchQuery, SectionRanking, SearchAnswer<[Hit]>, gone: Int)] = []
            for (seen, limit, gone) in [(nil, 60, 2), (nil, 61, 2), (view, 30, 4), (view, 31, 4)] as [(View?, Int, Int)]
            {
                var query = Self.query(.text("lighthouse"), limit: limit)
                query.view = seen
                let (ranking, answer) = try await ranked(query)
                #expect(ranking.isWhole && answer.completeness.level == .exact)
                let whole = try await fixture.search.shown(ranking, answer, of: query, deadline: nil)
                #expect(whole.hits.count == min(limit, seen == nil ? 60 : 30) && whole.completeness.level == .exact)
                rankings.append((query, ranking, answer, gone))
            }
            try await Self.fillKeepers(fixture, tags: ["gone"])
            _ = try await fixture.profiles.update(
                .slug("keeper-3"),
                with: Profile(experiences: changed.experiences.filter { $0.title >= "Lighthouse 2" }),
                updateMask: ["experiences"]
            )
            for (query, ranking, answer, gone) in rankings {
                let left = try await fixture.search.shown(ranking, answer, of: query, deadline: nil)
                #expect(
                    left.hits.count == ranking.hits.count - gone && left.hits.allSatisfy { $0.section?.title != "" }
                )
                #expect(query.view == nil || left.hits.allSatisfy { $0.profile?.id != hidden })
                let isFull = ranking.hits.count == query.limit
                #expect(left.completeness.level == (isFull ? .truncated : .exact), "\(query.limit)")
                #expect(!isFull || left.completeness.reason.hasPrefix("\(gone) of the sections were deleted or hidden"))
            }
        }
    }

    @Test func `sections that are scored later are scored with the same weights`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(["one", "two"].map { .person($0, "silver") } + [.person("other", "copper")])
            let ids = try await fixture.profiles.batchGet([.slug("one"), .slug("two")])
                .compactMap { $0.flatMap { UUID(uuidString: $0.id) } }
            try #require(ids.count == 2)
            let masks = MaskRepository(database: fixture.database, pageTokens: PageTokens())
            _ = try await masks.create(Mask(name: "all", configuration: MaskConfiguration(excludeTags: ["none"])))
            let view = try await masks.view(bound: [], requested: "all")
            for view in [nil, view] {
                var query = SearchQuery(.text("silver copper"))
                query.view = view
                let reads = fixture.database.reads(at: nil, deadline: nil)
                let scoring = SectionScores(repository: fixture.search, view: view, reads: reads)
                var scores = SectionScores.Leaves(by: query)
                try await scoring.add([ids[0]], by: query, to: &scores)
                // Everybody has silver now, and it weighs less.
                try await fixture.fill((0..<20).map { .person("\(view == nil ? "new" : "newer")-\($0)", "silver") })
                _ = try await fixture.search.words.update(deadline: nil)
                try await scoring.add([ids[1]], by: query, to: &scores)
                #expect(scores.fused.count == 2 && Set(scores.fused).count == 1, "\(scores.fused)")
                let now = try await scoring.all(of: ids, by: query).fused
                #expect(Set(now).count == 1 && now != scores.fused, "\(now)")
            }
        }
    }
}
