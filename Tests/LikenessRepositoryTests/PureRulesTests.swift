import FoundationEssentials
import LikenessMessages
import Testing

@testable import LikenessRepository

/// Rules that need no database.
@Suite struct PureRulesTests {
    // MARK: Tokens

    /// The reference implementation's vectors: key 00…0f, messages of 0, 1, 2… bytes counting up.
    @Test(arguments: [
        (0, 0x726f_db47_dd0e_0e31 as UInt64), (1, 0x74f8_39c5_93dc_67fd), (7, 0xab02_00f5_8b01_d137),
        (8, 0x93f5_f579_9a93_2462), (15, 0xa129_ca61_49be_45e5), (63, 0x958a_324c_eb06_4572),
    ])
    func `SipHash gives the tags of its reference`(byteCount: Int, tag: UInt64) {
        let key = SipHash.Key(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)
        #expect(SipHash.tag(of: (0..<byteCount).map { UInt8($0) }, key: key) == tag)
    }

    @Test(arguments: [
        ("java AND python", "java python", [String]()), ("Java OR Python", "Java Python", []),
        ("java NOT php", "java", ["php"]), ("java AND NOT \"old php\" AND go", "java go", ["old php"]),
        ("NOT php java", "java", ["php"]), ("AND java", "AND java", []), ("java AND", "java AND", []),
        ("java NOT", "java NOT", []), ("Portland OR", "Portland OR", []), ("JAVA AND PYTHON", "JAVA AND PYTHON", []),
        ("\"java AND python\" x", "java AND python x", []), ("java -NOT php", "java php", ["NOT"]),
        ("java NOT -php", "java", ["php"]), ("java NOT AND php", "java", ["php"]),
        ("java NOT NOT php", "java", ["php"]), ("java and not php", "java and not php", []),
    ])
    func `operators in capitals are no words`(text: String, words: String, excluded: [String]) {
        let query = WordsQuery(text)
        #expect(query.words == words && query.excluded == excluded)
    }

