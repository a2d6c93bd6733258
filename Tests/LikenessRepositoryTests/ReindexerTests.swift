import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Testing

@Suite(.freshDatabase) struct ReindexerTests {
    private static func indexes(_ fixture: RepositoryFixture) async throws -> String {
        try await fixture.value(
            """
            SELECT coalesce(string_agg(i.relname || ' ' || a.amname || ' ' || x.indisvalid, ', ' ORDER BY i.relname), '')
            FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am a ON a.oid = i.relam
            WHERE x.indrelid = 'embeddings_all_minilm_l6_v2'::regclass AND a.amname IN ('hnsw', 'ivfflat')
            """
        )
    }

    @Test func `an index is replaced while searches and writes go on`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 2_500)
            let reindexer = fixture.reindexer()
            let questions = ClusteredVectors.questions(5)
            for (method, name) in [(IndexMethod.ivfflat, "ivfflat"), (.hnsw, "hnsw")] {
                let operation = try await reindexer.start(ReindexRequest(method: method))
                #expect(operation.state == .running)
                #expect(operation.target == "all-MiniLM-L6-v2")
                var ended = operation
                var rounds = 0
                repeat {
                    for question in questions {
                        let answer = try await fixture.search.search(SearchQuery(.vector(question)))
                        #expect(answer.hits.count == 10)
                    }
                    rounds += 1
                    _ = try await fixture.profiles.create(Samples.named("During \(name)"))
                    try await fixture.embedAll()
                    ended = try await fixture.operations.wait(for: operation.id, timeout: .milliseconds(50))
                } while ended.state == .running
                #expect(rounds > 0)
                #expect(ended.state == .succeeded)
                #expect(ended.percent == 100)
                #expect(ended.endTime != nil)
                #expect(try await Self.indexes(fixture) == "embeddings_all_minilm_l6_v2_ann \(name) true")
                var query = SearchQuery(.vector(questions[0]))
                query.precision = .approximate
                #expect(try await fixture.search.search(query).strategy == "vector_\(name)")
            }
        }
    }

    @Test func `only one runs per space, and its request id finds it again`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 4_000)
            let reindexer = fixture.reindexer()
            var request = ReindexRequest(method: .hnsw)
            request.requestId = "0f8fad5b-d9cb-469f-a165-70867728950e"
            let first = try await reindexer.start(request)
            #expect(try await reindexer.start(request).id == first.id)
            // Another server's.
            await #expect {
                try await fixture.reindexer().start(ReindexRequest())
            } throws: { error in
                guard case .failedPrecondition("REINDEX_RUNNING", _, _)? = error as? RepositoryError else {
                    return false
                }
                return true
            }
            #expect(try await fixture.operations.failAbandoned() == 0)
            let ended = try await fixture.operations.wait(for: first.id, timeout: .seconds(60))
            #expect(ended.state == .succeeded)
            #expect(try await reindexer.start(request).id == first.id)
        }
    }

    @Test func `a cancelled rebuild leaves the old index in use and nothing behind`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 6_000)
            let reindexer = fixture.reindexer()
            let operation = try await reindexer.start(ReindexRequest(method: .hnsw, efConstruction: 400))
            // As another server would.
            _ = try await fixture.operations.cancel(operation.id)
            let ended = try await fixture.operations.wait(for: operation.id, timeout: .seconds(60))
            #expect(ended.state == .cancelled)
            #expect(ended.error?.code == 1)
            #expect(try await Self.indexes(fixture) == "embeddings_all_minilm_l6_v2_ann hnsw true")
            await #expect {
                try await fixture.operations.cancel(operation.id)
            } throws: { error in
                guard case .failedPrecondition("OPERATION_ENDED", _, _)? = error as? RepositoryError else {
                    return false
                }
                return true
            }
            let again = try await reindexer.start(ReindexRequest(method: .ivfflat, lists: 10))
            await reindexer.shutDown()
            let stopped = try await fixture.operations.get(again.id)
            #expect(stopped.state == .cancelled || stopped.state == .succeeded)
        }
    }

    @Test func `what a killed server left is tidied up`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 300)
            try await fixture.execute(
                """
                INSERT INTO operations (kind, target) VALUES ('reindex', 'all-MiniLM-L6-v2');
                CREATE INDEX embeddings_all_minilm_l6_v2_ann_next ON embeddings_all_minilm_l6_v2
                    USING hnsw (embedding vector_cosine_ops);
                UPDATE pg_index SET indisvalid = false
                WHERE indexrelid = 'embeddings_all_minilm_l6_v2_ann_next'::regclass
                """
            )
            #expect(try await fixture.operations.failAbandoned() == 1)
            let abandoned = try await fixture.operations.list().operations
            #expect(abandoned.map(\.state) == [.failed])
            let operation = try await fixture.reindexer().start(ReindexRequest())
            let ended = try await fixture.operations.wait(for: operation.id, timeout: .seconds(60))
            #expect(ended.state == .succeeded)
            #expect(try await Self.indexes(fixture) == "embeddings_all_minilm_l6_v2_ann hnsw true")
            let listed = try await fixture.operations.list(pageSize: 1)
            #expect(listed.operations.map(\.id) == [operation.id])
            let rest = try await fixture.operations.list(pageSize: 1, pageToken: listed.nextPageToken)
            #expect(rest.operations.map(\.id) == abandoned.map(\.id))
            #expect(rest.nextPageToken.isEmpty)
        }
    }

    @Test func `a start drops what a killed server left, and nothing of a server at work`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 300)
            let leave = """
                INSERT INTO operations (kind, target) VALUES ('reindex', 'all-MiniLM-L6-v2');
                CREATE INDEX embeddings_all_minilm_l6_v2_ann_next ON embeddings_all_minilm_l6_v2
                    USING hnsw (embedding vector_cosine_ops);
                UPDATE pg_index SET indisvalid = false
                WHERE indexrelid = 'embeddings_all_minilm_l6_v2_ann_next'::regclass
                """
            try await fixture.execute(leave)
            // PostgreSQL goes on for the killed server, or another server builds: the lock is held.
            let holder = try await Connection.open(fixture.configuration)
            _ = try await holder.execute(
                Statement(
                    "",
                    "SELECT pg_advisory_lock(hashtext('likeness.reindex'), hashtext('all-MiniLM-L6-v2'))::text"
                )
            )
            let recovery = Task { await fixture.reindexer().recover() }
            #expect(try await Self.indexes(fixture).contains("_ann_next hnsw false"))
            holder.close()
            await recovery.value
            #expect(try await Self.indexes(fixture) == "embeddings_all_minilm_l6_v2_ann hnsw true")
            #expect(try await fixture.operations.list().operations.map(\.state) == [.failed])
        }
    }

    @Test func `a finished index takes the place of one that was being dropped`() async throws {
        try await RepositoryFixture.run { fixture in
            try await ClusteredVectors.fill(fixture, sections: 300)
            // DROP INDEX CONCURRENTLY leaves the index invalid when it is interrupted.
            try await fixture.execute(
                """
                CREATE INDEX embeddings_all_minilm_l6_v2_ann_next ON embeddings_all_minilm_l6_v2
                    USING ivfflat (embedding vector_cosine_ops) WITH (lists = 3);
                UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'embeddings_all_minilm_l6_v2_ann'::regclass
                """
            )
            await fixture.reindexer().recover()
            #expect(try await Self.indexes(fixture) == "embeddings_all_minilm_l6_v2_ann ivfflat true")
        }
    }

    @Test func `parameters out of range are refused before anything starts`() async throws {
        try await RepositoryFixture.run { fixture in
            let reindexer = fixture.reindexer()
            for request in [
                ReindexRequest(m: 1), ReindexRequest(m: 101), ReindexRequest(efConstruction: 3),
                ReindexRequest(lists: 40_000),
                ReindexRequest(m: 60, efConstruction: 100), ReindexRequest(method: .unrecognized(9)),
            ] {
                await #expect {
                    try await reindexer.start(request)
                } throws: { error in
                    guard case .invalidField? = error as? RepositoryError else { return false }
                    return true
                }
            }
            await #expect(throws: RepositoryError.notFound(.embeddingSpace, key: "nope")) {
                try await reindexer.start(ReindexRequest(embeddingSpace: "nope"))
            }
            let operations = try await fixture.operations.list().operations
            #expect(operations.isEmpty)
        }
    }
}
