import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

@testable import LikenessRepository

/// Searches through an index whose first candidates are not live any more, or do not count: it goes on.
@Suite(.freshDatabase) struct IndexContinuationTests {
    private static func slugs(_ answer: SearchAnswer<[Hit]>) -> [String] { answer.hits.map { $0.profile?.slug ?? "" } }

    /// The 250 nearest of 600 sections are rows that are gone but still in the index, as nothing has cleared it yet.
    @Test func `dead rows keep no answer short, and none from the vector's share of both`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 600)
            try await fixture.execute("SELECT fill_profile_words(array_agg(id)) FROM profiles")
            let table = try await fixture.embeddings.space(named: "").table.name
            try await fixture.execute("ALTER TABLE \(table) SET (autovacuum_enabled = off)")
            let question = try #require(ClusteredVectors.questions(1).first)
            var query = SearchQuery(.vector(question))
            (query.precision, query.limit) = (.exact, 200)
            for hit in try await fixture.search.search(query).hits {
                _ = try await fixture.profiles.softDelete(.slug(hit.profile?.slug ?? ""))
            }
            fixture.search.forgetCatalog()
            // Every profile has the word, so that words alone would fill any answer.
            for (ask, efSearch) in [
                (SearchQuery.Ask.vector(question), 40), (.hybrid(text: "person", vector: question), 300),
            ] {
                for limit in [5, 10] {
                    query = SearchQuery(ask)
                    (query.precision, query.limit) = (.exact, limit)
                    let exact = try await fixture.search.search(query)
                    (query.precision, query.efSearch) = (.approximate, efSearch)
                    let explained = try await fixture.search.explain(query, plans: .none, recorder: SearchRecorder())
                    let found = try await fixture.search.search(query)
                    #expect(Self.slugs(found) == Self.slugs(exact), "\(ask) \(limit)")
                    // It is remembered of searches by vector, for the statements of one size.
                    let isKnown = limit == 10 && efSearch == 40
                    let reasons = explained.statements.map(\.furtherReason).filter { $0.contains("it goes on") }
                    #expect(reasons.count == (isKnown ? 0 : 1), "\(explained.statements)")
                }
            }
        }
    }

    /// In an approximate search it is not known how many pass, and the nearest do not.
    @Test func `a filter of unknown share is looked through`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 600)
            try await fixture.execute("SELECT fill_profile_words(array_agg(id)) FROM profiles")
            let question = try #require(ClusteredVectors.questions(1).first)
            var query = SearchQuery(.vector(question))
            (query.precision, query.limit) = (.exact, 200)
            let near = Self.slugs(try await fixture.search.search(query))
            let mark = Statement(
                "test_mark",
                "UPDATE profiles SET tags = ARRAY['far'] WHERE slug <> ALL ($1)",
                [.textArray]
            )
            _ = try await fixture.pool.execute(mark, Parameters(near))
            for ask in [SearchQuery.Ask.vector(question), .hybrid(text: "person", vector: question)] {
                query = SearchQuery(ask)
                query.filter = try Filter("tags:far")
                (query.precision, query.limit) = (.exact, 10)
                let exact = try await fixture.search.search(query)
                #expect(exact.hits.count == 10)
                (query.precision, query.efSearch) = (.approximate, 160)
                #expect(Self.slugs(try await fixture.search.search(query)) == Self.slugs(exact), "\(ask)")
            }
        }
    }

    /// 30 profiles pass a filter: enough for the hits that are shown, too few for all that would be counted.
    @Test func `an answer with all hits that are asked for is not TRUNCATED for the sake of its facets`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 600)
            try await fixture.execute("SELECT fill_profile_words(array_agg(id)) FROM profiles")
            let question = try #require(ClusteredVectors.questions(1).first)
            var query = SearchQuery(.vector(question))
            (query.precision, query.limit) = (.exact, 30)
            let near = Self.slugs(try await fixture.search.search(query))
            let mark = Statement(
                "test_mark",
                "UPDATE profiles SET tags = ARRAY['few'] WHERE slug = ANY ($1)",
                [.textArray]
            )
            _ = try await fixture.pool.execute(mark, Parameters(near))
            let request = try #require(try FacetRequest(["tags"], nil))
            let linear = SearchFusion(.linear, [.init(.leaf(.init(.vector(question))), weight: 1)])
            for ask in [
                SearchQuery.Ask.vector(question), .hybrid(text: "person", vector: question), .fusion(linear),
            ] {
                for (limit, level) in [(5, CompletenessLevel.approximate), (30, .approximate), (50, .truncated)] {
                    // What a fusion's queries name is twice the limit, or more.
                    if case .fusion = ask, limit == 30 { continue }
                    query = SearchQuery(ask)
                    query.filter = try Filter("tags:few")
                    (query.precision, query.efSearch, query.limit) = (.approximate, 160, limit)
                    let without = try await fixture.search.search(query)
                    let (answer, facets) = try await fixture.search.packedSearch(query, counting: request)
                    #expect(Self.slugs(without).count == min(limit, 30))
                    #expect(try answer.hits.values().map { $0.profile?.slug ?? "" } == Self.slugs(without), "\(ask)")
                    #expect(answer.completeness == without.completeness, "\(ask) \(limit)")
                    if case .fusion = ask {} else { #expect(answer.completeness.level == level, "\(ask) \(limit)") }
                    // Of those who are counted some may be missing.
                    #expect(facets[0].profileCount == 30 && facets[0].countKind == .atLeast, "\(ask) \(limit)")
                }
            }
        }
    }
}
