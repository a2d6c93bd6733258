import Foundation
import LikenessCommands
import LikenessMessages
import Testing

@Suite struct JSONResumeTests {
    private static func profile(_ text: String) throws -> Profile {
        try Profile(jsonResume: JSONValue(parsing: Data(text.utf8)))
    }

    @Test func `a document becomes a profile and loses nothing`() throws {
        let profile = try Self.profile(
            """
            {"meta":{"canonical":"ada-lovelace","version":"v1.0.0"},
             "basics":{"name":"Ada Lovelace","label":"Mathematician","summary":"Wrote the first program.",
               "location":{"city":"London","countryCode":"GB","postalCode":"W1"},"x-born":"1815-12-10"},
             "work":[{"name":"Analytical Engine","position":"Author","startDate":"1842","endDate":"1843-09",
               "summary":"Notes.","highlights":["Bernoulli numbers"],"url":"https://example.org"}],
             "education":[{"institution":"At home","area":"Mathematics","studyType":"Tutoring","courses":["Logic"]}],
             "awards":[{"title":"Medal","date":"1844-02-29","awarder":"Society","summary":"For notes."}],
             "skills":[{"name":"Analysis","level":"Master","keywords":["calculus"]}],
             "languages":[{"language":"French","fluency":"Fluent"}],
             "interests":[{"name":"Flying machines"}],"extra":42}
            """
        )
        #expect(profile.slug == "ada-lovelace")
        #expect(profile.displayName == "Ada Lovelace")
        #expect(profile.location == "London, GB")
        #expect(profile.experiences.map(\.category) == [.work, .education, .award])
        #expect(profile.experiences[0].organization == "Analytical Engine")
        #expect(profile.experiences[0].startDate == PartialDate(year: 1842))
        #expect(profile.experiences[0].endDate == PartialDate(year: 1843, month: 9))
        #expect(profile.experiences[2].endDate?.iso8601 == "1844-02-29")
        #expect(profile.skills.map(\.name) == ["Analysis", "French"])
        let kept = try JSONValue(parsing: Data(profile.attributesJson.utf8))
        let expected = try JSONValue(
            parsing: Data(
                """
                {"json_resume":{"basics":{"location":{"postalCode":"W1"},"x-born":"1815-12-10"},
                 "meta":{"version":"v1.0.0"},"work":[{"url":"https://example.org"}],
                 "interests":[{"name":"Flying machines"}],"extra":42}}
                """.utf8
            )
        )
        #expect(kept == expected)
        #expect(profile.violations().isEmpty)
    }

    @Test(arguments: [
        (#"{"work":[]}"#, "basics: missing"), (#"{"basics":{}}"#, "basics.name: missing"),
        (#"{"basics":{"name":7}}"#, "basics.name: expected a string, found a number"),
        (#"{"basics":{"name":"A"},"work":{}}"#, "work: expected an array, found an object"),
        (
            #"{"basics":{"name":"A"},"work":[{},{"startDate":"May 1900"}]}"#,
            #"work[1].startDate: "May 1900" is not a date (YYYY, YYYY-MM or YYYY-MM-DD)"#
        ),
        (
            #"{"basics":{"name":"A"},"awards":[{"date":"1900-02-29"}]}"#,
            #"awards[0].date: "1900-02-29" is not a date (YYYY, YYYY-MM or YYYY-MM-DD)"#
        ),
        (#"[1]"#, "document: expected an object, found an array"),
    ])
    func `a wrong document is refused by the name of its property`(text: String, message: String) {
        let error = #expect(throws: JSONResumeError.self) { try Self.profile(text) }
        #expect(error?.description == message)
    }

    @Test func `a broken line is reported and the others are kept`() {
        let lines = """
            {"basics":{"name":"One"}}

            {"basics":{"name":"Two"}
            {"basics":{"name":"Three"}}
            """
        let items = Array(JSONResumeFile(Data(lines.utf8)))
        #expect(items.map(\.line) == [1, 3, 4])
        #expect(items.map { (try? $0.profile.get())?.displayName } == ["One", nil, "Three"])
    }

    @Test func `a document over many lines is one document`() throws {
        let items = Array(JSONResumeFile(Data("{\n \"basics\": {\n  \"name\": \"One\"\n }\n}\n".utf8)))
        #expect(items.count == 1)
        #expect(try items[0].profile.get().displayName == "One")
        #expect(Array(JSONResumeFile(Data("{\n \"basics\":\n".utf8))).count == 1)
    }

    @Test(arguments: ["2000-02-30", "1999-13", "99", "20000", "2000-1", "2000-01-1", "", "-200", "2000-00-05"])
    func `what is not a date is not read as one`(text: String) {
        #expect(PartialDate(iso8601: text) == nil)
    }

    @Test func `an unknown day or month may be written as zeros`() {
        #expect(PartialDate(iso8601: "1943-00-00") == PartialDate(year: 1943))
        #expect(PartialDate(iso8601: "1943-05-00") == PartialDate(year: 1943, month: 5))
    }
}
