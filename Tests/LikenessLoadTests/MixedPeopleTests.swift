import Foundation
import LikenessCommands
import LikenessLoad
import LikenessMessages
import LikenessRepository
import LikenessTesting
import Testing

@testable import LikenessEmbedding

/// The model that scripts/setup installs.
enum InstalledModel {
    /// Missing files fail where `LIKENESS_REQUIRE_PG` is 1, and skip elsewhere.
    static let isWanted =
        ProcessInfo.processInfo.environment["LIKENESS_REQUIRE_PG"] == "1" || (try? EmbeddingHome().checkFiles()) != nil
}

/// The people of `examples/profiles.jsonl` with embeddings of the model, among many with synthetic ones.
@Suite(.freshDatabase, .enabled(if: InstalledModel.isWanted, "no model is installed: run scripts/setup"))
struct MixedPeopleTests {
    /// Embedded once for all tests.
    private static let people = Task { () async throws -> [BulkProfile] in
        let examples = TestDatabase.migrationsFolder + "/../examples/profiles.jsonl"
        let model = try await SentenceTransformer.load()
        let result: Result<[BulkProfile], any Error>
        do {
            var people: [BulkProfile] = []
            for item in JSONResumeFile(try Data(contentsOf: URL(filePath: examples))) {
                var profile = try item.profile.get()
                profile.id = Self.newID()
                for place in profile.experiences.indices { profile.experiences[place].id = Self.newID() }
                for place in profile.skills.indices { profile.skills[place].id = Self.newID() }
                let texts = SectionText.sections(of: profile).map(\.text)
                let vectors = try await model.embed(texts, priority: .background, deadline: nil)
                people.append(BulkProfile(profile: profile, vectors: vectors.map { SectionVectors([$0]) }))
            }
            result = .success(people)
        } catch {
            result = .failure(error)
        }
        await model.shutdown()
        return try result.get()
    }

    private static func newID() -> String { UUID().uuidString.lowercased() }

    /// In which order they come into the index.
    enum Order: CaseIterable {
        /// The real ones first, and the index is built over all: synthetic ones of another shape made an island of them.
        case realFirst
        /// Into an index of synthetic ones, before some more.
        case realBetween
    }

    @Test(arguments: Order.allCases)
    func `the same real person is found exactly and through the index`(order: Order) async throws {
        let people = try await Self.people.value
        let target = TestDatabase.current.configuration
        try await TestDatabase.withPool { database in
            let store = {
                let space = try await EmbeddingRepository(database: database).space(named: "")
                _ = try await BulkLoader(database: database).load(people, into: space)
            }
            if order == .realFirst { try await store() }
            let count = order == .realFirst ? 1_000 : 500
            _ = try await DatabaseLoad(profiles: count, seed: 5, embeddings: .clustered).run(connection: target) { _ in
            }
            if order == .realBetween {
                try await store()
                _ = try await DatabaseLoad(profiles: 300, seed: 6, embeddings: .clustered)
                    .run(connection: target) { _ in }
            }
            try await Self.checkAnswers(people, SearchRepository(database: database))
        }
    }

    /// What people ask lies apart from what is stored, so a search for it has to look further than one for a stored vector.
    @Test func `what people ask is found through the index as it is by comparing with all`() async throws {
        let people = try await Self.people.value
        let questions = try await Self.questions()
        try await TestDatabase.withPool { database in
            let space = try await EmbeddingRepository(database: database).space(named: "")
            _ = try await BulkLoader(database: database).load(people, into: space)
            _ = try await DatabaseLoad(profiles: 1_500, seed: 7, embeddings: .clustered)
                .run(connection: TestDatabase.current.configuration) { _ in }
            let search = SearchRepository(database: database)
            var (found, nearest) = (0, 0)
            for vector in questions {
                var query = SearchQuery(.vector(vector))
                query.precision = .exact
                let exact = try await search.search(query).hits
                query.precision = .approximate
                let answer = try await search.search(query).hits
                let least = try #require(exact.last?.score)
                found += answer.count { $0.score >= least - 1e-6 }
                nearest += exact.count
            }
            #expect(nearest == 10 * questions.count)
            #expect(Double(found) >= 0.95 * Double(nearest), "\(found) of \(nearest)")
        }
    }

    private struct QuerySet: Decodable {
        struct Query: Decodable { let text: String }
        let queries: [Query]
    }

    private static func questions() async throws -> [[Float]] {
        let folder = TestDatabase.migrationsFolder + "/../examples/queries"
        let texts = try ["examples", "laureates"].flatMap { name in
            try JSONDecoder().decode(QuerySet.self, from: Data(contentsOf: URL(filePath: "\(folder)/\(name).json")))
                .queries.map(\.text)
        }
        let model = try await SentenceTransformer.load()
        do {
            let vectors = try await model.embed(texts, priority: .background, deadline: nil)
            await model.shutdown()
            return vectors
        } catch {
            await model.shutdown()
            throw error
        }
    }

    private static func checkAnswers(_ people: [BulkProfile], _ search: SearchRepository) async throws {
        var (questions, found, shared, nearest) = (0, 0, 0, 0)
        for person in people {
            // The summary, and one more.
            for vector in Set([0, person.vectors.count / 2]).map({ person.vectors[$0].parts[0] }) {
                var query = SearchQuery(.vector(vector))
                query.precision = .exact
                let exact = try await search.search(query)
                #expect(exact.strategy == "vector_exact" && exact.hits.count == 10)
                // Two people may have the same section: whoever is first is as near as can be.
                #expect((exact.hits.first?.score ?? 0) > 0.999, "\(person.profile.slug)")
                query.precision = .approximate
                let answer = try await search.search(query)
                #expect(answer.strategy == "vector_hnsw")
                questions += 1
                if (answer.hits.first?.score ?? 0) > 0.999 { found += 1 }
                nearest += exact.hits.count
                shared +=
                    Set(exact.hits.compactMap { $0.profile?.id })
                    .intersection(answer.hits.compactMap { $0.profile?.id }).count
            }
        }
        // An index comes out differently each time: ten of 4,400 to 9,000 synthetic sections found 0.986 and more. Beside
        // 9,000 sections in 20 directions, as they were once, it was 0.55 to 0.67.
        #expect(questions > 300)
        #expect(Double(found) >= 0.96 * Double(questions), "\(found) of \(questions) found themselves")
        #expect(Double(shared) >= 0.96 * Double(nearest), "\(shared) of \(nearest) of the nearest")
    }
}
