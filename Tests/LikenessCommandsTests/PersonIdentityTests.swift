import Foundation
import LikenessCommands
import LikenessMessages
import Testing

/// What tells a person from others, and what does not.
@Suite struct PersonIdentityTests {
    private static func read(_ text: String) throws -> ReadResume {
        let items = Array(JSONResumeFile(Data(text.utf8)))
        try #require(items.count == 1)
        return try items[0].resume.get()
    }

    @Test(arguments: [
        (#"{"basics":{"name":"A"},"meta":{"canonical":"a-b"}}"#, "slug a-b"),
        (#"{"basics":{"name":"A"},"meta":{"canonical":"https://www.X.example/Me/"}}"#, "canonical x.example/Me"),
        (#"{"basics":{"name":"A","email":"A@X.example"},"id":"k-1"}"#, "id k-1"),
        (#"{"basics":{"name":"A"},"id":7}"#, "id 7\na"),
        (#"{"basics":{"name":"A","email":"A@X.example","url":"https://x.example"}}"#, "email a@x.example"),
        (#"{"basics":{"name":"A ","url":"https://x.example/"}}"#, "url x.example\na"),
        (#"{"basics":{"name":"A","email":"none"}}"#, ""), (#"{"basics":{"name":"A"}}"#, ""),
        (#"{"basics":{"name":"A"},"id":"k-1","meta":{"externalIds":{"crm":7,"hr":["x"]}}}"#, "external-id crm:7"),
    ])
    func `who a person is comes from what the document says`(text: String, identity: String) throws {
        let read = try Self.read(text)
        #expect((read.identity.map { "\($0.kind.rawValue) \($0.text)" } ?? "") == identity)
        #expect(read.profile.slug == (identity == "slug a-b" ? "a-b" : ""))
    }

    @Test func `external ids are read in both forms, beside a slug, or kept whole`() throws {
        func read(_ ids: String, _ match: [PersonIdentity.Kind] = PersonIdentity.Kind.usual) throws -> ReadResume {
            let text = #"{"basics":{"name":"A"},"meta":{"canonical":"a-b","externalIds":\#(ids)}}"#
            return try Array(JSONResumeFile(Data(text.utf8), match: match))[0].resume.get()
        }
        let pairs = [ExternalId(system: "crm", id: "7"), ExternalId(system: "hr", id: "A b")]
        for ids in [#"{"crm":7,"hr":["A b","A b"]}"#, #"[{"system":"crm","id":"7"},{"id":"A b","system":"hr"}]"#] {
            let resume = try read(ids)
            #expect(resume.profile.externalIds == pairs && resume.profile.slug == "a-b" && resume.warnings.isEmpty)
            #expect(resume.profile.attributesJson.isEmpty)
            let other = try read(ids, [.slug])
            #expect(other.profile.externalIds.isEmpty && other.profile.attributesJson.contains("externalIds"))
        }
        for ids in [
            #"{"CRM":"7"}"#, #"{"crm":{"a":1}}"#, #"["crm:7"]"#, #""crm:7""#, #"[{"system":"crm"}]"#,
            #"{"crm":"","hr":"1"}"#,
        ] {
            let resume = try read(ids)
            #expect(resume.profile.externalIds.isEmpty && resume.identity?.kind == .slug, "\(ids)")
            #expect(resume.warnings.map(\.path) == ["meta.externalIds"], "\(ids)")
            #expect(resume.profile.attributesJson.contains("externalIds"))
        }
    }

    @Test(arguments: [
        "https://github.com/jsonresume/resume-schema/blob/v1.0.0/schema.json", "http://www.github.com/JSONResume/",
        "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/sample.resume.json",
        "https://jsonresume.org",
        "https://docs.jsonresume.org/schema", "https://registry.jsonresume.org/", "v1.0.0", "1.2", "resume", "schema",
        "https://cv.example/schema/v2/schema.json?raw=1", "https://example.com/", "http://localhost:4000/cv",
        "https://richardhendricks.example.com", "your-username", "john-doe", "John-Doe", "{{id}}", "<your-id>", "N/A",
        "00000000-0000-0000-0000-000000000000", "123456789012", "xxxx", "https://yourdomain.com/resume.json",
        "https://www.linkedin.com/in/johndoe", "https://github.com", "https://de.linkedin.com/in/",
        "https://registry.jsonresume.org/your-username",
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
        "https://www.linkedin.com/in/ada", "7f0c1d2e-0000-4000-8000-000000000000", "https://john.doering.example/cv",
    ]) func `an address of a person is an identity`(text: String) throws {
        let read = try Self.read(#"{"basics":{"name":"A","email":"a@x.example"},"meta":{"canonical":"\#(text)"}}"#)
        let isSlug = !text.contains(":")
        #expect(read.identity?.kind == (isSlug ? .slug : .canonical))
    }

    @Test(arguments: [
        "john@example.com", "john.doe@example.org", "Jane.Doe@gmail.com", "richard.hendriks@mail.com", "a@localhost",
        "your.name@email.com", "a@b.invalid", "your@email.com", "firstname.lastname@firm.example", "you@yourdomain.com",
        "john.doe@example.de", "@ada",
    ]) func `a mailbox that templates give everyone is no identity`(email: String) throws {
        #expect(try Self.read(#"{"basics":{"name":"A","email":"\#(email)"}}"#).identity == nil)
    }

    @Test(arguments: [
        "ada@example.com", "ada.doe@gmail.com", "john.doe@firm.example", "r.hendriks@mail.com", "o'brien@firm.example",
        "ada@your-lawyer.example",
    ])
    func `a mailbox of a person is an identity`(email: String) throws {
        #expect(try Self.read(#"{"basics":{"name":"A","email":"\#(email)"}}"#).identity?.text == email)
    }

    @Test(arguments: ["N/A", "n.a.", "NULL", "none", "0", "000", "-", "unknown", "12345678901234"])
    func `what tables have for no id is no external id`(id: String) throws {
        let read = try Self.read(
            #"{"basics":{"name":"A","email":"a@x.example"},"meta":{"externalIds":{"crm":"\#(id)","hr":"7"}}}"#
        )
        #expect(read.identity?.text == "hr:7" && read.profile.externalIds == [ExternalId(system: "hr", id: "7")])
        #expect(read.warnings.map(\.path) == ["meta.externalIds"] && read.profile.attributesJson.contains(id))
    }

    @Test(arguments: [
        #"{"basics":{"name":"A"},"id":0}"#, #"{"basics":{"name":"A"},"id":"-"}"#,
        #"{"basics":{"name":"A"},"meta":{"canonical":"n-a"}}"#, #"{"basics":{"name":"A","email":"na@na.com"}}"#,
        #"{"basics":{"name":"A","email":"none@none.com"}}"#,
        #"{"basics":{"name":"A"},"meta":{"externalIds":{"hr":"N/A"}}}"#,
    ]) func `what stands for nothing is no identity`(document: String) throws {
        let read = try Self.read(document)
        #expect(read.identity == nil && read.profile.slug.isEmpty && read.profile.externalIds.isEmpty)
    }

    @Test(arguments: ["john-doe", "your-username", "my-resume"]) func `a slug of a template is no identity`(
        slug: String
    ) throws {
        let read = try Self.read(#"{"basics":{"name":"A"},"meta":{"canonical":"\#(slug)"}}"#)
        #expect(read.identity == nil && read.profile.slug.isEmpty)
    }

    @Test(arguments: [
        "info@firm.example", "Info@firm.example", "no-reply@firm.example", "hr+2024@firm.example",
        "messages-noreply@firm.example", "do_not_reply@firm.example", "jobs@firm.example",
    ])
    func `a mailbox that many read is no identity, and that is said`(email: String) throws {
        let read = try Self.read(#"{"basics":{"name":"Anna Schmidt","Email":"\#(email)"}}"#)
        #expect(read.identity == nil && read.warnings.map(\.path) == ["basics.Email"])
        let page = try Self.read(
            #"{"basics":{"name":"Anna Schmidt","email":"\#(email)","url":"https://anna.example/"}}"#
        )
        #expect(page.identity?.kind == .url && page.warnings.isEmpty)
    }

    @Test(arguments: ["hello@anna.example", "Contact@firm.example", "mail+2024@firm.example"])
    func `a mailbox that firms and people have is one of each name`(email: String) throws {
        let identities = try ["Anna Schmidt", "anna schmidt", "Bob Braun"].map { name in
            try Self.read(#"{"basics":{"name":"\#(name)","email":"\#(email)"}}"#).identity
        }
        #expect(identities[0] != nil && identities[0] == identities[1] && identities[0] != identities[2])
    }

    @Test(arguments: [
        #""ada@x.example; bob@y.example""#, #""Ada <ADA@x.example>""#, #"["ada@x.example","bob@y.example"]"#,
        #""mailto:ada@x.example""#, #"[{"type":"work","value":"ada@x.example"}]"#,
        #""private: ada@x.example, or call""#,
    ]) func `of several addresses the first is the person's`(email: String) throws {
        #expect(try Self.read(#"{"basics":{"name":"A","email":\#(email)}}"#).identity?.text == "ada@x.example")
    }
}
