import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// Whatever kind of write it was: what is made from profiles is what a plain look at the profiles makes of them.
@Suite(.freshDatabase) struct WritePathTests {
    enum Write: String, CaseIterable {
        case create, createWithNumber, updateText, updateTags, dropExperience, moveExperience, nothing
        case upsertNew, upsertStored, upsertUnchanged, batch, batchWithBadItems, batchOfRepeatedKeys
        case delete, deleteAgain, updateDeleted, restore
        case bulkLoad, bulkLoadWithVectors, purge
    }

    private static let other = "other"
    private static let otherDimension = 8

    @Test func `outbox, embeddings, completions, words and changes are true after every kind of write`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.embeddings.createSpace(
                name: Self.other,
                model: "other@1",
                dimension: Self.otherDimension
            )
            // A view that follows changes.
            try await fixture.execute("INSERT INTO view_projections (mask_ids, mask_revisions) VALUES ('{}', '{}')")
            for write in Write.allCases {
                try await fixture.execute("DELETE FROM profile_changes")
                let before = try await Self.profiles(fixture)
                try await Self.perform(write, fixture)
                let after = try await Self.profiles(fixture)
                #expect(try await Self.faults(fixture) == [], "after \(write)")
                let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
                #expect(try await Self.followed(fixture).isSuperset(of: changed), "after \(write)")
                #expect(changed.isEmpty == [.nothing, .upsertUnchanged, .deleteAgain, .updateDeleted].contains(write))

                try await fixture.embedAll()
                #expect(try await Self.faults(fixture) == [], "embedded after \(write)")
                let waiting = try await fixture.embeddings.outboxStatus().pending
                #expect(waiting == 0, "embedded after \(write)")
                try await fixture.completions.count()
                #expect(try await Self.miscounted(fixture) == 0, "counted after \(write)")
            }
        }
    }

    // MARK: The writes

    private static func key(_ slug: String) -> ProfileKey { ProfileKey(key: .slug(slug)) }

    private static func person(_ number: Int, slug: String? = nil) -> Profile {
        var person = Samples.curie()
        person.identityId = ""
        person.externalIds = []
        person.slug = slug ?? "person-\(number)"
        person.displayName = "Person Number\(number)"
        person.summary = "Works at bench \(number)."
        person.location = "Town \(number % 7)"
        person.experiences[0].title = "Professor \(number)"
        person.skills[0].name = "Skill \(number)"
        return person
    }

    private static func perform(_ write: Write, _ fixture: RepositoryFixture) async throws {
        let profiles = fixture.profiles
        let curie = Self.key("marie-curie")
        switch write {
        case .create: _ = try await profiles.create(Samples.curie())
        case .createWithNumber:
            _ = try await profiles.create(Samples.named("Marie Curie", summary: "Another of that name."))
        case .updateText:
            let values = Profile(headline: "Twice a laureate", location: "Warsaw")
            _ = try await profiles.update(curie, with: values, updateMask: ["headline", "location"])
        case .updateTags:
            _ = try await profiles.update(curie, with: Profile(tags: ["polonium"]), updateMask: ["tags"])
        case .dropExperience:
            var values = try await profiles.get(curie)
            values.experiences.removeLast()
            values.skills = []
            _ = try await profiles.update(curie, with: values, updateMask: ["experiences", "skills"])
        case .moveExperience:
            var values = try await profiles.get(curie)
            values.experiences.insert(Experience(category: .work, title: "Director", organization: "Institute"), at: 0)
            _ = try await profiles.update(curie, with: values, updateMask: ["experiences"])
        case .nothing:
            let values = try await profiles.get(curie)
            _ = try await profiles.update(curie, with: values, updateMask: ["*"])
        case .upsertNew: _ = try await profiles.batchUpsert([Self.person(1)]).results[0].get()
        case .upsertStored, .upsertUnchanged:
            var person = Self.person(1)
            person.skills = [Skill(name: "Glass blowing")]
            let outcome = try await profiles.batchUpsert([person]).results[0].get().outcome
            #expect(outcome == (write == .upsertStored ? .updated : .unchanged))
        case .batch:
            // More than one transaction takes, and enough rows to be copied; every third is stored already.
            _ = try await profiles.batchUpsert((0..<40).map { Self.person($0 * 3) })
            let results = try await profiles.batchUpsert(
                (0..<120).map { number in
                    var person = Self.person(number)
                    person.headline = "In the batch"
                    return person
                }
            ).results
            for result in results { _ = try result.get() }
        case .batchWithBadItems:
            let results = try await profiles.batchUpsert(
                (200..<260).map { Self.person($0, slug: $0 % 20 == 7 ? "No Slug \($0)" : nil) }
            ).results
            for (number, result) in zip(200..<260, results) {
                #expect((try? result.get()) != nil || number % 20 == 7)
            }
        case .batchOfRepeatedKeys:
            var (first, second) = (Self.person(300), Self.person(300))
            first.headline = "First"
            second.headline = "Second"
            let results = try await profiles.batchUpsert([first, Self.person(301), second]).results
            #expect(try results.map { try $0.get().revision } == [1, 1, 2])
        case .delete, .deleteAgain: _ = try await profiles.softDelete(curie)
        case .updateDeleted:
            await #expect(throws: RepositoryError.self) {
                try await profiles.update(curie, with: Profile(headline: "Gone"), updateMask: ["headline"])
            }
        case .restore: _ = try await profiles.restore(curie)
        case .bulkLoad:
            let space = try await fixture.embeddings.space(named: "")
            let people = (400..<460).map { BulkProfile(profile: Self.person($0)) }
            _ = try await BulkLoader(database: fixture.database).load(people, into: space)
        case .bulkLoadWithVectors:
            let space = try await fixture.embeddings.space(named: "")
            let people = (500..<510).map { number in
                let profile = Self.withIDs(Self.person(number))
                let vectors = SectionText.sections(of: profile).map { SectionVectors([WordVectors.vector($0.text)]) }
                return BulkProfile(profile: profile, vectors: vectors)
            }
            _ = try await BulkLoader(database: fixture.database).load(people, into: space)
        case .purge: try await fixture.execute("DELETE FROM profiles WHERE slug LIKE 'person-5%'")
        }
    }

    private static func withIDs(_ profile: Profile) -> Profile {
        var profile = profile
        func id() -> String { UUID().uuidString.lowercased() }
        profile.id = id()
        for index in profile.experiences.indices { profile.experiences[index].id = id() }
        for index in profile.skills.indices { profile.skills[index].id = id() }
        return profile
    }

    // MARK: The plain look

    private static func rows<Value: Sendable>(
        _ fixture: RepositoryFixture,
        _ sql: SQL,
        _ read: (borrowing QueryResult, Int) throws -> Value
    ) async throws -> [Value] {
        let result = try await fixture.pool.execute(Statement("", sql))
        var values: [Value] = []
        for row in 0..<result.rowCount { values.append(try read(result, row)) }
        return values
    }

    /// Revisions by id.
    private static func profiles(_ fixture: RepositoryFixture) async throws -> [UUID: Int64] {
        let rows = try await Self.rows(fixture, "SELECT id, revision FROM profiles") {
            (try $0.value($1, 0, as: UUID.self), try $0.value($1, 1, as: Int64.self))
        }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    /// Profiles that views will look at again.
    private static func followed(_ fixture: RepositoryFixture) async throws -> Set<UUID> {
        Set(
            try await Self.rows(fixture, "SELECT profile_id FROM profile_changes") {
                try $0.value($1, 0, as: UUID.self)
            }
        )
    }

    private static func faults(_ fixture: RepositoryFixture) async throws -> [String] {
        var faults: [String] = []
        for (name, sql) in Self.countsOfFaults {
            let count = try await Self.rows(fixture, sql) { try $0.value($1, 0, as: Int64.self) }[0]
            if count > 0 { faults.append("\(count) \(name)") }
        }
        for space in try await fixture.embeddings.spaces() {
            faults += try await Self.faults(fixture, in: space)
        }
        return faults
    }

    private static let countsOfFaults: [(String, SQL)] = [
        (
            "sections whose words are not those of their texts",
            """
            SELECT (SELECT count(*) FROM profiles p WHERE p.search <> profile_section_words(p))
                + (SELECT count(*) FROM experiences e WHERE e.search <> experience_words(e))
                + (SELECT count(*) FROM skills s WHERE s.search <> skill_words(s))
            """
        ),
        (
            "profiles whose words are not those of their sections",
            """
            SELECT count(*) FROM profiles p LEFT JOIN profile_words w ON w.profile_id = p.id
            WHERE w.profile_id IS NULL OR w.is_active <> p.is_active OR w.words <> array_to_tsvector(ARRAY(
                SELECT unnest(tsvector_to_array(profile_section_words(p)))
                UNION SELECT unnest(tsvector_to_array(experience_words(e))) FROM experiences e WHERE e.profile_id = p.id
                UNION SELECT unnest(tsvector_to_array(skill_words(s))) FROM skills s WHERE s.profile_id = p.id))
            """
        ),
        (
            "texts of live profiles that no completion has",
            """
            SELECT count(*) FROM (\(Self.texts)) AS t
            WHERE NOT EXISTS (SELECT FROM completion_terms c WHERE c.kind = t.kind AND c.folded = fold_term(t.text))
            """
        ),
    ]

    private static let texts: SQL = """
        SELECT p.id AS profile, t.kind, t.text FROM profiles p CROSS JOIN LATERAL (
            SELECT 1 AS kind, p.display_name AS text
            UNION ALL SELECT 5, p.location
            UNION ALL SELECT 2, e.title FROM experiences e WHERE e.profile_id = p.id
            UNION ALL SELECT 3, e.organization FROM experiences e WHERE e.profile_id = p.id
            UNION ALL SELECT 4, s.name FROM skills s WHERE s.profile_id = p.id
        ) AS t
        WHERE p.is_active AND btrim(t.text) <> ''
        """

    /// Completions with another count than of the profiles that have them.
    private static func miscounted(_ fixture: RepositoryFixture) async throws -> Int64 {
        try await Self.rows(
            fixture,
            """
            SELECT count(*) FROM completion_terms c LEFT JOIN (
                SELECT t.kind, fold_term(t.text) AS folded, count(DISTINCT t.profile) AS profiles
                FROM (\(Self.texts)) AS t GROUP BY 1, 2
            ) AS counted ON counted.kind = c.kind AND counted.folded = c.folded
            WHERE c.profile_count <> coalesce(counted.profiles, 0)
            """
        ) { try $0.value($1, 0, as: Int64.self) }[0]
    }

    /// Sections that neither wait nor have the embedding of their text, and embeddings of what is not there.
    private static func faults(
        _ fixture: RepositoryFixture,
        in space: EmbeddingSpaceInfo
    ) async throws -> [String] {
        let ids = try await Self.rows(fixture, "SELECT id FROM profiles") { try $0.value($1, 0, as: UUID.self) }
        let stored = try await fixture.profiles.batchGet(ids.map { .id($0.uuidString) }).compactMap(\.self)
        var texts: [String: (text: String, isActive: Bool)] = [:]
        for profile in stored {
            for section in SectionText.sections(of: profile) {
                texts["\(section.kind.rawValue)/\(section.id)"] = (section.text, profile.deleteTime == nil)
            }
        }
        let waiting = Set(
            try await Self.rows(fixture, "SELECT kind || '/' || section_id, space FROM embedding_outbox") {
                (try $0.value($1, 0, as: String.self), try $0.value($1, 1, as: String.self))
            }.filter { $0.1 == space.name }.map(\.0)
        )
        let embeddings = try await Self.rows(
            fixture,
            "SELECT kind || '/' || section_id, is_active, embedding FROM \(space.table.name)"
        ) { rows, row in
            let section: String = try rows.value(row, 0)
            return (section, try rows.value(row, 1, as: Bool.self), try rows.value(row, 2, as: Vector.self))
        }
        var faults = waiting.filter { texts[$0] == nil }.map { "\(space.name): \($0) waits and is not there" }
        var embedded: Set<String> = []
        for (section, isActive, vector) in embeddings {
            guard let (text, isProfileActive) = texts[section] else {
                faults.append("\(space.name): an embedding of \(section), which is not there")
                continue
            }
            if isActive != isProfileActive { faults.append("\(space.name): \(section) is not as live as its profile") }
            if Self.isAlike(vector.values, WordVectors.vector(text, dimension: space.dimension)) {
                embedded.insert(section)
            }
        }
        for section in texts.keys where !embedded.contains(section) && !waiting.contains(section) {
            faults.append("\(space.name): \(section) has no embedding of its text and does not wait")
        }
        return faults.sorted()
    }

    private static func isAlike(_ one: [Float], _ other: [Float]) -> Bool {
        func length(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let (a, b) = (length(one), length(other))
        return one.count == other.count && zip(one, other).allSatisfy { abs($0 / a - $1 / b) < 1e-4 }
    }
}
