import Foundation
import LikenessFormats
import LikenessMessages
import LikenessReflection
import Testing

@testable import LikenessCommands

/// Tables of people: which column means what, and what a row becomes.
@Suite struct TableFileTests {
    private static func file(_ text: String, _ columns: [String] = []) throws -> ImportFile {
        let choices = try columns.map { try #require(TableColumnChoice(argument: $0)) }
        return try ImportFile(Data(text.utf8), columns: choices)
    }

    private static func people(_ text: String, _ columns: [String] = []) throws -> [ReadResume] {
        try Self.file(text, columns).map { try $0.resume.get() }
    }

    @Test func `a quote that is not closed hides no person after it, however far`() throws {
        let lines = (1...200).map { "line \($0) of a text" }.joined(separator: "\n")
        let people = Array(try Self.file("name,summary\nAda,\"\(lines)\nBo,Bakes\nCy,Sings\n"))
        #expect(people.compactMap { try? $0.resume.get().profile.displayName } == ["Bo", "Cy"])
        #expect(people.count == 3)
    }

    @Test func `a row becomes a person with all that its columns say`() throws {
        let text = """
            Full Name;E-Mail;Job Title;Company;Start Date;Skills;Languages;Tags;Keywords;City;Country;About;External ID (crm);Slug;Shoe size
            Mira Example;Mira@Example.org;Baker;Oven;Sep 2021;Rye; x
            """
        #expect(throws: FormatError.self) { try Self.file("a;b\n1;2", ["c=name"]) }
        let row = text.replacing(
            "Rye; x",
            with: #""Rye; Wheat, white";"Dutch (C1), Frisian";north;flour;Sneek;Netherlands;Bakes.;42;mira;38"#
        )
        let resume = try #require(try Self.people(row).first)
        let profile = resume.profile
        #expect(profile.displayName == "Mira Example" && profile.headline == "Baker" && profile.summary == "Bakes.")
        #expect(profile.location == "Sneek, Netherlands" && profile.tags == ["north"] && profile.keywords == ["flour"])
        #expect(profile.skills.map(\.name) == ["Rye", "Wheat, white", "Dutch", "Frisian"])
        #expect(profile.skills.map(\.level) == ["", "", "C1", ""] && profile.skills[2].category == "language")
        let job = Experience(
            category: .work,
            title: "Baker",
            organization: "Oven",
            startDate: PartialDate(year: 2021, month: 9)
        )
        #expect(profile.experiences == [job])
        #expect(profile.externalIds == [ExternalId(system: "crm", id: "42")] && profile.slug == "mira")
        #expect(resume.identity?.kind == .externalID && resume.warnings.isEmpty)
        #expect(
            profile.attributesJson == #"{"csv":{"basics":{"email":"Mira@Example.org"},"columns":{"Shoe size":"38"}}}"#
        )
        #expect(resume.unsaid.isEmpty)
    }

