import Foundation
import LikenessCommands
import LikenessMessages
import LikenessReflection
import Testing

/// What is written as JSON Resume is read as the same person, as far as such a document goes.
@Suite struct ResumeWriterTests {
    private static let whole = Profile(
        slug: "ada-lovelace",
        displayName: "Ada Lovelace",
        headline: "Mathematician",
        summary: "Notes, and\nmore notes: \"quoted\" \\ ünal 東京",
        location: "London, England",
        experiences: [
            Experience(
                category: .work,
                title: "Analyst",
                organization: "Babbage & Co",
                location: "London",
                startDate: PartialDate(year: 1842, month: 10, day: 3),
                endDate: PartialDate(year: 1843),
                description: "Wrote the notes.",
                highlights: ["Note G", "Bernoulli numbers, computed"]
            ),
            Experience(category: .work, title: "Correspondent"),
            Experience(category: .volunteer, title: "Helper", organization: "A school", location: "Ockham"),
            Experience(
                category: .education,
                title: "Mathematics",
                organization: "Augustus De Morgan",
                startDate: PartialDate(year: 1840, month: 7),
                description: "By letters",
                highlights: ["Calculus"]
            ),
            Experience(category: .project, title: "Engine", organization: "Analytical", description: "A machine"),
            Experience(category: .award, title: "Prize", organization: "A society", endDate: PartialDate(year: 999)),
            Experience(
                category: .publication,
                title: "Notes",
                organization: "Taylor",
                endDate: PartialDate(year: 1843)
            ),
            Experience(category: .certificate, title: "C", organization: "I", description: "What it says"),
        ],
        skills: [
            Skill(name: "Mathematics", level: "Expert", keywords: ["algebra", "series, long"]), Skill(name: "Music"),
            Skill(name: "French", category: "language", level: "C1"),
        ],
        externalIds: [
            ExternalId(system: "crm", id: "42"), ExternalId(system: "hr", id: "7"), ExternalId(system: "hr", id: "8"),
        ]
    )

    private static func read(_ document: JSONNode) throws -> ReadResume {
        // As it stands in a file.
        try ResumeReader.read(try JSONParser.parse(Array(document.text().utf8)))
    }

    @Test func `all that a document holds is read back`() throws {
        let read = try Self.read(ResumeWriter.document(Self.whole))
        #expect(read.profile == Self.whole)
        // The year 999 is one that is hardly meant.
        #expect(read.warnings.count == 1, "\(read.warnings)")
        #expect(read.identity?.kind == .externalID)
    }

    @Test func `what it cannot hold is left out, and nothing is said in its place`() throws {
        var profile = Profile(displayName: "Ada", tags: ["secret"], keywords: ["hidden"])
        profile.id = "00000000-0000-4000-8000-000000000001"
        profile.identityId = "00000000-0000-4000-8000-000000000002"
        profile.attributesJson = #"{"salary": 1, "csv": {"Pay": "2"}}"#
        #expect(ResumeWriter.document(profile).text() == #"{"basics":{"name":"Ada"}}"#)
    }

    @Test(arguments: [1, 100, 101, 500]) func `a place is read back as it is`(length: Int) throws {
        let place = String(String(repeating: "Ulm, Germany ", count: 50).prefix(length - 1)) + "."
        let read = try Self.read(ResumeWriter.document(Profile(displayName: "Ada", location: place)))
        #expect(read.profile.location == place && read.profile.attributesJson.isEmpty)
    }

    @Test func `what an import has kept is there again, but for items of lists`() throws {
        let text = #"""
            {"basics": {"name": "Ada", "email": "ada@engine.example", "location": {"city": "London", "postalCode": "SW1"},
             "profiles": [{"network": "X", "username": "ada"}]}, "work": [{"name": "Acme", "url": "https://acme.example"}],
             "interests": [{"name": "Horses"}], "meta": {"version": "v1.0.0", "canonical": "ada-lovelace"}}
            """#
        let first = try ResumeReader.read(try JSONParser.parse(Array(text.utf8)))
        let written = ResumeWriter.document(first.profile)
        #expect(!written.text().contains("acme.example"))
        let second = try Self.read(written)
        #expect(second.identity == first.identity)
        var kept = first.profile
        kept.attributesJson = second.profile.attributesJson
        #expect(second.profile == kept)
        for value in ["ada@engine.example", "SW1", #""username":"ada""#, "Horses", "v1.0.0"] {
            #expect(second.profile.attributesJson.contains(value), "\(value): \(second.profile.attributesJson)")
        }
    }
}

/// Lines of an export, as an import reads them.
@Suite struct ProfileDocumentTests {
    private static let id = "00000000-0000-4000-8000-000000000001"
    private static let whole = """
        {"id":"\(Self.id)","slug":"ada","displayName":"Ada","attributesJson":"{}","revision":"3","createTime":"2026-01-01T00:00:00Z"}
        """

    private static func read(_ text: String) throws -> ReadResume {
        let items = Array(JSONResumeFile(Data(text.utf8)))
        try #require(items.count == 1)
        return try items[0].resume.get()
    }

    @Test func `a profile is taken as it is`() throws {
        for text in [Self.whole, #"{"profile":\#(Self.whole)}"#] {
            let read = try Self.read(text)
            #expect(read.profile == Profile(id: Self.id, slug: "ada", displayName: "Ada", attributesJson: "{}"))
            #expect(read.identity?.kind == .id && read.warnings.isEmpty)
        }
        let html = Self.whole.replacing(#""Ada""#, with: #""<b>Ada</b> &amp; co""#)
        #expect(try Self.read(html).profile.displayName == "<b>Ada</b> &amp; co")
        let through = #"{"id":"\#(Self.id)","displayName":"A. L.","createTime":"2026-01-01T00:00:00Z"}"#
        #expect(try Self.read(through).profile == Profile(id: Self.id, displayName: "A. L."))
    }

    @Test(arguments: [
        (#"{"displayName":"Ada","skills":[{"name":"x"}]}"#, "no id"),
        (#"{"id":"7","displayName":"Ada","createTime":"2026-01-01T00:00:00Z"}"#, "an id of another form"),
        (
            #"{"id":"00000000-0000-4000-8000-000000000001","displayName":"Ada","createTime":"2026-01-01","email":"a@b.example"}"#,
            "another program's"
        ),
    ]) func `what is none is read as before`(text: String, why: String) throws {
        let read = try Self.read(text)
        #expect(read.profile.id.isEmpty && read.profile.displayName == "Ada", "\(why)")
    }

    @Test(arguments: [
        (#""slug":"ada""#, #""slug":7"#, "slug"), (#""slug":"ada""#, #""nickname":"ada""#, "nickname"),
        (#""revision":"3""#, #""revision":"x""#, "revision"),
        (#""createTime":"2026-01-01T00:00:00Z""#, #""createTime":"yesterday""#, "createTime"),
    ]) func `one that cannot be read is refused, with its field`(part: String, other: String, field: String) throws {
        let text = Self.whole.replacing(part, with: other)
        let error = #expect(throws: JSONResumeError.self) { try Self.read(text) }
        #expect(error?.description.contains(field) == true, "\(String(describing: error))")
    }

    @Test func `one that was deleted is not made a person again unsaid`() throws {
        let text = Self.whole.dropLast() + #","deleteTime":"2026-02-01T00:00:00Z"}"#
        let error = #expect(throws: JSONResumeError.self) { try Self.read(String(text)) }
        #expect(error?.description.contains("deleteTime") == true, "\(String(describing: error))")
    }
}
