import Foundation
import LikenessFormats
import LikenessMessages
import LikenessReflection
import Testing

@testable import LikenessCommands

/// Edges of the readers of files, each of which a change of one line once passed.
@Suite struct ImportEdgesTests {
    private static func read(_ text: String) throws -> ReadResume {
        try #require(Array(try ImportFile(Data(text.utf8))).first).resume.get()
    }

    private static func linkedIn(_ files: ZipWriter.File...) throws -> ReadResume {
        let profile = ZipWriter.File("Profile.csv", Array("First Name,Last Name\nAda,King\n".utf8))
        let file = try ImportFile(Data(ZipWriter(files: [profile] + files).bytes))
        return try #require(Array(file).first).resume.get()
    }

    @Test func `the time of an employer is that of its posts, and nothing left`() throws {
        func period(_ year: Int) -> String {
            "<EmploymentPeriod><StartDate><FormattedDateTime>\(year)</FormattedDateTime></StartDate></EmploymentPeriod>"
        }
        let resume = try Self.read(
            """
            <Candidate><CandidatePerson><PersonName><GivenName>Ada</GivenName></PersonName></CandidatePerson><CandidateProfile>
            <EmploymentHistory><EmployerHistory><OrganizationName>Mill</OrganizationName>\(period(2001))
            <PositionHistory><PositionTitle>Hand</PositionTitle>\(period(2002))</PositionHistory></EmployerHistory></EmploymentHistory>
            </CandidateProfile></Candidate>
            """
        )
        #expect(resume.profile.experiences.map { $0.startDate?.year } == [2002])
        #expect(resume.warnings.isEmpty && !resume.profile.attributesJson.contains("EmploymentPeriod"), "\(resume)")
    }

    @Test(arguments: [("personal_statement", "", "Weaves."), ("preferred_job", "Weaves.", "")])
    func `a personal statement is the summary, another headline is one`(
        code: String,
        headline: String,
        summary: String
    ) throws {
        let profile = try Self.read(
            """
            <SkillsPassport><LearnerInfo><Identification><PersonName><FirstName>Ada</FirstName></PersonName></Identification>
            <Headline><Type><Code>\(code)</Code></Type><Description><Label>Weaves.</Label></Description></Headline>
            </LearnerInfo></SkillsPassport>
            """
        ).profile
        #expect(profile.headline == headline && profile.summary == summary)
    }

    @Test func `names of elements that begin alike lose none of two`() throws {
        let name = String(repeating: "N", count: 120)
        let xml =
            "<SkillsPassport><LearnerInfo><Identification><PersonName><FirstName>Ada</FirstName></PersonName></Identification>"
        let attributes = try Self.read(
            "\(xml)<\(name)a>one</\(name)a><\(name)b>two</\(name)b></LearnerInfo></SkillsPassport>"
        ).profile.attributesJson
        #expect(
            attributes.contains(#":"one""#) && attributes.contains(#"N (2)":"two""#),
            "\(attributes)"
        )
    }

