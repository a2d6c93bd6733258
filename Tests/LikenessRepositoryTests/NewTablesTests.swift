import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

/// A new database, whose tables were empty when the statements were planned and have not been analyzed since.
@Suite(.freshDatabase) struct NewTablesTests {
    private static func person(_ number: Int) -> Profile {
        var person = Samples.curie()
        person.identityId = ""
        person.externalIds = [ExternalId(system: "crm", id: "\(number)")]
        person.slug = "person-\(number)"
        person.displayName = "Person Number\(number)"
        person.summary = "Works at bench \(number)."
        return person
    }

    private static func useAll(_ people: [Profile], _ fixture: RepositoryFixture) async throws {
        for result in try await fixture.profiles.batchUpsert(people).results { _ = try result.get() }
        try await fixture.embedAll()
        try await fixture.completions.count()
        let slugs = people.prefix(5).map { ProfileKey.slug($0.slug) }
        for (slug, person) in zip(slugs, people) {
            let stored = try await fixture.profiles.get(slug)
            let crm = ExternalId(system: "crm", id: person.externalIds[0].id)
            _ = try await fixture.profiles.get(ProfileKey(key: .externalId(crm)))
            _ = try await fixture.profiles.update(
                slug,
                with: Profile(headline: "Of \(stored.revision)", skills: [Skill(name: "Glass blowing")]),
                updateMask: ["headline", "skills"]
            )
            _ = try await fixture.profiles.softDelete(slug)
            _ = try await fixture.profiles.restore(slug)
        }
        _ = try await fixture.profiles.batchGet(slugs)
        try await fixture.embedAll()
        try await fixture.completions.count()
        var created = Self.person(people.count * 1_000)
        created.slug = ""
        _ = try await fixture.profiles.create(created)
    }

    @Test func `writes and reads by key find their rows by an index, whatever the planner knew`() async throws {
        try await RepositoryFixture.run { fixture in
            // Only the test's own statements shall tell what is read.
            for table in ["profiles", "experiences", "skills", "embedding_outbox", "profile_words"] {
                try await fixture.execute("ALTER TABLE \(table) SET (autovacuum_enabled = off)")
            }
            // Sessions may have compared all of something before.
            _ = try await fixture.statistics.statistics()
            try await Self.useAll((0..<3).map(Self.person), fixture)
            try await Self.useAll((100..<400).map(Self.person), fixture)
        }
        // What closed sessions did is counted.
        let connection = try await Connection.open(TestDatabase.current.configuration)
        defer { connection.close() }
        let result = try await connection.execute(
            Statement(
                "",
                """
                SELECT relname::text, seq_scan, seq_tup_read FROM pg_stat_user_tables
                WHERE seq_tup_read > 100 ORDER BY seq_tup_read DESC
                """
            )
        )
        var scanned: [String] = []
        for row in 0..<result.rowCount {
            let name: String = try result.value(row, 0)
            let scans: Int64 = try result.value(row, 1)
            let rows: Int64 = try result.value(row, 2)
            scanned.append("\(name): \(rows) rows by \(scans) scans")
        }
        #expect(scanned == [])
    }
}
