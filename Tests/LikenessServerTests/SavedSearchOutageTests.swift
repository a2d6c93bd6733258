import Glibc
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessServer
import LikenessTesting
import Logging
import Testing

/// The database dies under a stream of a saved search and comes back.
@Suite struct SavedSearchOutageTests {
    @Test func `no event is lost when PostgreSQL is restarted under a stream`() async throws {
        guard TestCluster.shared.isAvailable else {
            try #require(Environment["LIKENESS_REQUIRE_PG"] != "1", "there is no PostgreSQL to test with")
            return
        }
        try await TestFolders.withPath { folder in
            var configuration = PrivateCluster.Configuration(folder: folder)
            configuration.programs = TestCluster.shared.programs
            configuration.settings = ["fsync": "off", "shared_buffers": "32MB"]
            let logger = Logger(label: "test")
            var cluster = try await PrivateCluster.start(configuration, logger: logger)
            try await Schema.createDatabase("likeness", through: cluster.connection(database: "postgres").patient)
            _ = try await Schema(logger: logger).apply(cluster.connection(database: "likeness").patient)

            try await ServiceFixture.run(
                embeds: false,
                database: cluster.connection(database: "likeness"),
                acquireTimeout: .seconds(2),
                workers: [.savedSearches]
            ) { fixture in
                let client = fixture.client
                let query = QueryRequest(query: .init(ask: .text(.init(text: "port", mode: .text))))
                _ = try await client.savedSearches.createSavedSearch(
                    .init(savedSearch: .init(name: "sailors", query: query)),
                    options: .init()
                )
                let watched = WatchedSearch(client, "sailors")
                try await watched.catchUp()
                let watching = Task { try await Self.follow(watched, until: "last") }
                try await Self.write(client, "ada")
                try await Self.write(client, "bob")

                kill(cluster.process, SIGKILL)
                _ = await cluster.exit()
                let refused = try await Patience.until(every: .zero) {
                    await ServiceFixture.failure { try await Self.write(client, "nobody") }?.code == .unavailable
                }
                #expect(refused)
                cluster = try await PrivateCluster.start(configuration, logger: logger)
                for name in ["cid", "last"] {
                    _ = try await Patience.until {
                        await ServiceFixture.failure { try await Self.write(client, name) } == nil
                    }
                }
                // A stream ends with that alone, and goes on from its last token.
                #expect(try await watching.value.isSubset(of: [.unavailable]))
                var seen: [String] = []
                for event in await watched.events where !seen.contains(event.profile) { seen.append(event.profile) }
                // Of the refused writes one may have been done before.
                seen.removeAll { $0 == "nobody" }
                // Those of a round come by id.
                #expect(Set(seen) == ["ada", "bob", "cid", "last"], "\(seen)")
                #expect(await watched.events.allSatisfy { $0.kind == .matched })
            }
            await cluster.stop()
        }
    }

    /// - Returns: How its streams ended before that came.
    private static func follow(_ watched: WatchedSearch, until slug: String) async throws -> Set<LikenessError.Code> {
        var codes: Set<LikenessError.Code> = []
        while true {
            let failure = await ServiceFixture.failure { try await watched.watch(untilMatched: slug) }
            guard let failure else { return codes }
            codes.insert(failure.code)
            guard failure.code == .unavailable else { return codes }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func write(_ client: LikenessClient, _ slug: String) async throws {
        let profile = Profile(slug: slug, displayName: slug, summary: "To port")
        let request = BatchUpsertProfilesRequest(profiles: [profile])
        _ = try await client.profiles.batchUpsertProfiles(request, options: CallOptions(timeout: Patience.limit))
    }
}
