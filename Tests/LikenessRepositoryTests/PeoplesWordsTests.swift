import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Words as people write and type them: in texts, filters and completions.
@Suite(.freshDatabase) struct PeoplesWordsTests {
    private static func person(_ slug: String, _ summary: String = "", edit: (inout Profile) -> Void = { _ in })
        -> Profile
    {
        var profile = Samples.named("Person \(slug)", slug: slug, summary: summary)
        edit(&profile)
        return profile
    }

    private static func fill(_ fixture: RepositoryFixture, _ profiles: [Profile]) async throws {
        for result in try await fixture.profiles.batchUpsert(profiles).results { _ = try result.get() }
    }

    private static func found(_ fixture: RepositoryFixture, _ text: String) async throws -> [String] {
        try await fixture.search.search(SearchQuery(.text(text))).hits.map { $0.profile?.slug ?? "" }
    }

    private static func filtered(_ fixture: RepositoryFixture, _ filter: String) async throws -> Set<String> {
        Set(try await fixture.profiles.list(pageSize: 100, filter: filter).profiles.map(\.slug))
    }

    // MARK: Signs

    @Test func `signs carry meaning`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(
                fixture,
                [
                    Self.person("sharp", "Wrote C# for ten years"), Self.person("plus", "C++ and templates"),
                    Self.person("vitamin", "Discovered vitamin C"), Self.person("both", "From C/C++ to C#."),
                    Self.person("research", "Led R&D"), Self.person("letters", "Ordered R before D"),
                    Self.person("phone", "Engineer at AT&T"), Self.person("cat", "Looked at T cells"),
                    Self.person("dots", "A .NET developer"), Self.person("income", "Raised net income"),
                ]
            )
            #expect(Set(try await Self.found(fixture, "C#")) == ["sharp", "both"])
            #expect(Set(try await Self.found(fixture, "c++")) == ["plus", "both"])
            #expect(try await Self.found(fixture, "R&D") == ["research"])
            #expect(try await Self.found(fixture, "at&t") == ["phone"])
            #expect(try await Self.found(fixture, ".NET").first == "dots")
            #expect(Set(try await Self.found(fixture, #""C#""#)) == ["sharp", "both"])
            #expect(Set(try await Self.found(fixture, "c++ -C#")) == ["plus"])
            #expect(try await Self.filtered(fixture, "summary:C#") == ["sharp", "both"])
            #expect(try await Self.filtered(fixture, #"summary:"AT&T""#) == ["phone"])
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
            try await Self.fill(
                fixture,
                [Self.person("whole", text), Self.person("parts", "It is \(parts) too"), Self.person("other", "Sings")]
            )
            #expect(try await Self.found(fixture, part).contains("whole"))
            #expect(try await Self.found(fixture, whole).first == "whole")
            #expect(try await Self.filtered(fixture, #"summary:"\#(part)""#).contains("whole"))
            #expect(try await Self.filtered(fixture, #"summary:"\#(whole)""#).contains("whole"))
            let hits = try await fixture.search.search(SearchQuery(.text(part))).hits
            let highlight = try #require(hits.first { $0.profile?.slug == "whole" }?.highlights.first)
            #expect(highlight.text == text && !highlight.spans.isEmpty)
        }
    }

    // MARK: Stop words

    @Test func `stop words are words`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(
                fixture,
                [
                    Self.person("it", "Head of IT at a bank") { $0.skills = [Skill(name: "IT")] },
                    Self.person("pronoun", "She made it work and kept it going"),
                    Self.person("band", "Drummer of The Who"), Self.person("will", "Will Smith acted"),
                    Self.person("john", "John Smith acted"), Self.person("love", "Sang What is Love on stage"),
                    Self.person("lover", "Wrote of love"),
                    Self.person("india", "Teaches") { $0.location = "IN" },
                    Self.person("norway", "Teaches") { $0.location = "NO" },
                ]
            )
            #expect(try await Self.found(fixture, "IT").first == "it")
            #expect(try await Self.found(fixture, "IT bank").first == "it")
            #expect(Set(try await Self.found(fixture, "The Who")).contains("band"))
            #expect(try await Self.found(fixture, "The Who").first == "band")
            #expect(try await Self.found(fixture, "will smith").first == "will")
            #expect(try await Self.found(fixture, #""what is love""#) == ["love"])
            #expect(try await Self.filtered(fixture, "skills.name:IT") == ["it"])
            #expect(try await Self.filtered(fixture, "location:IN") == ["india"])
            #expect(try await Self.filtered(fixture, "location:NO") == ["norway"])
            #expect(try await Self.filtered(fixture, "location:* AND NOT location:IN") == ["norway"])
        }
    }

    @Test func `every country code is a word, and so is its negation`() async throws {
        try await RepositoryFixture.run { fixture in
            let codes = (UInt8(ascii: "A")...UInt8(ascii: "Z")).flatMap { first in
                ["A", "E", "I", "N", "O", "S", "T"].map { String(UnicodeScalar(first)) + $0 }
            }
            try await Self.fill(fixture, codes.map { code in Self.person(code.lowercased()) { $0.location = code } })
            for code in codes {
                #expect(try await Self.filtered(fixture, "location:\(code)") == [code.lowercased()])
                #expect(
                    try await fixture.profiles.list(pageSize: 1_000, filter: "NOT location:\(code)").profiles.count
                        == codes.count - 1
                )
            }
        }
    }

    @Test func `words that are cut to a stop word are words of their own`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(
                fixture,
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
                #expect(try await Self.found(fixture, name) == [name])
                #expect(try await Self.filtered(fixture, "display_name:\(name)") == [name])
            }
            #expect(try await Self.found(fixture, "mary anning").first == "anning")
            #expect(try await Self.found(fixture, "anning -down") == ["anning"])
            #expect(try await Self.found(fixture, "\"mary anning\"") == ["anning"])
        }
    }

    @Test func `exclusions are of whole phrases, behind any minus, and of capitals`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(
                fixture,
                [
                    Self.person("roberto", "A singer, Duran by name"),
                    Self.person("simple", "A singer of Simple Minds"),
                    Self.person("duran", "The singer of Duran Duran"), Self.person("it", "A singer, later in IT"),
                ]
            )
            #expect(Set(try await Self.found(fixture, #"singer -"Duran Duran""#)) == ["roberto", "simple", "it"])
            for minus in ["-", "–", "−"] {
                #expect(Set(try await Self.found(fixture, "singer \(minus)duran")) == ["simple", "it"])
            }
            #expect(Set(try await Self.found(fixture, "singer -IT")) == ["roberto", "simple", "duran"])
            #expect(try await Self.filtered(fixture, "summary:IT") == ["it"])
        }
    }

    // MARK: Unicode

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
            try await Self.fill(
                fixture,
                [Self.person("one", stored) { $0.location = stored }, Self.person("other", "Nothing")]
            )
            #expect(try await Self.found(fixture, asked) == ["one"])
            #expect(try await Self.filtered(fixture, #"summary:"\#(asked)""#) == ["one"])
            #expect(try await Self.filtered(fixture, #"location="\#(asked)*""#).isSubset(of: ["one"]))
            if stored.count == asked.count {
                #expect(try await Self.filtered(fixture, #"location="\#(asked)""#) == ["one"])
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
            try await Self.fill(
                fixture,
                [
                    Self.person("one", stored) { $0.skills = [Skill(name: stored)] },
                    Self.person("mixed", others) { $0.skills = [Skill(name: others)] }, Self.person("none", "Nothing"),
                ]
            )
            #expect(try await Self.found(fixture, asked).first == "one")
            #expect(try await Self.found(fixture, #""\#(asked)""#) == ["one"])
            #expect(try await Self.filtered(fixture, "skills.name:\(asked)") == ["one"])
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

    // MARK: Beginnings and errors

    @Test func `a star stands for the rest of a word`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(
                fixture,
                [
                    Self.person("nurse", "A nurse"), Self.person("nursing", "Nursing the sick"),
                    Self.person("nursery", "Runs a nursery"),
                    Self.person("university", "Taught at a university"), Self.person("universe", "Saw the universe"),
                    Self.person("manager", "In management"), Self.person("happy", "Happiness research"),
                    Self.person("other", "Sings"),
                ]
            )
            #expect(Set(try await Self.found(fixture, "nurs*")) == ["nurse", "nursing", "nursery"])
            #expect(try await Self.found(fixture, "universit*").contains("university"))
            #expect(try await Self.found(fixture, "managem*") == ["manager"])
            #expect(try await Self.found(fixture, "HAPPI*") == ["happy"])
            #expect(try await Self.found(fixture, "zz*") == [])
            #expect(try await Self.found(fixture, "nurs* sick").first == "nursing")
        }
    }

    @Test func `a star completes the last part of a word, and what was written just now counts`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(
                fixture,
                [
                    Self.person("conan", "Conan O'Brien"), Self.person("dense", "機械学習 のエンジニア"),
                    Self.person("other", "Sings"),
                ]
            )
            #expect(try await Self.found(fixture, "O'Bri*").first == "conan")
            #expect(try await Self.found(fixture, "機械学*") == ["dense"])
            #expect(try await Self.found(fixture, "エンジニ*") == ["dense"])
            // The index has been read, and is not brought up to date here.
            try await Self.fill(fixture, [Self.person("new", "Taught at several universities, happily")])
            #expect(try await Self.found(fixture, "universit*") == ["new"])
            #expect(try await Self.found(fixture, "happil*") == ["new"])
        }
    }

    @Test func `a star stands for any number of words`() async throws {
        try await RepositoryFixture.run { fixture in
            let many = (0..<2_000).map { "qab" + String(10_000 + $0) }.joined(separator: " ")
            try await Self.fill(fixture, [Self.person("many", many), Self.person("one", "qabzzzz only")])
            _ = try await fixture.search.words.update(deadline: nil)
            #expect(Set(try await Self.found(fixture, "qab*")) == ["many", "one"])
        }
    }

    @Test(arguments: ["a*", "nurse -sick*", (0..<11).map { "ab\($0)*" }.joined(separator: " ")])
    func `a star that stands for too much is refused`(text: String) async throws {
        try await RepositoryFixture.run { fixture in
            await #expect {
                _ = try await fixture.search.search(SearchQuery(.text(text)))
            } throws: { error in
                if case .invalidField("query.text.text", _)? = error as? RepositoryError { true } else { false }
            }
        }
    }

    @Test func `a star finds whoever has a word that begins so`() async throws {
        try await RepositoryFixture.run { fixture in
            let words = [
                "organization", "organizations", "engineering", "engineers", "universities", "studies", "studied",
                "hopefulness",
                "nationality", "relational", "generalizations", "agreed", "conflated", "analyses", "dependency",
                "running", "skis",
                "psychologists", "management", "responsibilities", "electrical", "sensibility", "replacement",
                "adoption",
            ]
            try await Self.fill(fixture, words.map { Self.person($0, "Known for \($0)") })
            var missed: [String] = []
            for word in words {
                for length in 4...word.count {
                    let prefix = String(word.prefix(length))
                    if !(try await Self.found(fixture, prefix + "*").contains(word)) {
                        missed.append("\(prefix)* for \(word)")
                    }
                }
            }
            #expect(missed == [])
        }
    }

    @Test(arguments: [
        "Florence Nightingail", "florance nightingale", "nightingale florence", "Nightingale, Florence",
        "Florence Nihgtingale",
    ])
    func `names with an error, or in another order, find the person first`(text: String) async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(
                fixture,
                [
                    Samples.named("Florence Nightingale", slug: "florence", summary: "Nursed"),
                    Samples.named("Florence Kelley", slug: "kelley", summary: "Reformed labour"),
                    Samples.named("Ambroise Paré", slug: "pare", summary: "Florence was his town"),
                ]
            )
            #expect(try await Self.found(fixture, text).first == "florence")
        }
    }

    @Test func `who is called so comes first, before those who are more about the name`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(
                fixture,
                [
                    Samples.named("Max Planck", slug: "planck", summary: "Quanta of action"),
                    Samples.named("Lise Meitner", slug: "meitner", summary: "Max Planck"),
                    Samples.named("Max Plánck", slug: "deleted", summary: "Max Planck"),
                ]
            )
            try await fixture.embedAll()
            _ = try await fixture.profiles.softDelete(.slug("deleted"))
            for text in ["max planck", "MAX PLÁNCK", "Max  Planck "] {
                let question = SearchQuery(.hybrid(text: text, vector: WordVectors.vector("Max Planck")))
                let hits = try await fixture.search.search(question).hits
                #expect(hits.map { $0.profile?.slug ?? "" } == ["planck", "meitner"])
                #expect(try abs(#require(hits.first).score - 1) < 1e-9)
            }
            var question = SearchQuery(.hybrid(text: "max planck", vector: WordVectors.vector("Max Planck")))
            question.filter = try Filter("NOT display_name = \"Max Planck\"")
            #expect(try await fixture.search.search(question).hits.map { $0.profile?.slug ?? "" } == ["meitner"])
        }
    }

    // MARK: What is shown

    @Test func `a match in a name, title, organization or skill is shown and marked`() async throws {
        try await RepositoryFixture.run { fixture in
            let profile = Self.person("one", "Wrote much") {
                $0.displayName = "Zaphod Beeblebrox"
                $0.experiences = [
                    Experience(title: "Hydrologist", organization: "Waterworks", description: "Measured rivers")
                ]
                $0.skills = [Skill(name: "Juggling")]
                $0.attributesJson = #"{"interests":[{"name":"Falconry","keywords":["goshawks"]}]}"#
            }
            try await Self.fill(fixture, [profile])
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
            for text in ["falconry", "goshawk"] { #expect(try await Self.found(fixture, text) == ["one"]) }
        }
    }

    @Test func `a passage has at most 300 characters, and ends between letters`() async throws {
        try await RepositoryFixture.run { fixture in
            let stacked = Array(repeating: "e" + String(repeating: "\u{323}", count: 200), count: 20).joined(
                separator: " "
            )
            try await Self.fill(fixture, [Self.person("one", "stackedword \(stacked)")])
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
            try await Self.fill(fixture, [Self.person("one", text)])
            let hits = try await fixture.search.search(SearchQuery(.text("株式会社の開発部長で自然言語処理の論文を書いた人"))).hits
            #expect(try #require(hits.first?.highlights.first).spans.isEmpty == false)
        }
    }

    // MARK: Bounds and other versions

    @Test func `whatever can be stored can be read, and searched for`() async throws {
        try await RepositoryFixture.run { fixture in
            let signs = "ก" + String(repeating: "\u{0E48}", count: 700) + "กข"
            let ligatures = String(repeating: "\u{FDFA}", count: 20_000)
            try await Self.fill(
                fixture,
                [Self.person("signs", "\(signs) signword"), Self.person("ligatures", "ligatureword \(ligatures)")]
            )
            #expect(try await Self.found(fixture, "ligatureword") == ["ligatures"])
            #expect(try await Self.found(fixture, "signword") == ["signs"])
            for text in [signs, String(ligatures.prefix(9_000))] { _ = try await Self.found(fixture, text) }
        }
    }

    @Test(arguments: ["a.b", "c++ ", "機", "x-", "é"])
    func `a long text of any kind can be stored and its beginning found`(unit: String) async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 7)
            let text =
                "Firstword "
                + (0..<60_000).map { _ in
                    unit + String(UInt32.random(in: 0...9_999_999, using: &random), radix: 36)
                }.joined(separator: unit == "機" ? "" : " ")
            try await Self.fill(fixture, [Self.person("long", text)])
            #expect(try await Self.found(fixture, "firstword") == ["long"])
        }
    }

    @Test func `words that an earlier version read are read again, a write or not`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(
                fixture,
                (0..<50).map { number in
                    Self.person("p-\(number)", "Wrote C#") {
                        $0.experiences = [Experience(title: "Number \(number)", description: "R&D")]
                    }
                }
            )
            // As the version before has stored them.
            for table in ["profiles", "experiences", "skills"] {
                let column = table == "profiles" ? "summary" : table == "experiences" ? "description" : "name"
                try await fixture.execute("ALTER TABLE \(table) DISABLE TRIGGER USER")
                try await fixture.execute("UPDATE \(table) SET search = to_tsvector('public.likeness', \(column))")
                try await fixture.execute("ALTER TABLE \(table) ENABLE TRIGGER USER")
            }
            try await fixture.execute(
                """
                UPDATE profile_words
                SET words = profile_lexemes(profile_id), reading = 1, changed = pg_current_xact_id()
                """
            )
            #expect(try await Self.found(fixture, "C#") == [])
            // A write makes one section anew; the others are still read again.
            _ = try await fixture.profiles.update(
                .slug("p-7"),
                with: Profile(summary: "Wrote C# and more"),
                updateMask: ["summary"]
            )
            var done = 0
            while case let count = try await fixture.search.words.readAgain(deadline: nil), count > 0 { done += count }
            #expect(done == 50)
            var query = SearchQuery(.text("C#"))
            query.limit = 100
            #expect(try await fixture.search.search(query).hits.count == 50)
            query = SearchQuery(.text("R&D"))
            query.limit = 100
            #expect(try await fixture.search.search(query).hits.count == 50)
        }
    }
}
