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
}
