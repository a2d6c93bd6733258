import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessServer
import LikenessTesting
import Synchronization
import Testing

/// One caller's calls take their time; those of others do not wait for them.
@Suite(.freshDatabase) struct FairnessTests {
    /// A service in which what needs a table waits for a lock until `body` is over; profiles are listed as ever.
    private static func withLock(
        on table: SQL,
        connectionsMax: Int = 4,
        change: (inout ServiceFixture.Settings) -> Void = { _ in },
        _ body: (ServiceFixture, _ greedy: LikenessClient, _ modest: LikenessClient) async throws -> Void
    ) async throws {
        var database = TestDatabase.current.configuration
        database.sessionSettings["lock_timeout"] = "0"
        let names = ["URI:spiffe://test/greedy", "URI:spiffe://test/modest"]
        var settings = ServiceFixture.Settings()
        change(&settings)
        try await ServiceFixture.run(
            embeds: false,
            database: database,
            roles: .init(admin: ["URI:spiffe://test/admin"], reader: names),
            change: { configuration, _ in
                configuration.database.connectionsMax = connectionsMax
                if let deadlineMax = settings.readerDeadlineMax { configuration.rpc.readerDeadlineMax = deadlineMax }
            }
        ) { fixture in
            _ = try await fixture.client.profiles.createProfile(
                .init(profile: Profile(slug: "ada", displayName: "Ada", summary: "Sails.")),
                options: .init()
            )
            let greedy = try ServiceFixture.client(fixture.authority, port: fixture.port, name: names[0])
            let modest = try ServiceFixture.client(fixture.authority, port: fixture.port, name: names[1])
            try await TestDatabase.current.pool.withTransaction { connection in
                try await connection.executeScript("LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE")
                try await body(fixture, greedy, modest)
            }
            await greedy.close()
            await modest.close()
        }
    }

    private static let search = QueryRequest(query: .init(ask: .text(.init(text: "sails", mode: .text))))

    @Test func `calls that take all their caller may have keep neither another caller nor administration waiting`()
        async throws
    {
        try await Self.withLock(on: "completion_terms") { fixture, greedy, modest in
            let ended = Counter()
            let calls = (0..<20).map { _ in
                Task {
                    _ = try? await greedy.search.suggest(.init(prefix: "ad"), options: .init(timeout: .seconds(60)))
                    ended.add()
                }
            }
            // What is asked of health and versions needs no connection, and statistics have one kept for them.
            while true {
                let pool = try await fixture.client.admin.getStatistics(.init(), options: .init()).pool
                if let pool, pool.waiting >= 10 { break }
            }
            for _ in 0..<5 {
                let list = try await modest.profiles.listProfiles(.init(), options: .init(timeout: .seconds(60)))
                #expect(list.profiles.count == 1)
                #expect(try await modest.admin.getHealth(.init(), options: .init()).status != .unspecified)
            }
            #expect(ended.value == 0)
            for call in calls { call.cancel() }
            for call in calls { await call.value }
        }
    }

    @Test func `a batch answers what it has before its deadline`() async throws {
        try await Self.withLock(on: "skills") { _, _, modest in
            let request = QueryBatchRequest(queries: [QueryRequest()] + Array(repeating: Self.search, count: 10))
            var codes: [Int32?] = []
            // The time that is kept back for the answer may be too little on a machine that is very busy.
            let answers = try await Patience.until {
                let response = try? await modest.search.queryBatch(request, options: .init(timeout: .seconds(2)))
                codes = (response?.results ?? []).map { result in
                    if case .error(let status)? = result.result { status.code } else { nil }
                }
                return response != nil
            }
            #expect(answers && codes == [3] + Array(repeating: 4, count: 10), "\(codes)")
        }
    }

    @Test func `the server's longest deadline holds for calls without one and with a longer one`() async throws {
        try await Self.withLock(on: "skills", change: { $0.readerDeadlineMax = .milliseconds(300) }) { _, greedy, _ in
            for options in [CallOptions(), .init(timeout: .seconds(600))] {
                let error = await ServiceFixture.failure {
                    try await greedy.search.query(Self.search, options: options)
                }
                #expect(error?.code == .deadlineExceeded)
            }
        }
    }

    @Test func `health costs the database nothing, and its parts are for readers`() async throws {
        try await Self.withLock(on: "completion_terms") { fixture, _, modest in
            let stranger = try ServiceFixture.client(
                fixture.authority,
                port: fixture.port,
                name: "URI:spiffe://test/stranger"
            )
            let before =
                try await fixture.client.admin.getStatistics(.init(), options: .init()).pool?.acquiredTotal ?? 0
            for _ in 0..<500 {
                let health = try await stranger.admin.getHealth(.init(), options: .init())
                #expect(health.status != .unspecified && health.components.isEmpty)
            }
            let after = try await fixture.client.admin.getStatistics(.init(), options: .init()).pool?.acquiredTotal ?? 0
            // The monitor's own looks are among them.
            #expect(after - before < 250)
            #expect(try await modest.admin.getHealth(.init(), options: .init()).components.count >= 4)
            await stranger.close()
        }
    }
}

private final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { self.count.load(ordering: .relaxed) }

    func add() { self.count.add(1, ordering: .relaxed) }
}

extension ServiceFixture {
    /// What a test changes of a service's settings.
    struct Settings {
        var readerDeadlineMax: Duration?
    }
}
