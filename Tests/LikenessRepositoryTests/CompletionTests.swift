import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

@Suite(.freshDatabase) struct CompletionTests {
    private static func person(
        _ slug: String,
        name: String,
        location: String = "",
        titles: [String] = [],
        organizations: [String] = [],
        skills: [String] = []
    ) -> Profile {
        var profile = Profile(slug: slug, displayName: name, location: location)
        profile.experiences =
            titles.map { Experience(title: $0, description: "Did.") }
            + organizations.map { Experience(organization: $0, description: "Did.") }
        profile.skills = skills.map { Skill(name: $0) }
        return profile
    }

    private static func texts(
        _ fixture: RepositoryFixture,
        _ prefix: String,
        _ kinds: [SuggestionKind] = [],
        limit: Int = 10
    ) async throws -> [String] {
        try await fixture.completions.suggest(prefix, kinds: kinds, limit: limit).suggestions.map(\.text)
    }

    @Test func `words, accents, case and kinds`() async throws {
        try await RepositoryFixture.run { fixture in
            let people = [
                Self.person("curie", name: "Marie Curie", location: "Paris", skills: ["Physics"]),
                Self.person("rontgen", name: "Wilhelm Röntgen", location: "Würzburg", skills: ["physics"]),
                Self.person(
                    "joliot",
                    name: "Irène Joliot-Curie",
                    organizations: ["Institut Curie"],
                    skills: ["Physics"]
                ),
                Self.person("strasse", name: "Kurt Straße", titles: ["100% remote_worker"]),
            ]
            for result in try await fixture.profiles.batchUpsert(people).0 { _ = try result.get() }
            #expect(try await Self.texts(fixture, "cur") == ["Institut Curie", "Irène Joliot-Curie", "Marie Curie"])
            #expect(try await Self.texts(fixture, "CUR", [.name]) == ["Irène Joliot-Curie", "Marie Curie"])
            #expect(try await Self.texts(fixture, "rontg") == ["Wilhelm Röntgen"])
            #expect(try await Self.texts(fixture, "RÖNTG") == ["Wilhelm Röntgen"])
            #expect(try await Self.texts(fixture, "  marie c ") == ["Marie Curie"])
            #expect(try await Self.texts(fixture, "m") == ["Marie Curie"])
            #expect(try await Self.texts(fixture, "wü") == ["Würzburg"])
            // What LIKE reads as patterns is plain text.
            #expect(try await Self.texts(fixture, "100%") == ["100% remote_worker"])
            #expect(try await Self.texts(fixture, "remote_w") == ["100% remote_worker"])
            for nothing in ["%%%", "___", "r_m", "\\\\\\", "'; --"] {
                #expect(try await Self.texts(fixture, nothing).isEmpty, "\(nothing)")
            }
            #expect(try await fixture.completions.suggest("cur%").suggestions.allSatisfy { $0.match == .similar })

            try await fixture.completions.count()
            let physics = try await fixture.completions.suggest("phy").suggestions
            #expect(physics.map(\.text) == ["Physics"] && physics[0].profileCount == 3 && physics[0].kind == .skill)
            #expect(physics[0].span == TextSpan(start: 0, length: 3) && physics[0].match == .start)
            let curie = try await fixture.completions.suggest("curi", kinds: [.name]).suggestions
            #expect(curie.map(\.match) == [.word, .word])
            #expect(curie[0].span == TextSpan(start: Int32("Irène Joliot-".utf8.count), length: 4))
            let ids = try await fixture.profiles.get(.slug("curie")).id
            #expect(curie[1].profileId == ids)
            // ß became two letters, so nobody knows where in the text the match ends.
            let street = try await fixture.completions.suggest("strass").suggestions
            #expect(street.map(\.text) == ["Kurt Straße"] && street[0].span == nil)
            #expect(try await fixture.completions.suggest("phy").completeness.level == .exact)
        }
    }

