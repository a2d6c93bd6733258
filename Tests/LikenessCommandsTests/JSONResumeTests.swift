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
        (#"{"work":[]}"#, "names no person: there is no basics.name, nor another property that holds a name"),
        (
            #"{"basics":{"name":" "}}"#,
            "names no person: there is no basics.name, nor another property that holds a name"
        ),
        (#"{"basics":{"name":"a\u0000b"}}"#, #"basics.name: holds a NUL character (\u0000), which cannot be stored"#),
        (#"{"basics":{"name":"A"},"x\u0000":1}"#, "x\u{0}: holds a NUL character (\\u0000), which cannot be stored"),
        (#"[1]"#, "expected an object, found a number"),
        (#"{"basics":"#, "invalid JSON at line 1, column 11: the text ends where a value should be"),
        (#""text""#, "expected an object, found a text"),
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

    @Test(arguments: [
        (#"{"basics":{"name":"A"},"meta":{"canonical":"a-b"}}"#, "slug a-b"),
        (#"{"basics":{"name":"A"},"meta":{"canonical":"https://www.X.example/Me/"}}"#, "canonical x.example/Me"),
        (#"{"basics":{"name":"A","email":"A@X.example"},"id":"k-1"}"#, "id k-1"),
        (#"{"basics":{"name":"A"},"id":7}"#, "id 7\na"),
        (#"{"basics":{"name":"A","email":"A@X.example","url":"https://x.example"}}"#, "email a@x.example"),
        (#"{"basics":{"name":"A ","url":"https://x.example/"}}"#, "url x.example\na"),
        (#"{"basics":{"name":"A","email":"none"}}"#, ""), (#"{"basics":{"name":"A"}}"#, ""),
    ])
    func `who a person is comes from what the document says`(text: String, identity: String) throws {
        let read = try Self.read(text)
        #expect((read.identity.map { "\($0.kind.rawValue) \($0.text)" } ?? "") == identity)
        #expect(read.profile.slug == (identity == "slug a-b" ? "a-b" : ""))
    }

    @Test(arguments: [
        "https://github.com/jsonresume/resume-schema/blob/v1.0.0/schema.json", "http://www.github.com/JSONResume/",
        "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/sample.resume.json",
        "https://jsonresume.org",
        "https://docs.jsonresume.org/schema", "https://registry.jsonresume.org/", "v1.0.0", "1.2", "resume", "schema",
        "https://cv.example/schema/v2/schema.json?raw=1", "https://example.com/", "http://localhost:4000/cv",
        "https://richardhendricks.example.com",
    ]) func `an address that templates give everyone is no identity`(text: String) throws {
        for document in [
            #"{"basics":{"name":"A","email":"a@x.example"},"meta":{"canonical":"\#(text)"}}"#,
            #"{"basics":{"name":"A","email":"a@x.example"},"$id":"\#(text)"}"#,
            #"{"basics":{"name":"A","email":"john.doe@gmail.com"},"meta":{"canonical":"\#(text)"},"email":"a@x.example"}"#,
        ] {
            let read = try Self.read(document)
            #expect(read.identity?.kind == .email && read.identity?.text == "a@x.example", "\(document)")
            #expect(read.profile.attributesJson.contains(text) && read.warnings.isEmpty && read.profile.slug.isEmpty)
        }
    }

    @Test(arguments: [
        "https://registry.jsonresume.org/ada", "https://ada.github.io/resume.json", "https://github.com/ada/jsonresume",
        "https://raw.githubusercontent.com/ada/cv/main/resume.json", "https://example.org/people/ada", "ada-resume",
    ]) func `an address of a person is an identity`(text: String) throws {
        let read = try Self.read(#"{"basics":{"name":"A","email":"a@x.example"},"meta":{"canonical":"\#(text)"}}"#)
        #expect(read.identity?.kind == (text == "ada-resume" ? .slug : .canonical))
    }

    @Test(arguments: [
        "john@example.com", "john.doe@example.org", "Jane.Doe@gmail.com", "richard.hendriks@mail.com", "a@localhost",
        "your.name@email.com", "a@b.invalid",
    ]) func `a mailbox that templates give everyone is no identity`(email: String) throws {
        #expect(try Self.read(#"{"basics":{"name":"A","email":"\#(email)"}}"#).identity == nil)
    }

    @Test(arguments: ["ada@example.com", "ada.doe@gmail.com", "john.doe@firm.example", "r.hendriks@mail.com"])
    func `a mailbox of a person is an identity`(email: String) throws {
        #expect(try Self.read(#"{"basics":{"name":"A","email":"\#(email)"}}"#).identity?.text == email)
    }

    @Test func `a list of people, and an object that has one, are people with lines`() throws {
        let list = """
            [
              {"basics":{"name":"One"}},
              {"basics":{"name":"Two"}
            ,},
              {"basics":
                {"name":"Three"}}
            ]
            """
        let items = Array(JSONResumeFile(Data(list.utf8)))
        #expect(items.map(\.line) == [2, 3, 5])
        #expect(items.map { (try? $0.profile.get())?.displayName } == ["One", nil, "Three"])
        #expect(
            throws: JSONResumeError.invalidJSON("invalid JSON at line 4, column 2: a name in double quotes is missing")
        ) {
            try items[1].profile.get()
        }
        let wrapped = Array(JSONResumeFile(Data(#"{"total":2,"people":[{"name":"A"},{"name":"B"}]}"#.utf8)))
        #expect(try wrapped.map { try $0.profile.get().displayName } == ["A", "B"])
        #expect(try wrapped[0].resume.get().warnings.map(\.path) == ["total"])
        let rows = Array(JSONResumeFile(Data("[{\"name\":\"A\"}]\n[{\"name\":\"B\"},{\"name\":\"C\"}]\n".utf8)))
        #expect(rows.map(\.line) == [1, 2, 2])
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
        #expect(Self.fault(items[1]) == "invalid JSON at line 3, column 25: a comma or } is missing")
    }

    @Test(arguments: [
        ("{\"name\":\"A\"}\n{\"name\":\"B\",}\n", "line 2, column 13"),
        ("\n\n  {\"name\":\"é\",}\n{\"name\":\"B\"}", "line 3, column 15"),
        ("[{\"name\":\"A\"}, {\"name\":\"B\",}]", "line 1, column 28"),
        ("[{\"name\":\"A\"},\n {\"name\":\"B\",\n}]", "line 3, column 1"),
        ("{\"people\":[\n{\"name\":\"A\"}, {\"name\":tru}]}", "line 2, column 23"),
        ("{\"name\":\"A\"} {\"name\":\n\"B\",}", "line 2, column 5"),
    ]) func `what is broken is named by its place in the file`(file: String, place: String) {
        let faults = Array(JSONResumeFile(Data(file.utf8))).compactMap(Self.fault)
        #expect(faults.count == 1 && faults[0].hasPrefix("invalid JSON at \(place): "), "\(faults)")
    }

    private static func fault(_ item: JSONResumeFile.Item) -> String? {
        do {
            _ = try item.profile.get()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `a document over many lines is one document`() throws {
        let items = Array(JSONResumeFile(Data("{\n \"basics\": {\n  \"name\": \"One\"\n }\n}\n".utf8)))
        #expect(items.count == 1)
        #expect(try items[0].profile.get().displayName == "One")
        #expect(Array(JSONResumeFile(Data("{\n \"basics\":\n".utf8))).count == 1)
    }

    @Test(arguments: [
        ("2023-9-28", "2023-09-28"), ("04/2019", "2019-04"), ("Sep 2021", "2021-09"), ("Sept. 2021", "2021-09"),
        ("September 28, 2023", "2023-09-28"), ("28th of September 2023", "2023-09-28"), ("28.9.2023", "2023-09-28"),
        ("2019/04", "2019-04"), ("20190428", "2019-04-28"), ("13/05/2017", "2017-05-13"), ("05/13/2017", "2017-05-13"),
        ("2021-03-04T00:00:00.000Z", "2021-03-04"), ("März 2004", "2004-03"), ("avril 2009", "2009-04"),
        ("2019年4月", "2019-04"), ("2005년 3월 1일", "2005-03-01"), ("5 мая 2008", "2008-05-05"), ("2019-00", "2019"),
    ])
    func `dates are read as people write them`(text: String, expected: String) {
        #expect(ResumeDate(text) == PartialDate(iso8601: expected).map { .date($0, exact: true) })
    }

    @Test(arguments: [
        ("Summer 2019", "2019"), ("04/05/2017", "2017"), ("Q1 2018", "2018"), ("circa 1850", "1850"),
        ("2021-03-04T10:11:12+02:00", "2021-03-04"), ("1459468800000", "2016-04-01"), ("2007-13-40", "2007"),
    ])
    func `a date that says more is read as far as it is one`(text: String, expected: String) {
        #expect(ResumeDate(text) == PartialDate(iso8601: expected).map { .date($0, exact: false) })
    }

    @Test(arguments: ["Present", "current", " heute ", "至今"]) func `what goes on is known`(text: String) {
        #expect(ResumeDate(text) == .ongoing)
    }

    @Test(arguments: ["never", "99", "2010 or 2012", "31", "", "second 5", "\u{1B}]0;X\u{7}", "99999999999999999999"])
    func `what is no date is none`(text: String) { #expect(ResumeDate(text) == nil) }

    @Test(arguments: ["2000-02-30", "1999-13", "99", "20000", "2000-1", "2000-01-1", "", "-200", "2000-00-05"])
    func `what is not a date is not read as one`(text: String) {
        #expect(PartialDate(iso8601: text) == nil)
    }

    @Test func `an unknown day or month may be written as zeros`() {
        #expect(PartialDate(iso8601: "1943-00-00") == PartialDate(year: 1943))
        #expect(PartialDate(iso8601: "1943-05-00") == PartialDate(year: 1943, month: 5))
    }
}