    @Test func `what a column is about can be chosen, and what has none stays as it is stored`() throws {
        let text = "Who,Known for,Secret,Other\nAda,Sums,x,y\n"
        let resume = try #require(try Self.people(text, ["who=name", "Known for=summary", "Secret=none"]).first)
        #expect(resume.profile.displayName == "Ada" && resume.profile.summary == "Sums")
        #expect(resume.profile.attributesJson == #"{"csv":{"columns":{"Other":"y"}}}"#)
        #expect(resume.unsaid == [.headline, .location, .experiences, .skills, .languages])
        for (columns, part) in [
            (
                ["Nobody=name"],
                #"line 1 has no column "Nobody" for --column: it has "Who", "Known for", "Secret", "Other""#
            ),
            (["Who=name", "Other=name"], #"--column gives name two columns, "Who" and "Other""#),
            (["Who=summary"], "line 1 has no column for a name"),
            (["Who=name", "who=summary"], "--column names \"Who\" twice"),
        ] {
            let error = #expect(throws: FormatError.self) { try Self.file(text, columns) }
            #expect(error?.description.contains(part) == true, "\(error as Any)")
        }
        for argument in ["x", "=name", "Who=nobody", "Who=external-id:No Slug", ""] {
            #expect(TableColumnChoice(argument: argument) == nil, "\(argument)")
        }
        #expect(TableColumnChoice(argument: "a=b=external-id:hr")?.field == .externalID(system: "hr"))
    }

    @Test func `columns without a field are named once, with the first row`() throws {
        let items = Array(try Self.file("name,Shoe size,Hat\nAda,38,\nBo,40,7\n"))
        #expect(items.map { $0.strays.map(\.path) } == [["Shoe size", "Hat"], []])
        #expect(items.allSatisfy { (try? $0.resume.get())?.warnings.isEmpty == true })
    }

    @Test(arguments: [false, true]) func `UTF-16, as spreadsheets save it, is read`(isBigEndian: Bool) throws {
        let units = [0xFEFF] + Array("name\temail\nŻółw\tz@x.example\n".utf16)
        let data = Data(
            units.flatMap { isBigEndian ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        )
        #expect(try ImportFile(data).map { try $0.resume.get().profile.displayName } == ["Żółw"])
    }

    /// The bytes of a text in units of two or four.
    private static func bytes(_ text: String, width: Int, isBigEndian: Bool) -> [UInt8] {
        let units = width == 2 ? text.utf16.map { UInt32($0) } : text.unicodeScalars.map(\.value)
        return units.flatMap { unit in
            let bytes = (0..<width).map { UInt8(truncatingIfNeeded: unit >> ($0 * 8)) }
            return isBigEndian ? bytes.reversed() : bytes
        }
    }

    @Test(arguments: [2, 4], [false, true])
    func `UTF-16 and UTF-32 are read without a mark, and in any script`(width: Int, isBigEndian: Bool) throws {
        for text in ["name\temail\nŻółw\tz@x.example\n", "имя\tname\nx\tŻółw\n", #"{"name": "Żółw", "work": []}"#] {
            let data = Data(Self.bytes(text, width: width, isBigEndian: isBigEndian))
            let names = try ImportFile(data).map { try $0.resume.get().profile.displayName }
            #expect(names == ["Żółw"], "\(text)")
        }
    }

    @Test func `half a character at the end is reported, and a line end that was added is none`() throws {
        let whole = Self.bytes("\u{FEFF}name\nAda\nBo", width: 2, isBigEndian: false)
        let outcomes = { (bytes: [UInt8]) in
            try ImportFile(Data(bytes)).map { (try? $0.resume.get())?.profile.displayName }
        }
        #expect(try outcomes(whole.dropLast()) == ["Ada", nil])
        #expect(try outcomes(whole + [0x0A]) == ["Ada", "Bo"])
    }

    @Test func `a cell that is too large is refused with its column`() throws {
        let long = String(repeating: "x", count: 300_000)
        for title in ["Notes", "Summary"] {
            let items = Array(try Self.file("name,\(title),Hat\nAda,\(long),7\nBo,,\n"))
            guard case .failure(let refusal)? = items.first?.resume else {
                Issue.record("a cell of 300,000 bytes is kept")
                return
            }
            #expect(refusal.description.hasPrefix("column \"\(title)\": holds 3000"), "\(refusal)")
            #expect(try items[1].resume.get().profile.displayName == "Bo")
        }
    }

    @Test func `two columns for one system are two ids`() throws {
        let text = "name,External ID (crm),external_id:crm\nAda,1,2\n"
        let resume = try #require(try Self.people(text).first)
        #expect(resume.profile.externalIds == ["1", "2"].map { ExternalId(system: "crm", id: $0) })
        #expect(resume.warnings.isEmpty)
    }

    @Test func `a level stands last, and what is in brackets is not cut`() throws {
        let text = "name,languages,skills\nAda,\"Dutch (Belgium) (B1), English: C1\",\"Swift (iOS, macOS), Go\"\n"
        let skills = try #require(try Self.people(text).first).profile.skills
        #expect(skills.map(\.name) == ["Swift (iOS, macOS)", "Go", "Dutch (Belgium)", "English"])
        #expect(skills.map(\.level) == ["", "", "B1", "C1"])
    }

    @Test(arguments: [
        ("Portuguese (Brazil)", "Portuguese (Brazil)", ""), ("Chinese (Mandarin)", "Chinese (Mandarin)", ""),
        ("English (US)", "English (US)", ""), ("Spanish (Latin America)", "Spanish (Latin America)", ""),
        ("Portuguese (Brazil) (C1)", "Portuguese (Brazil)", "C1"),
        ("Portuguese (Brazil): fluent", "Portuguese (Brazil)", "fluent"),
        ("German (sehr gut in Wort und Schrift)", "German", "sehr gut in Wort und Schrift"),
        ("French (4/5)", "French", "4/5"),
        ("Deutsch (fließend)", "Deutsch", "fließend"), ("Français (débutant)", "Français", "débutant"),
        ("日本語 (日常会話レベル)", "日本語", "日常会話レベル"), ("Русский (родной)", "Русский", "родной"), ("(C1)", "(C1)", ""),
    ]) func `a region in brackets is no level of a language`(text: String, name: String, level: String) throws {
        let resume = try #require(Array(try TableFile(Data("name,languages\nAda,\(text)".utf8))).first).resume.get()
        #expect(resume.profile.skills.map(\.name) == [name] && resume.profile.skills.map(\.level) == [level])
    }

    @Test func `a list of skills by itself is no table of people`() throws {
        let data = Data("Name\nSums\n".utf8)
        let error = #expect(throws: FormatError.self) { try ImportFile(data, name: "Skills.csv") }
        #expect(error?.description.contains("without Profile.csv, which says whose it is") == true)
        #expect(try ImportFile(data, format: .csv, name: "Skills.csv").count == 1)
        #expect(try ImportFile(Data("Name,Email\nAda,a@x.example\n".utf8), name: "Skills.csv").count == 1)
    }

    @Test func `the time of a row does not grow with what other columns are called`() throws {
        func seconds(_ columns: Int) throws -> Double {
            let titles = (1..<columns).map { $0.isMultiple(of: 2) ? "" : "Column of notes \($0)" }
            let cells = Array(repeating: "x", count: columns - 1)
            let rows = Array(repeating: "Ada,\(cells.joined(separator: ","))\n", count: 40_000 / columns)
            let text = "name,\(titles.joined(separator: ","))\n\(rows.joined())"
            let clock = ContinuousClock()
            let times = try (0..<3).map { _ in
                try clock.measure { for item in try Self.file(text) { _ = try item.resume.get() } }
            }
            return (times.min() ?? .zero) / .seconds(1)
        }
        // The same number of cells.
        let (few, many) = (try seconds(20), try seconds(1_000))
        #expect(many < few * 4, "20 columns: \(few) s, 1,000: \(many) s")
    }

    @Test(arguments: [
        #"{"name": "Ada"}"#, "[\n{\"name\": \"Ada\"}]", "Some, text\n{\"name\": \"Ada\"}\n",
    ]) func `what is no table is not taken for one`(text: String) throws {
        #expect(try ImportFile(Data(text.utf8)).format == .json)
    }

    @Test func `quotes, separators and line ends within a field are text`() throws {
        let text = "name,summary\r\nAda,\"Says \"\"no\"\", twice;\r\nthen leaves.\"\r\nBo, plain \"quote\" \r\n"
        let people = try Self.people(text)
        #expect(people.map(\.profile.summary) == ["Says \"no\", twice;\r\nthen leaves.", "plain \"quote\""])
    }

    @Test func `a broken row costs as little as can be, however many there are`() throws {
        var text = "name,email,summary\n"
        for number in 0..<200 { text += number % 2 == 0 ? "a\",\"\"\"\n" : "P\(number),p\(number)@x.example,ok\n" }
        let items = Array(try Self.file(text))
        #expect(items.count { (try? $0.resume.get()) != nil } >= 99)
        #expect(items.map(\.place.line) == items.map(\.place.line).sorted())
    }
}
