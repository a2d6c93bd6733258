import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Searches by vector through a view: however the sections that count are told from the others, the answer is the same.
@Suite(.freshDatabase) struct ViewVectorsTests {
    private static let masks = [
        ("few", MaskConfiguration(includeTags: ["x"])),
        ("some", MaskConfiguration(excludeTags: ["a"], experiences: ExperienceScope(maxItems: 1))),
        (
            "most",
            MaskConfiguration(
                excludeTags: ["c c"],
                weights: [SectionWeight(kind: .summary, weight: 0.5), SectionWeight(kind: .skills, weight: 0.8)]
            )
        ),
        (
            "skills",
            MaskConfiguration(hiddenFields: ["summary"], weights: [SectionWeight(kind: .experience, weight: 0)])
        ),
    ]

    private static let asks = [
        SearchQuery.Ask.vector(WordVectors.vector("alpha beta")), .vector(WordVectors.vector("epsilon1")),
        .hybrid(text: "beta gamma", vector: WordVectors.vector("beta gamma")),
        .hybrid(text: "epsilon2 -delta", vector: WordVectors.vector("alpha")),
    ]

    /// 200 people, some of whose sections wait for another embedding.
    private static func fill(_ fixture: RepositoryFixture) async throws -> [(String, View)] {
        var random = SplitMix(seed: 23)
        let people = (0..<200).map { FacetTests.person($0, &random) }
        _ = try await FacetTests.store(people, fixture)
        try await fixture.embedAll()
        for number in stride(from: 0, to: 200, by: 9) {
            let values = Profile(summary: "alpha alpha \(number)")
            _ = try await fixture.profiles.update(.slug("person-\(number)"), with: values, updateMask: ["summary"])
        }
        let masks = MaskRepository(database: fixture.database, pageTokens: PageTokens())
        var views: [(String, View)] = []
        for (name, rules) in self.masks {
            _ = try await masks.create(Mask(name: name, configuration: rules))
            views.append((name, try #require(try await masks.view(bound: [], requested: name))))
        }
        return views
    }

    @Test func `looking before and after comparing finds the same`() async throws {
        try await RepositoryFixture.run { fixture in
            var found = 0
            for (name, view) in try await Self.fill(fixture) {
                for ask in Self.asks {
                    for limit in [1, 3, 10, 50] {
                        var query = SearchQuery(ask)
                        (query.view, query.limit) = (view, limit)
                        let reads = fixture.database.reads(at: nil, deadline: nil)
                        let size = try #require(SearchStatements.limits.first { $0 >= limit })
                        var search = try await fixture.search.viewSearch(query, through: view, reads, limit: size)
                        #expect(search.liveProfiles == 200)
                        search.liveProfiles = 0
                        let afterwards = try await search.answer()
                        search.liveProfiles = .max
                        let before = try await search.answer()
                        query.filter = try Filter("display_name:person")
                        search = try await fixture.search.viewSearch(query, through: view, reads, limit: size)
                        let byProfile = try await search.answer()
                        #expect(afterwards.hits == before.hits, "\(name) \(ask) \(limit)")
                        if case .vector = ask {
                            #expect(byProfile.hits == before.hits, "\(name) \(ask) \(limit)")
                        }
                        found += before.hits.count
                    }
                }
            }
            #expect(found > 500)
        }
    }

    /// Of 200 people the windows of limits from 200 on hold all.
    @Test func `deep windows rank as others do`() async throws {
        try await RepositoryFixture.run { fixture in
            for (name, view) in try await Self.fill(fixture) {
                for ask in Self.asks {
                    for filter in ["", "tags:b"] {
                        var query = SearchQuery(ask)
                        query.view = view
                        query.filter = filter.isEmpty ? nil : try Filter(filter)
                        let plain = try await fixture.search.ranked(query, window: 200, deadline: nil)
                        for window in [1_000, 2_000, 10_000] {
                            let deep = try await fixture.search.ranked(query, window: window, deadline: nil)
                            #expect(deep.hits == plain.hits, "\(name) \(ask) \(filter) \(window)")
                        }
                        #expect(!plain.hits.isEmpty || name == "few", "\(name) \(ask) \(filter)")
                    }
                }
            }
        }
    }

    /// More than the nearest that are looked at are left out.
    @Test func `by both an answer that an exclusion makes short is not said to be whole`() async throws {
        try await RepositoryFixture.run { fixture in
            try await fixture.fill((0..<130).map { .person("out-\($0)", "wolf river letter") })
            try await fixture.fill((0..<20).map { .person("in-\($0)", "wolf ship") })
            try await fixture.embedAll()
            let masks = MaskRepository(database: fixture.database, pageTokens: PageTokens())
            for (name, rules) in [
                ("all", MaskConfiguration(excludeTags: ["none"])),
                ("few", MaskConfiguration(filter: "summary:ship")),
            ] {
                _ = try await masks.create(Mask(name: name, configuration: rules))
                let vector = WordVectors.vector("wolf river letter")
                var query = SearchQuery(.hybrid(text: "quux -letter", vector: vector))
                query.view = try await masks.view(bound: [], requested: name)
                query.limit = 30
                let answer = try await fixture.search.search(query)
                let isWhole = answer.hits.count == 20
                #expect(isWhole == (name == "few") && answer.hits.count <= 20, "\(name) \(answer.hits.count)")
                #expect(answer.completeness.level == (isWhole ? .exact : .approximate), "\(name)")
            }
        }
    }

    @Test func `no window names fewer profiles by words than a smaller one`() async throws {
        try await RepositoryFixture.run { fixture in
            for (name, view) in try await Self.fill(fixture) {
                for ask in Self.asks {
                    guard case .hybrid = ask else { continue }
                    var query = SearchQuery(ask)
                    query.view = view
                    let reads = fixture.database.reads(at: nil, deadline: nil)
                    var counts: [Int] = []
                    for limit in SearchStatements.limits + [2_000, 5_000, 10_000] {
                        let search = try await fixture.search.viewSearch(query, through: view, reads, limit: limit)
                        counts.append(try #require(search.nomineeCounts.first))
                        #expect(search.nomineeCounts.count == 1)
                        #expect(counts[counts.count - 1] > SearchStatements.hybridWindow(limit: limit), "\(name)")
                    }
                    #expect(counts == counts.sorted(), "\(name) \(counts)")
                }
            }
        }
    }
}
