import Foundation
import LikenessClient
import LikenessCommands
import LikenessMessages
import LikenessTesting
import Testing

/// 981 real people, found by what they did. Runs where the data lie beside the repository.
@Suite(.freshDatabase) struct LaureatesTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let data = Self.root.appending(path: "../shared/data/laureates.jsonl").standardizedFileURL

    @Test(.enabled(if: FileManager.default.fileExists(atPath: Self.data.path), "the laureates are not there"))
    func `all are imported and found, and hybrid is not worse than its parts`() async throws {
        let documents = JSONResumeFile(try Data(contentsOf: Self.data))
        let set = try JudgedQueries(
            queries: Data(contentsOf: Self.root.appending(path: "examples/queries/laureates.json"))
        )
        try #require(documents.count == 981)
        try await ServiceFixture.run { fixture in
            var batch: [Profile] = []
            for item in documents {
                batch.append(try item.profile.get())
                if batch.count == 100 { try await Self.store(&batch, fixture.client) }
            }
            try await Self.store(&batch, fixture.client)
            // An upsert waits for embeddings as long as the server lets it, which on a slow machine is not long enough.
            let isEmbedded = try await Patience.until(every: .milliseconds(200)) {
                try await fixture.client.admin.getStatistics(.init(), options: .init()).outboxPending == 0
            }
            #expect(isEmbedded)
            let counts = try await fixture.client.admin.getStatistics(.init(), options: .init())
            #expect(counts.profiles?.live == 981)

            let wireless = try await Self.slugs(
                "sending messages through the air without wires",
                .hybrid,
                2,
                fixture.client
            )
            #expect(Set(wireless) == ["ferdinand-braun", "guglielmo-marconi"])
            let carbon = try await Self.slugs("counting very old things by their carbon", .hybrid, 1, fixture.client)
            #expect(carbon == ["willard-f-libby"])

            // What somebody types to find them.
            let names = try await fixture.client.search.suggest(.init(prefix: "cur", kinds: [.name]), options: .init())
            #expect(names.suggestions.map(\.text).contains("Marie Curie"))
            let fields = try await fixture.client.search.suggest(
                .init(prefix: "phys", kinds: [.skill]),
                options: .init()
            )
            #expect(fields.suggestions.first?.text == "Physics")

            var mean: [SearchMode: Double] = [:]
            for query in set.queries {
                for mode in [SearchMode.vector, .text, .hybrid] {
                    let slugs = try await Self.slugs(query.text, mode, 10, fixture.client)
                    let measures = RankingMeasures(
                        found: slugs.map { query.grades[$0] ?? 0 },
                        judged: Array(query.grades.values),
                        cutoff: 10
                    )
                    mean[mode, default: 0] += measures.ndcg / Double(set.queries.count)
                }
            }
            let (vector, text, hybrid) = (mean[.vector] ?? 0, mean[.text] ?? 0, mean[.hybrid] ?? 0)
            print("nDCG@10 over \(set.queries.count) queries: vector \(vector), text \(text), hybrid \(hybrid)")
            #expect(hybrid >= max(vector, text))
            #expect(vector > 0.5)
        }
    }

    private static func store(_ batch: inout [Profile], _ client: LikenessClient) async throws {
        var options = CallOptions()
        options.timeout = .seconds(120)
        let request = BatchUpsertProfilesRequest(profiles: batch, waitFor: .embedded)
        for result in try await client.profiles.batchUpsertProfiles(request, options: options).results {
            if case .error(let status)? = result.result { Issue.record("refused: \(status.message)") }
        }
        batch.removeAll()
    }

    private static func slugs(
        _ text: String,
        _ mode: SearchMode,
        _ limit: Int32,
        _ client: LikenessClient
    ) async throws -> [String] {
        let request = QueryRequest(
            query: .init(ask: .text(.init(text: text, mode: mode))),
            limit: limit,
            skipHighlights: true
        )
        return try await client.search.query(request, options: .init()).hits.map { $0.profile?.slug ?? "" }
    }
}
