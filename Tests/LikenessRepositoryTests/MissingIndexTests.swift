import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Logging
import Testing

@testable import LikenessRepository

/// Spaces that have no vector index, because they hold few vectors, and the first one that they get.
@Suite(.freshDatabase) struct MissingIndexTests {
    private static let space = "all-MiniLM-L6-v2"
    private static let table = "embeddings_all_minilm_l6_v2"

    private static func index(_ fixture: RepositoryFixture) async throws -> String {
        try await fixture.value(
            """
            SELECT coalesce(string_agg(i.relname || ' ' || a.amname || ' ' || x.indisvalid, ', ' ORDER BY i.relname), 'none')
            FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am a ON a.oid = i.relam
            WHERE x.indrelid = '\(Self.table)'::regclass AND a.amname IN ('hnsw', 'ivfflat')
            """
        )
    }

    /// Not the numbers of the product, and no rest after a failure.
    private static func need(above embeddingsMax: Int) -> VectorIndexNeed {
        var need = VectorIndexNeed()
        need.embeddingsMax = embeddingsMax
        need.firstPause = .zero
        return need
    }

    private static func ended(
        _ operation: LikenessMessages.Operation?,
        _ fixture: RepositoryFixture
    ) async throws -> LikenessMessages.OperationState {
        let operation = try #require(operation)
        return try await fixture.operations.wait(for: operation.id, timeout: Patience.limit).state
    }

    private static func states(_ fixture: RepositoryFixture) async throws -> [LikenessMessages.OperationState] {
        try await fixture.operations.list().operations.map(\.state)
    }

    @Test func `a new space has no index, nor has a new database`() async throws {
        try await RepositoryFixture.run { fixture in
            #expect(try await Self.index(fixture) == "none")
            let space = try await fixture.embeddings.createSpace(name: "other", model: "m", dimension: 3)
            #expect(!space.hasIndex)
            #expect(try await fixture.embeddings.spaces().allSatisfy { !$0.hasIndex })
            try await fixture.buildVectorIndexes()
            #expect(try await fixture.embeddings.spaces().allSatisfy(\.hasIndex))
        }
    }

    @Test func `a search of a space without an index is exact, and through the first index it finds the same`()
        async throws
    {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 600, withIndex: false)
            func queries() throws -> [SearchQuery] {
                var queries: [SearchQuery] = []
                for question in ClusteredVectors.questions(5) {
                    for ask in [SearchQuery.Ask.vector(question), .hybrid(text: "person", vector: question)] {
                        for filter in [nil, "slug != \"person-3\""] {
                            var query = SearchQuery(ask)
                            if let filter { query.filter = try Filter(filter) }
                            query.precision = .approximate
                            queries.append(query)
                            query.precision = .unspecified
                            query.efSearch = 400
                            queries.append(query)
                        }
                    }
                }
                return queries
            }
            var before: [[String?]] = []
            for query in try queries() {
                let answer = try await fixture.search.search(query)
                #expect(answer.strategy.hasSuffix("_exact"), "\(answer.strategy)")
                if answer.strategy == "vector_exact" { #expect(answer.completeness.level == .exact) }
                before.append(answer.hits.map { $0.profile?.id })
            }
            let operation = try await fixture.reindexer().startMissing(Self.space)
            #expect(try await Self.ended(operation, fixture) == .succeeded)
            fixture.search.forgetCatalog()
            for (query, ids) in zip(try queries(), before) {
                let answer = try await fixture.search.search(query)
                // A filter that some number passes is answered exactly, with an index or without.
                if query.filter == nil { #expect(answer.strategy.hasSuffix("_hnsw"), "\(answer.strategy)") }
                #expect(answer.hits.map { $0.profile?.id } == ids)
            }
        }
    }

