import Foundation
import LikenessCommands
import LikenessMessages
import Testing

/// Forms in which programs and people write the parts of a résumé.
@Suite struct ResumeFormsTests {
    private static func read(_ text: String) throws -> ReadResume {
        try Array(JSONResumeFile(Data(text.utf8)))[0].resume.get()
    }

    @Test(arguments: [
        (#"{"countryCode":"FR","address":"France"}"#, "France, FR"),
        (#"{"city":"Köln","country":"Deutschland","countryCode":"DE"}"#, "Köln, Deutschland, DE"),
        (#"{"city":"Luxembourg","country":"Luxembourg"}"#, "Luxembourg"),
        (#"{"city":"London","countryCode":"GB"}"#, "London, GB"),
        (#"{"countryCode":"LU","address":"Luxembourg","city":""}"#, "Luxembourg, LU"),
        (#"{"address":"12 Rue X\n75001 Paris","countryCode":"FR"}"#, "12 Rue X, 75001 Paris, FR"),
        (#"{"address":"12 Rue X","city":"Paris","countryCode":"FR"}"#, "Paris, FR"),
        (#"{"name":"Karachi, Pakistan","country":{"code":"pk"}}"#, "Karachi, Pakistan"),
        (#""Berlin, Germany""#, "Berlin, Germany"),
        (#"[{"city":"Berlin","countryCode":"DE"},"Ulm",{"city":"Paris"}]"#, "Berlin, DE; Ulm; Paris"),
        (#"["Berlin","Paris"]"#, "Berlin; Paris"),
    ]) func `nothing of a place is lost`(location: String, expected: String) throws {
        let read = try Self.read(#"{"basics":{"name":"A","location":\#(location)}}"#)
        #expect(read.profile.location == expected && read.warnings.isEmpty, "\(read)")
    }

    @Test(arguments: [
        (#"{"Languages":"Python, Go","Databases":"MySQL"}"#, "Languages: Python, Go | Databases: MySQL"),
        (#"{"Languages":"Python, Go","Tools":["git"]}"#, "Languages: Python, Go | Tools: git"),
        (#"{"languages":["Go"],"tools":["git","make"]}"#, "languages: Go | tools: git, make"),
        (#"[{"type":"frontend","item":["React"]},{"area":"Data","skills":["SQL"]}]"#, "frontend: React | Data: SQL"),
        (
            #"{"sets":[{"name":"Web","skills":["HTML"]}],"list":[{"name":"Erlang"},{"name":"Zig"}]}"#,
            "Web: HTML | Erlang:  | Zig: "
        ),
        (#"{"name":"Go","level":"good"}"#, "Go: "),
        (#"{"name":"Ops","details":"Ansible; Chef"}"#, "Ops: Ansible, Chef"),
        (#"{"Driving":{"Description":["B"]},"Computer":{"Description":"Office"}}"#, "Driving: B | Computer: Office"),
    ]) func `skills are read in groups too`(skills: String, expected: String) throws {
        let read = try Self.read(#"{"basics":{"name":"A"},"skills":\#(skills)}"#)
        let texts = read.profile.skills.map { "\($0.name): \($0.keywords.joined(separator: ", "))" }
        #expect(texts.joined(separator: " | ") == expected && read.warnings.isEmpty, "\(read)")
    }

    @Test func `a group of skills that is prose is kept and reported`() throws {
        let prose = String(repeating: "very good ", count: 30)
        let read = try Self.read(#"{"basics":{"name":"A"},"skills":{"Tools":"git","About":"\#(prose)"}}"#)
        #expect(read.profile.skills.map(\.name) == ["Tools"])
        #expect(read.warnings.count == 1 && read.profile.attributesJson.contains(prose))
    }

    @Test func `an export of LinkedIn is read`() throws {
        let read = try Self.read(
            """
            {"firstName":"Lin","lastName":"Vu","headline":"Engineer","geoLocationName":"Hue, Vietnam",
             "certifications":[{"name":"AWS","authority":"Amazon",
               "timePeriod":{"startDate":{"year":2020,"month":5},"endDate":{"year":2023}}}]}
            """
        )
        #expect(read.profile.location == "Hue, Vietnam")
        #expect(read.profile.experiences.map { $0.endDate?.iso8601 } == ["2020-05"])
        #expect(read.profile.attributesJson.contains(#"{"year":2023}"#))
        #expect(
            try Self.read(#"{"First Name":"Lia","Last Name":"Vu","Geo Location":"Paris"}"#).profile.location == "Paris"
        )
    }

    @Test func `an export of Europass is read`() throws {
        let read = try Self.read(
            """
            {"SkillsPassport":{"LearnerInfo":{"Identification":{"PersonName":{"FirstName":"Betty","Surname":"Smith"},
              "ContactInfo":{"Address":{"Contact":{"AddressLine":"32 Reading Rd","Municipality":"Birmingham",
                "Country":{"Code":"UK","Label":"United Kingdom"}}},"Email":{"Contact":"betty@e.example"}}},
              "Skills":{"Linguistic":{"MotherTongue":[{"Description":{"Code":"en","Label":"English"}}],
                "ForeignLanguage":[{"Description":{"Label":"French"},"ProficiencyLevel":{"Listening":"C1","Reading":"C2"}}]},
                "Driving":{"Description":["B"]}}}}}
            """
        )
        #expect(read.identity?.text == "betty@e.example" && read.profile.location == "Birmingham, United Kingdom")
        let skills = read.profile.skills.map { [$0.name, $0.level, $0.category] + $0.keywords }
        #expect(
            skills == [
                ["English", "Mother tongue", "language"], ["French", "Listening C1, Reading C2", "language"],
                ["Driving", "", "", "B"],
            ]
        )
        #expect(read.warnings.isEmpty, "\(read.warnings)")
    }

    @Test(arguments: [
        (#"{"title":"Dr","first":"Ada","last":"Lovelace"}"#, "Ada Lovelace"),
        (#"{"value":"Ada","verified":true}"#, "Ada"),
        (#"{"given":["Ada","King"],"family":"Lovelace"}"#, "Ada King Lovelace"),
        (#"{"raw":"ADA L","first":"Ada","last":"L","title":"Ms"}"#, "ADA L"), (#"" Ada ""#, "Ada"),
        (#""🙂""#, "🙂"), (#""עדה Lovelace""#, "עדה Lovelace"),
    ]) func `a name is not its title`(name: String, expected: String) throws {
        let read = try Self.read(#"{"basics":{"name":\#(name)}}"#)
        #expect(read.profile.displayName == expected && read.warnings.isEmpty)
        for part in ["Dr", "verified", "King", "Ms"] where name.contains(part) {
            #expect((expected + read.profile.attributesJson).contains(part))
        }
    }

    @Test func `a name that cannot be seen is none`() {
        #expect(throws: JSONResumeError.noName) { try Self.read(#"{"basics":{"name":"\u200b\u200d"}}"#) }
    }

    @Test func `parts of a name may have accents in their names`() throws {
        #expect(try Self.read(#"{"Prénom":"Zoé","Nom":"Łucka"}"#).profile.displayName == "Zoé Łucka")
    }

    @Test(arguments: [
        (#"{"summary":"%","description":"%2"}"#, "work[0].description"), (#""%%""#, "work[0]"),
    ]) func `a description that has no room is kept and reported`(work: String, path: String) throws {
        let item = work.replacing("%", with: String(repeating: "word ", count: 3_000))
        let read = try Self.read(#"{"basics":{"name":"A"},"work":[\#(item)]}"#)
        #expect(read.warnings.map(\.path) == [path] && read.profile.violations().isEmpty)
        #expect(read.profile.experiences.first?.description.count ?? 0 > 19_000)
        #expect(read.profile.attributesJson.utf8.count > 15_000)
    }

    @Test func `an employer whose positions name another one is not lost`() throws {
        let read = try Self.read(
            """
            {"basics":{"name":"A"},"work":[{"company":"Group","location":"Ulm",
             "positions":[{"company":"Mill","title":"Clerk","location":"Bonn"},{"company":"Mine","title":"Boss","location":"Köln"}]},
             {"company":"Firm","positions":[{"title":"Clerk"}]}]}
            """
        )
        let texts = read.profile.experiences.map { "\($0.title), \($0.organization), \($0.location)" }
        #expect(texts == [", Group, Ulm", "Clerk, Mill, Bonn", "Boss, Mine, Köln", "Clerk, Firm, "])
    }

    @Test(arguments: ["languages", "skills"]) func `skills that cannot be read, or have no room, are reported`(
        list: String
    ) throws {
        let long = String(repeating: "x", count: 301)
        let one = try Self.read(#"{"basics":{"name":"A"},"\#(list)":["\#(long)"]}"#)
        #expect(one.warnings.map(\.path) == ["\(list)[0]"] && one.profile.attributesJson.contains(long))
        let many = (0..<400).map { "s\($0)" }.joined(separator: ",")
        let read = try Self.read(#"{"basics":{"name":"A"},"\#(list)":"\#(many)","\#(list.dropLast())":"\#(many)"}"#)
        #expect(read.profile.skills.count == 400 && read.profile.violations().isEmpty)
        #expect(read.warnings.map(\.path) == ["\(list.dropLast())"] && read.profile.attributesJson.contains("s399"))
    }

    @Test func `a page is no project`() throws {
        let read = try Self.read(
            #"{"name":"Ada","portfolio":"https://ada.example","projects":["https://doi.example/1"]}"#
        )
        #expect(read.profile.experiences.map(\.title) == ["https://doi.example/1"])
        #expect(read.warnings.map(\.path) == ["portfolio"] && read.profile.attributesJson.contains("ada.example"))
    }

    @Test func `lists beside a heading are read where sections hold them, and a heading is none of them`() throws {
        let read = try Self.read(
            """
            {"basics":{"name":"Ada","headline":"Weaver"},"sections":{
              "summary":{"name":"Summary","columns":1,"visible":true,"id":"summary","content":"<p>Weaves.</p>"},
              "awards":{"name":"Awards","columns":1,"visible":true,"id":"awards","items":[]},
              "experience":{"name":"Experience","id":"experience","items":[
                {"id":"x1","visible":true,"company":"Mill","position":"Weaver","date":"1840 - 1842"}]},
              "skills":{"name":"Skills","id":"skills","items":[{"id":"s1","name":"Sums","level":3,"keywords":["long"]}]}}}
            """
        )
        #expect(read.profile.summary == "Weaves." && read.profile.headline == "Weaver")
        #expect(read.profile.experiences.map(\.title) == ["Weaver"])
        #expect(read.profile.experiences[0].endDate == PartialDate(year: 1842))
        #expect(read.profile.skills.map(\.name) == ["Sums"])
    }

    @Test func `the lists of a Chinese generator are read`() throws {
        let read = try Self.read(
            """
            {"profile":{"name":"王小明","email":"wang@x.example"},
             "educationList":[{"edu_time":["2012.09","2016.06"],"school":"大学","major":"数学","academic_degree":"本科"}],
             "workExpList":[{"company_name":"公司","work_time":["2018.10",null],"work_desc":"编程"}],
             "skillList":[{"skill_name":"Go","skill_level":80}],
             "projectList":[{"project_name":"网站","project_time":"2019 - 至今","project_content":"前端"}],
             "awardList":[{"award_info":"奖","award_time":"2015"}]}
            """
        )
        let texts = read.profile.experiences.map {
            "\($0.title) \($0.organization) \($0.startDate?.iso8601 ?? "") \($0.endDate?.iso8601 ?? "") \($0.description)"
        }
        #expect(
            texts == [
                " 公司 2018-10  编程", "数学 大学 2012-09 2016-06 本科", "网站  2019  前端", "奖   2015 ",
            ]
        )
        #expect(read.profile.skills.map { [$0.name, $0.level] } == [["Go", "80"]])
        #expect(read.warnings.isEmpty, "\(read.warnings)")
    }
}
