import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository
@testable import LikenessWords

/// Words that no profile has, and what is looked for in their place.
@Suite(.freshDatabase) struct ReplacedWordsTests {
    private static let people: [Profile] = [
        .person("weaver", "Weaver of silk tapestries"), .person("smith", "Blacksmith, forged wrought iron"),
        .person("astronomer", "Observed the satellites of Jupiter"), .person("sailor", "Navigated by satellite"),
        .person("doctor", "Vaccinated against smallpox"), .person("code", "Wrote RFC2616 and ab1234cd"),
    ]

    private static func answer(_ text: String, _ fixture: RepositoryFixture) async throws -> SearchAnswer<[Hit]> {
        try await fixture.search.search(SearchQuery(.text(text)))
    }

    private static func slugs(_ answer: SearchAnswer<[Hit]>) -> [String] { answer.hits.map { $0.profile?.slug ?? "" } }

    @Test func `words that resemble an unknown one are looked for, and the answer says so`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(Self.people)
            for (text, first, instead) in [
                ("tapestrie", "weaver", nil),  // One cut form.
                ("tapstry", "weaver", "tapestri"), ("astronmical satelite", "astronomer", "satellit"),
                ("blacksm", "smith", "blacksmith"),
                ("vacinatoin", "doctor", "vaccin"),
            ] {
                let answer = try await Self.answer(text, fixture)
                #expect(Self.slugs(answer).contains(first), "\(text) \(answer.replaced)")
                #expect(
                    answer.replaced.contains { $0.spellings.first == instead } == (instead != nil),
                    "\(text) \(answer.replaced)"
                )
            }
            // Less than a word that is there.
            let there = try #require(try await Self.answer("blacksmith", fixture).hits.first)
            let begun = try #require(try await Self.answer("blacksm", fixture).hits.first)
            #expect(there.score == 1 && abs(begun.score - 0.8.squareRoot()) < 0.001, "\(begun.score)")
        }
    }

    @Test(arguments: ["tapstry", "tapestrywe"])
    func `who has a token of a write is found by words that resemble those that it brought`(text: String) async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(Self.people)
            // The index is read, and is not brought up to date here.
            _ = try await fixture.search.words.update(deadline: nil)
            let written = try await fixture.profiles.create(.person("new", "A tapestrywearer and his tapstryx"))
            var query = SearchQuery(.text(text))
            let before = try await fixture.search.search(query)
            #expect(!Self.slugs(before).contains("new"))
            query.consistencyToken = written.consistencyToken
            #expect(Self.slugs(try await fixture.search.search(query)).contains("new"))
        }
    }

    @Test(arguments: [
        "\"tapstry\"", "weaver -tapstry", "RFC2617", "ab1234ce", "smallpx*", "ir0n", "iro", "silk",
    ])
    func `phrases, exclusions, beginnings, codes, short words and words that are there are taken as they are`(
        text: String
    ) async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(Self.people)
            let answer = try await Self.answer(text, fixture)
            #expect(answer.replaced == [], "\(answer.replaced)")
            let isThere = text == "silk" || text.hasPrefix("weaver") || text == "smallpx*"
            #expect(answer.hits.isEmpty == (text == "smallpx*" || !isThere), "\(Self.slugs(answer))")
        }
    }

    /// What is meant by the quotes is nowhere else either.
    @Test func `a word of a phrase is not replaced beside it`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(Self.people + [.person("quoted", "Tapstry and iron")])
            // The index has been read, and is not brought up to date here.
            _ = try await fixture.search.words.update(deadline: nil)
            try await fixture.fill([.person("new", "Zapstry and iron")])
            let answer = try await Self.answer("zapstry \"zapstry and iron\"", fixture)
            #expect(Self.slugs(answer) == ["new"] && answer.replaced == [], "\(answer.replaced)")
        }
    }

    @Test func `the more similar one of what a profile has counts, and each word once`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    .person("both", "satellite satellites satelloid"), .person("near", "satellite"),
                    .person("far", "satelloid"),
                    .person("none", "iron"),
                ]
            )
            let answer = try await Self.answer("satelliz", fixture)
            let scores = Dictionary(uniqueKeysWithValues: answer.hits.map { ($0.profile?.slug ?? "", $0.score) })
            #expect(scores["both"] == scores["near"], "\(scores) \(answer.replaced)")
            #expect((scores["near"] ?? 0) > (scores["far"] ?? 1) && scores["none"] == nil, "\(scores)")
            let told = try await fixture.search.explain(
                SearchQuery(.text("satelliz")),
                plans: .none,
                recorder: SearchRecorder()
            )
            let word = try #require(told.queries.first?.words.first)
            #expect(told.queries.first?.words.count == 1 && word.weight == 1 && word.profileCount == 3)
            #expect(word.spellings.count == word.spellingShares.count && word.spellings.count == 2)
            #expect(word.spellingShares == word.spellingShares.sorted(by: >))
            for hit in told.hits {
                let match = try #require(hit.parts.first?.words.first)
                #expect(match.found && abs(match.weight - hit.score) < 1e-6, "\(hit)")
            }
        }
    }

    @Test func `of many unknown words the first eight are replaced`() async throws {
        try await RepositoryFixture.run { fixture in
            let words = [
                "carpenter", "violinist", "gardener", "librarian", "magician", "plumber", "sculptor", "translator",
                "umpire", "wrestler",
            ]
            try await fixture.fill(words.map { .person($0, "A \($0)") })
            let misspelt = words.map { "\($0.prefix(2))x\($0.dropFirst(2))" }
            let answer = try await Self.answer(misspelt.joined(separator: " "), fixture)
            #expect(answer.replaced.count == 8 && answer.hits.count == 8, "\(answer.replaced)")
            #expect(Set(Self.slugs(answer)) == Set(words.prefix(8)))

            // Looking costs the same where nothing is found.
            let strange = (0..<8).map { number in
                String(repeating: "qzwx", count: 2) + String("jkvbyhfg".dropFirst(number).prefix(1))
            }
            let late = try await Self.answer((strange + [misspelt[0]]).joined(separator: " "), fixture)
            #expect(late.replaced == [] && late.hits.isEmpty, "\(late.replaced)")
            let sooner = try await Self.answer((strange.dropLast() + [misspelt[0]]).joined(separator: " "), fixture)
            #expect(Self.slugs(sooner) == ["carpenter"], "\(sooner.replaced)")
        }
    }

    /// The extension is there for completions.
    @Test func `trigrams are those of pg_trgm`() async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 4)
            let letters = Array("abcdeé")
            let words = (0..<60).map { _ in
                String(
                    (0..<Int.random(in: 4...9, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a"
                    }
                )
            }
            var similar = 0
            for (one, other) in zip(words, words.dropFirst() + words.prefix(1)) {
                let theirs: Float = try await fixture.value("SELECT similarity('\(one)', '\(other)')")
                let (left, right) = (try #require(WordTrigrams(one)), try #require(WordTrigrams(other)))
                let ours = left.similarity(to: right)
                #expect(abs(Double(theirs) - ours) < 1e-6, "\(one) \(other) \(theirs) \(ours)")
                similar += ours > 0 ? 1 : 0
            }
            #expect(similar > 10)
        }
    }
}