    @Test func `what is missing is what holds more than a number, and one server builds it`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 600, withIndex: false)
            let (first, second) = (fixture.reindexer(), fixture.reindexer())
            #expect(try await first.spacesWithoutIndex(Self.need(above: 600)) == [])
            #expect(try await first.spacesWithoutIndex(Self.need(above: 599)) == [Self.space])
            // Writers keep a build waiting for them, so that it is under way.
            let writer = try await Connection.open(fixture.configuration)
            try await writer.executeScript(SQL(verbatim: "BEGIN; LOCK TABLE \(Self.table) IN ROW EXCLUSIVE MODE"))
            let operation = try await first.startMissing(Self.space)
            #expect(try await second.startMissing(Self.space) == nil)
            try await writer.executeScript("COMMIT")
            writer.close()
            #expect(try await Self.ended(operation, fixture) == .succeeded)
            // It had seen the space without one.
            #expect(try await second.startMissing(Self.space) == nil)
            #expect(try await first.spacesWithoutIndex(Self.need(above: 0)) == [])
            #expect(try await Self.states(fixture) == [.succeeded])
            #expect(try await Self.index(fixture) == "\(Self.table)_ann hnsw true")
            // It stays, however few they become.
            try await fixture.execute("DELETE FROM profiles WHERE slug <> 'person-1'")
            #expect(try await first.spacesWithoutIndex(Self.need(above: 0)) == [])
            #expect(try await Self.index(fixture) == "\(Self.table)_ann hnsw true")
        }
    }

    @Test func `a space that is being filled gets its index when that is done, or when it holds too many`() async throws
    {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 100, withIndex: false)
            try await fixture.execute(
                """
                INSERT INTO embedding_outbox (space, section_id, kind, profile_id, ticket)
                SELECT '\(Self.space)', gen_random_uuid(), 2, p.id, nextval('embedding_outbox_ticket')
                FROM (SELECT id FROM profiles LIMIT 1) AS p, generate_series(1, 6)
                """
            )
            var need = Self.need(above: 99)
            (need.waitingMax, need.filledMax) = (5, 100)
            let reindexer = fixture.reindexer()
            #expect(try await reindexer.spacesWithoutIndex(need) == [])
            need.filledMax = 99
            #expect(try await reindexer.spacesWithoutIndex(need) == [Self.space])
            (need.waitingMax, need.filledMax) = (6, 100)
            #expect(try await reindexer.spacesWithoutIndex(need) == [Self.space])
        }
    }

    @Test
    func `builds that fail are tried again after a minute, two, at last an hour, and at once after one that succeeds`()
        async throws
    {
        let need = VectorIndexNeed()
        let waits = [0, 1, 2, 3, 6, 7, 50].map { failures in
            [0, 59, 60, 119, 120, 239, 240, 1_919, 1_920, 3_599, 3_600].first {
                need.mayTry(after: failures, rest: .seconds($0))
            }
        }
        #expect(waits == [0, 60, 120, 240, 1_920, 3_600, 3_600])
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 100, withIndex: false)
            var need = Self.need(above: 99)
            need.firstPause = .seconds(60)
            func fail(state: Int, secondsAgo: Int) async throws {
                try await fixture.execute(
                    """
                    INSERT INTO operations (kind, target, state, created_at, ended_at)
                    SELECT 'reindex', '\(Self.space)', \(state), t, t FROM (SELECT now() - interval '\(secondsAgo) s' AS t) AS ended
                    """
                )
            }
            let reindexer = fixture.reindexer()
            try await fail(state: 3, secondsAgo: 500)
            #expect(try await reindexer.spacesWithoutIndex(need) == [Self.space])
            // The second is two minutes' rest, however it ended.
            try await fail(state: 4, secondsAgo: 100)
            #expect(try await reindexer.spacesWithoutIndex(need) == [])
            try await fail(state: 2, secondsAgo: 90)
            #expect(try await reindexer.spacesWithoutIndex(need) == [Self.space])
            try await fail(state: 3, secondsAgo: 30)
            #expect(try await reindexer.spacesWithoutIndex(need) == [])
        }
    }

    @Test func `a build whose session ends leaves nothing, and is begun again`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 600, withIndex: false)
            let writer = try await Connection.open(fixture.configuration)
            defer { writer.close() }
            try await writer.executeScript(SQL(verbatim: "BEGIN; LOCK TABLE \(Self.table) IN ROW EXCLUSIVE MODE"))
            let operation = try await fixture.reindexer().startMissing(Self.space)
            let builds = "pg_stat_progress_create_index WHERE datname = current_database()"
            let isBuilding = try await Patience.until {
                try await fixture.value("SELECT count(*) FROM \(builds)", as: Int64.self) == 1
            }
            #expect(isBuilding)
            let isKilled: Bool = try await fixture.value(
                "SELECT bool_and(pg_terminate_backend(pid)) FROM \(builds)"
            )
            #expect(isKilled)
            try await writer.executeScript("ROLLBACK")
            #expect(try await Self.ended(operation, fixture) == .failed)
            #expect(try await fixture.reindexer().spacesWithoutIndex(Self.need(above: 599)) == [Self.space])
            let again = try await fixture.reindexer().startMissing(Self.space)
            #expect(try await Self.ended(again, fixture) == .succeeded)
            #expect(try await Self.index(fixture) == "\(Self.table)_ann hnsw true")
        }
    }

    @Test func `what a killed server left of a first build is cleared away by the next one`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 300, withIndex: false)
            try await fixture.execute(
                """
                INSERT INTO operations (kind, target) VALUES ('reindex', '\(Self.space)');
                CREATE INDEX \(Self.table)_ann_next ON \(Self.table) USING hnsw (embedding vector_cosine_ops);
                UPDATE pg_index SET indisvalid = false WHERE indexrelid = '\(Self.table)_ann_next'::regclass
                """
            )
            #expect(try await fixture.reindexer().spacesWithoutIndex(Self.need(above: 299)) == [Self.space])
            let operation = try await fixture.reindexer().startMissing(Self.space)
            #expect(try await Self.ended(operation, fixture) == .succeeded)
            #expect(try await Self.states(fixture) == [.succeeded, .failed])
            #expect(try await Self.index(fixture) == "\(Self.table)_ann hnsw true")
        }
    }

    /// The daemon ended while PostgreSQL dropped the old one.
    @Test func `an index that was being dropped goes, and the finished one takes its place`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 300)
            try await fixture.execute(
                """
                CREATE INDEX \(Self.table)_ann_next ON \(Self.table)
                    USING ivfflat ((embedding::halfvec(384)) halfvec_cosine_ops) WITH (lists = 1) WHERE is_active;
                UPDATE pg_index SET indisvalid = false WHERE indexrelid = '\(Self.table)_ann'::regclass
                """
            )
            #expect(try await fixture.embeddings.space(named: "").hasIndex)
            await fixture.reindexer().recover()
            #expect(try await Self.index(fixture) == "\(Self.table)_ann ivfflat true")
        }
    }

    @Test func `an index that is asked for is built of any number, by the method that was chosen`() async throws {
        try await RepositoryFixture.run { fixture in
            _ = try await fixture.profiles.create(Samples.curie())
            try await fixture.embedAll()
            try await fixture.embeddings.setIndexMethod(.ivfflat, of: fixture.embeddings.space(named: ""))
            let operation = try await fixture.reindexer().start(ReindexRequest())
            #expect(try await Self.ended(operation, fixture) == .succeeded)
            #expect(try await Self.index(fixture) == "\(Self.table)_ann ivfflat true")
        }
    }

    @Test func `a bulk load keeps servers from building what it dropped`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 300)
            let loader = BulkLoader(database: fixture.database)
            let space = try await fixture.embeddings.space(named: "")
            let holder = try await Connection.open(fixture.configuration)
            try await loader.dropIndex(of: space, holding: holder)
            #expect(try await fixture.reindexer().startMissing(Self.space) == nil)
            #expect(try await Self.index(fixture) == "none")
            let other = try await Connection.open(fixture.configuration)
            defer { other.close() }
            await #expect(throws: RepositoryError.reindexRunning(Self.space)) {
                try await loader.dropIndex(of: space, holding: other)
            }
            try await loader.buildIndex(of: space)
            holder.close()
            #expect(try await Self.index(fixture) == "\(Self.table)_ann hnsw true")
        }
    }

    @Test func `an upgrade drops indexes of nothing and keeps the others`() async throws {
        let migration = try #require(MigrationCatalog.files.first { $0.fileName.hasSuffix("_index_when_large.sql") })
        try await RepositoryFixture.run { fixture in
            try await fixture.buildVectorIndexes()
            try await fixture.execute("BEGIN; \(migration.sql); COMMIT")
            #expect(try await Self.index(fixture) == "none")
            try await fixture.buildVectorIndexes()
            _ = try await fixture.profiles.create(Samples.curie())
            try await fixture.embedAll()
            try await fixture.execute("BEGIN; \(migration.sql); COMMIT")
            #expect(try await Self.index(fixture) == "\(Self.table)_ann hnsw true")
        }
    }
}
