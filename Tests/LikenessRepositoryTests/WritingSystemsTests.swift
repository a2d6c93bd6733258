import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// One text in all the forms and scripts in which it can be written, in texts, filters and completions.
@Suite(.freshDatabase) struct WritingSystemsTests {
    @Test(
        arguments: [
            ("CO₂ capture", "CO2"), ("CO2 capture", "CO₂"), ("Ｆｕｌｌ width", "full"), ("full width", "ｆｕｌｌ"),
            ("Worked in \u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}", "한국"),
            ("한국", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}"),
            ("أحمد", "احمد"), ("احمد", "أحمد"), ("مُحَمَّد", "محمد"), ("محـــمد", "محمد"),
            ("co\u{AD}operative", "cooperative"),
            ("New\u{A0}York", "york"), ("zero\u{200B}width", "zerowidth"), ("ﬁnance", "finance"), ("ｶﾞﾗｽ", "ガラス"),
            ("e\u{301}clair", "éclair"), ("Łódź", "lodz"), ("Straße", "strasse"), ("Ёлка", "елка"),
            ("O’Neill", "O'Neill"),
            ("state‑of‑the‑art", "state-of-the-art"), ("№ 5", "no"), ("Java™", "java"), ("nurse¹", "nurse"),
            ("mc²", "mc²"),
            ("25 ℃", "25"),
        ]
    )
    func `equal texts in other forms are equal`(stored: String, asked: String) async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [.person("one", stored) { $0.location = stored }, .person("other", "Nothing")]
            )
            #expect(try await fixture.found(asked) == ["one"])
            #expect(try await fixture.filtered(#"summary:"\#(asked)""#) == ["one"])
            #expect(try await fixture.filtered(#"location="\#(asked)*""#).isSubset(of: ["one"]))
            if stored.count == asked.count {
                #expect(try await fixture.filtered(#"location="\#(asked)""#) == ["one"])
            }
        }
    }

    @Test(
        arguments: [
            ("機械学習エンジニア", "学習"), ("機械学習エンジニア", "エンジニア"), ("北京大学教授", "大学"), ("วิศวกรซอฟต์แวร์", "ซอฟต์แวร์"),
            ("วิศวกรซอฟต์แวร์", "วิศวกร"), ("វិស្វករកម្មវិធី", "វិស្វករ"), ("서울에서 일했다", "서울"), ("김민준", "민준"), ("東京iPhone開発", "開発"),
        ]
    )
    func `scripts without spaces are found by their parts`(stored: String, asked: String) async throws {
        try await RepositoryFixture.run { fixture in
            let others = String(stored.reversed())
            try await fixture.fill(
                [
                    .person("one", stored) { $0.skills = [Skill(name: stored)] },
                    .person("mixed", others) { $0.skills = [Skill(name: others)] }, .person("none", "Nothing"),
                ]
            )
            #expect(try await fixture.found(asked).first == "one")
            #expect(try await fixture.found(#""\#(asked)""#) == ["one"])
            #expect(try await fixture.filtered("skills.name:\(asked)") == ["one"])
            let suggestions = try await fixture.completions.suggest(asked, kinds: [.skill]).suggestions
            #expect(suggestions.first?.text == stored)
            let hit = try #require(try await fixture.search.search(SearchQuery(.text(asked))).hits.first)
            let highlight = try #require(hit.highlights.first)
            let marked = highlight.spans.map { span in
                String(
                    decoding: Array(highlight.text.utf8)[Int(span.start)..<Int(span.start + span.length)],
                    as: UTF8.self
                )
            }
            #expect(marked == [asked])
        }
    }

    @Test func `the letters of dense scripts are the same in Swift and in SQL`() async throws {
        try await RepositoryFixture.run { fixture in
            let result = try await fixture.pool.execute(
                Statement(
                    "test_dense",
                    """
                    SELECT array_agg(c) FROM generate_series(1, 262143) AS c
                    WHERE c NOT BETWEEN 55296 AND 57343 AND chr(c) ~ ('^' || dense_letter())
                    """
                )
            )
            let dense = Set(try result.value(0, 0, as: [Int32].self))
            let expected = (UInt32(1)...262_143).filter { Unicode.Scalar($0).map(DenseScript.contains) ?? false }
            #expect(dense == Set(expected.map { Int32($0) }))
        }
    }
}
