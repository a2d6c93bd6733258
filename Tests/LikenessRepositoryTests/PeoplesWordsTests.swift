import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Words as people write and type them, in texts and filters: signs, compound words, stop words.
@Suite(.freshDatabase) struct PeoplesWordsTests {
    @Test func `signs carry meaning`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    .person("sharp", "Wrote C# for ten years"), .person("plus", "C++ and templates"),
                    .person("vitamin", "Discovered vitamin C"), .person("both", "From C/C++ to C#."),
                    .person("research", "Led R&D"), .person("letters", "Ordered R before D"),
                    .person("phone", "Engineer at AT&T"), .person("cat", "Looked at T cells"),
                    .person("dots", "A .NET developer"), .person("income", "Raised net income"),
                ]
            )
            #expect(Set(try await fixture.found("C#")) == ["sharp", "both"])
            #expect(Set(try await fixture.found("c++")) == ["plus", "both"])
            #expect(try await fixture.found("R&D") == ["research"])
            #expect(try await fixture.found("at&t") == ["phone"])
            #expect(try await fixture.found(".NET").first == "dots")
            #expect(Set(try await fixture.found(#""C#""#)) == ["sharp", "both"])
            #expect(Set(try await fixture.found("c++ -C#")) == ["plus"])
            #expect(try await fixture.filtered("summary:C#") == ["sharp", "both"])
            #expect(try await fixture.filtered(#"summary:"AT&T""#) == ["phone"])
            let hit = try #require(
                try await fixture.search.search(SearchQuery(.text("C#"))).hits.first { $0.profile?.slug == "both" }
            )
            let highlight = try #require(hit.highlights.first)
            #expect(highlight.text == "From C/C++ to C#.")
            #expect(highlight.spans == [TextSpan(start: 14, length: 2)])
        }
    }

    @Test(
        arguments: [
            ("Built services in Node.js", "node", "Node.js"), ("Likes socket.io", "socket", "socket.io"),
            ("CI/CD pipelines", "CI", "CI/CD"), ("Certified for ISO-27001", "27001", "ISO-27001"),
            ("See https://www.example.com/ada?x=1", "example.com", "https://www.example.com/ada"),
            ("Write to ada@mail.example.com", "mail.example.com", "ada@mail.example.com"),
            ("The co-operative movement", "operative", "co-operative"), ("Knows snake_case", "snake", "snake_case"),
        ]
    )
    func `compound words are found by their parts, and rank higher as a whole`(
        text: String,
        part: String,
        whole: String
    ) async throws {
        try await RepositoryFixture.run { fixture in
            let parts = whole.map { $0.isLetter || $0.isNumber ? String($0) : " and " }.joined()
            try await fixture.fill(
                [.person("whole", text), .person("parts", "It is \(parts) too"), .person("other", "Sings")]
            )
            #expect(try await fixture.found(part).contains("whole"))
            #expect(try await fixture.found(whole).first == "whole")
            #expect(try await fixture.filtered(#"summary:"\#(part)""#).contains("whole"))
            #expect(try await fixture.filtered(#"summary:"\#(whole)""#).contains("whole"))
            let hits = try await fixture.search.search(SearchQuery(.text(part))).hits
            let highlight = try #require(hits.first { $0.profile?.slug == "whole" }?.highlights.first)
            #expect(highlight.text == text && !highlight.spans.isEmpty)
        }
    }

    // MARK: Stop words

    @Test func `stop words are words`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    .person("it", "Head of IT at a bank") { $0.skills = [Skill(name: "IT")] },
                    .person("pronoun", "She made it work and kept it going"),
                    .person("band", "Drummer of The Who"), .person("will", "Will Smith acted"),
                    .person("john", "John Smith acted"), .person("love", "Sang What is Love on stage"),
                    .person("lover", "Wrote of love"),
                    .person("india", "Teaches") { $0.location = "IN" },
                    .person("norway", "Teaches") { $0.location = "NO" },
                ]
            )
            #expect(try await fixture.found("IT").first == "it")
            #expect(try await fixture.found("IT bank").first == "it")
            #expect(Set(try await fixture.found("The Who")).contains("band"))
            #expect(try await fixture.found("The Who").first == "band")
            #expect(try await fixture.found("will smith").first == "will")
            #expect(try await fixture.found(#""what is love""#) == ["love"])
            #expect(try await fixture.filtered("skills.name:IT") == ["it"])
            #expect(try await fixture.filtered("location:IN") == ["india"])
            #expect(try await fixture.filtered("location:NO") == ["norway"])
            #expect(try await fixture.filtered("location:* AND NOT location:IN") == ["norway"])
        }
    }

    @Test func `every country code is a word, and so is its negation`() async throws {
        try await RepositoryFixture.run { fixture in
            let codes = (UInt8(ascii: "A")...UInt8(ascii: "Z")).flatMap { first in
                ["A", "E", "I", "N", "O", "S", "T"].map { String(UnicodeScalar(first)) + $0 }
            }
            try await fixture.fill(codes.map { code in .person(code.lowercased()) { $0.location = code } })
            for code in codes {
                #expect(try await fixture.filtered("location:\(code)") == [code.lowercased()])
                #expect(
                    try await fixture.profiles.list(pageSize: 1_000, filter: "NOT location:\(code)").profiles.count
                        == codes.count - 1
                )
            }
        }
    }

    @Test func `words that are cut to a stop word are words of their own`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    Samples.named("Mary Anning", slug: "anning", summary: "Dug up fossils"),
                    Samples.named(
                        "Mary Seacole",
                        slug: "seacole",
                        summary: "An inn-keeper who went down to the war and will be known"
                    ),
                    Samples.named("Robert Downing", slug: "downing"), Samples.named("Ruth Wills", slug: "wills"),
                ]
            )
            for name in ["anning", "downing", "wills"] {
                #expect(try await fixture.found(name) == [name])
                #expect(try await fixture.filtered("display_name:\(name)") == [name])
            }
            #expect(try await fixture.found("mary anning").first == "anning")
            #expect(try await fixture.found("anning -down") == ["anning"])
            #expect(try await fixture.found("\"mary anning\"") == ["anning"])
        }
    }

    @Test func `exclusions are of whole phrases, behind any minus, and of capitals`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    .person("roberto", "A singer, Duran by name"),
                    .person("simple", "A singer of Simple Minds"),
                    .person("duran", "The singer of Duran Duran"), .person("it", "A singer, later in IT"),
                ]
            )
            #expect(Set(try await fixture.found(#"singer -"Duran Duran""#)) == ["roberto", "simple", "it"])
            for minus in ["-", "–", "−"] {
                #expect(Set(try await fixture.found("singer \(minus)duran")) == ["simple", "it"])
            }
            #expect(Set(try await fixture.found("singer -IT")) == ["roberto", "simple", "duran"])
            #expect(try await fixture.filtered("summary:IT") == ["it"])
        }
    }
}
