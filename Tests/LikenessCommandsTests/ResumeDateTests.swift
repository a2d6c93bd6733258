import Foundation
import LikenessCommands
import LikenessMessages
import Testing

@Suite struct ResumeDateTests {
    @Test(arguments: [
        ("juil. 2015", "2015-07"), ("juill. 2015", "2015-07"), ("12 août 2015", "2015-08-12"),
        ("fevrier 2019", "2019-02"),
        ("maj 2015", "2015-05"), ("augusti 2015", "2015-08"), ("Ocak 2019", "2019-01"), ("Ağustos 2015", "2015-08"),
        ("lipca 2015", "2015-07"), ("5 grudnia 2015", "2015-12-05"), ("tháng 3/2019", "2019-03"),
        ("Tháng 12 2015", "2015-12"),
        ("tháng 2 năm 2019", "2019-02"), ("липня 2019", "2019-07"), ("ינואר 2015", "2015-01"), ("במרץ 2019", "2019-03"),
        ("يناير 2015", "2015-01"), ("listopadu 2015", "2015-11"), ("٢٠١٩-٠٣", "2019-03"), ("२०१९-०३", "2019-03"),
        ("２０１９年３月", "2019-03"), ("平成31年4月", "2019-04"), ("令和元年5月", "2019-05"), ("昭和64年1月7日", "1989-01-07"),
        ("民國108年3月", "2019-03"), ("201903", "2019-03"), ("Mars 2019", "2019-03"), ("Set 2019", "2019-09"),
    ]) func `months, digits and eras of many languages are read`(text: String, expected: String) {
        #expect(ResumeDate(text) == PartialDate(iso8601: expected).map { .date($0, exact: true) })
    }

