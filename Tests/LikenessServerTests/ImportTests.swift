import Foundation
import LikenessClient
import LikenessCommands
import LikenessMessages
import LikenessRPC
import LikenessReflection
import LikenessTesting
import Synchronization
import Testing

/// `likeness profile import` as a user runs it, of files as people have them, against a real service.
@Suite(.freshDatabase) struct ImportTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resumes")

    private struct Report: Decodable {
        struct Warning: Decodable {
            let path: String
            let message: String
        }

        struct Person: Decodable {
            let line: Int
            let outcome: String
            let name: String
            let id: String
            let slug: String
            let identity: String?
            let reason: String?
            let warnings: [Warning]
        }

        let created: Int
        let updated: Int
        let unchanged: Int
        let refused: Int
        let warnings: Int
        let people: [Person]

        var outcomes: [String] { self.people.map(\.outcome) }
    }

    /// Runs an import and reads its report.
    private static func run(
        _ file: String,
        _ arguments: [String] = [],
        input: String = "",
        client: String,
        status: Int32 = 0
    ) async throws -> (report: Report, run: BuiltProgram.Run) {
        let likeness = try BuiltProgram("likeness")
        let run = try await likeness.run(
            ["profile", "import", file, "--quiet", "--no-wait", "--output", "json"] + arguments,
            environment: ["LIKENESS_CONNECT": client],
            input: input
        )
        #expect(run.status == status, "\(file): \(run)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return (try decoder.decode(Report.self, from: Data(run.output.utf8)), run)
    }

    // MARK: Files as people have them

    /// Each with its people, by line.
    private static let files: [(name: String, lines: [Int])] = [
        ("json-resume-1.0.json", [1]), ("json-resume-0.0.json", [1]), ("json-lines.jsonl", [1, 2, 3, 6]),
        ("array-of-people.json", [2, 14]), ("people-in-an-object.json", [4, 9]), ("experience-for-work.json", [1]),
        ("skills-in-all-forms.json", [2, 15, 22, 44]), ("linkedin-api.json", [1]), ("linkedin-export.json", [1]),
        ("profile-scraper.json", [1]), ("fresh.json", [1]), ("rendercv.json", [1]), ("europass.json", [1]),
        ("hr-xml.json", [1]), ("parser-output.json", [1]), ("schema-org.json", [1]),
        ("spreadsheet-rows.json", [2, 11]),
        ("mongo-export.jsonl", [1, 2]), ("german.json", [1]), ("east-asian.jsonl", [1, 2, 3]), ("utf-16.json", [1]),
        ("one-after-the-other.json", [1, 7]), ("numbers.json", [1]), ("dates.json", [1]), ("keyed-parts.json", [1]),
    ]

    @Test func `files of 25 kinds are imported, nothing is lost, and the second time nothing changes`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                for file in Self.files {
                    let path = Self.folder.appending(path: file.name).path
                    let first = try await Self.run(path, client: connect).report
                    #expect(first.people.map(\.line) == file.lines, "\(file.name)")
                    #expect(first.created == file.lines.count && first.refused == 0, "\(file.name): \(first)")
                    #expect(Set(first.people.map(\.slug)).count == file.lines.count)
                    let documents = Array(JSONResumeFile(try Data(contentsOf: URL(filePath: path))))
                    let sources = try Self.sources(of: path)
                    try #require(documents.count == sources.count, "\(file.name)")
                    for (person, source) in zip(first.people, sources) {
                        let response = try await fixture.client.profiles.getProfile(
                            .init(key: .init(key: .slug(person.slug))),
                            options: .init()
                        )
                        let stored = try #require(response.profile)
                        for lost in Self.lost(source, in: stored) {
                            Issue.record("\(file.name):\(person.line): lost \(lost): \(stored)")
                        }
                    }
                    let again = try await Self.run(path, client: connect).report
                    #expect(again.unchanged == file.lines.count, "\(file.name): \(again)")
                    #expect(again.people.map(\.slug) == first.people.map(\.slug))
                }
            }
        }
    }

    /// The documents of a file, found by other means than the import does.
    private static func sources(of path: String) throws -> [JSONNode] {
        let data = try Data(contentsOf: URL(filePath: path))
        var bytes = Array(data)
        if data.starts(with: [0xFF, 0xFE]) { bytes = Array(try #require(String(data: data, encoding: .utf16)).utf8) }
        if data.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        var splitter = JSONValueSplitter()
        var values = splitter.received(bytes)
        if let rest = splitter.ended() { values.append(rest) }
        return try values.flatMap { value -> [JSONNode] in
            let node = try JSONParser.parse(value.text)
            if case .array(let items) = node { return items }
            if case .object(let members) = node, let people = members.first(where: { $0.name == "people" }),
                case .array(let items) = people.value
            {
                return items
            }
            return [node]
        }
    }

    /// The values of a document that a stored profile does not have, as text, as date or in its attributes.
    private static func lost(_ document: JSONNode, in profile: Profile) -> [String] {
        var texts = [profile.displayName, profile.headline, profile.summary, profile.location, profile.slug]
        var dates: Set<String> = []
        for item in profile.experiences {
            texts += [item.title, item.organization, item.location, item.description] + item.highlights
            for date in [item.startDate, item.endDate] { if let date { dates.insert(date.iso8601) } }
        }
        for skill in profile.skills { texts += [skill.name, skill.level] + skill.keywords }
        var lost: [String] = []
        let attributes = (try? JSONParser.parse(Array(profile.attributesJson.utf8))) ?? .null
        Self.leaves(of: attributes) { _, text in texts.append(text) }
        let known = Set(texts)
        Self.leaves(of: document) { path, text in
            let parts = text.split { ",;\n".contains($0) }.map { $0.trimmingCharacters(in: .whitespaces) }
            let isThere =
                text.allSatisfy(\.isWhitespace) || known.contains(text) || texts.contains { $0.contains(text) }
                || parts.allSatisfy { part in known.contains(part) }
            if isThere { return }
            if case .date(let date, _)? = ResumeDate(text), dates.contains(date.iso8601) { return }
            // {"year": 2015, "month": 3}, {"month": "--08"}
            let digits = text.drop { $0 == "-" }
            let isPart = ["year", "month", "day"].contains((path.split(separator: ".").last ?? "").lowercased())
            if isPart, let number = Int(digits),
                dates.contains(where: { $0.split(separator: "-").contains { Int($0) == number } })
            {
                return
            }
            lost.append("\(path) = \(text)")
        }
        return lost
    }

    private static func leaves(of node: JSONNode, path: String = "", _ body: (_ path: String, _ text: String) -> Void) {
        switch node {
        case .null: break
        case .bool(let value): body(path, "\(value)")
        case .number(let text), .string(let text): body(path, text)
        case .array(let items):
            for (index, item) in items.enumerated() { Self.leaves(of: item, path: "\(path)[\(index)]", body) }
        case .object(let members):
            for member in members { Self.leaves(of: member.value, path: "\(path).\(member.name)", body) }
        }
    }

    @Test func `what is read of them is what they say`() async throws {
        func profile(_ name: String, _ index: Int = 0) throws -> Profile {
            let data = try Data(contentsOf: Self.folder.appending(path: name))
            return try Array(JSONResumeFile(data))[index].profile.get()
        }
        let old = try profile("json-resume-0.0.json")
        #expect(old.experiences.map(\.organization) == ["Padaria Central", "Forno Novo", "Soup kitchen", "Forno"])
        let experience = try profile("experience-for-work.json")
        #expect(experience.experiences.map(\.title) == ["Electrician", "Apprentice"])
        #expect(experience.experiences.map { $0.startDate?.iso8601 } == ["2021-09", "2019-04"])
        #expect(experience.location == "Lagos, Nigeria" && experience.skills.first?.keywords == ["copper", "fibre"])
        let interface = try profile("linkedin-api.json")
        #expect(interface.displayName == "Farah Aziz" && interface.location == "Karachi, Pakistan")
        #expect(interface.experiences.map(\.organization) == ["Indus Maps", "Survey Office", "Lahore School"])
        let humanResources = try profile("hr-xml.json")
        #expect(humanResources.experiences.map(\.organization) == ["Bro AB", "Bro AB", "KTH"])
        #expect(try profile("europass.json").experiences.first?.startDate == PartialDate(year: 2002, month: 8, day: 1))
        #expect(try profile("fresh.json").experiences.count == 5)
        #expect(try profile("rendercv.json").skills == [Skill(name: "Dyes", keywords: ["indigo", "madder"])])
        #expect(try profile("german.json").experiences.last?.endDate == PartialDate(year: 2004, month: 8, day: 31))
        #expect(try profile("east-asian.jsonl", 1).experiences.first?.endDate == PartialDate(year: 2011, month: 2))
        #expect(try profile("utf-16.json").displayName == "Śaćira Żółw")
    }

    @Test func `a broken line costs that line, and the report says which and why`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let path = Self.folder.appending(path: "broken-lines.jsonl").path
                let (report, run) = try await Self.run(path, client: connect, status: 1)
                #expect(report.people.map(\.line) == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14])
                let good = [1, 10, 13, 14]
                for person in report.people {
                    #expect(person.outcome == (good.contains(person.line) ? "created" : "refused"), "\(person)")
                    #expect(person.reason?.isEmpty == (good.contains(person.line) ? nil : false))
                }
                #expect(run.errors.contains("broken-lines.jsonl:2: refused: basics.name: holds a NUL character"))
                #expect(run.errors.contains("broken-lines.jsonl:11: refused: has the email of line 10"))
                #expect(run.errors.contains("broken-lines.jsonl:13: warning: work[0].startDate: not a date"))
                let isClean = { (text: String) in
                    text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F }
                }
                #expect(isClean(run.errors) && isClean(run.output), "\(run)")
                let table = try await BuiltProgram("likeness").run(
                    ["profile", "import", path, "--quiet", "--no-wait"],
                    environment: ["LIKENESS_CONNECT": connect]
                )
                #expect(isClean(table.output) && isClean(table.errors))
                #expect(table.output.contains("0 created, 0 updated, 4 unchanged, 9 refused, 2 warnings\n"), "\(table)")
                #expect(table.output.contains("LINE  OUTCOME"))
            }
        }
    }

    // MARK: Embeddings

    private struct Embedded: Decodable {
        let created: Int
        let isEmbedded: Bool?
    }

    @Test func `an import into a service that embeds nothing does not wait for embeddings, and says so`() async throws {
        let likeness = try BuiltProgram("likeness")
        let lines = (0..<120).map { #"{"basics":{"name":"Person \#($0)","summary":"Lives in house \#($0)."}}"# }
        // Long enough to be seen beside an import that does not wait, where an import waits for it.
        let options = ["profile", "import", "-", "--quiet", "--timeout", "300", "--output"]
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let environment = ["LIKENESS_CONNECT": try fixture.writeClientFile(in: folder)]
                func run(_ output: String, _ more: [String], _ lines: ArraySlice<String>) async throws -> (
                    BuiltProgram.Run, Duration
                ) {
                    let start = ContinuousClock.now
                    let run = try await likeness.run(
                        options + [output] + more,
                        environment: environment,
                        input: lines.joined(separator: "\n")
                    )
                    #expect(run.status == 0, "\(run)")
                    return (run, .now - start)
                }
                let decoder = JSONDecoder()
                decoder.keyDecodingStrategy = .convertFromSnakeCase
                let (committed, short) = try await run("json", ["--no-wait"], lines[..<60])
                let report = try decoder.decode(Embedded.self, from: Data(committed.output.utf8))
                #expect(report.created == 60 && report.isEmbedded == nil)
                let (waited, long) = try await run("json", [], lines[60...])
                let other = try decoder.decode(Embedded.self, from: Data(waited.output.utf8))
                #expect(other.created == 60 && other.isEmbedded == false)
                #expect(long < short * 20, "\(long), and \(short) without waiting")
                let (table, _) = try await run("table", [], lines[..<1])
                #expect(table.output.contains("1 unchanged") && table.output.contains("not embedded"), "\(table)")
                let (silent, _) = try await run("table", ["--no-wait"], lines[..<1])
                #expect(!silent.output.contains("not embedded"), "\(silent)")
            }
        }
    }

    // MARK: Who is who

    @Test func `what a résumé has no place for stays as others have set it`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let file = "\(folder)/ada.json"
                func write(_ label: String) throws {
                    try """
                    {"meta": {"canonical": "ada"}, "basics": {"name": "Ada", "label": "\(label)"}, "shoeSize": 38,
                     "work": [{"name": "Mill", "position": "Weaver", "startDate": "1840"}, {"name": "Mill", "position": "Clerk"}],
                     "skills": [{"name": "Weaving"}, {"name": "Sums"}]}
                    """.write(toFile: file, atomically: true, encoding: .utf8)
                }
                try write("Weaver")
                #expect(try await Self.run(file, client: connect).report.outcomes == ["created"])
                let key = ProfileKey(key: .slug("ada"))
                func stored() async throws -> Profile {
                    try #require(
                        try await fixture.client.profiles.getProfile(.init(key: key), options: .init()).profile
                    )
                }
                var profile = try await stored()
                profile.tags = ["public", "no-recruiters"]
                profile.keywords = ["cotton"]
                profile.experiences[0].tags = ["confidential"]
                profile.skills[0].category = "crafts"
                func update(_ paths: [String]) async throws {
                    _ = try await fixture.client.profiles.updateProfile(
                        .init(key: key, profile: profile, updateMask: .init(paths: paths)),
                        options: .init()
                    )
                }
                try await update(["tags", "keywords", "experiences", "skills"])
                let edited = try await stored()

                // The same file changes nothing.
                #expect(try await Self.run(file, client: connect).report.outcomes == ["unchanged"])
                #expect(try await stored() == edited)
                // A newer one changes what it says.
                try write("Master weaver")
                let (report, _) = try await Self.run(file, client: connect)
                #expect(report.outcomes == ["updated"] && report.people[0].warnings.map(\.path) == ["shoeSize"])
                let updated = try await stored()
                #expect(updated.headline == "Master weaver")
                #expect(updated.tags == edited.tags && updated.keywords == edited.keywords)
                #expect(updated.experiences == edited.experiences && updated.skills == edited.skills)

                // Of the attributes one member is the file's.
                profile = updated
                let others = #""salary": 12345678901234567890.10, "private": true"#
                profile.attributesJson = #"{\#(others), "json_resume": {"shoeSize": 40}}"#
                try await update(["attributes_json"])
                #expect(try await Self.run(file, client: connect).report.outcomes == ["updated"])
                #expect(try await stored().attributesJson == #"{\#(others), "json_resume": {"shoeSize": 38}}"#)
            }
        }
    }

    @Test func `what is hidden of one of two equal posts is not shown of the other`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let file = "\(folder)/ada.json"
                func write(_ summaries: [String]) throws {
                    let work = summaries.map {
                        #"{"name":"Mill","position":"Weaver","startDate":"1840","summary":"\#($0)"}"#
                    }
                    let text =
                        #"{"meta":{"canonical":"ada"},"basics":{"name":"Ada"},"work":[\#(work.joined(separator: ","))],"#
                        + #""skills":[{"name":"Sums","level":"good"},{"name":"Sums","level":"fair"}]}"#
                    try text.write(toFile: file, atomically: true, encoding: .utf8)
                }
                try write(["day", "night"])
                #expect(try await Self.run(file, client: connect).report.outcomes == ["created"])
                let key = ProfileKey(key: .slug("ada"))
                func stored() async throws -> Profile {
                    try #require(
                        try await fixture.client.profiles.getProfile(.init(key: key), options: .init()).profile
                    )
                }
                var profile = try await stored()
                profile.experiences[1].tags = ["secret"]
                profile.skills[1].category = "secret"
                _ = try await fixture.client.profiles.updateProfile(
                    .init(key: key, profile: profile, updateMask: .init(paths: ["experiences", "skills"])),
                    options: .init()
                )
                #expect(try await Self.run(file, client: connect).report.outcomes == ["unchanged"])
                for (summaries, tags) in [
                    (["night", "day"], [["secret"], []]), (["dusk", "day"], [["secret"], []]),
                    (["dawn", "noon"], [["secret"], ["secret"]]),
                ] as [([String], [[String]])] {
                    try write(summaries)
                    #expect(try await Self.run(file, client: connect).report.outcomes == ["updated"])
                    let now = try await stored()
                    #expect(now.experiences.map(\.tags) == tags, "\(summaries)")
                    #expect(now.skills.map(\.category) == ["", "secret"])
                }
            }
        }
    }

    @Test func `people of one name stay apart, and an identity finds its person again`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func run(_ lines: [String], _ arguments: [String] = [], status: Int32 = 0) async throws -> Report {
                    try await Self.run(
                        "-",
                        arguments,
                        input: lines.joined(separator: "\n"),
                        client: connect,
                        status: status
                    ).report
                }
                let nameless = [#"{"basics":{"name":"山田太郎"}}"#, #"{"basics":{"name":"김민준"}}"#]
                let first = try await run(nameless)
                #expect(first.outcomes == ["created", "created"])
                #expect(first.people[0].slug.hasPrefix("shan-tian-tai-lang-"))
                #expect(first.people[1].slug.hasPrefix("gimminjun-"))
                #expect(try await run(nameless + nameless).outcomes == Array(repeating: "unchanged", count: 4))

                let smiths = [
                    #"{"basics":{"name":"John Smith","summary":"A smith."}}"#,
                    #"{"basics":{"name":"John Smith","summary":"A baker."}}"#,
                    #"{"basics":{"name":"John Smith","email":"js@example.org","summary":"A miller."}}"#,
                    #"{"meta":{"canonical":"john-smith"},"basics":{"name":"John Smith","summary":"A slug."}}"#,
                ]
                let created = try await run(smiths)
                #expect(created.outcomes == Array(repeating: "created", count: 4))
                #expect(created.people.map(\.identity) == [nil, nil, "email", "slug"])
                #expect(Set(created.people.map(\.slug)).count == 4)

                let edited = try await run([
                    #"{"basics":{"name":"J. Smith","email":"JS@example.org","summary":"Retired."}}"#,
                    #"{"basics":{"name":"John Smith","summary":"A new smith."}}"#,
                ])
                #expect(edited.outcomes == ["updated", "created"])
                #expect(edited.people[0].id == created.people[2].id)

                let twins = [
                    #"{"basics":{"name":"Twin","email":"hr@example.org","summary":"1"},"id":"p1"}"#,
                    #"{"basics":{"name":"Twin","email":"hr@example.org","summary":"2"},"id":"p2"}"#,
                ]
                #expect(try await run(twins).outcomes == ["created", "created"])
                let byMail = try await run(twins, ["--match", "email"], status: 1)
                #expect(byMail.outcomes == ["created", "refused"])
                #expect(byMail.people[1].reason?.contains("line 1") == true)
                #expect(try await run(twins, ["--match", "none"]).outcomes == ["unchanged", "unchanged"])

                // Who was deleted does not come back by an import.
                _ = try await fixture.client.profiles.deleteProfile(
                    .init(key: .init(key: .id(created.people[2].id))),
                    options: .init()
                )
                let deleted = try await run([smiths[2]], status: 1)
                #expect(deleted.outcomes == ["refused"] && deleted.people[0].reason?.contains("deleted") == true)
            }
        }
    }

    @Test(arguments: [
        "https://github.com/jsonresume/resume-schema/blob/v1.0.0/schema.json",
        "https://raw.githubusercontent.com/jsonresume/resume-schema/master/resume.json", "v1.0.0", "resume",
    ]) func `what a template says makes no two people one`(canonical: String) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func document(_ email: String, _ summary: String) -> String {
                    #"{"basics":{"name":"John Smith","email":"\#(email)","summary":"\#(summary)"},"#
                        + #""meta":{"canonical":"\#(canonical)","version":"v1.0.0"}}"#
                }
                func run(_ lines: [String]) async throws -> Report {
                    try await Self.run("-", input: lines.joined(separator: "\n"), client: connect).report
                }
                let first = try await run([document("john.smith@a.example", "Welder")])
                let second = try await run([
                    document("j.smith@b.example", "Pianist"), document("john.smith@a.example", "Master welder"),
                ])
                #expect(first.outcomes + second.outcomes == ["created", "created", "updated"])
                #expect(second.people[1].id == first.people[0].id && second.people[0].id != first.people[0].id)
                // Without anything else, the content counts.
                let poor = try await run([
                    document("john@example.com", "Baker"), document("john@example.com", "Miller"),
                ])
                #expect(poor.outcomes == ["created", "created"] && poor.people.allSatisfy { $0.identity == nil })
            }
        }
    }

    @Test func `a key does not make one of two who have other names and other addresses`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func run(_ name: String, _ email: String, _ arguments: [String] = [], status: Int32 = 0) async throws
                    -> Report.Person
                {
                    let address = email.isEmpty ? "" : #","email":"\#(email)""#
                    let document =
                        #"{"meta":{"canonical":"https://firm.example/cv"},"basics":{"name":"\#(name)"\#(address)},"#
                        + #""work":[{"name":"Firm","position":"Clerk","startDate":"2010"}]}"#
                    let report = try await Self.run("-", arguments, input: document, client: connect, status: status)
                    return try #require(report.report.people.first)
                }
                let stored = try await run("Anna Schmidt", "schmidt@firm.example")
                #expect(stored.outcome == "created" && stored.identity == "canonical")
                let other = try await run("Anna Weber", "weber@firm.example", status: 1)
                #expect(other.outcome == "refused")
                #expect(other.reason?.contains("who has another name and another e-mail address") == true, "\(other)")
                // With an equal address, or none, or an equal name, the experience decides as it does otherwise.
                for (name, email) in [
                    ("Anna Weber", "SCHMIDT@firm.example"), ("Anna Braun", ""),
                    ("Anna Schmidt", "schmidt@firm.example"),
                    ("A. Schmidt", "a.s@firm.example"),
                ] {
                    let person = try await run(name, email)
                    #expect(person.outcome == "updated" && person.id == stored.id, "\(person)")
                }
                #expect(try await run("Anna Weber", "weber@firm.example", ["--match", "email"]).outcome == "created")
                #expect(try await run("Anna Weber", "w@firm.example", ["--allow-rename"]).outcome == "updated")
            }
        }
    }

    /// A name as stored, the name of a later file, what the experiences of both are (of "" none), and what comes of it.
    private static let renames: [(stored: String, name: String, lives: (String, String), outcome: String)] = [
        ("Zoë Łucka Braun", "Zoë Łucka Braun", ("", ""), "updated"),
        ("Zoë Łucka Braun", "ZOE LUCKA BRAUN", ("a", "b"), "updated"),
        ("Zoë Łucka Braun", "Braun, Zoe Lucka", ("a", "b"), "updated"),
        ("Zoë Łucka Braun", "Z. Braun", ("a", "b"), "updated"),
        ("Zoë Łucka Braun", "Dr. Zoe Braun", ("a", "b"), "updated"),
        ("Zoë Łucka Braun", "Zoë Weber", ("", "b"), "renamed"),
        ("Zoë Łucka Braun", "Zoë Weber", ("a", "a"), "renamed"),
        ("Zoë Łucka Braun", "Ines Okafor", ("a", "a"), "renamed"),
        ("Zoë Łucka Braun", "Zoë Weber", ("a", "b"), "refused"),
        ("Zoë Łucka Braun", "Ines Okafor", ("a", "b"), "refused"),
        ("Zoë Łucka Braun", "Ines Okafor", ("", ""), "refused"),
    ]

    @Test(arguments: [
        ("slug", #""meta":{"canonical":"person-%"},"#, ""),
        ("canonical", #""meta":{"canonical":"https://example.org/people/%"},"#, ""),
        ("id", #""id":"crm-0000-4711-%","#, ""), ("email", "", #","email":"info-%@example.org""#),
    ])
    func `a later file replaces the person whom its key names, not a stranger`(
        kind: String,
        outside: String,
        inside: String
    ) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                func document(_ row: Int, _ name: String, _ life: String, _ summary: String) -> String {
                    let (out, inner) = (outside.replacing("%", with: "\(row)"), inside.replacing("%", with: "\(row)"))
                    let work = #"{"name":"Firm","position":"Work of \#(life)","startDate":"2010-05"}"#
                    return #"{\#(out)"basics":{"name":"\#(name)","summary":"\#(summary)"\#(inner)},"#
                        + #""work":[\#(life.isEmpty ? "" : work)]}"#
                }
                func run(_ lines: [String], _ arguments: [String] = [], status: Int32 = 0) async throws -> Report {
                    let input = lines.joined(separator: "\n")
                    return try await Self.run("-", arguments, input: input, client: connect, status: status).report
                }
                let rows = Array(Self.renames.enumerated())
                let first = try await run(rows.map { document($0, $1.stored, $1.lives.0, "Stored.") })
                #expect(first.created == rows.count && first.people.allSatisfy { $0.identity == kind })
                let later = rows.map { document($0, $1.name, $1.lives.1, "Later.") }
                let report = try await run(later, status: 1)
                for (row, (stored, person)) in zip(Self.renames, zip(first.people, report.people)).map({ ($0, $1) }) {
                    let replaced = person.warnings.filter {
                        $0.message.contains("replaces what is stored under another")
                    }
                    let profile = try #require(
                        try await fixture.client.profiles.getProfile(
                            .init(key: .init(key: .id(stored.id))),
                            options: .init()
                        ).profile
                    )
                    if row.outcome == "refused" {
                        let reason = person.reason ?? ""
                        for part in [kind, stored.id, stored.slug, row.stored, "--allow-rename", "--match"] {
                            #expect(reason.contains(part), "\(row): \(reason)")
                        }
                        #expect(person.outcome == "refused" && profile.displayName == row.stored, "\(row): \(person)")
                        #expect(profile.summary == "Stored.", "\(row)")
                    } else {
                        #expect(person.outcome == "updated" && person.id == stored.id, "\(row): \(person)")
                        #expect(profile.displayName == row.name && profile.summary == "Later.", "\(row)")
                        #expect(replaced.count == (row.outcome == "renamed" ? 1 : 0), "\(row): \(person)")
                    }
                }
                #expect(report.refused == Self.renames.count { $0.outcome == "refused" })
                let meant = try await run(later, ["--allow-rename"])
                #expect(meant.updated == report.refused && meant.refused == 0 && meant.warnings >= report.refused)
            }
        }
    }

    /// Does something once between the look of an import, who has these keys, and its write.
    private final class BetweenLookAndWrite: ServerInterceptor {
        private let pending = Mutex<(@Sendable () async throws -> Void)?>(nil)

        func set(_ body: @escaping @Sendable () async throws -> Void) { self.pending.withLock { $0 = body } }

        func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result {
            if call.method.name == "BatchUpsertProfiles" {
                // Taken first: what it does may write too.
                let body = self.pending.withLock { pending in
                    defer { pending = nil }
                    return pending
                }
                try await body?()
            }
            return try await next()
        }
    }

    @Test(arguments: ["slug", "email"])
    func `an import looks again where another writer came between its look and its write`(kind: String) async throws {
        let between = BetweenLookAndWrite()
        try await ServiceFixture.run(embeds: false, interceptors: [between]) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                @Sendable func document(_ key: String, _ name: String, _ summary: String) -> String {
                    kind == "slug"
                        ? #"{"meta":{"canonical":"\#(key)"},"basics":{"name":"\#(name)","summary":"\#(summary)"}}"#
                        : #"{"basics":{"name":"\#(name)","summary":"\#(summary)","email":"\#(key)@example.org"}}"#
                }
                @Sendable func run(_ lines: [String]) async throws -> Report {
                    try await Self.run("-", input: lines.joined(separator: "\n"), client: connect).report
                }
                let stored = try await run([document("old", "Zoë Braun", "1."), document("calm", "Max Braun", "1.")])
                #expect(stored.created == 2 && stored.warnings == 0)
                // A stranger takes the new key, and another import has a newer version of the old one.
                let others = [document("new", "Ines Okafor", "S."), document("old", "Zoë Braun", "2.")]
                between.set {
                    let other = try await run(others)
                    #expect(other.outcomes == ["created", "updated"] && other.warnings == 0)
                }
                let lines = [
                    document("new", "Zoë Weber", "3."), document("old", "Zoë Braun", "3."),
                    document("calm", "Max Braun", "3."),
                ]
                let report = try await Self.run("-", input: lines.joined(separator: "\n"), client: connect, status: 1)
                    .report
                // The stranger is another person and is kept.
                #expect(report.outcomes == ["refused", "updated", "updated"], "\(report)")
                #expect(
                    report.people[0].reason?.contains("--allow-rename") == true && report.warnings == 0,
                    "\(report)"
                )
                let now = try await fixture.client.profiles.getProfile(
                    .init(key: .init(key: .id(report.people[1].id))),
                    options: .init()
                )
                #expect(now.profile?.summary == "3." && now.profile?.revision == 3)
                #expect(try await run([others[0]]).outcomes == ["unchanged"])
            }
        }
    }

    @Test func `an unknown kind of match is refused`() async throws {
        let run = try await BuiltProgram("likeness").run(["profile", "import", "-", "--match", "name"])
        #expect(
            run.status == 64 && run.errors.contains("--match takes some of slug, canonical, id, email, url"),
            "\(run)"
        )
    }
}
