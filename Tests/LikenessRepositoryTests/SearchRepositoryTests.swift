import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

@Suite(.freshDatabase) struct SearchRepositoryTests {
    /// 12 people of whom each does something else, and one who is deleted.
    private static let people: [(String, String)] = [
        ("Ada Weaver", "wove silk carpets"), ("Ben Baker", "baked rye bread"), ("Cleo Diver", "dived for pearls"),
        ("Dan Miner", "mined copper ore"), ("Eva Pilot", "flew mail planes"), ("Fay Nurse", "nursed wounded soldiers"),
        ("Gus Farmer", "farmed sugar beet"), ("Hal Smith", "forged iron gates"), ("Ida Singer", "sang baroque arias"),
        ("Jon Sailor", "sailed clipper ships"), ("Kim Tailor", "tailored silk suits"),
        ("Lea Potter", "fired clay pots"),
    ]

    private static func fill(_ fixture: RepositoryFixture) async throws {
        try await fixture.buildVectorIndexes()
        let profiles = self.people.map { name, deed in
            var profile = Samples.named(
                name,
                slug: name.lowercased().replacing(" ", with: "-"),
                summary: "\(name) \(deed)."
            )
            profile.experiences = [Experience(category: .work, title: "Work", organization: "Guild", description: deed)]
            profile.skills = [Skill(name: String(deed.split(separator: " ")[1]))]
            return profile
        }
        let (results, _) = try await fixture.profiles.batchUpsert(profiles)
        for result in results { _ = try result.get() }
        try await fixture.embedAll()
    }

    private static func slugs(_ answer: SearchAnswer<[Hit]>) -> [String] { answer.hits.map { $0.profile?.slug ?? "" } }

