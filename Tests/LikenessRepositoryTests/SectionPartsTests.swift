import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging
import Testing

/// Sections with several vectors, also beside daemons of the version that knew of one.
@Suite struct SectionPartsTests {
    private static let table = "embeddings_all_minilm_l6_v2"

    private static func long(_ words: Int) -> String { (0..<words).map { "word\($0)" }.joined(separator: " ") }

    private static func person(_ slug: String = "one", words: Int = 400) -> Profile {
        var profile = Samples.named("One", summary: self.long(words))
        profile.slug = slug
        return profile
    }

    /// A vector for each hundred words.
    private static func vectors(_ text: String?, isCut: Bool = false) -> SectionVectors? {
        guard let words = text?.split(separator: " ") else { return nil }
        let parts = stride(from: 0, to: words.count, by: 100).map { start in
            WordVectors.vector(words[start..<min(start + 100, words.count)].joined(separator: " "))
        }
        return SectionVectors(parts, isCut: isCut)
    }

    private static func embed(_ fixture: RepositoryFixture, isCut: Bool = false) async throws {
        for space in try await fixture.embeddings.spaces() {
            let jobs = try await fixture.embeddings.claim(space: space, count: 500)
            try await fixture.embeddings.store(jobs.map { ($0, self.vectors($0.text, isCut: isCut)) }, in: space)
        }
    }

    private static func count(_ fixture: RepositoryFixture, _ condition: String = "true") async throws -> Int64 {
        try await fixture.value("SELECT count(*) FROM \(self.table) WHERE \(condition)")
    }

    /// What a daemon of the previous version does with all that waits: its statements, word for word.
    private static func embedAsPreviousVersion(_ fixture: RepositoryFixture) async throws {
        try await fixture.execute(
            """
            UPDATE embedding_outbox o
            SET ticket = nextval('embedding_outbox_ticket'), attempts = o.attempts + 1,
                available_at = now() + make_interval(secs => 60), updated_at = now()
            FROM (
                SELECT space, section_id, kind FROM embedding_outbox
                WHERE available_at <= now() ORDER BY available_at LIMIT 500 FOR UPDATE SKIP LOCKED
            ) AS due
            WHERE o.space = due.space AND o.section_id = due.section_id AND o.kind = due.kind;
            WITH done AS (DELETE FROM embedding_outbox RETURNING profile_id, section_id, kind)
            INSERT INTO \(self.table) (profile_id, section_id, kind, is_active, embedding)
            SELECT p.id, d.section_id, d.kind, p.is_active, array_fill(1::real, ARRAY[384])::vector
            FROM done d JOIN profiles p ON p.id = d.profile_id
            ON CONFLICT (section_id, kind) DO UPDATE SET profile_id = EXCLUDED.profile_id,
                is_active = EXCLUDED.is_active, embedding = EXCLUDED.embedding, updated_at = now()
            """
        )
    }

