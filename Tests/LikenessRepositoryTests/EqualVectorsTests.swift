import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Logging
import Testing

@testable import LikenessRepository

/// Many sections with one and the same text.
@Suite(.freshDatabase) struct EqualVectorsTests {
    @Test func `equal sections keep no exact answer short, and its first are the first of a larger one`() async throws {
        try await RepositoryFixture.run { fixture in
            let numbers = WordVectors.vector("equal").map { "\($0)" }.joined(separator: ",")
            try await fixture.execute(
                """
                DROP INDEX IF EXISTS embeddings_all_minilm_l6_v2_ann;
                INSERT INTO profiles (slug, display_name) SELECT 'person-' || n, 'Person' FROM generate_series(1, 300) AS n;
                INSERT INTO embeddings_all_minilm_l6_v2 (profile_id, section_id, kind, is_active, embedding)
                SELECT p.id, gen_random_uuid(), 2, true, '[\(numbers)]'
                FROM profiles p, generate_series(1, 70)
                """
            )
            var query = SearchQuery(.vector(WordVectors.vector("another")))
            query.precision = .exact
            query.withHighlights = false
            query.limit = 200
            let all = try await fixture.search.search(query).hits.compactMap(\.profile?.id)
            #expect(all.count == 200 && all == all.sorted())
            query.limit = 10
            let first = try await fixture.search.search(query)
            #expect(first.hits.compactMap(\.profile?.id) == Array(all.prefix(10)))
            #expect(first.completeness.level == .exact)
        }
    }

    // MARK: Through the index

