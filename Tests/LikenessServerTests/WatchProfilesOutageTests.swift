import Glibc
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessServer
import LikenessTesting
import Logging
import Testing

/// The database dies under a stream of changes and comes back.
@Suite struct WatchProfilesOutageTests {
    @Test func `every acknowledged write is an event when PostgreSQL is killed under a stream`() async throws {
        guard TestCluster.shared.isAvailable else {
            try #require(Environment["LIKENESS_REQUIRE_PG"] != "1", "there is no PostgreSQL to test with")
            return
        }
        try await TestFolders.withPath { folder in
            var configuration = PrivateCluster.Configuration(folder: folder)
            configuration.programs = TestCluster.shared.programs
            // With fsync: what is committed survives.
            configuration.settings = ["shared_buffers": "32MB"]
            let logger = Logger(label: "test")
            var cluster = try await PrivateCluster.start(configuration, logger: logger)
            try await Schema.createDatabase("likeness", through: cluster.connection(database: "postgres").patient)
            _ = try await Schema(logger: logger).apply(cluster.connection(database: "likeness").patient)

            try await ServiceFixture.run(
                embeds: false,
                database: cluster.connection(database: "likeness"),
                acquireTimeout: .seconds(2),
                workers: [.profileFeed]
            ) { fixture in
                let client = fixture.client
                let watched = WatchedProfiles(client)
                try await watched.catchUp()
                let watching = Task { try await Self.follow(watched, until: "last") }
                var written: [String] = []
                for number in 0..<20 { written.append(try await Self.write(client, "p\(number)")) }
                for round in 0..<2 {
                    kill(cluster.process, SIGKILL)
                    _ = await cluster.exit()
                    let refused = try await Patience.until(every: .zero) {
                        await ServiceFixture.failure { try await Self.write(client, "nobody") }?.code == .unavailable
                    }
                    #expect(refused)
                    cluster = try await PrivateCluster.start(configuration, logger: logger)
                    for number in 0..<10 {
                        let name = round == 1 && number == 9 ? "last" : "r\(round)-\(number)"
                        _ = try await Patience.until {
                            guard let id = try? await Self.write(client, name) else { return false }
                            written.append(id)
                            return true
                        }
                    }
                }
                // A stream ends with that alone, and goes on from its last token.
                #expect(try await watching.value.isSubset(of: [.unavailable]))
                var events = await watched.events
                // Of the refused writes one may have been done before.
                events.removeAll { $0.slug.hasPrefix("nobody") }
                #expect(events.allSatisfy { $0.kind == .created && $0.revision == 1 })
                #expect(Set(events.map(\.id)) == Set(written) && written.count == 40, "\(events.map(\.slug))")
            }
            await cluster.stop()
        }
    }

    @Test func `a stream to which nothing happens ends when the database does not answer`() async throws {
        guard TestCluster.shared.isAvailable else {
            try #require(Environment["LIKENESS_REQUIRE_PG"] != "1", "there is no PostgreSQL to test with")
            return
        }
        try await TestFolders.withPath { folder in
            var configuration = PrivateCluster.Configuration(folder: folder)
            configuration.programs = TestCluster.shared.programs
            configuration.settings = ["shared_buffers": "32MB"]
            let logger = Logger(label: "test")
            let cluster = try await PrivateCluster.start(configuration, logger: logger)
            try await Schema.createDatabase("likeness", through: cluster.connection(database: "postgres").patient)
            _ = try await Schema(logger: logger).apply(cluster.connection(database: "likeness").patient)
            var limits = ProfileFeedLimits()
            (limits.pollInterval, limits.quietPolls) = (.milliseconds(50), 4)
            try await ServiceFixture.run(
                embeds: false,
                database: cluster.connection(database: "likeness"),
                acquireTimeout: .seconds(2),
                workers: [.profileFeed],
                change: { configuration, _ in configuration.profileFeedLimits = limits }
            ) { fixture in
                let watched = WatchedProfiles(fixture.client)
                let watching = Task { await ServiceFixture.failure { try await watched.watch { _, _ in false } } }
                let isOpen = try await Patience.until { await watched.answers > 1 }
                #expect(isOpen)
                kill(cluster.process, SIGKILL)
                _ = await cluster.exit()
                // It would say that it has caught up for ever.
                let answers = await watched.answers
                let guardian = Task {
                    let isStale = try await Patience.until { await watched.answers > answers + 50 }
                    if isStale { watching.cancel() }
                }
                #expect(await watching.value?.code == .unavailable)
                guardian.cancel()
            }
            await cluster.stop()
        }
    }

    /// - Returns: How its streams ended before that came.
    private static func follow(_ watched: WatchedProfiles, until slug: String) async throws -> Set<LikenessError.Code> {
        var codes: Set<LikenessError.Code> = []
        while true {
            let failure = await ServiceFixture.failure {
                try await watched.watch { watched, _ in await watched.events.contains { $0.slug == slug } }
            }
            guard let failure else { return codes }
            codes.insert(failure.code)
            guard failure.code == .unavailable else { return codes }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// - Returns: The id. Repeated after an answer that was lost, it is the one that is there.
    private static func write(_ client: LikenessClient, _ slug: String) async throws -> String {
        let response = try await client.profiles.batchUpsertProfiles(
            .init(profiles: [Profile(slug: slug, displayName: slug)]),
            options: .init(timeout: .seconds(5))
        )
        guard case .upserted(let upserted)? = response.results[0].result else {
            throw LikenessError(.unavailable, "\(response.results)")
        }
        return upserted.id
    }
}
