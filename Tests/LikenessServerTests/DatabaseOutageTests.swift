import Glibc
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging
import Testing

/// The database dies under traffic and comes back; the service does neither.
@Suite struct DatabaseOutageTests {
    @Test func `calls fail with UNAVAILABLE in time, then work again without a restart`() async throws {
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
            try await Schema.createDatabase("likeness", through: cluster.connection(database: "postgres"))
            _ = try await Schema(logger: logger).apply(cluster.connection(database: "likeness"))

            try await ServiceFixture.run(
                embeds: false,
                database: cluster.connection(database: "likeness"),
                acquireTimeout: .seconds(2)
            ) { fixture in
                _ = try await fixture.client.profiles.createProfile(
                    .init(profile: Profile(displayName: "Petra Persistent")),
                    options: .init()
                )
                // Traffic that goes on all the while. Every call must end within its deadline, and with a fitting status.
                let client = fixture.client
                let traffic = Task {
                    var codes: [LikenessError.Code: Int] = [:]
                    var late = 0
                    while !Task.isCancelled {
                        let start = ContinuousClock.now
                        if let failure = await ServiceFixture.failure({ try await Self.search(client) }) {
                            codes[failure.code, default: 0] += 1
                        }
                        // 30 s, and what a busy machine takes to say so.
                        if ContinuousClock.now - start > .seconds(40) { late += 1 }
                    }
                    return (codes, late)
                }
                let before = try await Self.search(fixture.client)
                #expect(before.hits.count == 1)
                kill(cluster.process, SIGKILL)
                _ = await cluster.exit()
                // Until the outage shows: sessions of a killed server live on until they next look for it.
                var failure: LikenessError?
                let outage = ContinuousClock.now + .seconds(120)
                while failure == nil, ContinuousClock.now < outage {
                    failure = await ServiceFixture.failure { try await Self.search(fixture.client) }
                }
                #expect(failure?.code == .unavailable)
                // As the monitor found it last: it looks every few seconds.
                var health = HealthStatus.serving
                while health != .notServing, ContinuousClock.now < outage {
                    health = try await fixture.client.admin.getHealth(.init(), options: .init()).status
                }
                #expect(health == .notServing)
                // Who balances load sees it too; what does without the database goes on.
                let standard = HealthServiceClient(caller: fixture.client.caller)
                #expect(try await Self.becomes(.notServing, "likeness.v1.SearchService", standard))
                #expect(try await standard.check(.init(), options: .init()).status == .notServing)
                let admin = RPCCheckRequest(service: "likeness.v1.AdminService")
                #expect(try await standard.check(admin, options: .init()).status == .serving)

                cluster = try await PrivateCluster.start(configuration, logger: logger)
                var hits = 0
                let limit = ContinuousClock.now + .seconds(120)
                while hits == 0, ContinuousClock.now < limit {
                    hits = (try? await Self.search(fixture.client).hits.count) ?? 0
                }
                #expect(hits == 1)
                #expect(try await Self.becomes(.serving, "", standard))
                traffic.cancel()
                let (codes, late) = await traffic.value
                // The last call may have been cancelled by the line above, no other.
                #expect(codes[.cancelled, default: 0] <= 1)
                #expect(late == 0)
                #expect(Set(codes.keys).isSubset(of: [.unavailable, .deadlineExceeded, .cancelled]), "\(codes)")
                #expect(codes[.unavailable, default: 0] > 0)
            }
            await cluster.stop()
        }
    }

    /// Whether a health status comes within a minute.
    private static func becomes(
        _ status: RPCServingStatus,
        _ service: String,
        _ health: HealthServiceClient<LikenessCaller>
    ) async throws -> Bool {
        let limit = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < limit {
            if try await health.check(.init(service: service), options: .init()).status == status { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }

    private static func search(_ client: LikenessClient) async throws -> QueryResponse {
        let request = QueryRequest(query: .init(ask: .text(.init(text: "persistent", mode: .text))))
        return try await client.search.query(request, options: CallOptions(timeout: .seconds(30)))
    }
}