    @Test func `similar spellings follow, from four characters on`() async throws {
        try await RepositoryFixture.run { fixture in
            let people = ["Photography", "Phonology", "Physics"].map {
                Self.person("p-\($0.lowercased())", name: "X", skills: [$0])
            }
            for result in try await fixture.profiles.batchUpsert(people).0 { _ = try result.get() }
            let found = try await fixture.completions.suggest("photografy", kinds: [.skill]).suggestions
            #expect(found.first?.text == "Photography" && found.first?.match == .similar && found.first?.span == nil)
            #expect(try await Self.texts(fixture, "phq").isEmpty)
        }
    }

    @Test func `what no live profile has is never suggested, and what is written is at once`() async throws {
        try await RepositoryFixture.run { fixture in
            let profile = try await fixture.profiles.create(
                Self.person("ada", name: "Ada Weaver", location: "Ulm", titles: ["Weaver"], skills: ["Weaving"])
            ).value
            let namesake = try await fixture.profiles.create(Self.person("ada-2", name: "ADA WEAVER")).value
            #expect(Set(try await Self.texts(fixture, "wea")) == ["Ada Weaver", "Weaver", "Weaving"])
            let both = try await fixture.completions.suggest("ada", kinds: [.name]).suggestions
            #expect(both.count == 1 && both[0].profileId.isEmpty)
            _ = try await fixture.profiles.softDelete(.id(namesake.id))
            #expect(try await fixture.completions.suggest("ada", kinds: [.name]).suggestions[0].profileId == profile.id)
            _ = try await fixture.profiles.softDelete(.id(profile.id))
            #expect(try await Self.texts(fixture, "wea").isEmpty)
            #expect(try await Self.texts(fixture, "u").isEmpty)
            // Dropped as if nobody had had it for a day.
            try await fixture.completions.count()
            try await fixture.execute("UPDATE completion_terms SET unused_since = now() - interval '2 days'")
            try await fixture.completions.count()
            #expect(try await fixture.value("SELECT count(*) FROM completion_terms", as: Int.self) == 0)
            _ = try await fixture.profiles.restore(.id(profile.id))
            #expect(Set(try await Self.texts(fixture, "wea")) == ["Ada Weaver", "Weaver", "Weaving"])
            var changed = try await fixture.profiles.get(.id(profile.id))
            changed.skills = [Skill(name: "Welding")]
            _ = try await fixture.profiles.update(.id(profile.id), with: changed, updateMask: ["skills"])
            #expect(try await Self.texts(fixture, "we", [.skill]) == ["Welding"])
        }
    }

