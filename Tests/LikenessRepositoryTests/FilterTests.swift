import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

@Suite(.freshDatabase) struct FilterTests {
    private static let people: [Profile] = [
        Profile(
            slug: "ada",
            displayName: "Ada Weaver",
            headline: "Chief nurse of a small hospital",
            summary: "Calmed a failing hospital.",
            location: "Würzburg, Germany",
            tags: ["remote", "Lead"],
            keywords: ["night shifts"],
            attributesJson:
                #"{"team": "Blue", "level": 7, "open": true, "languages": ["de", "en"], "site": {"floor": 2}}"#,
            experiences: [
                Experience(
                    category: .work,
                    title: "Chief nurse",
                    organization: "City Hospital",
                    startDate: PartialDate(year: 2010, month: 5),
                    description: "Led the night shift.",
                    tags: ["shift"]
                ),
                Experience(
                    category: .education,
                    title: "Nursing",
                    organization: "Town School",
                    startDate: PartialDate(year: 1999),
                    endDate: PartialDate(year: 2003, month: 7, day: 1)
                ),
            ],
            skills: [Skill(name: "Triage", category: "care", level: "expert"), Skill(name: "Swift", level: "beginner")]
        ),
        Profile(
            identityId: "11111111-2222-4333-8444-555555555555",
            slug: "ben",
            displayName: "Ben Böhm",
            headline: "Baker",
            location: "Ulm, Germany",
            tags: ["onsite"],
            attributesJson: #"{"team": "Red", "level": "7"}"#,
            experiences: [
                Experience(
                    category: .work,
                    title: "Nurse",
                    organization: "Old Mill",
                    startDate: PartialDate(year: 2011),
                    endDate: PartialDate(year: 2012)
                )
            ],
            skills: [Skill(name: "Swift", level: "expert", keywords: ["concurrency"])]
        ),
        Profile(slug: "cleo", displayName: "Cleo 100%_\\", summary: "Dives."),
    ]

    private static func fill(_ fixture: RepositoryFixture) async throws {
        for result in try await fixture.profiles.batchUpsert(self.people).0 { _ = try result.get() }
    }

    private static func slugs(_ fixture: RepositoryFixture, _ filter: String) async throws -> [String] {
        try await fixture.profiles.list(filter: filter).profiles.map(\.slug)
    }

