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
            try await Schema.createDatabase("likeness", through: cluster.connection(database: "postgres").patient)
            _ = try await Schema(logger: logger).apply(cluster.connection(database: "likeness").patient)

            try await ServiceFixture.run(
                embeds: false,
                database: cluster.connection(database: "likeness"),
                acquireTimeout: .seconds(2)
            ) { fixture in
                _ = try await fixture.client.profiles.createProfile(
                    .init(profile: Profile(displayName: "Petra Persistent")),
                    options: .init()
                )
                // Traffic that goes on all the while. Every call must end with a fitting status.
                let client = fixture.client
                let traffic = Task {
                    var codes: [LikenessError.Code: Int] = [:]
                    while !Task.isCancelled {
                        if let failure = await ServiceFixture.failure({ try await Self.search(client) }) {
                            codes[failure.code, default: 0] += 1
                        }
                    }
                    return codes
                }
                let before = try await Self.search(fixture.client)
                #expect(before.hits.count == 1)
                kill(cluster.process, SIGKILL)
                _ = await cluster.exit()
                // Until the outage shows, long before the database is back: sessions of a killed server live on until they
                // next look for it.
                var failure: LikenessError?
                _ = try await Patience.until(every: .zero) {
                    failure = await ServiceFixture.failure { try await Self.search(fixture.client) }
                    return failure != nil
                }
                #expect(failure?.code == .unavailable)
                // As the monitor found it last: it looks every few seconds.
                var health = HealthStatus.serving
                _ = try await Patience.until {
                    health = try await fixture.client.admin.getHealth(.init(), options: .init()).status
                    return health == .notServing
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
                _ = try await Patience.until(every: .zero) {
                    hits = (try? await Self.search(fixture.client).hits.count) ?? 0
                    return hits > 0
                }
                #expect(hits == 1)
                #expect(try await Self.becomes(.serving, "", standard))
                traffic.cancel()
                let codes = await traffic.value
                // The last call may have been cancelled by the line above, no other.
                #expect(codes[.cancelled, default: 0] <= 1)
                #expect(Set(codes.keys).isSubset(of: [.unavailable, .deadlineExceeded, .cancelled]), "\(codes)")
                #expect(codes[.unavailable, default: 0] > 0)
            }
            await cluster.stop()
        }
    }

    /// Whether a health status comes.
    private static func becomes(
        _ status: RPCServingStatus,
        _ service: String,
        _ health: HealthServiceClient<LikenessCaller>
    ) async throws -> Bool {
        try await Patience.until(every: .milliseconds(100)) {
            try await health.check(.init(service: service), options: .init()).status == status
        }
    }

    private static func search(_ client: LikenessClient) async throws -> QueryResponse {
        let request = QueryRequest(query: .init(ask: .text(.init(text: "persistent", mode: .text))))
        return try await client.search.query(request, options: CallOptions(timeout: Patience.limit))
    }
}
