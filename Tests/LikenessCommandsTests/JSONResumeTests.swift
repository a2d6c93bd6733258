import Foundation
import LikenessCommands
import LikenessMessages
import Testing

@Suite struct JSONResumeTests {
    private static func read(_ text: String) throws -> ReadResume {
        let items = Array(JSONResumeFile(Data(text.utf8)))
        try #require(items.count == 1)
        return try items[0].resume.get()
    }

    private static func profile(_ text: String) throws -> Profile { try Self.read(text).profile }

    private static func warnings(_ text: String) throws -> [String] {
        try Self.read(text).warnings.map { "\($0.path): \($0.message)" }
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
        let expected = """
            {"json_resume":{"meta":{"version":"v1.0.0"},
             "basics":{"location":{"postalCode":"W1"},"x-born":"1815-12-10"},
             "interests":[{"name":"Flying machines"}],"extra":42,"work":[{"url":"https://example.org"}]}}
            """
        #expect(profile.attributesJson == expected.replacing("\n ", with: ""))
        #expect(profile.violations().isEmpty)
    }

    @Test(arguments: [
        (#"{"work":[]}"#, "names no person: there is no basics.name, nor another property that holds a name"),
        (
            #"{"basics":{"name":" "}}"#,
            "names no person: there is no basics.name, nor another property that holds a name"
        ),
        (#"{"basics":{"name":"a\u0000b"}}"#, #"basics.name: holds a NUL character (\u0000), which cannot be stored"#),
        (#"{"basics":{"name":"A"},"x\u0000":1}"#, "x\u{0}: holds a NUL character (\\u0000), which cannot be stored"),
        (#"[1]"#, "expected an object, found a number"),
        (#"{"basics":"#, "invalid JSON at line 1, column 11: the text ends where a value should be"),
        (#""text""#, "expected an object, found a string"),
    ])
    func `a document without a person is refused with its reason`(text: String, message: String) {
        let error = #expect(throws: JSONResumeError.self) { try Self.profile(text) }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        (#"{"name":"x","configuration":{}}"#, "this is a mask: likeness mask import"),
        (
            #"{"name":"brief","description":"For all.","configuration":{"include_tags":["a"]},"revision":3}"#,
            "this is a mask: likeness mask import"
        ),
        (#"{"mask":{"name":"x"}}"#, "this is a mask: likeness mask import"),
        (#"{"masks":[{"name":"x"}],"nextPageToken":"t"}"#, "this is a mask: likeness mask import"),
        (#"{"text":"founded a hospital"}"#, "this is a query: likeness search"),
        (#"{"query":{"text":{"text":"nurse"}},"limit":3}"#, "this is a query: likeness search"),
        (
            #"{"name":"examples","queries":[{"id":"1","text":"nurse","relevant":[]}]}"#,
            #"beside a name there is nothing of a résumé in it, but "queries""#
        ),
        (#"{"name":"q","queries":[]}"#, #"nothing of a résumé in it, but "queries""#),
        (#"{"name":"A","hat":"red"}"#, #"nothing of a résumé in it, but "hat""#),
        (
            #"{"name":"left-pad","version":"1.0.0","description":"Pads.","keywords":["pad"],"scripts":{"test":"x"}}"#,
            #"beside a name there is nothing of a résumé in it, but "scripts""#
        ),
    ])
    func `another kind of document is refused with what it is`(text: String, message: String) {
        let error = #expect(throws: JSONResumeError.self) { try Self.profile(text) }
        #expect(error?.description.contains("describes no person: ") == true)
        #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        #"{"name":"Ada"}"#, #"{"name":"Ada","hat":"red","email":"ada@example.org"}"#,
        #"{"basics":{"name":"Ada"},"hat":1}"#,
        #"{"name":"Ada","hat":"red","phone":"1"}"#, #"{"name":"Ada","summary":"Wrote.","hat":"red"}"#,
        #"{"fullName":"Ada","hat":"red"}"#, #"{"name":"Ada","hat":"red","work":[]}"#,
        #"{"name":"Ada","hat":null,"coat":""}"#, #"{"name":"Ada","skills":[],"interests":[]}"#,
        #"{"basics":{"email":"a@x.example"},"name":"Ada"}"#,
        #"{"data":{"name":"Ada","hat":"red"}}"#,
        #"{"profile":{"slug":"ada","displayName":"Ada","revision":1}}"#,
        #"{"name":"Ada","configuration":"none","id":7}"#,
    ])
    func `who says little of a person is one still`(text: String) throws {
        #expect(try Self.profile(text).displayName == "Ada")
    }

    @Test func `what has no meaning is kept and said, and costs nothing else`() throws {
        let text = """
            {"basics":{"name":7,"label":true},"work":[{"position":"A","startDate":"never","shoe":44},8,[]],
             "skills":[false],"hat":"red"}
            """
        #expect(
            try Self.warnings(text) == [
                "work[0].startDate: not a date: not read, kept in attributes",
                "work[0].shoe: not read: kept in attributes",
                "work[1]: expected an object, found a number: not read, kept in attributes",
                "skills[0]: expected an object, found a boolean: not read, kept in attributes",
                "basics.label: expected a text, found a boolean: not read, kept in attributes",
                "hat: not read: kept in attributes",
            ]
        )
        let profile = try Self.profile(text)
        #expect(profile.displayName == "7" && profile.experiences.map(\.title) == ["A"] && profile.skills.isEmpty)
        for part in [
            #""label":true"#, #""startDate":"never""#, #""shoe":44"#, #""hat":"red""#, "8", #""skills":[false]"#,
        ] {
            #expect(profile.attributesJson.contains(part), "\(profile.attributesJson)")
        }
    }

    @Test(
        arguments: [
            ("2016 - 2018", nil, "2016", "2018"), ("2016-2018", nil, "2016", "2018"),
            ("05/2014 – 07/2016", nil, "2014-05", "2016-07"), ("2016 to Present", nil, "2016", nil),
            ("May 2014 - July 2015", nil, "2014-05", "2015-07"), ("2016 - 2018", "2019-02", "2016", "2019-02"),
            ("2016 - 2018", "Present", "2016", nil), ("2016 - 2018", "", "2016", "2018"),
            ("2014-05", nil, "2014-05", nil),
            ("2014-05-06", nil, "2014-05-06", nil),
            ("05-2014", nil, "2014-05", nil),
        ] as [(String, String?, String, String?)]
    )
    func `from when to when is read where only the start should be`(
        text: String,
        endDate: String?,
        start: String,
        end: String?
    ) throws {
        let document = """
            {"basics":{"name":"A"},"work":[{"position":"B","startDate":"\(text)"\(endDate.map { #","endDate":"\#($0)""# } ?? "")}]}
            """
        let profile = try Self.profile(document)
        #expect(profile.experiences.map { $0.startDate?.iso8601 } == [start])
        #expect(profile.experiences.map { $0.endDate?.iso8601 } == [end])
        let isWhole = PartialDate(iso8601: text) != nil || text == "05-2014"
        #expect(profile.attributesJson.contains("\"\(text)\"") != isWhole, "\(profile.attributesJson)")
        #expect(try Self.warnings(document).isEmpty)
    }

    @Test func `the names of earlier versions are read`() throws {
        let profile = try Self.profile(
            """
            {"basics":{"name":"A","picture":"p.png","website":"https://a.example"},
             "work":[{"company":"Acme","position":"Clerk","website":"https://acme.example"}]}
            """
        )
        #expect(profile.experiences.map(\.organization) == ["Acme"])
        let kept =
            #"{"json_resume":{"basics":{"picture":"p.png","website":"https://a.example"},"work":[{"website":"https://acme.example"}]}}"#
        #expect(profile.attributesJson == kept)
    }

    @Test(arguments: [
        ("2014", "2011-05", true), ("2014-05", "2014-04", true), ("2014-05-06", "2014-05-05", true),
        ("2014", "2014", false), ("2014-05", "2014", false), ("2014", "2014-01-01", false),
    ])
    func `what ends before it starts is stored, and told`(start: String, end: String, isTold: Bool) throws {
        let text = #"{"basics":{"name":"A"},"work":[{"name":"B","startDate":"\#(start)","endDate":"\#(end)"}]}"#
        let told = "work[0]: ends (\(end)) before it starts (\(start)): stored as it is"
        #expect(try Self.warnings(text) == (isTold ? [told] : []))
        #expect(try Self.profile(text).experiences[0].endDate?.iso8601 == end)
    }

    @Test(
        arguments: [
            (#""3000""#, 3_000), ("3000", 3_000), (#""0042-01""#, 42), (#"{"year":2101}"#, 2_101), (#""1000""#, nil),
            ("2100", nil),
        ] as [(String, Int32?)]
    ) func `a year that is hardly meant is stored, and told`(date: String, year: Int32?) throws {
        let told = year.map { "work[0]: starts in the year \($0), which is hardly meant: stored as it is" }
        let read = try Self.read(#"{"basics":{"name":"A"},"work":[{"name":"B","startDate":\#(date)}]}"#)
        #expect(read.warnings.map { "\($0.path): \($0.message)" } == (told.map { [$0] } ?? []))
        let stored = try #require(read.profile.experiences.first?.startDate?.year)
        #expect(year == nil || stored == year)
    }

    @Test func `numbers keep their digits`() throws {
        let number = "123456789012345678901234567890.100"
        #expect(try Self.profile(#"{"basics":{"name":"A"},"x":\#(number)}"#).attributesJson.contains(":\(number)}"))
    }

    @Test func `what is longer than its field is cut there and kept whole`() throws {
        let long = String(repeating: "é", count: 1_001)
        let read = try Self.read(#"{"basics":{"name":"A","label":"\#(long)"}}"#)
        #expect(read.profile.headline.count == 1_000 && read.profile.violations().isEmpty)
        #expect(read.profile.attributesJson.contains(long))
        #expect(read.warnings.map(\.path) == ["basics.label"])
        let picture = "data:image/png;base64," + String(repeating: "A", count: 300_000)
        let other = try Self.read(#"{"basics":{"name":"A","image":"\#(picture)"}}"#)
        #expect(
            other.warnings == [
                ResumeWarning(
                    path: "basics.image",
                    message: "not stored: a file of 300022 bytes, more than attributes can hold"
                )
            ]
        )
    }

    @Test func `a name that occurs twice in an object loses nothing`() throws {
        let read = try Self.read(#"{"basics":{"name":"A","name":"B"},"y":1,"y":2}"#)
        #expect(read.profile.displayName == "A")
        #expect(read.profile.attributesJson == #"{"json_resume":{"basics":{"name (2)":"B"},"y":1,"y (2)":2}}"#)
        #expect(read.warnings.count == 5)
    }
}