    @Test(arguments: [
        ("2015-03（1年6个月）", "2015-03"), ("Jan 2015 · 3 yrs", "2015-01"), ("2024-09-31", "2024-09"),
        ("31.9.2024", "2024-09"),
        ("Jan '15", "2015-01"), ("Dec ’98", "1998-12"), ("6/15", "2015-06"), ("1459468800", "2016-04-01"),
        ("2024-13-31", "2024"), ("2015 (expected)", "2015"), ("market 2019", "2019"),
    ]) func `a date that says more, or says it shortly, is read and the text kept`(text: String, expected: String)
        throws
    {
        #expect(ResumeDate(text) == PartialDate(iso8601: expected).map { .date($0, exact: false) })
        let read = try Self.read(#"{"position":"B","startDate":"\#(text)"}"#)
        #expect(read.profile.experiences[0].startDate?.iso8601 == expected)
        #expect(read.profile.attributesJson.contains(text))
        let isInstant = text.allSatisfy(\.isNumber)
        #expect(read.warnings.count == (isInstant ? 0 : 1), "\(read.warnings)")
    }

    @Test(arguments: ["13/15", "2019012", "۱۳۹۸", "9999999999", "Jan 15", "tháng 13/2019 2018", "平成", "000000"])
    func `what could be anything is no date`(text: String) { #expect(ResumeDate(text) == nil) }

    @Test(arguments: [
        "Devam ediyor", "حتى الآن", "כיום", "н.в.", "hiện nay", "在职", "aujourd’hui", "至今（9个月）", "9999-12-31",
        "Actualmente", "à ce jour", "ad oggi", "Atualmente", "jelenleg", "σήμερα", "ปัจจุบัน", "saat ini", "Наст. время",
    ])
    func `what goes on is known in many languages`(text: String) { #expect(ResumeDate(text) == .ongoing) }

    @Test(arguments: [
        ("2018/10至今", "2018-10"), ("2018年10月至今", "2018-10"), ("2018.10-至今", "2018-10"), ("2018/10～現在", "2018-10"),
        ("2019.02 ~ 현재", "2019-02"), ("Since 2018", "2018"), ("since March 2018", "2018-03"), ("seit 2018", "2018"),
        ("depuis 2018", "2018"), ("desde 2018", "2018"), ("Started 2018", "2018"), ("2018 -", "2018"),
        ("2018–", "2018"),
        ("2018 onwards", "2018"), ("2018 to date", "2018"), ("2018 bis heute", "2018"), ("2018 до н.в.", "2018"),
        ("2018 → present", "2018"), ("Jan 2018 – Present (3 yrs)", "2018-01"), ("2018-10 - Present · 3 yrs", "2018-10"),
        ("2018-now", "2018"), ("2018年4月から", "2018-04"), ("03/2018 - heute", "2018-03"), ("С июня 2018", "2018-06"),
    ]) func `a start that goes on has no end`(text: String, start: String) throws {
        for property in ["date", "startDate", "period"] {
            let read = try Self.read(#"{"position":"B","\#(property)":"\#(text)"}"#)
            let experience = try #require(read.profile.experiences.first)
            #expect(experience.startDate?.iso8601 == start && experience.endDate == nil, "\(property): \(experience)")
            #expect(read.warnings.isEmpty && read.profile.attributesJson.contains(text), "\(property): \(read)")
        }
    }

    @Test(arguments: [
        ("2017-19", "2017", "2019"), ("2018/19", "2018", "2019"), ("1998–99", "1998", "1999"),
        ("2018/2019", "2018", "2019"),
        ("2018年10月～2019年2月", "2018-10", "2019-02"), ("2018-10-01/2019-02-01", "2018-10-01", "2019-02-01"),
        ("平成30年4月～令和2年3月", "2018-04", "2020-03"), ("1/2018-3/2019", "2018-01", "2019-03"),
        ("2018. 10 - 2019. 2", "2018-10", "2019-02"), ("Mar 2018 → Apr 2019", "2018-03", "2019-04"),
        ("mars 2018 au avril 2019", "2018-03", "2019-04"), ("desde enero 2018 hasta marzo 2019", "2018-01", "2019-03"),
        ("from 2018 through 2019", "2018", "2019"), ("с июня 2018 по май 2019", "2018-06", "2019-05"),
    ]) func `a span has a start and an end`(text: String, start: String, end: String) throws {
        for property in ["date", "startDate", "period"] {
            let read = try Self.read(#"{"position":"B","\#(property)":"\#(text)"}"#)
            #expect(read.profile.experiences.map { $0.startDate?.iso8601 } == [start], "\(property)")
            #expect(read.profile.experiences.map { $0.endDate?.iso8601 } == [end], "\(property)")
        }
    }

    @Test(arguments: ["2010-12", "2018-10-01", "12/2018", "2018"]) func `one date is no span`(text: String) throws {
        let read = try Self.read(#"{"position":"B","date":"\#(text)"}"#)
        #expect(read.profile.experiences.map { $0.startDate } == [nil])
        #expect(read.profile.experiences[0].endDate != nil)
    }

    @Test func `seconds since 1970 may be a number`() throws {
        let read = try Self.read(#"{"position":"B","startDate":1459468800,"endDate":1490918400000}"#)
        #expect(read.profile.experiences[0].startDate?.iso8601 == "2016-04-01")
        #expect(read.profile.experiences[0].endDate?.iso8601 == "2017-03-31")
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

    private static func read(_ work: String) throws -> ReadResume {
        try Array(JSONResumeFile(Data(#"{"basics":{"name":"A"},"work":[\#(work)]}"#.utf8)))[0].resume.get()
    }

    @Test(arguments: [
        (#"{"year":2015,"month":"March"}"#, "2015-03", false),
        (#"{"year":"2015","month":"sept.","day":5}"#, "2015-09-05", false),
        (#"{"year":2015,"month":13}"#, "2015", true), (#"{"year":2015,"month":"rainy"}"#, "2015", true),
        (#"{"year":2015,"month":null}"#, "2015", false),
        (#"{"$date":{"$numberLong":"1459468800000"}}"#, "2016-04-01", false),
    ]) func `what of the parts of a date is not read is reported`(date: String, expected: String, isReported: Bool)
        throws
    {
        let read = try Self.read(#"{"position":"B","startDate":\#(date)}"#)
        #expect(read.profile.experiences[0].startDate?.iso8601 == expected)
        #expect(read.warnings.map(\.path) == (isReported ? ["work[0].startDate"] : []), "\(read.warnings)")
    }

    @Test(
        arguments: [
            (#"["2018-05","2019"]"#, "2018-05", "2019"), (#"[2018.5,"至今"]"#, "2018-05", nil),
            (#"["2018",null]"#, "2018", nil),
            (#"["2018"]"#, nil, "2018"),
        ] as [(String, String?, String?)]
    ) func `a list of two is from when to when`(list: String, start: String?, end: String?) throws {
        let read = try Self.read(#"{"position":"B","time":\#(list)}"#)
        #expect(read.profile.experiences.map { $0.startDate?.iso8601 } == [start])
        #expect(read.profile.experiences.map { $0.endDate?.iso8601 } == [end])
        #expect(read.warnings.isEmpty)
    }

    @Test func `a span that says more than its dates is reported`() throws {
        let read = try Self.read(#"{"position":"B","startDate":"Summer 2018 - Winter 2019"}"#)
        #expect(read.warnings.map(\.message) == ["read as 2018 to 2019: the text is kept in attributes"])
    }

    @Test func `a long text is no date`() throws {
        // A million eras, each of which would be read in a pass over all of it.
        let text = String(repeating: "平成1", count: 1_000_000)
        #expect(ResumeDate(text) == nil)
        #expect(ResumeDate("2019" + String(repeating: " ", count: 197)) == nil)
    }
}
