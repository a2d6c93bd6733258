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
}
