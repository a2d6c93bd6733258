import Foundation
import LikenessClient
import LikenessCommands
import LikenessMessages
import LikenessReflection
import LikenessTesting
import Testing

/// Files as people have them, imported into a real service.
@Suite(.freshDatabase) struct ImportedFilesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resumes")

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
                    let first = try await ImportCommand.run(path, client: connect).report
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
                    let again = try await ImportCommand.run(path, client: connect).report
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
                let (report, run) = try await ImportCommand.run(path, client: connect, status: 1)
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

    @Test func `people of one line are told apart by their columns, and what belongs to none of them is reported`()
        async throws
    {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let file =
                    #"{"total":3,"people":[{"name":7,"hat":1},{"name":"Ada","summary":"Weaves.","shoe":38},{"name":"Bo"}]}"#
                let (report, run) = try await ImportCommand.run("-", input: file, client: connect, status: 1)
                #expect(report.outcomes == ["refused", "created", "created"])
                #expect(report.people.map(\.line) == [1, 1, 1] && report.people.map(\.column) == [22, 41, 86])
                #expect(report.people.map { $0.warnings.map(\.path) } == [["total"], ["shoe"], []])
                #expect(run.errors.contains("-:1:22: refused: describes no person"), "\(run)")
                #expect(run.errors.contains("-:1:22: warning: total: stands beside the list of people"), "\(run)")
                #expect(run.errors.contains("-:1:41: warning: shoe: not read"), "\(run)")
            }
        }
    }

    @Test func `a number that the database cannot hold costs its person`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            try await TestFolders.withPath { folder in
                let connect = try fixture.writeClientFile(in: folder)
                let lines = [#"{"name":"Ada"}"#, #"{"name":"Bo","x-number":1e999999}"#, #"{"name":"Cy"}"#]
                let input = lines.joined(separator: "\n")
                let (report, _) = try await ImportCommand.run("-", input: input, client: connect, status: 1)
                #expect(report.outcomes == ["created", "refused", "created"], "\(report)")
                #expect(report.people[1].reason?.contains("attributes_json") == true, "\(report)")
            }
        }
    }
}
