import LikenessMessages
import LikenessPostgres
import LikenessTesting
import LikenessWords
import Testing

@testable import LikenessRepository

/// What the score of a search by both is made of.
@Suite(.freshDatabase) struct HybridScoreTests {
    private static let words = ["iron", "silk", "bread", "pearl", "ore", "mail", "clay", "sugar"]

    private static func text(_ random: inout SplitMix) -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in Self.words.randomElement(using: &random) ?? "" }
            .joined(separator: " ")
    }

    /// Some have no experiences, some no skills, some many experiences, some a section of several parts.
    private static func fill(_ fixture: RepositoryFixture, _ random: inout SplitMix) async throws {
        let people = (0..<45).map { number in
            var person = Samples.named("Person \(number)", slug: "person-\(number)", summary: Self.text(&random))
            if number % 3 > 0 {
                person.experiences = (0..<(number % 5)).map { _ in Experience(title: Self.text(&random)) }
            }
            if number % 4 > 0 { person.skills = [Skill(name: Self.text(&random))] }
            return person
        }
        for result in try await fixture.profiles.batchUpsert(people).results { _ = try result.get() }
        let space = try await fixture.embeddings.space(named: "")
        let jobs = try await fixture.embeddings.claim(space: space, count: 500)
        try await fixture.embeddings.store(
            jobs.map { job in
                let text = job.text ?? ""
                let parts = text.hasPrefix("iron") ? [text, "\(text) pearl"] : [text]
                return (job, SectionVectors(parts.map { WordVectors.vector($0) }))
            },
            in: space
        )
    }

    /// The similarity of the nearest section of each kind, by the profile's id, nearest first.
    private static func kinds(of vector: [Float], _ fixture: RepositoryFixture) async throws -> [String: [Double]] {
        var query = SearchQuery(.vector(vector))
        (query.limit, query.precision, query.extras.sections) = (50, .exact, 50)
        return try await fixture.search.packedSearch(query).hits.values().reduce(into: [:]) { kinds, hit in
            let nearest = Dictionary(grouping: hit.sections) { $0.section?.kind }.values.compactMap {
                $0.map(\.score).max()
            }
            kinds[hit.profile?.id ?? ""] = nearest.sorted(by: >)
        }
    }

    @Test(arguments: [Precision.unspecified, .exact, .approximate])
    func `a profile counts by its nearest section and by the nearest of another kind`(precision: Precision) async throws
    {
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            var random = SplitMix(seed: 3)
            try await Self.fill(fixture, &random)
            var lacking = 0
            for _ in 0..<12 {
                let text = Self.text(&random)
                let vector = WordVectors.vector(Self.text(&random))
                let kinds = try await Self.kinds(of: vector, fixture)
                try #require(kinds.count == 45)
                var byWords = SearchQuery(.text(text))
                byWords.limit = 50
                let held = try await fixture.search.search(byWords).hits.reduce(into: [String: Double]()) { held, hit in
                    held[hit.profile?.id ?? ""] = hit.score
                }
                let expected = kinds.map { profile, kinds in
                    let second = kinds.count > 1 ? kinds[1] : nil
                    lacking += second == nil ? 1 : 0
                    let similarity = HybridScore.similarity(nearest: kinds.first, second: second)
                    return (profile, HybridScore.value(similarity: similarity, coverage: held[profile]))
                }
                var query = SearchQuery(.hybrid(text: text, vector: vector))
                (query.limit, query.precision) = (50, precision)
                let hits = try await fixture.search.search(query).hits
                #expect(hits.count == 45)
                for (profile, score) in expected {
                    let hit = try #require(hits.first { $0.profile?.id == profile })
                    #expect(abs(hit.score - score) < 1e-9, "\(kinds[profile] ?? [])")
                    #expect(
                        hit.evidence.first { $0.branch == .vector }.map {
                            abs($0.rawScore - (kinds[profile]?[0] ?? 0)) < 1e-9
                        } ?? true
                    )
                }
                #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
            }
            #expect(lacking > 20)
        }
    }

    /// What a display name of plain words counts as similarity; 0 where the text is none.
    private static func name(_ name: String, _ words: SearchWords) -> Double {
        let lexemes = Set(name.lowercased().split(separator: " ").map(String.init))
        let asked = words.terms.filter { !lexemes.isDisjoint(with: $0.words) }
        let held = asked.reduce(0) { $0 + Double($1.weight) } / words.total
        let named = Double(lexemes.intersection(asked.flatMap(\.words)).count) / Double(lexemes.count)
        guard held >= HybridScore.nameMin else { return 0 }
        return held * (HybridScore.namedShare + (1 - HybridScore.namedShare) * named)
    }

    /// All of them are near enough to be looked at, and the words name the 100 best: what the others have of them is read of those alone who can
    /// be among the hits, and so are the names of all.
    @Test(arguments: [Precision.unspecified, .exact])
    func `the first hits are those of the formula however many have some of the words`(
        precision: Precision
    ) async throws {
        try await RepositoryFixture.run { fixture in
            var random = SplitMix(seed: 5)
            let people = (0..<160).map { number in
                let name = number % 3 > 0 ? "Person \(number)" : "Person \(Self.text(&random))"
                var person = Samples.named(name, slug: "person-\(number)", summary: Self.text(&random))
                person.skills = [Skill(name: Self.text(&random))]
                return person
            }
            let names = Dictionary(uniqueKeysWithValues: people.map { ($0.slug, $0.displayName) })
            for result in try await fixture.profiles.batchUpsert(people).results { _ = try result.get() }
            try await fixture.embedAll()
            var (beyond, byName) = (0, 0)
            for _ in 0..<12 {
                let text = Self.text(&random)
                let words = try await fixture.search.words(of: text, fixture.database.reads(at: nil, deadline: nil))
                let vector = WordVectors.vector(Self.text(&random))
                var byVector = SearchQuery(.vector(vector))
                (byVector.limit, byVector.precision, byVector.extras.sections) = (200, .exact, 10)
                let nearest = try await fixture.search.packedSearch(byVector).hits.values()
                try #require(nearest.count == 160)
                var byWords = SearchQuery(.text(text))
                byWords.limit = 200
                let held = try await fixture.search.search(byWords).hits
                let coverages = Dictionary(uniqueKeysWithValues: held.map { ($0.profile?.id ?? "", $0.score) })
                let expected = nearest.map { hit in
                    let kinds = Dictionary(grouping: hit.sections) { $0.section?.kind }.values
                    let similarities = kinds.compactMap { $0.map(\.score).max() }.sorted(by: >)
                    let similarity =
                        HybridScore.similarity(nearest: similarities.first, second: similarities.dropFirst().first) ?? 0
                    let name = Self.name(names[hit.profile?.slug ?? ""] ?? "", words)
                    let named = max(similarity, name + HybridScore.similarShare * (1 - name) * similarity)
                    byName += name > 0 && named > similarity ? 1 : 0
                    return HybridScore.value(
                        similarity: name > 0 ? named : similarity,
                        coverage: coverages[hit.profile?.id ?? ""]
                    )
                }.sorted(by: >)
                let named = Set(held.prefix(100).compactMap { $0.profile?.id })
                for limit in [1, 10, 20, 50, 100] {
                    var query = SearchQuery(.hybrid(text: text, vector: vector))
                    (query.limit, query.precision, query.withHighlights) = (limit, precision, false)
                    let hits = try await fixture.search.search(query).hits
                    try #require(hits.count == limit)
                    for (hit, score) in zip(hits, expected) { #expect(abs(hit.score - score) < 1e-9) }
                    beyond += hits.count {
                        coverages[$0.profile?.id ?? ""] != nil && !named.contains($0.profile?.id ?? "")
                    }
                }
            }
            #expect(beyond > 20 && byName > 20)
        }
    }

    /// One has the nearest section of all, the other two that are nearly as near.
    @Test func `who matches in two kinds of sections comes before who matches in one`() async throws {
        try await RepositoryFixture.run { fixture in
            var both = Samples.named("Both", slug: "both", summary: "silk weaver")
            both.skills = [Skill(name: "silk weaver pearl")]
            var one = Samples.named("One", slug: "one", summary: "bread")
            one.skills = [Skill(name: "silk weaver")]
            for result in try await fixture.profiles.batchUpsert([one, both]).results { _ = try result.get() }
            try await fixture.embedAll()
            let query = SearchQuery(.hybrid(text: "spinning", vector: WordVectors.vector("silk weaver")))
            let hits = try await fixture.search.search(query).hits
            #expect(hits.map { $0.profile?.slug ?? "" } == ["both", "one"])
            let told = try await fixture.search.explain(query, plans: .none, recorder: SearchRecorder())
            let terms = try #require(told.hits.first?.parts.first?.terms)
            #expect(terms.map(\.name) == ["similarity", "second_similarity"], "\(terms)")
            #expect(Set(terms.compactMap { $0.section?.kind }) == [.summary, .skills])
            #expect(abs(terms.reduce(0) { $0 + $1.weight } - 1 / 1.3) < 1e-9)
        }
    }

    @Test func `a similarity of two kinds is no more than that of the nearest`() {
        #expect(HybridScore.similarity(nearest: nil, second: nil) == nil)
        #expect(HybridScore.similarity(nearest: 1, second: 1) == 1)
        #expect(HybridScore.similarity(nearest: 0.8, second: 0) == HybridScore.similarity(nearest: 0.8, second: -0.5))
        #expect(
            HybridScore.similarity(nearest: -0.3, second: -0.5) == 0
                && HybridScore.similarity(nearest: -0.3, second: nil) == 0
        )
        // Neither as good as a second one as near, nor as bad as one that has nothing to do with it.
        #expect(abs((HybridScore.similarity(nearest: 0.8, second: nil) ?? 0) - 0.8 * 0.925) < 1e-12)
        #expect(HybridScore.similarity(nearest: 0.8, second: 0.4, .one) == 0.8)
        var random = SplitMix(seed: 9)
        for _ in 0..<1_000 {
            let nearest = Double.random(in: 0...1, using: &random)
            let second = Double.random(in: -1...nearest, using: &random)
            let similarity = HybridScore.similarity(nearest: nearest, second: second) ?? 0
            #expect(similarity <= nearest + 1e-12 && similarity >= HybridScore.nearestWeight * nearest - 1e-12)
        }
    }
}