    @Test func `a page token with any bit flipped is refused`() throws {
        let tokens = PageTokens(key: Array(0..<16))
        let token = tokens.token(position: "marie-curie", arguments: ["a", "b"])
        #expect(try tokens.position(in: token, arguments: ["a", "b"]) == "marie-curie")
        #expect(try PageTokens(key: Array(0..<16)).position(in: token, arguments: ["a", "b"]) == "marie-curie")
        #expect(try tokens.position(in: "", arguments: []) == nil)
        let bytes = Array(token.utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                guard let text = String(validating: flipped, as: UTF8.self) else { continue }
                #expect(throws: RepositoryError.invalidPageToken) {
                    try tokens.position(in: text, arguments: ["a", "b"])
                }
            }
        }
        for arguments in [["a"], ["ab"], ["a", "b", ""], ["b", "a"]] {
            #expect(throws: RepositoryError.invalidPageToken) { try tokens.position(in: token, arguments: arguments) }
        }
        #expect(throws: RepositoryError.invalidPageToken) {
            try PageTokens(key: Array(1..<17)).position(in: token, arguments: ["a", "b"])
        }
    }

    // MARK: Keys

    @Test func `an id is read in either case`() {
        for id in (0..<100).map({ _ in UUID() }) {
            #expect(UUID(text: id.text) == id)
            #expect(UUID(text: id.uuidString) == id)
        }
        let mixed = "00112233-4455-6677-8899-aAbBcCdDeEfF"
        #expect(UUID(text: mixed)?.text == mixed.lowercased())
    }

    @Test(arguments: [
        "", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeff0",
        "00112233-4455-6677-8899-aabbccddeef\0", "001122334-455-6677-8899-aabbccddeeff",
        "00112233445566778899aabbccddeeff0000", "{0112233-4455-6677-8899-aabbccddeef}",
        "+0112233-4455-6677-8899-aabbccddeeff", " 0112233-4455-6677-8899-aabbccddeeff",
        "0x112233-4455-6677-8899-aabbccddeeff", "g0112233-4455-6677-8899-aabbccddeeff",
        "/0112233-4455-6677-8899-aabbccddee:@", "é112233-4455-6677-8899-aabbccddeeff",
    ])
    func `what is no id is not read as one`(text: String) { #expect(UUID(text: text) == nil) }

    @Test func `a profile is picked for each key that names it, alone or among others`() throws {
        let marie = Profile(id: "aa112233-4455-6677-8899-aabbccddeeff", slug: "marie")
        let other = Profile(id: "bb112233-4455-6677-8899-aabbccddeeff", slug: "other")
        let keys = try Keys([
            ProfileKey(key: .id(marie.id.uppercased())), ProfileKey(key: .slug("marie")),
            ProfileKey(key: .id("cc112233-4455-6677-8899-aabbccddeeff")), ProfileKey(key: .slug("nobody")),
        ])
        for found in [[marie], [marie, other]] {
            #expect(keys.pick(from: found) == [marie, marie, nil, nil])
        }
        #expect(keys.pick(from: []) == [nil, nil, nil, nil])
        #expect(keys.pick(from: [other]) == [nil, nil, nil, nil])
    }

    // MARK: Texts of sections

    @Test func `sections embed what the table says`() {
        var profile = Profile(
            id: "p",
            displayName: "Ada Lovelace",
            headline: "Mathematician.",
            summary: "Wrote programs"
        )
        profile.experiences = [
            Experience(
                id: "e",
                title: "Author",
                organization: "Press",
                description: "Notes!",
                highlights: ["First", "Second."]
            ),
            Experience(id: "f"),
        ]
        profile.skills = [
            Skill(name: "Mathematics", keywords: ["algebra", "", "calculus"]), Skill(name: "French"),
            Skill(keywords: ["x"]), Skill(),
        ]
        #expect(
            SectionText.sections(of: profile) == [
                Section(kind: .summary, id: "p", text: "Mathematician. Wrote programs. Ada Lovelace"),
                Section(kind: .experience, id: "e", text: "Author, Press. Notes! First. Second."),
                Section(kind: .skills, id: "p", text: "Mathematics (algebra, calculus); French; x"),
            ]
        )
    }

    // MARK: Words

    @Test func `quotes and minus are read`() {
        let query = WordsQuery(#"laser -military "quantum computer" -"nuclear war" x-ray - -- -"" "open end"#)
        #expect(query.words == #"laser quantum computer x-ray - -- "open end"#)
        #expect(query.required == ["quantum computer"])
        #expect(query.excluded == ["military", "nuclear war"])
        #expect(query.meaning == query.words)
    }

    @Test func `what is embedded leaves out exclusions`() {
        for (text, meaning) in [
            ("physicist -nuclear", "physicist"), ("a –nuclear b", "a b"), ("optic* laser", "laser optic"),
            ("nurs*", "nurs"),
            ("-nuclear", "-nuclear"), ("", ""), ("well-known 1990–1995 -1", "well-known 1990–1995"),
        ] { #expect(WordsQuery(text).meaning == meaning) }
    }

    @Test(arguments: ["“a b”", "„a b“", "„a b”", "”a b”", "«a b»", "»a b«", "‹a b›", "「a b」", "＂a b＂", "“a b\""])
    func `phrases stand in the quotes of any language`(phrase: String) {
        let query = WordsQuery("x \(phrase) -\(phrase) it’s")
        #expect(query.words == "x a b it’s")
        #expect(query.required == ["a b"])
        #expect(query.excluded == ["a b"])
    }

    @Test func `weights fall with how many hold the word`() {
        let weights = [0, 1, 2, 10, 50, 99, 100].map { WordsScore.weight(profiles: 100, holding: $0) }
        #expect(weights == weights.sorted(by: >))
        #expect(weights.allSatisfy { $0 > 0 })
        // Counts are a few seconds old: more may hold a word than there were profiles.
        #expect(WordsScore.weight(profiles: 0, holding: 5) > 0)
    }

    @Test func `the fused score stays within 0 and 1 and grows with both`() {
        #expect(HybridScore.value(similarity: nil, coverage: nil) == 0)
        #expect(HybridScore.value(similarity: 1, coverage: 1) == 1)
        #expect(HybridScore.value(similarity: -1, coverage: 0) == 0)
        #expect(HybridScore.value(similarity: 0.5, coverage: 0.2) < HybridScore.value(similarity: 0.5, coverage: 0.3))
        #expect(HybridScore.value(similarity: 0.5, coverage: 0.2) < HybridScore.value(similarity: 0.6, coverage: 0.2))
    }

    // MARK: Passages

    @Test func `marks become spans in bytes`() throws {
        let highlight = try #require(
            Passage.highlight(field: "summary", marked: "Für \u{2}Röntgen\u{3} und \u{2}e\u{301}t\u{3}.")
        )
        #expect(highlight.text == "Für Röntgen und e\u{301}t.")
        let parts = highlight.spans.map { span in
            String(decoding: Array(highlight.text.utf8)[Int(span.start)..<Int(span.start + span.length)], as: UTF8.self)
        }
        #expect(parts == ["Röntgen", "e\u{301}t"])
        #expect(Passage.highlight(field: "summary", marked: "") == nil)
    }

    @Test func `a long passage is cut, and a span with it`() throws {
        let text = String(repeating: "é", count: 295) + "\u{2}" + String(repeating: "x", count: 20) + "\u{3}"
        let highlight = try #require(Passage.highlight(field: "summary", marked: text))
        #expect(highlight.text.count == 300)
        #expect(highlight.spans == [TextSpan(start: 590, length: 5)])
    }

    // MARK: Lists

    @Test func `equal items are matched before similar ones`() throws {
        func skill(_ id: String, _ name: String, _ level: String) -> Skill { Skill(id: id, name: name, level: level) }
        let a = "aaaaaaaa-0000-4000-8000-000000000000"
        let b = "bbbbbbbb-0000-4000-8000-000000000000"
        let c = "cccccccc-0000-4000-8000-000000000000"
        let diff = try ListDiff(
            stored: [skill(a, "Go", "low"), skill(b, "Go", "high"), skill(c, "C", "low")],
            wanted: [skill("", "Go", "high"), skill("", "Go", "middle"), skill("", "Swift", "low")],
            path: "skills",
            id: \.id,
            isLike: { $0.name == $1.name }
        )
        #expect(diff.items[0].id == b)
        #expect(diff.items[1].id == a)
        #expect(diff.inserted.map(\.item.name) == ["Swift"])
        #expect(diff.updated.map(\.position) == [0, 1])
        #expect(diff.deleted.map(\.text) == [c])
    }

    @Test func `two equal items stay two`() throws {
        let a = "aaaaaaaa-0000-4000-8000-000000000000"
        let b = "bbbbbbbb-0000-4000-8000-000000000000"
        let same = Skill(name: "Go")
        let diff = try ListDiff(
            stored: [Skill(id: a, name: "Go"), Skill(id: b, name: "Go")],
            wanted: [same, same],
            path: "skills",
            id: \.id,
            isLike: { $0.name == $1.name }
        )
        #expect(diff.items.map(\.id) == [a, b])
        #expect(diff.isEmpty)
    }

    // MARK: Vectors and indexes

    @Test func `unit vectors are left as they are, others are divided by their length`() throws {
        #expect(try UnitVector.values([0.6, 0.8], dimension: 2, path: "v") == [0.6, 0.8])
        #expect(try UnitVector.values([3, 4], dimension: 2, path: "v") == [0.6, 0.8])
        #expect(try UnitVector.values([.leastNonzeroMagnitude, 0], dimension: 2, path: "v") == [1, 0])
        #expect(try UnitVector.values([.greatestFiniteMagnitude, 0], dimension: 2, path: "v") == [1, 0])
    }

    @Test(arguments: [(10_000, 0.06), (112_000, 0.018), (10_000_000, 0.0019)])
    func `a sample tells a wide filter and takes no narrow one for it`(live: Int, share: Double) {
        var random = SplitMix(seed: 11)
        let size = SearchPlan.sampleSize(liveProfiles: live)
        let most = SearchPlan.exactMatchesMax(liveProfiles: live)
        #expect(size * 4 <= most)
        func wide(_ share: Double) -> Int {
            (0..<1_000).count { _ in
                let passing = (0..<size).count { _ in Double.random(in: 0..<1, using: &random) < share }
                return SearchPlan.isWide(sampled: size, passing: passing, most: most, liveProfiles: live)
            }
        }
        #expect(Double(most) <= share * Double(live) * 1.01)
        #expect(wide(share) <= 30)
        #expect(wide(share * 5 + 0.02) >= 970)
        #expect(wide(1) == 1_000 && wide(0) == 0)
        #expect(!SearchPlan.isWide(sampled: 0, passing: 0, most: most, liveProfiles: live))
    }

    @Test(arguments: [
        (300, 0, 1.0, 300), (300, 99_000, 1, 300), (300, 200_000, 1, 370), (300, 1_000_000, 1, 600),
        (300, 20_000_000, 1, 1_000), (40, 1_000_000, 1, 80), (300, 100_000, 0.5, 420), (300, 1_000_000, 0.5, 850),
        (300, 50_000, 0.06, 1_000), (300, 50_000, 0, 1_000), (1_000, 10, 1, 1_000), (7, 10, 1, 10), (3, 10, 1, 3),
    ])
    func `candidates grow with the embeddings and with what a filter leaves out`(
        efSearch: Int,
        embeddings: Int,
        share: Double,
        expected: Int
    ) throws {
        let space = try EmbeddingSpaceInfo.sample(efSearch: efSearch)
        #expect(SearchPlan.candidates(in: space, embeddings: embeddings, share: share) == expected)
    }

    @Test(
        arguments: [
            // Built with more candidates, it needs fewer.
            (200, nil, 100_000, 300), (200, nil, 1_000_000, 450), (400, nil, 1_000_000, 450),
            (199, nil, 1_000_000, 600),
            // What came later came with fewer.
            (200, 1_000_000, 1_000_000, 450), (200, 500_000, 1_000_000, 450), (200, 499_999, 1_000_000, 600),
            (200, 10_000, 1_000_000, 600), (64, 1_000_000, 1_000_000, 600), (200, 0, 90_000, 300),
        ] as [(Int, Int?, Int, Int)]
    )
    func `candidates grow less where most of the graph was built with care`(
        efConstruction: Int,
        vectorsBuilt: Int?,
        embeddings: Int,
        expected: Int
    ) throws {
        let space = try EmbeddingSpaceInfo.sample(efConstruction: efConstruction, vectorsBuilt: vectorsBuilt)
        #expect(SearchPlan.candidates(in: space, embeddings: embeddings, share: 1) == expected)
    }

    @Test(arguments: [(200, [450], [300, 300]), (64, [600], [600, 600])])
    func `a part of a text needs no more candidates among more, in a graph built with care`(
        efConstruction: Int,
        alone: [Int],
        parts: [Int]
    ) throws {
        let contents = SearchCatalog.Contents(
            spaces: [try .sample(efSearch: 300, efConstruction: efConstruction)],
            embeddingCounts: ["space": 1_000_000],
            liveProfiles: 100_000
        )
        func candidates(_ query: SearchQuery, share: Double? = nil) throws -> [Int] {
            try query.parts.map { part in
                let plan = try SearchPlan(part, contents: contents)
                return (share.map { plan.within(share: $0) } ?? plan).reach(limit: 10, multiple: 2).efSearch
            }
        }
        var query = SearchQuery(.vector([]))
        #expect(try candidates(query) == alone)
        query.furtherVectors = [[]]
        #expect(try candidates(query) == parts)
        if parts[0] == 300 { #expect(try candidates(query, share: 0.5) == [420, 420]) }
        query.efSearch = 700
        #expect(try candidates(query, share: 0.5) == [700, 700])
    }

    @Test(arguments: [
        (0, 200, 200), (1_000, 200, 200), (11_390, 640, 640), (113_895, 2_024, 6_327), (1_000_000, 6_000, 7_000),
        (10_000_000, 18_973, 18_973),
    ])
    func `up to so many that pass are scored, and compared`(live: Int, scored: Int, compared: Int) {
        #expect(SearchPlan.exactMatchesMax(liveProfiles: live) == scored)
        #expect(SearchPlan.comparedMax(liveProfiles: live) == compared)
    }

    @Test(arguments: [(0, 1), (999, 1), (100_000, 100), (1_000_000, 1_000), (4_000_000, 2_000)])
    func `lists follow the number of rows`(rows: Int, lists: Int) {
        #expect(IndexBuild.lists(rows: rows) == lists)
    }

    @Test(arguments: [
        ("0.8.0", false), ("0.8.1", false), ("0.8.2", true), ("0.10.0", true), ("1.0", true), ("", false),
    ])
    func `parallel builds wait for a pgvector that is safe`(version: String, isSafe: Bool) {
        #expect(PgvectorVersion(version).hasSafeParallelBuilds == isSafe)
    }
}
