import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// What a hit shows of the words that matched.
@Suite(.freshDatabase) struct ShownMatchTests {
    @Test func `a match in a name, title, organization or skill is shown and marked`() async throws {
        try await RepositoryFixture.run { fixture in
            let profile: Profile = .person("one", "Wrote much") {
                $0.displayName = "Zaphod Beeblebrox"
                $0.experiences = [
                    Experience(title: "Hydrologist", organization: "Waterworks", description: "Measured rivers")
                ]
                $0.skills = [Skill(name: "Juggling")]
                $0.attributesJson = #"{"interests":[{"name":"Falconry","keywords":["goshawks"]}]}"#
            }
            try await fixture.fill([profile])
            for (text, field, marked) in [
                ("beeblebrox", "display_name", "Beeblebrox"), ("hydrologists", "title", "Hydrologist"),
                ("waterworks", "organization", "Waterworks"), ("juggling", "skills", "Juggling"),
                ("rivers", "description", "rivers"),
            ] {
                let hit = try #require(try await fixture.search.search(SearchQuery(.text(text))).hits.first, "\(text)")
                let highlight = try #require(hit.highlights.first { $0.field == field }, "\(text): \(hit.highlights)")
                let span = try #require(highlight.spans.first)
                #expect(
                    Array(highlight.text.utf8)[Int(span.start)..<Int(span.start + span.length)].elementsEqual(
                        marked.utf8
                    )
                )
            }
            for text in ["falconry", "goshawk"] { #expect(try await fixture.found(text) == ["one"]) }
        }
    }

    @Test func `a passage has at most 300 characters, and ends between letters`() async throws {
        try await RepositoryFixture.run { fixture in
            let stacked = Array(repeating: "e" + String(repeating: "\u{323}", count: 200), count: 20).joined(
                separator: " "
            )
            try await fixture.fill([.person("one", "stackedword \(stacked)")])
            let hit = try #require(try await fixture.search.search(SearchQuery(.text("stackedword"))).hits.first)
            let text = try #require(hit.highlights.first).text
            // The word, a blank, the first letter with its 200 marks, a blank.
            #expect(text.unicodeScalars.count == 214)
        }
    }

    @Test func `a sentence in a dense script is marked in a long text`() async throws {
        try await RepositoryFixture.run { fixture in
            let text = String(
                String(repeating: "私は東京都で機械学習の研究をしています。現在は株式会社で開発部長を務めています。", count: 500).prefix(20_000)
            )
            try await fixture.fill([.person("one", text)])
            let hits = try await fixture.search.search(SearchQuery(.text("株式会社の開発部長で自然言語処理の論文を書いた人"))).hits
            #expect(try #require(hits.first?.highlights.first).spans.isEmpty == false)
        }
    }
}
