import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Testing

/// Whoever asked is gone or out of time: what the database still does for them stops too.
@Suite(.freshDatabase) struct RunningStatementTests {
    private static let callCount = 20

    /// Calls that wait for a lock which nobody gives back, so that their statements run until they are stopped.
    private static func withBlockedService(
        _ body: (ServiceFixture, _ profile: String) async throws -> Void
    ) async throws {
        var database = TestDatabase.current.configuration
        // Neither ends a statement here: what does is the pool.
        database.sessionSettings["lock_timeout"] = "0"
        database.sessionSettings["statement_timeout"] = "0"
        database.applicationName = "running-statements"
        try await ServiceFixture.run(embeds: false, database: database) { fixture in
            let created = try await fixture.client.profiles.createProfile(
                .init(profile: Profile(slug: "held", displayName: "Hella Held")),
                options: .init()
            )
            let id = try #require(created.profile?.id)
            try await TestDatabase.current.pool.withTransaction { connection in
                try await connection.executeScript("LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE")
                try await body(fixture, id)
            }
            // Nothing is left that would hinder the next caller.
            let found = try await fixture.client.profiles.getProfile(.init(key: .init(key: .id(id))), options: .init())
            #expect(found.profile?.slug == "held")
        }
    }

    /// Waits until that many statements of the service wait for the lock; how many do in the end.
    private static func waiting(until wanted: (Int) -> Bool) async throws -> Int {
        let statement = Statement(
            "",
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'running-statements' AND state = 'active'
            """
        )
        var count = 0
        _ = try await Patience.until {
            count = try await TestDatabase.current.pool.execute(statement).value(0, 0)
            return wanted(count)
        }
        return count
    }

    @Test func `a deadline stops the statement`() async throws {
        try await Self.withBlockedService { fixture, id in
            let client = fixture.client
            let codes = await withTaskGroup(of: LikenessError.Code?.self) { group in
                for _ in 0..<Self.callCount {
                    group.addTask {
                        await ServiceFixture.failure {
                            try await client.profiles
                                .getProfile(
                                    .init(key: .init(key: .id(id))),
                                    options: .init(timeout: .milliseconds(300))
                                )
                        }?.code
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes == Array(repeating: .deadlineExceeded, count: Self.callCount))
            let left = try await Self.waiting { $0 == 0 }
            #expect(left == 0)
        }
    }

    private static let searches: [(name: String, ask: Query.Ask, filter: String)] = [
        ("text", .text(.init(text: "nurse", mode: .text)), ""),
        ("text, filtered", .text(.init(text: "nurse", mode: .text)), "experiences.start_date < 1860"),
        ("vector", .vector(.init(values: [1] + Array(repeating: 0, count: 383))), ""),
    ]

    @Test(arguments: Self.searches.indices) func `a deadline stops a search of each kind`(index: Int) async throws {
        let (name, ask, filter) = Self.searches[index]
        try await Self.withBlockedService { fixture, _ in
            let request = QueryRequest(query: .init(ask: ask), limit: 10, filter: filter)
            let call = Task { [client = fixture.client] in
                await ServiceFixture.failure {
                    try await client.search.query(request, options: .init(timeout: .milliseconds(1_500)))
                }
            }
            // It does reach PostgreSQL, where it waits.
            let running = try await Self.waiting { $0 == 1 }
            #expect(running == 1, "\(name)")
            let error = await call.value
            #expect(error?.code == .deadlineExceeded, "\(name): \(String(describing: error))")
            let left = try await Self.waiting { $0 == 0 }
            #expect(left == 0, "\(name)")
        }
    }

    @Test func `a cancelled call stops the statement`() async throws {
        try await Self.withBlockedService { fixture, id in
            let client = fixture.client
            let calls = (0..<Self.callCount).map { _ in
                Task {
                    await ServiceFixture.failure {
                        try await client.profiles
                            .getProfile(.init(key: .init(key: .id(id))), options: .init(timeout: Patience.limit * 2))
                    }?.code
                }
            }
            // As many as one caller may hold of ten connections; the others wait for one.
            let running = try await Self.waiting { $0 == 8 }
            #expect(running == 8)
            for call in calls { call.cancel() }
            for call in calls { #expect(await call.value == .cancelled) }
            let left = try await Self.waiting { $0 == 0 }
            #expect(left == 0)
        }
    }

    @Test func `a connection that is lost stops the statements of its calls`() async throws {
        try await Self.withBlockedService { fixture, id in
            let peer = try await RawPeer.connect(to: fixture)
            let request = try GetProfileRequest(key: .init(key: .id(id))).encodedBytes()
            for _ in 0..<5 { try await peer.begin("likeness.v1.ProfileService/GetProfile", request) }
            let running = try await Self.waiting { $0 == 5 }
            #expect(running == 5)
            await peer.close()
            let left = try await Self.waiting { $0 == 0 }
            #expect(left == 0)
        }
    }
}