    @Test func `equal vectors by the hundred hide no profile, whatever is written`() async throws {
        try await RepositoryFixture.run { fixture in
            try await EqualVectors.fill(fixture)
            try await EqualVectors.store(fixture)
            let table = EqualVectors.table
            func check(_ step: String) async throws {
                #expect(try await fixture.value(EqualVectors.lost(), as: Int64.self) == 0, "\(step)")
                let recall = try await EqualVectors.recall(fixture)
                #expect(recall >= 0.95, "\(step): \(recall)")
            }
            let texts: Int64 = try await fixture.value("SELECT count(*) FROM texts")
            #expect(try await EqualVectors.indexed(fixture) == texts)
            try await check("stored")

            // Those whom the index holds for others, softly and for good.
            let representatives = try await EqualVectors.strings(
                fixture,
                """
                SELECT DISTINCT r.profile_id::text FROM \(table) r
                WHERE r.equal_key >= 0 AND EXISTS (SELECT FROM \(table) c WHERE c.equal_key = -1 - r.equal_key)
                """
            )
            #expect(!representatives.isEmpty)
            for (number, id) in representatives.enumerated() {
                if number.isMultiple(of: 2) {
                    _ = try await fixture.profiles.softDelete(.id(id))
                } else {
                    try await fixture.execute("DELETE FROM profiles WHERE id = '\(id)'")
                }
            }
            try await check("representatives deleted")
            for (number, id) in representatives.enumerated() where number.isMultiple(of: 2) {
                _ = try await fixture.profiles.restore(.id(id))
            }
            try await check("restored")
            try await fixture.execute(
                """
                UPDATE \(table) r SET embedding = t.embedding FROM texts t
                WHERE r.equal_key >= 0 AND t.text = 'skill number1'
                    AND EXISTS (SELECT FROM \(table) c WHERE c.equal_key = -1 - r.equal_key)
                """
            )
            try await check("representatives changed")
            let reindexer = Reindexer(
                database: fixture.database,
                operations: fixture.operations,
                configuration: fixture.configuration,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            for method in [IndexMethod.ivfflat, .hnsw] {
                let operation = try await reindexer.start(ReindexRequest(method: method))
                let ended = try await fixture.operations.wait(for: operation.id, timeout: Patience.limit)
                #expect(ended.state == .succeeded)
                fixture.search.forgetCatalog()
                try await check("\(method)")
            }
        }
    }

    @Test func `an approximate answer to equal vectors is the exact one, with any limit, filter and mode`() async throws
    {
        try await RepositoryFixture.run { fixture in
            try await EqualVectors.fill(fixture, madeUp: 600, others: 12)
            // Some have the same section several times.
            try await fixture.execute(
                """
                INSERT INTO stored (slug, kind, text) SELECT slug, 2, text FROM stored
                WHERE slug LIKE 'made-up-%7' AND kind = 2;
                UPDATE profiles SET tags = CASE WHEN slug LIKE '%1_' THEN ARRAY['few', 'odd'] ELSE ARRAY['few'] END WHERE slug LIKE '%9'
                """
            )
            try await EqualVectors.store(fixture)
            func ids(_ query: SearchQuery, _ precision: Precision) async throws -> [String] {
                var query = query
                (query.precision, query.withHighlights) = (precision, false)
                return try await fixture.search.search(query).hits.compactMap(\.profile?.id)
            }
            for text in ["skill number3", "manager at work", "silk carpets place6"] {
                for filter in [nil, "tags:few", "tags:few -tags:odd"] {
                    let vector = EqualVectors.vector(text)
                    var byVector = SearchQuery(.vector(vector))
                    var hybrid = SearchQuery(.hybrid(text: "unfindable", vector: vector))
                    if let filter {
                        byVector.filter = try Filter(filter)
                        hybrid.filter = try Filter(filter)
                    }
                    hybrid.limit = 1_000
                    let allHybrid = try await ids(hybrid, .exact)
                    // More than there are of a group.
                    for limit in [1, 10, 25, 50] + (filter == nil ? [200] : []) {
                        let note: Comment = "\(text) \(filter ?? "") \(limit)"
                        byVector.limit = limit
                        let nearest = try await ids(byVector, .exact)
                        #expect(try await ids(byVector, .approximate) == nearest, note)
                        #expect(nearest.count >= min(limit, 30))

                        // A hybrid search scores so many of the nearest profiles; no words name others.
                        byVector.limit = SearchStatements.hybridWindow(limit: limit)
                        let window = Set(try await ids(byVector, .exact))
                        hybrid.limit = limit
                        let best = allHybrid.filter(window.contains).prefix(limit)
                        #expect(try await ids(hybrid, .approximate) == Array(best), note)
                        #expect(best.count >= min(limit, 30))
                    }
                }
            }
        }
    }

    @Test func `an index from the previous version, which holds all of them, gives the same answers`() async throws {
        try await RepositoryFixture.run { fixture in
            try await EqualVectors.fill(fixture, madeUp: 300, others: 12)
            try await fixture.execute("DROP INDEX \(EqualVectors.table)_ann")
            try await EqualVectors.store(fixture)
            // IVFFlat with one list looks at all there is.
            try await fixture.execute(
                """
                DO $$ BEGIN EXECUTE vector_index_statement('\(EqualVectors.table)', '\(EqualVectors.table)_ann', 384, 'ivfflat',
                    'half', 16, 64, 1, false); END $$
                """
            )
            #expect(try await EqualVectors.recall(fixture) == 1)
            #expect(try await EqualVectors.recall(fixture, limit: 200) == 1)
        }
    }

    // MARK: Plans

    @Test func `the copies of a vector are read from their index, in its order`() async throws {
        try await RepositoryFixture.run(connectionsMax: 1) { fixture in
            try await EqualVectors.fill(fixture, madeUp: 2_000, others: 20)
            try await EqualVectors.store(fixture)
            // Rows in the order of another index make that one cheap.
            try await fixture.execute("CLUSTER \(EqualVectors.table) USING \(EqualVectors.table)_profile_id_idx")
            try await fixture.execute("ANALYZE \(EqualVectors.table)")
            let space = try await fixture.embeddings.space(named: "")
            for limit in [10, 50, 100] {
                let sql = SearchStatements.vector(
                    space: space,
                    scan: .approximate,
                    limit: limit,
                    sections: limit * 2,
                    withPassages: true
                )
                let plan = try await fixture.pool.withConnection { connection in
                    try await connection.executeScript("SET enable_seqscan = off")
                    try await connection.executeScript("PREPARE hot (vector) AS \(sql)")
                    let numbers = WordVectors.vector("x").map { "\($0)" }.joined(separator: ",")
                    let result = try await connection.execute(
                        Statement("", "EXPLAIN (COSTS OFF) EXECUTE hot (\(SQL(verbatim: "'[\(numbers)]'")))")
                    )
                    let lines = try (0..<result.rowCount).map { try result.value($0, 0, as: String.self) }
                    try await connection.executeScript("DEALLOCATE hot; RESET enable_seqscan")
                    return lines.joined(separator: "\n")
                }
                #expect(plan.contains("Index Scan using \(space.table.index.text)"), "\(plan)")
                #expect(plan.contains("Index Scan using \(space.table.name.text)_equal_idx"), "\(plan)")
                #expect(plan.contains("Run Condition: (dense_rank() OVER (?) <= \(limit))"), "\(plan)")
                #expect(!plan.contains("Bitmap") && !plan.contains("Seq Scan"), "\(plan)")
            }
        }
    }
}
