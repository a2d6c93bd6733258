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

    /// Sections are claimed and delivered some at a time, however many wait.
    @Test func `the outbox is not read whole for the sections of one batch, whatever the planner knew`() async throws {
        let (people, batch) = (300, 8)
        try await RepositoryFixture.run { fixture in
            try await fixture.execute("ALTER TABLE embedding_outbox SET (autovacuum_enabled = off)")
            _ = try await fixture.profiles.batchUpsert((0..<3).map(Self.person))
            try await fixture.execute("ANALYZE embedding_outbox")
            let others = (100..<100 + people).map(Self.person)
            for result in try await fixture.profiles.batchUpsert(others).results { _ = try result.get() }
            let space = try await fixture.embeddings.space(named: "")
            for round in 0..<60 {
                let jobs = try await fixture.embeddings.claim(space: space, count: batch)
                #expect(jobs.count == batch)
                guard !round.isMultiple(of: 4) else {
                    try await fixture.embeddings.release(jobs, in: space)
                    continue
                }
                let stored = try await fixture.embeddings.store(
                    jobs.map { ($0, $0.text.map { SectionVectors([WordVectors.vector($0, dimension: 384)]) }) },
                    in: space
                )
                #expect(stored == batch)
            }
        }
        let connection = try await Connection.open(TestDatabase.current.configuration)
        defer { connection.close() }
        let result = try await connection.execute(
            Statement(
                "",
                """
                SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'embedding_outbox'),
                    (SELECT sum(idx_tup_read)::bigint FROM pg_stat_user_indexes WHERE relname = 'embedding_outbox'),
                    (SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'embedding_outbox')
                """
            )
        )
        let (bySequence, byIndex): (Int64, Int64) = (try result.value(0, 0), try result.value(0, 1))
        let written: Int64 = try result.value(0, 2)
        #expect(written > 900)
        // Each of 60 claims reads its rows, and those that were claimed before it and are not cleaned up yet.
        #expect(bySequence <= written, "\(bySequence) rows of \(written) by sequence")
        #expect(byIndex < 30 * written, "\(byIndex) rows of \(written) by index")
    }

    @Test func `texts are looked up by their keys and not in an index of trigrams`() async throws {
        try await RepositoryFixture.run { fixture in
            for table in ["completion_terms", "view_terms", "view_spellings"] {
                try await fixture.execute("ALTER TABLE \(table) SET (autovacuum_enabled = off)")
            }
            // So many that their statistics make an index of trigrams look cheap.
            try await Self.useAll((0..<3).map(Self.person), fixture)
            try await Self.useAll((100..<700).map(Self.person), fixture)
            try await fixture.execute("ANALYZE completion_terms")
            try await Self.useAll((1_000..<1_100).map(Self.person), fixture)
            try await fixture.execute(
                """
                DO $$
                DECLARE
                    view uuid;
                    shown uuid;
                BEGIN
                    INSERT INTO view_projections (mask_ids, mask_revisions) VALUES ('{}', '{}') RETURNING id INTO view;
                    FOR round IN 1..2 LOOP
                        FOR shown IN SELECT p.id FROM profiles p ORDER BY p.id LIMIT 20 LOOP
                            PERFORM project_texts(
                                view, ARRAY[shown], array_fill(shown, '{100}'), array_fill(3::smallint, '{100}'),
                                ARRAY(SELECT jsonb_build_object('name', format('%s of %s: %s', shown, round, n))::text
                                      FROM generate_series(1, 100) AS n));
                        END LOOP;
                        ANALYZE view_terms;
                    END LOOP;
                    FOR shown IN SELECT p.id FROM profiles p ORDER BY p.id LIMIT 20 LOOP
                        PERFORM erase_profiles(ARRAY[shown], '1 day');
                    END LOOP;
                    IF (SELECT count(*) FROM view_terms) <> 0 OR NOT EXISTS (SELECT FROM completion_terms) THEN
                        RAISE 'texts of erased profiles are there, or no others';
                    END IF;
                END $$
                """
            )
        }
        let connection = try await Connection.open(TestDatabase.current.configuration)
        defer { connection.close() }
        // What closed sessions did is counted when they have ended.
        let looks = Statement(
            "",
            """
            SELECT min(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname IN ('completion_terms_pkey', 'view_terms_pkey')
            """
        )
        #expect(
            try await Patience.until { try await connection.execute(looks).value(0, 0, as: Int64.self) >= 1_000 }
        )
        let result = try await connection.execute(
            Statement(
                "",
                """
                SELECT string_agg(i.indexrelname::text, ', ' ORDER BY i.indexrelname), coalesce(sum(i.idx_scan), 0)::int8
                FROM pg_stat_user_indexes i WHERE pg_get_indexdef(i.indexrelid) LIKE '%gin_trgm_ops%'
                """
            )
        )
        #expect(try result.value(0, 0, as: String?.self) == "completion_terms_spelling_idx, view_terms_spelling_idx")
        #expect(try result.value(0, 1, as: Int64.self) == 0)
    }
}