    @Test func `every kind of field knows its comparisons`() async throws {
        let cases: [(String, [String])] = [
            ("slug = ada", ["ada"]),
            ("slug = \"b*\"", ["ben"]),
            ("slug != ada", ["ben", "cleo"]),
            ("slug:*", ["ada", "ben", "cleo"]),
            ("identity_id = 11111111-2222-4333-8444-555555555555", ["ben"]), ("identity_id:*", ["ben"]),
            ("identity_id != \"11111111-2222-4333-8444-555555555555\"", ["ada", "cleo"]),
            ("display_name = \"ben bohm\"", ["ben"]),
            ("display_name = \"BEN BÖHM\"", ["ben"]),
            ("display_name = ben", []),
            ("display_name = \"*böhm\"", ["ben"]),
            ("display_name = \"*100%*\"", ["cleo"]),
            ("display_name = \"*_*\"", ["cleo"]),
            ("display_name = \"*\\\\\"", ["cleo"]), ("display_name : weaver", ["ada"]),
            ("headline : \"hospitals small\"", ["ada"]), ("headline : dives", []), ("summary : dive", ["cleo"]),
            ("headline:*", ["ada", "ben"]), ("NOT headline:*", ["cleo"]),
            ("location = \"*germany\"", ["ada", "ben"]), ("location = \"wurzburg, germany\"", ["ada"]),
            ("tags:remote", ["ada"]), ("tags = remote", ["ada"]), ("tags:Remote", []), ("tags = \"l*\"", ["ada"]),
            ("tags != remote", ["ben", "cleo"]), ("tags:*", ["ada", "ben"]), ("keywords:\"night shifts\"", ["ada"]),
            ("revision = 1", ["ada", "ben", "cleo"]), ("revision > 1", []),
            ("create_time > 2020 AND create_time < 2999-01-01", ["ada", "ben", "cleo"]),
            ("update_time < \"2020-01-01T00:00:00Z\"", []),
            ("update_time >= \"2020-01-01T00:00:00+02:00\"", ["ada", "ben", "cleo"]),
            ("attributes.team = Blue", ["ada"]), ("attributes.team = blue", []), ("attributes.level = 7", ["ada"]),
            ("attributes.level = \"7\"", ["ben"]), ("attributes.level >= 7", ["ada"]), ("attributes.level > 7", []),
            ("attributes.level <= \"8\"", ["ben"]),
            ("attributes.open = true", ["ada"]),
            ("attributes.open = \"true\"", []),
            ("attributes.languages:de", ["ada"]),
            ("attributes.languages = de", []),
            ("attributes.site.floor < 2.5", ["ada"]),
            ("attributes.\"site\".floor:*", ["ada"]),
            ("attributes.nothing:*", []),
            ("attributes.level != 7", ["ben", "cleo"]),
            ("experiences.category = WORK", ["ada", "ben"]), ("experiences.category = education", ["ada"]),
            ("experiences.title = nurse", ["ben"]), ("experiences.title : nurse", ["ada", "ben"]),
            ("experiences.title != nurse", ["ada", "cleo"]),
            ("experiences.organization = \"CITY hospital\"", ["ada"]),
            ("experiences.start_date = 2010", ["ada"]), ("experiences.start_date = 2010-05", ["ada"]),
            ("experiences.start_date = 2010-06", []), ("experiences.start_date >= 2011", ["ben"]),
            ("experiences.start_date > 2010", ["ben"]), ("experiences.start_date <= 1999", ["ada"]),
            ("experiences.end_date = 2003-07-01", ["ada"]), ("experiences.description : led", ["ada"]),
            ("experiences.tags:shift", ["ada"]), ("NOT experiences.end_date:*", ["cleo"]),
            // In one row, or in any rows.
            ("experiences.title:nurse AND experiences.organization:hospital", ["ada"]),
            ("experiences(category = EDUCATION AND title:nurse)", ["ada"]),
            ("experiences(category = WORK AND -end_date:*)", ["ada"]),
            ("experiences.category = WORK AND -experiences(end_date:*)", []),
            ("skills(name = swift AND level = expert)", ["ben"]),
            ("skills.name = swift AND skills.level = expert", ["ada", "ben"]),
            ("skills.keywords:concurrency", ["ben"]), ("skills.category = care", ["ada"]),
            ("slug = ada OR slug = ben AND location:ulm", ["ben"]),
            ("(slug = ada) OR (slug = ben AND location:ulm)", ["ada", "ben"]),
            ("NOT (tags:remote OR tags:onsite)", ["cleo"]), ("slug:* tags:remote skills.name = triage", ["ada"]),
        ]
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            for (filter, expected) in cases {
                do {
                    #expect(try await Self.slugs(fixture, filter) == expected, "\(filter)")
                } catch {
                    Issue.record("\(filter): \(error)")
                }
            }
        }
    }

    @Test(arguments: [
        ("name = x", "names \"name\", which is none of id, identity_id, slug"),
        ("name = x", "; did you mean display_name or skills.name? (at character 1)"),
        ("dispay_name = x", "; did you mean display_name?"), ("title = x", "; did you mean experiences.title?"),
        ("experiences.titel = x", "; did you mean experiences.title?"),
        ("experiences(titel = x)", "; did you mean title?"), ("xyzzy = x", "external_ids.… (at character 1)"),
        ("experiences.foo = x", "none of experiences.category"),
        ("experiences(foo = x)", "none of category"), ("skills(experiences.title = x)", "none of name"),
        ("skills(skills(name = x))", "parentheses behind \"skills\""), ("tags(a = b)", "parentheses behind \"tags\""),
        ("attributes = x", "without a key"),
        ("headline > x", "it knows = : != :*"),
        ("tags < x", "it knows = : != :*"),
        ("summary = x", "it knows : :*"), ("id = x", "wants a UUID"), ("revision = x", "wants a whole number"),
        ("revision = 99999999999999999999", "wants a whole number"), ("create_time > soon", "wants a date such as"),
        ("create_time > 2010-02-30", "wants a date such as"),
        ("create_time > \"2010-01-01T25:00:00Z\"", "wants a date such as"),
        ("experiences.start_date = \"2010-01-01T00:00:00Z\"", "a date without a time"),
        ("location.part = GB", "did you mean location, of which a star leaves a part open: location = \"*…\"?"),
        ("experiences.location.part = GB", "did you mean experiences.location, "),
        ("experiences.category = WROK", "for \"experiences.category\"; did you mean WORK?"),
        ("experiences.category = JOB", "wants one of WORK, VOLUNTEER"), ("headline = a*b", "* in the middle"),
        ("headline : \"a*\"", "which asks for words"),
        ("headline : \"?!\"", "wants a word"),
        ("attributes.a = \"x*\"", "* in a value"),
        ("attributes.a > true", "cannot order"), ("revision = 1*", "whole value"),
    ])
    func `a filter that cannot be is refused before anything is sent`(filter: String, says: String) {
        do {
            _ = try Filter(filter)
            Issue.record("\(filter) was taken")
        } catch {
            guard case .invalidField(path: "filter", let reason) = error else {
                Issue.record("\(filter): \(error)")
                return
            }
            #expect(reason.contains(says), "\(filter): \(reason)")
            #expect(reason.contains("(at character "))
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.map { "\"\\*".contains($0) ? "\\\($0)" : String($0) }.joined() + "\""
    }

    @Test func `hostile values are values`() async throws {
        try await RepositoryFixture.run { fixture in
            let texts = HostileTexts.all.filter {
                !$0.allSatisfy(\.isWhitespace) && $0.count <= 100 && $0 == $0.trimmed && !$0.contains("\u{301}")
            }
            let profiles = texts.prefix(150).enumerated().map { index, text in
                Profile(
                    slug: "p-\(index)",
                    displayName: "x",
                    headline: text,
                    tags: [text],
                    attributesJson: #"{"k": "v"}"#,
                    skills: [Skill(name: text)]
                )
            }
            for result in try await fixture.profiles.batchUpsert(profiles).0 { _ = try result.get() }
            for (index, text) in texts.prefix(150).enumerated() {
                let value = Self.quoted(text)
                #expect(
                    try await Self.slugs(fixture, "tags:\(value)").contains("p-\(index)"),
                    "\(text.debugDescription)"
                )
                #expect(
                    try await Self.slugs(fixture, "headline = \(value)").contains("p-\(index)"),
                    "\(text.debugDescription)"
                )
                #expect(try await Self.slugs(fixture, "skills.name = \(value)").contains("p-\(index)"))
                #expect(try await Self.slugs(fixture, "attributes.k = \(value)").isEmpty)
                #expect(try await Self.slugs(fixture, "attributes.\(value).k = 1 AND slug = \(value)").isEmpty)
                _ = try await Self.slugs(fixture, "headline = \"*\(Self.quoted(text).dropFirst())")
            }
            #expect(try await fixture.value("SELECT count(*) FROM profiles", as: Int.self) == profiles.count)
        }
    }

    // MARK: Against a model

    private static func random(_ depth: Int, _ random: inout SplitMix) -> (
        text: String, holds: @Sendable (Profile) -> Bool
    ) {
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
        switch depth == 0 ? 0 : Int.random(in: 0..<4, using: &random) {
        case 1:
            let (a, b) = (self.random(depth - 1, &random), self.random(depth - 1, &random))
            return ("(\(a.text)) AND (\(b.text))", { a.holds($0) && b.holds($0) })
        case 2:
            let (a, b) = (self.random(depth - 1, &random), self.random(depth - 1, &random))
            return ("(\(a.text)) OR (\(b.text))", { a.holds($0) || b.holds($0) })
        case 3:
            let a = self.random(depth - 1, &random)
            return ("NOT (\(a.text))", { !a.holds($0) })
        default: break
        }
        let word = pick(["a", "b", "c"])
        let number = Int.random(in: 0...4, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return ("tags:\(word)", { $0.tags.contains(word) })
        case 1: return ("headline = \"\(word)*\"", { $0.headline.hasPrefix(word) })
        case 2: return ("headline != \(word)", { $0.headline != word })
        case 3: return ("attributes.n >= \(number)", { Self.number($0).map { $0 >= number } ?? false })
        case 4: return ("attributes.n != \(number)", { Self.number($0) != number })
        case 5: return ("experiences.title = \(word)", { $0.experiences.contains { $0.title == word } })
        case 6:
            return (
                "experiences(title = \(word) AND start_date >= \(2000 + number))",
                { $0.experiences.contains { $0.title == word && ($0.startDate?.year ?? 0) >= 2000 + number } }
            )
        case 7:
            return (
                "experiences(NOT title = \(word) OR NOT end_date:*)",
                { $0.experiences.contains { $0.title != word || $0.endDate == nil } }
            )
        case 8: return ("skills.name : \(word)\(word)", { $0.skills.contains { $0.name == word + word } })
        default:
            return (
                "experiences.start_date < \(2000 + number)",
                { $0.experiences.contains { $0.startDate.map { $0.year < 2000 + number } ?? false } }
            )
        }
    }

    private static func number(_ profile: Profile) -> Int? {
        profile.attributesJson.contains("\"n\"")
            ? Int(profile.attributesJson.filter { $0.isNumber }) : nil
    }

    @Test func `PostgreSQL passes those that the model passes`() async throws {
        var random = SplitMix(seed: 21)
        func pick(_ texts: [String]) -> String { texts.randomElement(using: &random) ?? "" }
        let people = (0..<60).map { index in
            Profile(
                slug: "p-\(index < 10 ? "0" : "")\(index)",
                displayName: "x",
                headline: pick(["", "a", "b", "ab", "bc"]),
                tags: ["a", "b", "c"].filter { _ in Bool.random(using: &random) },
                attributesJson: Bool.random(using: &random)
                    ? #"{"n": \#(Int.random(in: 0...4, using: &random))}"# : "{}",
                experiences: (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    Experience(
                        title: pick(["a", "b", "c"]),
                        startDate: Bool.random(using: &random)
                            ? PartialDate(year: 2000 + Int32.random(in: 0...4, using: &random)) : nil,
                        endDate: Bool.random(using: &random) ? PartialDate(year: 2010) : nil,
                        description: "x"
                    )
                },
                skills: ["aa", "bb", "cc"].filter { _ in Int.random(in: 0..<3, using: &random) == 0 }.map {
                    Skill(name: $0)
                }
            )
        }
        var filters: [(text: String, holds: @Sendable (Profile) -> Bool)] = []
        for _ in 0..<250 { filters.append(Self.random(3, &random)) }
        let (questions, stored) = (filters, people)
        try await RepositoryFixture.run { fixture in
            for result in try await fixture.profiles.batchUpsert(stored).0 { _ = try result.get() }
            var kinds: Set<Int> = []
            for question in questions {
                let expected = stored.filter { question.holds($0) }.map(\.slug)
                let found = try await fixture.profiles.list(pageSize: 100, filter: question.text).profiles.map(\.slug)
                #expect(found == expected, "\(question.text)")
                kinds.insert(expected.count)
            }
            #expect(kinds.count > 20, "the filters tell people apart")
        }
    }

    // MARK: Lists

    @Test func `pages of a filtered list, and a token for another filter`() async throws {
        try await RepositoryFixture.run { fixture in
            let people = (0..<30).map {
                Profile(slug: "p-\($0 + 10)", displayName: "x", tags: $0.isMultiple(of: 3) ? ["third"] : [])
            }
            for result in try await fixture.profiles.batchUpsert(people).0 { _ = try result.get() }
            _ = try await fixture.profiles.softDelete(.slug("p-13"))
            var found: [String] = []
            var token = ""
            repeat {
                let page = try await fixture.profiles.list(pageSize: 4, pageToken: token, filter: "tags:third")
                #expect(page.totalSizeEstimate == -1)
                found += page.profiles.map(\.slug)
                token = page.nextPageToken
                if !token.isEmpty {
                    let first = token
                    await #expect(throws: RepositoryError.invalidPageToken) {
                        try await fixture.profiles.list(pageSize: 4, pageToken: first, filter: "tags:other")
                    }
                }
            } while !token.isEmpty
            #expect(found == ["p-10", "p-16", "p-19", "p-22", "p-25", "p-28", "p-31", "p-34", "p-37"])
            let deleted = try await fixture.profiles.list(showDeleted: true, filter: "tags:third")
            #expect(deleted.profiles.count == 10)
        }
    }

    @Test func `what folding makes of a sign is no wildcard`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let people = [
                Profile(slug: "full", displayName: "Fifty ％ off", headline: "a＿b", location: "C:＼temp", tags: ["５０％"]),
                Profile(slug: "plain", displayName: "Fifty x off", headline: "axb", location: "C:/temp", tags: ["５０x"]),
            ]
            for result in try await fixture.profiles.batchUpsert(people).0 { _ = try result.get() }
            let cases: [(String, [String])] = [
                // Every name began with it.
                ("display_name = \"％*\"", []), ("display_name = \"*％*\"", ["cleo", "full"]),
                ("display_name = \"*fifty ％ off\"", ["full"]), ("display_name = \"*﹪ off\"", ["full"]),
                ("headline = \"a＿*\"", ["full"]), ("headline = \"*a_b\"", ["full"]),
                // A pattern that ended in an escape of nothing.
                ("display_name = \"*＼\"", ["cleo"]), ("location = \"*:＼*\"", ["full"]),
                ("location = \"c:\\\\*\"", ["full"]), ("tags = \"*%\"", ["full"]), ("tags = \"*＼\"", []),
                ("slug = \"％*\"", []), ("slug = \"\\\\*\"", []), ("display_name = \"  ADA*\"", ["ada"]),
                ("display_name = \"*weaver  \"", ["ada"]), ("display_name = \"* weaver\"", ["ada"]),
            ]
            for (filter, expected) in cases {
                #expect(try await Self.slugs(fixture, filter) == expected, "\(filter)")
            }
        }
    }

    @Test func `attributes have a bounded depth`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let deepest = "attributes" + String(repeating: ".a", count: 64)
            for comparison in ["= 1", "!= 1", ":1", ":*", "< 1", ">= \"x\""] {
                _ = try await Self.slugs(fixture, "\(deepest) \(comparison)")
                #expect(throws: RepositoryError.self) { try Filter("\(deepest).a \(comparison)") }
                let most = "attributes" + String(repeating: ".a", count: 2_000)
                #expect(throws: RepositoryError.self) { try Filter("\(most) \(comparison)") }
            }
        }
    }

    @Test func `what no index answers costs, and has a bound`() throws {
        func any(_ condition: String, _ count: Int) -> String {
            (0..<count).map { _ in condition }.joined(separator: " OR ")
        }
        let allowed = [
            any("tags:\"a\"", 100), any("experiences.title = \"a\"", 100), any("attributes.a = 1", 100),
            any("slug:*", 100),
            any("experiences.title = \"*zq*\"", 5), any("experiences.description:a", 10), any("headline = a", 20),
            "experiences(\(any("title:a", 10)))", any("summary:a", 40), any("experiences.category = WORK", 40),
        ]
        for filter in allowed { _ = try Filter(filter) }
        let refused = [
            any("experiences.title = \"*zq*\"", 6), any("experiences.title = \"*zq*\"", 10),
            any("display_name = \"a*\"", 21),
            any("experiences.description:a", 11), any("skills.keywords = \"*a\"", 6), any("NOT summary:a", 41),
            "experiences(\(any("title = \"*a\"", 6)))", any("skills.category = a", 6),
        ]
        for filter in refused {
            let error = #expect(throws: RepositoryError.self) { try Filter(filter) }
            guard case .invalidField("filter", let reason)? = error else {
                Issue.record("\(String(describing: error)) for \(filter)")
                continue
            }
            #expect(reason.contains("at most") || reason.contains("where 40 are allowed"))
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(self.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
