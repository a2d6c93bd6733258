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
}
