import LikenessLoad
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Synchronization
import Testing

@Suite(.freshDatabase) struct DatabaseLoadTests {
    @Test func `people are stored as they were made, and found through the index`() async throws {
        let stored = Mutex(0)
        let summary = try await DatabaseLoad(profiles: 1_100, seed: 5, embeddings: .clustered)
            .run(connection: TestDatabase.current.configuration) { count in stored.withLock { $0 = max($0, count) } }
        #expect(summary.profiles == 1_100 && stored.withLock { $0 } == 1_100)
        try await TestDatabase.withPool { database in
            let statistics = try await StatisticsRepository(database: database).statistics()
            #expect(statistics.profiles?.live == 1_100)
            #expect(statistics.outboxPending == 0)
            #expect(statistics.embeddingSpaces.first?.embeddings == Int64(summary.sections))
            #expect(statistics.embeddingSpaces.first?.index?.valid == true)

            let made = ProfileGenerator(seed: 5).profile(77).profile
            let profiles = ProfileRepository(
                database: database,
                pageTokens: PageTokens(key: [UInt8](repeating: 7, count: 16))
            )
            var read = try await profiles.get(ProfileKey(key: .slug(made.slug)))
            (read.attributesJson, read.revision, read.createTime, read.updateTime) = ("", 0, nil, nil)
            #expect(read == made)

            try await self.checkRecall(SearchRepository(database: database))
        }
    }

    @Test func `a load that fails says why and leaves the index in place`() async throws {
        let configuration = TestDatabase.current.configuration
        func load() async throws {
            _ = try await DatabaseLoad(profiles: 600, seed: 5, embeddings: .clustered)
                .run(connection: configuration) { _ in }
        }
        try await load()
        let error = await #expect(throws: LoadError.self) { try await load() }
        #expect(error?.description.contains("choose another --seed") == true)
        try await TestDatabase.withPool { database in
            let statistics = try await StatisticsRepository(database: database).statistics()
            #expect(statistics.profiles?.live == 600)
            #expect(statistics.embeddingSpaces.first?.index?.valid == true)
        }
    }

    /// Questions are near what is there, and the index finds what an exact scan finds.
    private func checkRecall(_ search: SearchRepository) async throws {
        let vectors = SyntheticVectors(seed: 5)
        var recall = VerificationSummary()
        for index in 0..<25 {
            var query = SearchQuery(.vector(vectors.question(index)))
            query.precision = .exact
            query.limit = 20
            let exact = try await search.search(query)
            query.precision = .approximate
            query.limit = 10
            let answer = try await search.search(query)
            let verifier = VectorAnswerVerifier(
                answers: [.init(exact.hits)],
                limit: 10
            )
            recall.record(verifier.verdict(request: 0, response: QueryResponse(hits: answer.hits)), request: index)
            #expect((exact.hits.first?.score ?? 0) > 0.45)
        }
        #expect(recall.wrong == 0, "\(recall.examples)")
        // Three builds over as many sections had 0.986 to 0.991 of 300 questions; these are 25.
        #expect((recall.recall ?? 0) >= 0.95, "\(recall)")
    }

    @Test func `without embeddings, every section waits for one`() async throws {
        let summary = try await DatabaseLoad(profiles: 30, seed: 6, embeddings: .outbox)
            .run(connection: TestDatabase.current.configuration) { _ in }
        try await TestDatabase.withPool { database in
            let status = try await EmbeddingRepository(database: database).outboxStatus()
            #expect(status.pending == summary.sections && summary.sections > 100)
        }
    }

    @Test func `whoever mixes synthetic embeddings with others is warned first`() async throws {
        let configuration = TestDatabase.current.configuration
        func warnings(_ embeddings: DatabaseLoad.Embeddings, seed: UInt64) async throws -> [String] {
            let warnings = Mutex<[String]>([])
            let load = DatabaseLoad(profiles: 3, seed: seed, embeddings: embeddings)
            _ = try await load.run(
                connection: configuration,
                warn: { line in warnings.withLock { $0.append(line) } },
                progress: { _ in }
            )
            return warnings.withLock { $0 }
        }
        #expect(try await warnings(.clustered, seed: 1) == [])
        #expect(try await warnings(.clustered, seed: 2) == [])
        let first = try await warnings(.outbox, seed: 3)
        #expect(first.count == 1 && first[0].contains("synthetic embeddings (6)"), "\(first)")
        let second = try await warnings(.clustered, seed: 4)
        #expect(second.count == 1 && second[0].contains("other profiles (3)"), "\(second)")
        #expect(!(first + second).joined().contains("\n"))
    }

    /// Sessions that have waited for a lock for longer than a service's would, and what for.
    private static let waiting = Statement(
        "waiting_sessions",
        """
        SELECT count(*) FILTER (WHERE query LIKE '%profiles_written%' AND now() - query_start > interval '1.2 s'),
            coalesce(max(extract(epoch FROM query_start)) FILTER (WHERE query LIKE '%DROP INDEX%'), 0)::float8
        FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
        """
    )

    @Test func `a load waits for those who hold what it needs, and holds up no search meanwhile`() async throws {
        var configuration = TestDatabase.current.configuration
        configuration.sessionSettings["idle_in_transaction_session_timeout"] = "0"
        let (reader, writer) = (try await Connection.open(configuration), try await Connection.open(configuration))
        try await TestDatabase.withPool { database in
            let space = try await EmbeddingRepository(database: database).space(named: "")
            try await BulkLoader(database: database).buildIndex(of: space)
        }
        // A search that takes long, and a write of the same texts.
        try await reader.executeScript("BEGIN; LOCK TABLE embeddings_all_minilm_l6_v2 IN ACCESS SHARE MODE")
        try await writer.executeScript("BEGIN; LOCK TABLE completion_terms IN SHARE MODE")
        let load = Task {
            try await DatabaseLoad(profiles: 500, seed: 9, embeddings: .clustered)
                .run(connection: TestDatabase.current.configuration) { _ in }
        }
        var drops: Set<Double> = []
        let retried = try await Patience.until {
            drops.insert(try await TestDatabase.current.pool.execute(Self.waiting).value(0, 1))
            return drops.subtracting([0]).count >= 3
        }
        #expect(retried, "the index is dropped in several attempts, each of which waits briefly")
        reader.close()
        let hasWaited = try await Patience.until {
            try await TestDatabase.current.pool.execute(Self.waiting).value(0, 0, as: Int.self) > 0
        }
        #expect(hasWaited)
        writer.close()
        #expect(try await load.value.profiles == 500)
        try await TestDatabase.withPool { database in
            let statistics = try await StatisticsRepository(database: database).statistics()
            #expect(statistics.profiles?.live == 500)
            #expect(statistics.embeddingSpaces.first?.index?.valid == true)
        }
    }

    @Test func `loading the same people twice stores nothing the second time`() async throws {
        let load = DatabaseLoad(profiles: 20, seed: 6, embeddings: .clustered)
        _ = try await load.run(connection: TestDatabase.current.configuration) { _ in }
        await #expect(throws: LoadError.self) {
            _ = try await load.run(connection: TestDatabase.current.configuration) { _ in }
        }
        try await TestDatabase.withPool { database in
            let statistics = try await StatisticsRepository(database: database).statistics()
            #expect(statistics.profiles?.live == 20)
        }
    }
}