    @Test
    func `more rows of a table than a profile takes are said, and so is the number of more warnings`()
        throws
    {
        let rows = (0..<2_050).map { "S\($0)\n" }.joined()
        let many = try Self.linkedIn(.init("Skills.csv", Array("Name\n\(rows)".utf8)))
        #expect(
            many.warnings.contains {
                $0.path == "Skills.csv:2002" && $0.message.hasPrefix("more than 2000 rows")
            },
            "\(many.warnings.prefix(3))"
        )
        let broken = (0..<150).map { _ in "Mill,Weaver,2020\n" }.joined()
        let told = try Self.linkedIn(
            .init("Positions.csv", Array("Company Name,Title\n\(broken)".utf8))
        )
        #expect(told.warnings.count { $0.path.hasPrefix("Positions.csv:") } == 100)
        #expect(
            told.warnings.contains {
                $0.path == "Positions.csv" && $0.message == "50 more warnings are only counted"
            }
        )
    }

    @Test func `what macOS adds is not counted as a file`() throws {
        let resume = try Self.linkedIn(
            .init("__MACOSX/._x", []),
            .init(".DS_Store", []),
            .init("._Skills.csv", [])
        )
        #expect(resume.warnings.isEmpty, "\(resume.warnings)")
    }

    @Test(arguments: [
        ("Sr.", true), ("Sr. Dr.", true), ("Sr. engineer", false), ("Prof. Dr.", true), ("", false),
    ])
    func `a form of address is no title of a job`(text: String, isHonorific: Bool) {
        #expect(PersonName.isHonorific(text) == isHonorific)
    }

    @Test(arguments: [
        ("https://ada.example/cv", true), ("my page", false), ("ada", false),
        ("see ada.example", false),
    ])
    func `only an address of a page is a key`(url: String, isKey: Bool) throws {
        let resume = try Self.read(#"{"basics": {"name": "Ada", "url": "\#(url)"}}"#)
        #expect((resume.identity?.kind == .url) == isKey)
    }

    @Test func `of two dates in a list one that is none is kept, and reported`() throws {
        let resume = try Self.read(
            #"{"name": "Ada", "work": [{"name": "Mill", "startDate": ["2015", "rainy"]}]}"#
        )
        #expect(resume.profile.attributesJson.contains("rainy"))
        #expect(resume.warnings.map(\.path) == ["work[0].startDate"])
    }

    @Test func `a place of an employer that none of its posts has is not lost`() throws {
        let resume = try Self.read(
            #"{"name": "Ada", "work": [{"company": "Mill", "location": "Ulm", "positions": [{"title": "Hand", "location": "Bonn"}]}]}"#
        )
        #expect(Set(resume.profile.experiences.map(\.location)) == ["Ulm", "Bonn"])
    }

    @Test func `a text that stands twice is read once`() throws {
        let resume = try Self.read(
            #"{"name": "Ada", "work": [{"name": "Mill", "summary": "Wool", "description": "Wool", "details": "Silk"}]}"#
        )
        #expect(resume.profile.experiences.map(\.description) == ["Wool\nSilk"])
    }

    @Test func `a name that occurs twice takes no name that is there`() throws {
        let resume = try Self.read(#"{"name": "Ada", "work": [], "x": 1, "x (2)": 2, "x": 3, "x": 4}"#)
        for member in [#""x":1"#, #""x (2)":2"#, #""x (3)":3"#, #""x (4)":4"#] {
            #expect(resume.profile.attributesJson.contains(member), "\(resume.profile.attributesJson)")
        }
    }

    @Test func `of the texts that say to be files the large ones are left out`() throws {
        let large = "data:image/png;base64," + String(repeating: "A", count: 300_000)
        let resume = try Self.read(
            #"{"name": "Ada", "work": [], "photo": "\#(large)", "icon": "data:,x"}"#
        )
        #expect(
            resume.profile.attributesJson == #"{"json_resume":{"photo":null,"icon":"data:,x"}}"#
        )
        #expect(resume.warnings.map(\.path) == ["photo"])
    }

    @Test func `line ends of Windows in a field count once`() throws {
        var text = DelimitedText(
            Array("a,\"1\r\n2\r\n3\",\"open\r\nb,c\r\n".utf8),
            separator: UInt8(ascii: ",")
        )
        #expect(text.next()?.problem?.line == 3)
    }

    @Test func `people are reported in the order of the file`() {
        var report = ImportReport()
        for (line, column) in [(3, 1), (1, 9), (1, 2), (2, 1)] {
            report.add(.init(line: line, column: column, outcome: .created))
        }
        report.finish()
        #expect(
            report.people.map(\.line) == [1, 1, 2, 3] && report.people.map(\.column) == [2, 9, 1, 1]
        )
    }

    @Test func `what stands in a list of a broken person is no person, where the file ends with it`() throws {
        let text = """
            [
            {"name": "Ada", "skills": [
              {"name": "Sums"
              {"name": "Weaving"}
            ]
            """
        let people = try ImportFile(Data(text.utf8)).map { try? $0.resume.get().profile.displayName }
        #expect(people == [nil])
    }

    @Test(arguments: [("2021-05", 2021, 5), ("2021", 2021, 3)])
    func `a row's date that says more is taken, one that says less is not`(
        start: String,
        year: Int32,
        month: Int32
    ) throws {
        let row = try Self.read("name,title,company,start date\nAda,Weaver,Mill,\(start)\n")
        var job = Experience(category: .work, title: "Weaver", organization: "Mill")
        job.startDate = PartialDate(year: 2021, month: month == 5 ? 0 : 3)
        let (profile, warnings) = row.keeping(Profile(displayName: "Ada", experiences: [job]))
        #expect(profile.experiences.map(\.startDate) == [PartialDate(year: year, month: month)])
        #expect(warnings.isEmpty)
    }

    @Test func `who shares a word of the name and no experience is another, if both have some`() {
        func person(_ name: String, _ titles: String...) -> Profile {
            let start = PartialDate(year: 1840)
            return Profile(
                displayName: name,
                experiences: titles.map { Experience(title: $0, organization: "Mill", startDate: start) }
            )
        }
        let ada = person("Ada King", "Weaver")
        #expect(SamePerson.judge(person("Ada Byron", "Clerk"), stored: ada) == .stranger(.lives))
        #expect(SamePerson.judge(person("Ada Byron", "Clerk", "Weaver"), stored: ada) == .renamed)
        #expect(SamePerson.judge(person("Ada Byron"), stored: ada) == .renamed)
        #expect(SamePerson.judge(person("Bob Byron"), stored: ada) == .stranger(.lives))
    }
}