    @Test func `bad questions name their field`() async throws {
        try await RepositoryFixture.run { fixture in
            await #expect(throws: RepositoryError.invalidField(path: "limit", reason: "is not within 1...50")) {
                try await fixture.completions.suggest("a", limit: 51)
            }
            await #expect(throws: RepositoryError.self) { try await fixture.completions.suggest(" \n") }
            await #expect(throws: RepositoryError.invalidField(path: "kinds[1]", reason: "has the unknown value 9")) {
                try await fixture.completions.suggest("a", kinds: [.name, .init(rawValue: 9)])
            }
            // A mark that folding leaves nothing of matches nothing, not everything.
            _ = try await fixture.profiles.create(Self.person("ada", name: "Ada"))
            for text in HostileTexts.all where !text.allSatisfy(\.isWhitespace) && text.count <= 100 {
                _ = try await fixture.completions.suggest(text, limit: 1)
            }
        }
    }

    @Test func `words begin behind any mark, and characters are those that people count`() async throws {
        try await RepositoryFixture.run { fixture in
            let people = [
                Self.person("brien", name: "Conan O'Brien", titles: ["COVID-19 nurse", "Head of CI/CD"]),
                Self.person("zoe", name: "Zoe\u{301} Quist (Zyxbar)", skills: ["Boeing 747-400", "Node.js"]),
                Self.person("ssaki", name: "Ssaki Mori", location: "Ærø"),
                Self.person("sato", name: "Sato", skills: ["C++ DB2"]),
                Self.person("anna", name: "Анна Орлова", skills: ["Αρχαία ελληνικά"]),
            ]
            for result in try await fixture.profiles.batchUpsert(people).0 { _ = try result.get() }
            let cases: [(prefix: String, text: String?)] = [
                ("brien", "Conan O'Brien"), ("19 n", "COVID-19 nurse"), ("ci/cd", "Head of CI/CD"), ("cd ", nil),
                ("zyxb", "Zoe\u{301} Quist (Zyxbar)"), ("(zyx", "Zoe\u{301} Quist (Zyxbar)"), ("400", "Boeing 747-400"),
                ("747-4", "Boeing 747-400"), ("node.j", "Node.js"), ("c++", "C++ DB2"), ("c++ d", "C++ DB2"),
                ("db2", "C++ DB2"), ("ß", "Ssaki Mori"), ("æ", "Ærø"), ("a\u{30A}", "Ærø"),
                ("zo\u{e9}", "Zoe\u{301} Quist (Zyxbar)"), ("zoe\u{301}", "Zoe\u{301} Quist (Zyxbar)"),
                ("орл", "Анна Орлова"), ("рлова", nil), ("ελλ", "Αρχαία ελληνικά"), ("oe\u{301} q", nil), ("+++", nil),
                ("...", nil),
            ]
            for (prefix, text) in cases {
                let found = try await fixture.completions.suggest(prefix).suggestions.filter { $0.match != .similar }
                #expect(found.map(\.text) == [text].compactMap { $0 }, "\(prefix)")
            }
        }
    }

    @Test func `an answer says when more match than were looked at, and looks behind the deleted`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name) SELECT 'a-' || n, 'Abcd ' || n FROM generate_series(1, 2100) n;
                INSERT INTO profiles (slug, display_name) SELECT 'w-' || n, n || ' Wxyz' FROM generate_series(1, 2100) n;
                SELECT count_completion_terms();
                ANALYZE
                """
            )
            for (prefix, level) in [
                ("abcd", CompletenessLevel.truncated), ("wxyz", .truncated), ("abcd 12", .exact), ("12 wx", .exact),
                ("a", .exact),
                // Spelt alike are more than are looked at.
                ("abcde", .truncated),
            ] {
                let answer = try await fixture.completions.suggest(prefix, limit: 1)
                #expect(answer.suggestions.count == 1, "\(prefix)")
                #expect(answer.completeness.level == level, "\(prefix)")
                #expect(answer.completeness.reason.isEmpty == (level == .exact))
            }

            // The first 223 of 1,111 are deleted, more than the first look ranks.
            try await fixture.execute(
                """
                UPDATE profiles SET is_active = false, deleted_at = now() WHERE display_name ~ '^Abcd 1($|[0-1])'
                """
            )
            let answer = try await fixture.completions.suggest("abcd 1", limit: 3)
            #expect(answer.suggestions.map(\.text) == ["Abcd 12", "Abcd 120", "Abcd 1200"])
            #expect(answer.completeness.level == .exact)
        }
    }

    /// The same question answered by looking at every profile.
    private static func scan(
        _ profiles: [Profile],
        _ prefix: String
    ) -> [(fit: Int, count: Int, folded: String, kind: Int32)] {
        var holders: [String: Set<String>] = [:]
        for profile in profiles {
            func add(_ kind: SuggestionKind, _ text: String) {
                if !text.isEmpty { holders["\(kind.rawValue)/\(text.lowercased())", default: []].insert(profile.slug) }
            }
            add(.name, profile.displayName)
            add(.location, profile.location)
            for experience in profile.experiences {
                add(.title, experience.title)
                add(.organization, experience.organization)
            }
            for skill in profile.skills { add(.skill, skill.name) }
        }
        let found = holders.compactMap { key, slugs -> (fit: Int, count: Int, folded: String, kind: Int32)? in
            let folded = String(key.dropFirst(2))
            let kind = Int32(key.prefix(1)) ?? 0
            if folded.hasPrefix(prefix) { return (1, slugs.count, folded, kind) }
            let isWord = folded.indices.contains { place in
                !folded[place].isLetter && !folded[place].isNumber
                    && folded[folded.index(after: place)...].hasPrefix(prefix)
            }
            return prefix.count >= 3 && isWord ? (2, slugs.count, folded, kind) : nil
        }
        return found.sorted { ($0.fit, -$0.count, $0.folded, $0.kind) < ($1.fit, -$1.count, $1.folded, $1.kind) }
    }

    @Test func `suggestions are those of a scan, whatever was written before`() async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 7)
            func text() -> String {
                // Few letters, so that texts meet.
                func word() -> String {
                    let letters = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                        ["a", "b", "A", "c"].randomElement(using: &random) ?? "a"
                    }
                    return letters.joined()
                }
                return (0..<Int.random(in: 1...3, using: &random)).map { _ in word() }
                    .joined(separator: [" ", "-", "/", " (", "'"].randomElement(using: &random) ?? " ")
            }
            var live: [String: Profile] = [:]
            var deleted: [String: Profile] = [:]
            for round in 0..<6 {
                var written: [Profile] = []
                for _ in 0..<25 {
                    let slug = "person-\(Int.random(in: 0..<60, using: &random))"
                    guard deleted[slug] == nil, !written.contains(where: { $0.slug == slug }) else { continue }
                    written.append(
                        Self.person(
                            slug,
                            name: text(),
                            location: Bool.random(using: &random) ? text() : "",
                            titles: (0..<Int.random(in: 0...2, using: &random)).map { _ in text() },
                            organizations: (0..<Int.random(in: 0...2, using: &random)).map { _ in text() },
                            skills: (0..<Int.random(in: 0...3, using: &random)).map { _ in text() }
                        )
                    )
                }
                for result in try await fixture.profiles.batchUpsert(written).0 { _ = try result.get() }
                for profile in written { live[profile.slug] = profile }
                for slug in live.keys.sorted().shuffled(using: &random).prefix(5) {
                    _ = try await fixture.profiles.softDelete(.slug(slug))
                    deleted[slug] = live.removeValue(forKey: slug)
                }
                for slug in deleted.keys.sorted().shuffled(using: &random).prefix(2) {
                    _ = try await fixture.profiles.restore(.slug(slug))
                    live[slug] = deleted.removeValue(forKey: slug)
                }
                let isCounted = !round.isMultiple(of: 2)
                if isCounted { try await fixture.completions.count() }
                for prefix in ["a", "b", "ab", "1a", "ab1", "aaa", "a b", "1ab", "b1a", "ab/", "a-1", "(ab", "111"] {
                    let answer = try await fixture.completions.suggest(prefix, limit: 50)
                    let expected = Self.scan(Array(live.values), prefix)
                    let found = answer.suggestions.map { "\($0.kind.rawValue)/\($0.text.lowercased())" }
                    #expect(answer.completeness.level == .exact)
                    if isCounted {
                        #expect(found == expected.prefix(50).map { "\($0.kind)/\($0.folded)" }, "\(prefix)")
                        #expect(answer.suggestions.map { Int($0.profileCount) } == expected.prefix(50).map(\.count))
                    } else if expected.count <= 50 {
                        #expect(Set(found) == Set(expected.map { "\($0.kind)/\($0.folded)" }), "\(prefix)")
                    }
                }
            }
        }
    }

    @Test func `many writers of the same new texts do not fail each other`() async throws {
        try await RepositoryFixture.run(connectionsMax: 8) { fixture in
            let skills = (0..<30).map { "Skill \($0)" }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<40 {
                    group.addTask {
                        // Each in an order of its own.
                        let mine = skills[(writer % 30)...] + skills[..<(writer % 30)]
                        _ = try await fixture.profiles.create(
                            Self.person("writer-\(writer)", name: "Same Name", skills: Array(mine))
                        )
                        if writer.isMultiple(of: 10) { try await fixture.completions.count() }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.texts(fixture, "skill", limit: 50).count == 30)
            try await fixture.completions.count()
            let counted = try await fixture.completions.suggest("skill 7").suggestions
            #expect(counted.first?.profileCount == 40)
        }
    }

    /// Counting takes a while where there are many profiles.
    @Test func `writers of texts that are there do not wait while they are counted`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Self.person("ada", name: "Ada", skills: ["Weaving"]))
            let counting = try await Connection.open(fixture.configuration)
            defer { counting.close() }
            try await counting.executeScript("BEGIN; SELECT count_completion_terms()")
            let written = Statement("", "SELECT count(*) FROM completion_terms WHERE xmin = pg_current_xact_id()::xid")
            #expect(try await counting.execute(written).value(0, 0, as: Int64.self) == 2)
            let bob = Self.person("bob", name: "Bob", skills: ["Weaving", "Knotting"])
            _ = try await fixture.profiles.create(bob, deadline: .now + .seconds(10))
            try await counting.executeScript("COMMIT")
            #expect(try await Self.texts(fixture, "Knot") == ["Knotting"])
            try await fixture.completions.count()
            let counted = try await fixture.completions.suggest("Weav").suggestions
            #expect(counted.map(\.profileCount) == [2])
        }
    }

    @Test func `no statement reads a table from end to end`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await fixture.execute(
                """
                INSERT INTO profiles (slug, display_name, location)
                SELECT 'p-' || n, md5(n::text) || ' ' || md5('x' || n), 'Town ' || n % 50 FROM generate_series(1, 4000) n;
                INSERT INTO experiences (profile_id, position, title, organization)
                SELECT id, 0, 'Title ' || md5(slug), 'Organization ' || left(md5(slug), 3) FROM profiles;
                INSERT INTO skills (profile_id, position, name) SELECT id, 0, 'Skill ' || left(md5(slug), 2) FROM profiles;
                SELECT count_completion_terms();
                INSERT INTO view_projections (mask_ids, mask_revisions)
                SELECT ARRAY[gen_random_uuid()], '{1}' FROM generate_series(1, 3);
                INSERT INTO view_terms (view_id, kind, folded, text, profile_count)
                SELECT v.id, t.kind, t.folded, t.text, t.profile_count FROM view_projections v, completion_terms t;
                INSERT INTO view_texts (view_id, profile_id, kinds, texts, name)
                SELECT v.id, p.id, '{1}', ARRAY[p.display_name], fold_term(p.display_name)
                FROM view_projections v, profiles p;
                ANALYZE
                """
            )
            let statements: [(Statement, String)] = [
                (CompletionStatements.all.short(characters: 1), "a"),
                (CompletionStatements.all.short(characters: 2), "ab"), (CompletionStatements.all.long, "abc"),
                (CompletionStatements.all.similar, "abcd"), (CompletionStatements.view.short(characters: 1), "a"),
                (CompletionStatements.view.short(characters: 2), "ab"), (CompletionStatements.view.long, "abc"),
                (CompletionStatements.view.similar, "abcd"),
            ]
            for (statement, prefix) in statements {
                let plan = try await fixture.pool.withConnection { connection in
                    try await connection.executeScript("SET enable_seqscan = off")
                    let isOfView = statement.parameterTypes.count == 4
                    let types: SQL = isOfView ? "text, smallint[], bigint, uuid" : "text, smallint[], bigint"
                    let view: SQL = isOfView ? ", '00000000-0000-0000-0000-000000000000'" : ""
                    try await connection.executeScript("PREPARE hot (\(types)) AS \(SQL(verbatim: statement.sql))")
                    let result = try await connection.execute(
                        Statement(
                            "",
                            "EXPLAIN (COSTS OFF) EXECUTE hot ('\(SQL(verbatim: prefix))', '{1,2,3,4,5}', 40\(view))"
                        )
                    )
                    var lines: [String] = []
                    for row in 0..<result.rowCount { lines.append(try result.value(row, 0)) }
                    try await connection.executeScript("DEALLOCATE hot; RESET enable_seqscan")
                    return lines.joined(separator: "\n")
                }
                #expect(!plan.contains("Seq Scan"), "\(statement.name):\n\(plan)")
                let table = statement.name.hasPrefix("view_") ? "view_terms" : "completion_terms"
                let index =
                    switch statement.name.split(separator: "_").last {
                    case "1": "first_idx"
                    case "2": "second_idx"
                    case "long": "pkey"
                    default: "spelling_idx"
                    }
                #expect(plan.contains("\(table)_\(index)"), "\(statement.name):\n\(plan)")
                if index == "pkey" { #expect(plan.contains("\(table)_word_starts_idx"), "\(plan)") }
                if table == "view_terms" { #expect(plan.contains("view_texts_name_idx"), "\(plan)") }
            }
        }
    }
}