    @Test(.freshDatabase) func `the best part counts, in every way of searching, and its section is shown`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            let one = try await fixture.profiles.create(Self.person()).value
            _ = try await fixture.profiles.create(Samples.named("Two", summary: "word350 and much else beside it"))
            try await Self.embed(fixture)
            #expect(try await Self.count(fixture) == 6)
            let vector = WordVectors.vector(Self.long(400).split(separator: " ")[300...].joined(separator: " "))
            for ask in [SearchQuery.Ask.vector(vector), .hybrid(text: "word399", vector: vector)] {
                for precision in [Precision.exact, .approximate] {
                    var query = SearchQuery(ask)
                    query.precision = precision
                    let answer = try await fixture.search.search(query)
                    #expect(answer.hits.map { $0.profile?.id ?? "" }.first == one.id)
                    #expect(answer.hits.count == 2)
                    let hit = try #require(answer.hits.first)
                    #expect(hit.section == SectionMatch(kind: .summary, id: one.id, title: "Summary"))
                    let evidence = try #require(hit.evidence.first { $0.branch == .vector })
                    #expect(evidence.section?.kind == .summary && evidence.rawScore > 0.9)
                }
            }
        }
    }

    @Test(.freshDatabase, arguments: [Precision.exact, .approximate])
    func `a text in parts finds for each profile its best part, in one order`(precision: Precision) async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            let (results, _) = try await fixture.profiles.batchUpsert(
                (0..<40).map {
                    Samples.named("Person \($0)", slug: "p-\($0)", summary: "word\($0 % 8) word\($0 % 5) common")
                }
            )
            for result in results { _ = try result.get() }
            try await fixture.embedAll()
            let parts = ["word1 word1 other", "word3 common", "word7"].map { WordVectors.vector($0) }
            for text in [nil, "word3 word1"] {
                func ask(_ vector: [Float]) -> SearchQuery.Ask {
                    text.map { .hybrid(text: $0, vector: vector) } ?? .vector(vector)
                }
                var expected: [String: Double] = [:]
                for part in parts {
                    var query = SearchQuery(ask(part))
                    (query.limit, query.precision) = (40, precision)
                    for hit in try await fixture.search.search(query).hits {
                        expected[hit.profile?.id ?? ""] = max(expected[hit.profile?.id ?? ""] ?? -1, hit.score)
                    }
                }
                let order = expected.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.map(\.key)
                for limit in [3, 10, 40] {
                    var query = SearchQuery(ask(parts[0]))
                    (query.limit, query.precision) = (limit, precision)
                    query.furtherVectors = Array(parts.dropFirst())
                    let answer = try await fixture.search.search(query)
                    #expect(answer.hits.map { $0.profile?.id ?? "" } == Array(order.prefix(limit)), "\(limit)")
                    #expect(answer.hits.allSatisfy { expected[$0.profile?.id ?? ""] == $0.score })
                    query.unread = "something was not read"
                    let truncated = try await fixture.search.packedSearch(query).completeness
                    #expect(truncated.level == .truncated && truncated.reason.contains("something was not read"))
                }
            }
        }
    }

    @Test(.freshDatabase) func `parts go with their text, and are counted apart from sections`() async throws {
        try await RepositoryFixture.run { fixture in
            let profile = try await fixture.profiles.create(Self.person()).value
            func counts() async throws -> [Int64] {
                let space = try #require(try await fixture.statistics.statistics().embeddingSpaces.first)
                return [space.embeddings, space.sections, space.cutSections]
            }
            func change(_ words: Int, isCut: Bool = false) async throws {
                var values = Profile()
                values.summary = Self.long(words)
                _ = try await fixture.profiles.update(.id(profile.id), with: values, updateMask: ["summary"])
                try await Self.embed(fixture, isCut: isCut)
            }
            try await Self.embed(fixture)
            #expect(try await counts() == [5, 1, 0])
            try await change(250)
            #expect(try await counts() == [3, 1, 0])
            try await change(260, isCut: true)
            #expect(try await counts() == [3, 1, 1])
            try await change(350, isCut: true)
            #expect(try await counts() == [4, 1, 1])
            try await change(351)
            #expect(try await counts() == [4, 1, 0])
            _ = try await fixture.profiles.softDelete(.id(profile.id))
            #expect(try await counts() == [0, 0, 0])
            try await fixture.execute("DELETE FROM profiles")
            #expect(try await Self.count(fixture) == 0)
        }
    }

    @Test(.freshDatabase) func `a removed section takes its parts along in every space`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.embeddings.createSpace(name: "other", model: "test", dimension: 384)
            var person = Samples.named("One", summary: "short")
            person.experiences = [Experience(title: "Clerk", description: Self.long(300))]
            person.skills = (0..<150).map { Skill(name: "Skill \($0)") }
            let profile = try await fixture.profiles.create(person).value
            try await Self.embed(fixture)
            for table in [Self.table, "embeddings_other"] {
                #expect(try await fixture.value("SELECT count(*) FROM \(table)", as: Int64.self) > 6)
            }
            var values = Profile()
            values.summary = "short"
            _ = try await fixture.profiles.update(
                .id(profile.id),
                with: values,
                updateMask: ["summary", "experiences", "skills"]
            )
            for table in [Self.table, "embeddings_other"] {
                #expect(try await fixture.value("SELECT count(*) FROM \(table)", as: Int64.self) == 1)
            }
        }
    }

    @Test(.freshDatabase) func `a bulk load stores all parts`() async throws {
        try await RepositoryFixture.run { fixture in
            var person = Self.person()
            person.id = "018f4a3c-0000-7000-8000-000000000001"
            person.attributesJson = "{}"
            let space = try await fixture.embeddings.space(named: "")
            person.experiences = [
                Experience(id: "018f4a3c-0000-7000-8000-000000000002", title: "Clerk", description: "Short.")
            ]
            person.skills = [Skill(id: "018f4a3c-0000-7000-8000-000000000003", name: "Law")]
            let vectors = SectionText.sections(of: person).compactMap { Self.vectors($0.text) }
            let sections = try await BulkLoader(database: fixture.database).load(
                [BulkProfile(profile: person, vectors: vectors)],
                into: space
            )
            #expect(sections == 3)
            #expect(try await Self.count(fixture) == 7)
            #expect(try await Self.count(fixture, "kind IN (1, 17, 33, 49, 65)") == 5)
        }
    }

    @Test(.freshDatabase) func `what the previous version embeds beside this one is embedded again, once`() async throws
    {
        try await RepositoryFixture.run { fixture in
            let space = try await fixture.embeddings.space(named: "")
            let profile = try await fixture.profiles.create(Self.person()).value
            _ = try await fixture.profiles.create(Samples.named("Short", summary: "short"))
            try await Self.embed(fixture)
            #expect(try await fixture.value("SELECT count(*) FROM long_sections", as: Int64.self) == 0)
            #expect(try await Self.count(fixture) == 6)

            // Its deliveries write the first part; parts of the older text are gone.
            for words in [399, 398] {
                var values = Profile()
                values.summary = Self.long(words)
                _ = try await fixture.profiles.update(.id(profile.id), with: values, updateMask: ["summary"])
                try await Self.embedAsPreviousVersion(fixture)
            }
            #expect(try await Self.count(fixture) == 2)
            #expect(try await fixture.value("SELECT count(*) FROM long_sections", as: Int64.self) == 1)
            // Writes that wait for embeddings do not wait for that.
            #expect(try await fixture.embeddings.isEmbedded(profileIDs: [profile.id]))

            func read() async throws -> [Int] {
                let (read, again) = try await fixture.embeddings.readLongSections(of: space, count: 10) {
                    $0.count > 300
                }
                return [read, again]
            }
            #expect(try await read() == [1, 1])
            #expect(try await read() == [0, 0])
            #expect(try await !fixture.embeddings.isEmbedded(profileIDs: [profile.id]))
            try await Self.embed(fixture)
            #expect(try await Self.count(fixture) == 5)
            #expect(try await fixture.value("SELECT count(*) FROM long_sections", as: Int64.self) == 0)
        }
    }

    @Test(.freshDatabase) func `a section that this version claimed and the previous one delivered is noted`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Self.person())
            let space = try await fixture.embeddings.space(named: "")
            // The lease ends before it delivers.
            let late = try await fixture.embeddings.claim(space: space, count: 1, lease: .zero)
            try await Self.embedAsPreviousVersion(fixture)
            #expect(try await fixture.embeddings.store(late.map { ($0, Self.vectors($0.text)) }, in: space) == 0)
            #expect(try await fixture.value("SELECT count(*) FROM long_sections", as: Int64.self) == 1)
        }
    }

    @Test(.freshDatabase) func `a section that is written while it is looked at stays noted`() async throws {
        try await RepositoryFixture.run { fixture in
            let profile = try await fixture.profiles.create(Self.person()).value
            try await Self.embedAsPreviousVersion(fixture)
            let space = try await fixture.embeddings.space(named: "")
            let first: Int64 = try await fixture.value("SELECT ticket FROM long_sections")
            var values = Profile()
            values.summary = Self.long(500)
            _ = try await fixture.profiles.update(.id(profile.id), with: values, updateMask: ["summary"])
            try await Self.embedAsPreviousVersion(fixture)
            #expect(try await fixture.value("SELECT ticket FROM long_sections", as: Int64.self) > first)
            #expect(try await fixture.embeddings.readLongSections(of: space, count: 1) { _ in true }.embeddedAgain == 1)
        }
    }

    /// The schema before there were parts, with people whose sections are embedded; then the migrations of today.
    @Test(.emptyDatabase) func `an upgraded database has its long sections embedded again, and only those`()
        async throws
    {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let migrations = try MigrationCatalog.migrations()
        let configuration = TestDatabase.current.configuration
        let earlier = try MigrationRunner(Array(migrations.prefix { $0.version <= 13 }), logger: logger)
        _ = try await earlier.apply(configuration, lockDeadline: .now + Patience.limit)
        try await RepositoryFixture.run { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, summary)
                SELECT 'p-' || n, 'Name ' || n, CASE WHEN n <= 40 THEN repeat('word ', 300) ELSE repeat('word ', 20) END
                FROM generate_series(1, 100) AS n;
                INSERT INTO experiences (profile_id, position, category, title, description)
                SELECT id, 0, 1, 'Clerk', repeat('word ', 60) FROM profiles;
                INSERT INTO \(Self.table) (profile_id, section_id, kind, is_active, embedding)
                SELECT id, id, 1, true, array_fill(1::real, ARRAY[384])::vector FROM profiles;
                INSERT INTO \(Self.table) (profile_id, section_id, kind, is_active, embedding)
                SELECT profile_id, id, 2, true, array_fill(1::real, ARRAY[384])::vector FROM experiences
                """
            )
            _ = try await MigrationRunner(migrations, logger: logger).apply(
                configuration,
                lockDeadline: .now + Patience.limit
            )
            // All with enough letters for more than one part, whatever they are.
            #expect(try await fixture.value("SELECT count(*) FROM long_sections", as: Int64.self) == 140)
            let space = try await fixture.embeddings.space(named: "")
            var again = 0
            while true {
                let (read, embeddedAgain) = try await fixture.embeddings.readLongSections(of: space, count: 32) {
                    $0.split(separator: " ").count > 254
                }
                if read == 0 { break }
                again += embeddedAgain
            }
            #expect(again == 40)
            #expect(try await fixture.embeddings.outboxStatus().pending == 40)
        }
    }
}