    @Test(arguments: [Precision.exact, .approximate])
    func `by meaning, the nearest section of each profile counts`(precision: Precision) async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            var query = SearchQuery(.vector(WordVectors.vector("Work, Guild. tailored silk suits")))
            query.limit = 3
            query.precision = precision
            let answer = try await fixture.search.search(query)
            #expect(Self.slugs(answer).first == "kim-tailor")
            #expect(answer.hits.count == 3)
            #expect(answer.strategy == (precision == .exact ? "vector_exact" : "vector_hnsw"))
            #expect(answer.completeness.level == (precision == .exact ? .exact : .approximate))
            #expect(answer.embeddingSpace == "all-MiniLM-L6-v2")
            let best = try #require(answer.hits.first)
            #expect(best.evidence.count == 1)
            #expect(best.evidence[0].branch == .vector && best.evidence[0].rank == 1)
            #expect(best.evidence[0].rawScore == best.score)
            #expect(best.section?.kind == .experience)
            #expect(best.section?.title == "Work, Guild")
            #expect(best.highlights == [Highlight(field: "description", text: "tailored silk suits")])
        }
    }

    @Test func `by words, stems and accents match and the words are marked`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            _ = try await fixture.profiles.create(
                Samples.named(
                    "Wilhelm Röntgen",
                    slug: "wilhelm-rontgen",
                    summary: "Found rays that pass through flesh, and photographed bones."
                )
            )
            try await fixture.embedAll()
            var query = SearchQuery(.text("rontgen photographs"))
            query.limit = 5
            let answer = try await fixture.search.search(query)
            #expect(Self.slugs(answer) == ["wilhelm-rontgen"])
            #expect(answer.strategy == "text")
            #expect(answer.completeness == Completeness(level: .exact))
            let hit = try #require(answer.hits.first)
            #expect(abs(hit.score - 1) < 1e-9)
            let highlight = try #require(hit.highlights.first)
            #expect(highlight.field == "summary")
            let span = try #require(highlight.spans.first)
            let bytes = Array(highlight.text.utf8)[Int(span.start)..<Int(span.start + span.length)]
            #expect(String(decoding: bytes, as: UTF8.self) == "photographed")
        }
    }

    @Test func `rare words weigh more, and a missing word costs`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let answer = try await fixture.search.search(SearchQuery(.text("silk clipper xylophone")))
            #expect(Self.slugs(answer).first == "jon-sailor")
            #expect(Set(Self.slugs(answer)) == ["jon-sailor", "ada-weaver", "kim-tailor"])
            let (profiles, one, two) = (
                12.0, WordsScore.weight(profiles: 12, holding: 1), WordsScore.weight(profiles: 12, holding: 2)
            )
            let none = WordsScore.weight(profiles: profiles, holding: 0)
            let whole = Double(one + two + none)
            #expect(abs(answer.hits[0].score - Double(one) / whole) < 1e-9)
            #expect(abs(answer.hits[1].score - Double(two) / whole) < 1e-9)
        }
    }

    @Test func `quotes require and a minus excludes`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            #expect(Self.slugs(try await fixture.search.search(SearchQuery(.text("silk -suits")))) == ["ada-weaver"])
            #expect(
                Self.slugs(try await fixture.search.search(SearchQuery(.text(#"bread "silk suits""#)))) == [
                    "kim-tailor"
                ]
            )
            #expect(
                Self.slugs(try await fixture.search.search(SearchQuery(.text(#"silk -"silk carpets""#)))) == [
                    "kim-tailor"
                ]
            )
            let both = try await fixture.search.search(
                SearchQuery(.hybrid(text: "silk -suits", vector: WordVectors.vector("silk suits")))
            )
            #expect(!Self.slugs(both).contains("kim-tailor"))
            #expect(Self.slugs(both).first == "ada-weaver")
        }
    }

    @Test func `a text without words says so`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            for text in ["", "-", "\"\"", "!?", "· —"] {
                let answer = try await fixture.search.search(SearchQuery(.text(text)))
                #expect(answer.hits.isEmpty)
                #expect(answer.completeness.level == .truncated)
            }
            let excluding = try await fixture.search.search(SearchQuery(.text("-silk")))
            #expect(excluding.completeness.reason == "the text only excludes: it has no words to search by")
            let many = (0..<80).map { "word\($0)" }.joined(separator: " ")
            let answer = try await fixture.search.search(SearchQuery(.text(many)))
            #expect(answer.completeness.reason == "the first 60 of 80 words were used")
        }
    }

    @Test(arguments: [Precision.exact, .approximate])
    func `both branches are fused as documented, with evidence`(precision: Precision) async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            var query = SearchQuery(.hybrid(text: "silk bread", vector: WordVectors.vector("forged iron gates")))
            query.precision = precision
            let answer = try await fixture.search.search(query)
            #expect(answer.strategy == (precision == .exact ? "hybrid_exact" : "hybrid_hnsw"))
            #expect(Self.slugs(answer).first == "hal-smith")
            for hit in answer.hits {
                let vector = hit.evidence.first { $0.branch == .vector }
                let text = hit.evidence.first { $0.branch == .text }
                // What the nearest section of another kind adds is in `HybridScoreTests`.
                let least = (vector?.rawScore).map { HybridScore.nearestWeight * $0 }
                #expect(hit.score >= HybridScore.value(similarity: least, coverage: text?.rawScore) - 1e-9)
                #expect(hit.score <= HybridScore.value(similarity: vector?.rawScore, coverage: text?.rawScore) + 1e-9)
            }
            let baker = try #require(answer.hits.first { $0.profile?.slug == "ben-baker" })
            let evidence = try #require(baker.evidence.first { $0.branch == .text })
            #expect(evidence.rank == 1)
            #expect(evidence.section != nil)
        }
    }

    @Test func `deleted profiles are not found, restored ones are`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let vector = WordVectors.vector("baked rye bread")
            let asks: [SearchQuery.Ask] = [
                .vector(vector), .text("rye bread"), .hybrid(text: "rye bread", vector: vector),
            ]
            _ = try await fixture.profiles.softDelete(.slug("ben-baker"))
            for ask in asks {
                for precision in [Precision.exact, .approximate] {
                    var query = SearchQuery(ask)
                    query.precision = precision
                    #expect(!Self.slugs(try await fixture.search.search(query)).contains("ben-baker"))
                }
            }
            _ = try await fixture.profiles.restore(.slug("ben-baker"))
            for ask in asks {
                #expect(Self.slugs(try await fixture.search.search(SearchQuery(ask))).first == "ben-baker")
            }
        }
    }

    @Test func `a minimum score leaves out what scores less`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            var query = SearchQuery(.vector(WordVectors.vector("silk suits")))
            let all = try await fixture.search.search(query)
            query.minScore = all.hits[1].score
            #expect(try await fixture.search.search(query).hits == Array(all.hits.prefix(2)))
        }
    }

    @Test func `without highlights nothing else changes`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            let vector = WordVectors.vector("silk")
            for ask in [SearchQuery.Ask.vector(vector), .text("silk"), .hybrid(text: "silk", vector: vector)] {
                var query = SearchQuery(ask)
                var expected = try await fixture.search.search(query).hits
                #expect(expected.contains { !$0.highlights.isEmpty })
                for index in expected.indices { expected[index].highlights = [] }
                query.withHighlights = false
                #expect(try await fixture.search.search(query).hits == expected)
            }
        }
    }

    @Test func `a vector that cannot be compared is refused`() async throws {
        func refused(_ index: Int) -> RepositoryError {
            .invalidField(path: "query.vector.values[\(index)]", reason: "is not finite")
        }
        let cases: [([Float], RepositoryError)] = [
            ([], .dimensionMismatch(expected: 384, actual: 0)),
            ([Float](repeating: 1, count: 383), .dimensionMismatch(expected: 384, actual: 383)),
            ([Float](repeating: 0, count: 384), .invalidField(path: "query.vector.values", reason: "is all zero")),
            ([Float](repeating: .nan, count: 384), refused(0)),
            ([1] + [Float](repeating: .infinity, count: 383), refused(1)),
        ]
        try await RepositoryFixture.run { fixture in
            for (values, error) in cases {
                await #expect(throws: error) { try await fixture.search.search(SearchQuery(.vector(values))) }
            }
        }
    }

    @Test func `a vector of any length works`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.fill(fixture)
            for length in [Float.greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e-30, 70_000] {
                var values = [Float](repeating: 0, count: 384)
                values[7] = length
                for precision in [Precision.exact, .approximate] {
                    var query = SearchQuery(.vector(values))
                    query.precision = precision
                    #expect(try await fixture.search.search(query).hits.count == 10)
                }
            }
        }
    }

    @Test func `a limit out of range is refused`() async throws {
        try await RepositoryFixture.run { fixture in
            for limit in [0, -1, 1_001, 1_000_000_000] {
                var query = SearchQuery(.text("silk"))
                query.limit = limit
                let refused = query
                await #expect(throws: RepositoryError.invalidField(path: "limit", reason: "is not within 1...1000")) {
                    try await fixture.search.search(refused)
                }
            }
        }
    }

    @Test func `an unknown space is not found`() async throws {
        try await RepositoryFixture.run { fixture in
            var query = SearchQuery(.vector(WordVectors.vector("silk")))
            query.embeddingSpace = "nope"
            await #expect(throws: RepositoryError.notFound(.embeddingSpace, key: "nope")) {
                try await fixture.search.search(query)
            }
        }
    }

    // MARK: Phrases and exclusions

    @Test func `phrases and exclusions count over all sections of a profile`() async throws {
        try await RepositoryFixture.run { fixture in
            func person(_ slug: String, _ summary: String, _ work: String, _ skill: String) -> Profile {
                Profile(
                    slug: slug,
                    displayName: slug,
                    summary: summary,
                    experiences: [Experience(title: "Engineer", description: work)],
                    skills: [Skill(name: skill)]
                )
            }
            let people = [
                person("a", "Builds night trains.", "Engineer of the quantum computer.", "Welding"),
                person("b", "Builds night trains.", "Engineer of military radar.", "Sailing"),
                person("c", "Trains at night.", "Engineer of the computer quantum.", "Nuclear physics"),
            ]
            for result in try await fixture.profiles.batchUpsert(people).0 { _ = try result.get() }
            func found(_ text: String) async throws -> [String] {
                try await fixture.search.search(SearchQuery(.text(text))).hits.compactMap { $0.profile?.slug }.sorted()
            }
            #expect(try await found("engineer") == ["a", "b", "c"])
            #expect(try await found("engineer -military") == ["a", "c"])
            #expect(try await found("engineer -military -nuclear") == ["a"])
            #expect(try await found("engineer -\"nuclear physics\" -sailing") == ["a"])
            #expect(try await found("engineer -\"physics nuclear\"") == ["a", "b", "c"])
            // Stop words are words.
            #expect(try await found("engineer -\"of the\"") == ["b"])
            #expect(try await found("engineer \"of the quantum\"") == ["a"])
            #expect(try await found("engineer \"night trains\"") == ["a", "b"])
            // Each in a section of its own.
            #expect(try await found("engineer \"night trains\" \"quantum computer\"") == ["a"])
            #expect(try await found("engineer \"night trains\" \"night trains\" -welding") == ["b"])
            #expect(try await found("engineer \"night trains\" \"nuclear physics\"") == [])
            let many = (0..<100).map { "-a\($0)" }.joined(separator: " ")
            #expect(try await found("engineer \(many)") == ["a", "b", "c"])
            for text in ["engineer \(many) -b", "engineer " + String(repeating: "\"night trains\" ", count: 21)] {
                await #expect(throws: RepositoryError.self) { try await found(text) }
            }
        }
    }
}
