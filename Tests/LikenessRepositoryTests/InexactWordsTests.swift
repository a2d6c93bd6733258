import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Words that are begun or misspelt, and names.
@Suite(.freshDatabase) struct InexactWordsTests {
    @Test func `a star stands for the rest of a word`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    .person("nurse", "A nurse"), .person("nursing", "Nursing the sick"),
                    .person("nursery", "Runs a nursery"),
                    .person("university", "Taught at a university"), .person("universe", "Saw the universe"),
                    .person("manager", "In management"), .person("happy", "Happiness research"),
                    .person("other", "Sings"),
                ]
            )
            #expect(Set(try await fixture.found("nurs*")) == ["nurse", "nursing", "nursery"])
            #expect(try await fixture.found("universit*").contains("university"))
            #expect(try await fixture.found("managem*") == ["manager"])
            #expect(try await fixture.found("HAPPI*") == ["happy"])
            #expect(try await fixture.found("zz*") == [])
            #expect(try await fixture.found("nurs* sick").first == "nursing")
        }
    }

    @Test func `a decade is any of its years`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    .person("within", "Painted in 1934 and 1938"), .person("first", "Painted from 1930 on"),
                    .person("said", "Painted in the 1930s"), .person("after", "Painted in 1940"),
                    .person("before", "Painted in 1929 and, in all, 193 times"),
                ]
            )
            for text in ["1930s", "the 1930s", "1930er", "1930ern"] {
                #expect(Set(try await fixture.found(text)).isSuperset(of: ["within", "first"]), "\(text)")
                #expect(Set(try await fixture.found(text)).isDisjoint(with: ["after", "before"]), "\(text)")
            }
            #expect(Set(try await fixture.found("1930s")) == ["within", "first", "said"])
            // As it is written.
            #expect(try await fixture.found("\"1930s\"") == ["said"])
            for text in ["1935s", "1930x", "193s", "3930s", "19300s"] { #expect(try await fixture.found(text) == []) }
            // Who was written since the index was read.
            try await fixture.fill([.person("new", "Born 1939")])
            #expect(try await fixture.found("1930s").contains("new"))
        }
    }

    @Test func `a star completes the last part of a word, and what was written just now counts`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    .person("conan", "Conan O'Brien"), .person("dense", "機械学習 のエンジニア"),
                    .person("other", "Sings"),
                ]
            )
            #expect(try await fixture.found("O'Bri*").first == "conan")
            #expect(try await fixture.found("機械学*") == ["dense"])
            #expect(try await fixture.found("エンジニ*") == ["dense"])
            // The index has been read, and is not brought up to date here.
            try await fixture.fill([.person("new", "Taught at several universities, happily")])
            #expect(try await fixture.found("universit*") == ["new"])
            #expect(try await fixture.found("happil*") == ["new"])
        }
    }

    @Test func `a star stands for any number of words`() async throws {
        try await RepositoryFixture.run { fixture in
            let many = (0..<2_000).map { "qab" + String(10_000 + $0) }.joined(separator: " ")
            try await fixture.fill([.person("many", many), .person("one", "qabzzzz only")])
            _ = try await fixture.search.words.update(deadline: nil)
            #expect(Set(try await fixture.found("qab*")) == ["many", "one"])
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

    @Test func `a star finds all who have a word that begins so`() async throws {
        try await RepositoryFixture.run { fixture in
            let words = [
                "organization", "organizations", "engineering", "engineers", "universities", "studies", "studied",
                "hopefulness",
                "nationality", "relational", "generalizations", "agreed", "conflated", "analyses", "dependency",
                "running", "skis",
                "psychologists", "management", "responsibilities", "electrical", "sensibility", "replacement",
                "adoption",
            ]
            try await fixture.fill(words.map { .person($0, "Known for \($0)") })
            var missed: [String] = []
            for word in words {
                for length in 4...word.count {
                    let prefix = String(word.prefix(length))
                    if !(try await fixture.found(prefix + "*").contains(word)) {
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
            try await fixture.fill(
                [
                    Samples.named("Florence Nightingale", slug: "florence", summary: "Nursed"),
                    Samples.named("Florence Kelley", slug: "kelley", summary: "Reformed labour"),
                    Samples.named("Ambroise Paré", slug: "pare", summary: "Florence was his town"),
                ]
            )
            #expect(try await fixture.found(text).first == "florence")
        }
    }

    @Test func `who is called so comes first, before those who are more about the name`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
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

    /// To the vector others are what is meant.
    @Test func `a name with errors or in part counts as far as it goes, and the explanation says so`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    Samples.named("Florence Nightingale", slug: "florence", summary: "Nursed"),
                    Samples.named("Florence Kelley", slug: "kelley", summary: "Reformed labour laws"),
                    Samples.named("Mary Seacole", slug: "seacole", summary: "wolf river wolf river"),
                    Samples.named("Mary Anning", slug: "anning", summary: "Dug bones"),
                    Samples.named("Édouard O'Brien-Vézina", slug: "brien", summary: "Mapped stars"),
                    Samples.named(
                        "Jonas Grumby",
                        slug: "grumby",
                        summary: "Sailed by night with Florence and with Nightingale"
                    ),
                ]
            )
            try await fixture.embedAll()
            func ask(_ text: String, filter: String = "") throws -> SearchQuery {
                var query = SearchQuery(.hybrid(text: text, vector: WordVectors.vector("wolf river")))
                if !filter.isEmpty { query.filter = try Filter(filter) }
                return query
            }
            for (text, slug) in [
                ("florance nigtingail", "florence"), ("nighting", "florence"), ("kelly", "kelley"),
                ("OBrien", "brien"), ("obrien edouard", "brien"), ("BrienVezina", "brien"), ("anning", "anning"),
            ] {
                for filter in ["", "NOT tags:none"] {
                    let hits = try await fixture.search.search(try ask(text, filter: filter)).hits
                    #expect(
                        hits.first?.profile?.slug == slug,
                        "\(text) \(hits.map { ($0.profile?.slug ?? "", $0.score) })"
                    )
                }
            }
            // Who has the words elsewhere is not called so.
            let hits = try await fixture.search.search(try ask("Nightingale Florence")).hits
            let scores = Dictionary(uniqueKeysWithValues: hits.map { ($0.profile?.slug ?? "", $0.score) })
            #expect(abs((scores["florence"] ?? 0) - 1) < 1e-9 && (scores["grumby"] ?? 1) < 0.5, "\(scores)")
            // All of what is asked for, and half of the name; beside it the similarity counts little.
            let half = HybridScore.namedShare + (1 - HybridScore.namedShare) / 2
            let most = half + HybridScore.similarShare * (1 - half)
            let told = try await fixture.search.explain(
                try ask("nightingale"),
                plans: .none,
                recorder: SearchRecorder()
            )
            let hit = try #require(told.hits.first)
            #expect(hit.score >= HybridScore.value(similarity: half, coverage: 1) - 1e-9, "\(hit)")
            #expect(hit.score <= HybridScore.value(similarity: most, coverage: 1), "\(hit)")
            let terms = try #require(hit.parts.first?.terms)
            let name = try #require(terms.first { $0.name == "name" })
            #expect(half - 1e-9...most ~= name.value, "\(terms)")
            #expect(abs(terms.reduce(0) { $0 + $1.adds } - hit.score) < 1e-9, "\(terms)")
            // Of little of the text nothing is made.
            let little = try await fixture.search.search(try ask("wolf river silver mountain kelley")).hits
            #expect(little.first?.profile?.slug == "seacole")
        }
    }

    @Test func `words are found with and without the signs between their parts`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [
                    .person("node", "Built services in Node.js"), .person("nodejs", "Built services in nodejs"),
                    .person("pipelines", "Keeps CI/CD pipelines running"),
                    .person("auditor", "Certified for ISO-27001"),
                    .person("dots", "A .NET developer"), .person("brien", "Called O'Brien"),
                    .person("angelo", "Called D’Angelo"),
                    .person("mail", "Answers e-mail"),
                ]
            )
            for (text, slugs) in [
                ("nodejs", ["node", "nodejs"]), ("CICD", ["pipelines"]), ("iso27001", ["auditor"]), ("dotnet", []),
                ("OBrien", ["brien"]), ("O Brien", ["brien"]), ("o’brien", ["brien"]), ("o'brien", ["brien"]),
                ("DAngelo", ["angelo"]), ("email", ["mail"]),
            ] {
                #expect(try await fixture.found(text).sorted() == slugs, "\(text)")
            }
            let answer = try await fixture.search.search(SearchQuery(.text("nodejs")))
            #expect(answer.replaced == [] && answer.hits.allSatisfy { $0.score == 1 })
        }
    }

    /// The fixture's ids are random: each of two is the first about as often.
    @Test func `of people whose names hold as much the one who is nearer comes first`() async throws {
        try await RepositoryFixture.run { fixture in
            let people = (0..<12).flatMap { number in
                [("Near", "wolf river \(number)"), ("Far", "ship harbour \(number)")].map { name, summary in
                    Samples.named(
                        "Clara \(name)\(number)",
                        slug: "\(name.lowercased())-\(number)",
                        summary: summary
                    )
                }
            }
            try await fixture.fill(people)
            try await fixture.embedAll()
            let vector = WordVectors.vector("wolf river")
            let masks = MaskRepository(database: fixture.database, pageTokens: PageTokens())
            _ = try await masks.create(Mask(name: "all", configuration: MaskConfiguration(excludeTags: ["none"])))
            let view = try #require(try await masks.view(bound: [], requested: "all"))
            let fusion = SearchFusion(.linear, [.init(.leaf(.init(.hybrid(text: "Clara", vector: vector))))])
            for (ask, through) in [
                (SearchQuery.Ask.hybrid(text: "Clara", vector: vector), nil),
                (.hybrid(text: "Clara", vector: vector), view), (.fusion(fusion), nil),
            ] {
                var query = SearchQuery(ask)
                (query.view, query.limit) = (through, 24)
                let hits = try await fixture.search.search(query).hits
                #expect(hits.count == 24)
                #expect(hits.prefix(12).allSatisfy { $0.profile?.slug.hasPrefix("near") == true }, "\(hits)")
                // Both by their names, and by no more.
                #expect((hits.first?.score ?? 0) - (hits.last?.score ?? 0) < HybridScore.similarShare, "\(hits)")
            }
        }
    }

    @Test func `how a word is written counts in a text of many words`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill(
                [.person("node", "Built services in Node.js"), .person("other", "Sings")]
            )
            // More words than are read, which come before and behind it in any order of letters.
            func words(_ count: Int, _ first: String) -> [String] {
                (0..<count).map {
                    "\(first)q\(Character(Unicode.Scalar(UInt8(97 + $0 / 26))))\(Character(Unicode.Scalar(UInt8(97 + $0 % 26))))x"
                }
            }
            for place in [0, 20, 50] {
                let text = words(place, "a") + ["nodejs"] + words(150, "b") + words(150, "z")
                #expect(try await fixture.found(text.joined(separator: " ")) == ["node"], "\(place)")
            }
        }
    }

    /// They hold more of the text than the others do, and there are more of them than the index names at first.
    @Test func `those whom an excluded phrase leaves out take no place of others`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill((0..<150).map { .person("out-\($0)", "nurse rare bad ward") })
            try await fixture.fill((0..<20).map { .person("in-\($0)", "nurse") })
            _ = try await fixture.search.words.update(deadline: nil)
            let text = #"nurse rare -"bad ward""#
            var query = SearchQuery(.hybrid(text: text, vector: WordVectors.vector("wolf river")))
            query.limit = 30
            let answer = try await fixture.search.search(query)
            #expect(answer.hits.count == 20 && answer.completeness.level == .exact, "\(answer.completeness)")
            let told = try await fixture.search.explain(query, plans: .none, recorder: SearchRecorder())
            #expect(
                told.statements.contains { $0.furtherReason == SearchAttempt.nomineesReason },
                "\(told.statements.map(\.furtherReason))"
            )
            query.precision = .approximate
            let fewer = try await fixture.search.search(query)
            #expect(fewer.hits.count < 20 && fewer.completeness.level == .approximate, "\(fewer.completeness)")
        }
    }
}
