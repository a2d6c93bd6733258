import LikenessMessages
import LikenessPostgres
import LikenessTesting
import Logging
import Synchronization
import Testing

@testable import LikenessRepository

/// Which row of equal vectors the index holds, while many write.
@Suite struct EqualVectorsWritersTests {
    private static let table = "embeddings_tiny"

    /// Twelve profiles, and a space of three dimensions for them: as many sections as a test wants.
    private static func prepare(_ fixture: RepositoryFixture) async throws {
        _ = try await fixture.embeddings.createSpace(name: "tiny", model: "test", dimension: 3)
        try await fixture.execute(
            """
            INSERT INTO profiles (id, slug, display_name)
            SELECT \(self.id("n")), 'p-' || n, 'P' FROM generate_series(0, 11) AS n
            """
        )
    }

    private static func id(_ number: String) -> String {
        "('00000000-0000-0000-0000-' || lpad((\(number))::text, 12, '0'))::uuid"
    }

    /// Stores a section as deliveries do; its profile is its number modulo 12.
    private static func store(_ section: Int, _ vector: Int) -> String {
        """
        INSERT INTO \(self.table) (profile_id, section_id, kind, is_active, embedding)
        SELECT p.id, \(self.id("\(100 + section)")), 2, p.is_active, '[1,\(vector),0]'
        FROM profiles p WHERE p.id = \(self.id("\(section % 12)"))
        ON CONFLICT (section_id, kind) DO UPDATE SET profile_id = EXCLUDED.profile_id, is_active = EXCLUDED.is_active,
            embedding = EXCLUDED.embedding, updated_at = now();

        """
    }

    private static func remove(_ section: Int) -> String {
        "DELETE FROM \(self.table) WHERE section_id = \(self.id("\(100 + section)"));\n"
    }

    private static func setActive(_ profile: Int, _ isActive: Bool) -> String {
        """
        UPDATE profiles SET is_active = \(isActive), deleted_at = \(isActive ? "NULL" : "now()") WHERE id = \(self.id("\(profile)"));
        SELECT set_embeddings_active(\(self.id("\(profile)")), \(isActive));

        """
    }

    private static func lost(_ fixture: RepositoryFixture) async throws -> Int64 {
        try await fixture.value(EqualVectors.lost(in: self.table))
    }

    /// The keys of sections, in their order: "r" of an indexed one, "c" of a copy, "-" of none.
    private static func roles(_ fixture: RepositoryFixture) async throws -> String {
        try await fixture.value(
            """
            SELECT coalesce(string_agg(CASE WHEN equal_key >= 0 THEN 'r' WHEN equal_key < 0 THEN 'c' ELSE '-' END, ''
                ORDER BY section_id), '') FROM \(self.table)
            """
        )
    }

    // MARK: One after another

    @Test(.freshDatabase) func `one of equal vectors is indexed, whichever of them goes`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.prepare(fixture)
            for section in 0..<4 { try await fixture.execute(Self.store(section, 1)) }
            #expect(try await Self.roles(fixture) == "rccc")
            // The same again.
            for section in 0..<4 { try await fixture.execute(Self.store(section, 1)) }
            #expect(try await Self.roles(fixture) == "rccc")
            try await fixture.execute(Self.store(0, 2))
            #expect(try await Self.roles(fixture).replacing("c", with: "") == "rr")
            #expect(try await Self.lost(fixture) == 0)
            try await fixture.execute(Self.store(0, 1))
            #expect(try await Self.roles(fixture).replacing("c", with: "") == "r")
            try await fixture.execute("BEGIN; \(Self.remove(1)) \(Self.remove(2)) \(Self.store(5, 1)) COMMIT")
            #expect(try await Self.roles(fixture).replacing("c", with: "") == "r")
            #expect(try await Self.lost(fixture) == 0)
            for profile in [0, 3, 5] {
                try await fixture.execute(Self.setActive(profile, false))
                #expect(try await Self.lost(fixture) == 0)
            }
            #expect(try await Self.roles(fixture) == "---")
            for profile in [5, 3, 0] { try await fixture.execute(Self.setActive(profile, true)) }
            #expect(try await Self.roles(fixture) == "ccr")
            // By cascade, all at once.
            try await fixture.execute("DELETE FROM profiles WHERE id <> \(Self.id("3"))")
            #expect(try await Self.roles(fixture) == "r")
        }
    }

    @Test(.freshDatabase) func `vectors whose hashes are equal are not taken for each other`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.prepare(fixture)
            try await fixture.buildVectorIndexes()
            try await fixture.execute(
                """
                CREATE OR REPLACE FUNCTION vector_key(embedding vector) RETURNS integer
                    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN 2147483647
                """
            )
            for section in 0..<9 { try await fixture.execute(Self.store(section, section % 3)) }
            #expect(try await Self.roles(fixture) == "rrrcccccc")
            for section in 0..<3 { try await fixture.execute(Self.remove(section)) }
            #expect(try await Self.roles(fixture).count { $0 == "r" } == 3)
            #expect(try await Self.lost(fixture) == 0)
            var query = SearchQuery(.vector([1, 1, 0]))
            (query.embeddingSpace, query.precision) = ("tiny", .approximate)
            let hits = try await fixture.search.search(query).hits
            #expect(hits.map { $0.profile?.slug } == ["p-4", "p-7", "p-5", "p-8", "p-3", "p-6"])
        }
    }

    @Test(.freshDatabase) func `a removal that could not see what was committed meanwhile is refused`() async throws {
        try await RepositoryFixture.run { fixture in
            try await Self.prepare(fixture)
            for section in 0..<2 { try await fixture.execute(Self.store(section, 1)) }
            await #expect(throws: DatabaseError.self) {
                try await fixture.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; \(Self.remove(0)) COMMIT")
            }
            #expect(try await Self.roles(fixture) == "rc")
            // Without a transaction of its own, where only the implicit commit can say so.
            try await fixture.pool.withConnection { connection in
                try await connection.executeScript("SET default_transaction_isolation = 'repeatable read'")
                await #expect(throws: DatabaseError.self) {
                    _ = try await connection.execute(
                        Statement("", SQL(verbatim: "DELETE FROM \(Self.table) WHERE section_id = \(Self.id("100"))"))
                    )
                }
                try await connection.executeScript("RESET default_transaction_isolation")
            }
            #expect(try await Self.roles(fixture) == "rc")
        }
    }

    // MARK: At the same time

    /// Two transactions that are open at once: what each does, and which of them is undone in the end.
    private struct Meeting {
        let name: String
        let stored: [Int]
        let first: String
        let second: String
        var isSecondUndone = false
    }

    private final class Flag: Sendable {
        let isSet = Mutex(false)
    }

    private static let meetings = [
        Meeting(name: "a copy comes, its representative goes", stored: [0], first: store(1, 1), second: remove(0)),
        Meeting(name: "the representative goes, a copy comes", stored: [0], first: remove(0), second: store(1, 1)),
        Meeting(name: "both go", stored: [0, 1], first: remove(0), second: remove(1)),
        Meeting(
            name: "one goes, the other nearly",
            stored: [0, 1],
            first: remove(0),
            second: remove(1),
            isSecondUndone: true
        ),
        Meeting(name: "one goes, the other is written again", stored: [0, 1], first: remove(0), second: store(1, 1)),
        Meeting(name: "two come", stored: [], first: store(0, 1), second: store(1, 1)),
        Meeting(
            name: "a profile goes, another comes back",
            stored: [0, 1],
            first: setActive(0, false),
            second: setActive(1, true)
        ),
    ]

    @Test(.freshDatabase, arguments: 0..<meetings.count)
    func `whichever transactions meet, one of the rows that are left is indexed`(number: Int) async throws {
        let meeting = Self.meetings[number]
        try await RepositoryFixture.run { fixture in
            try await Self.prepare(fixture)
            for section in meeting.stored { try await fixture.execute(Self.store(section, 1)) }
            let second = try await Connection.open(fixture.configuration)
            defer { second.close() }
            try await second.executeScript(SQL(verbatim: "BEGIN; \(meeting.second)"))
            // It may have to wait for the second's end.
            let hasEnded = Flag()
            let first = Task {
                defer { hasEnded.isSet.withLock { $0 = true } }
                try await fixture.execute("BEGIN; \(meeting.first) COMMIT")
            }
            let hasMet = try await Patience.until {
                if hasEnded.isSet.withLock(\.self) { return true }
                return try await fixture.value("SELECT count(*) FROM pg_locks WHERE NOT granted", as: Int64.self) > 0
            }
            #expect(hasMet)
            try await second.executeScript(meeting.isSecondUndone ? "ROLLBACK" : "COMMIT")
            try await first.value
            #expect(try await Self.lost(fixture) == 0, "\(meeting.name)")
            let roles = try await Self.roles(fixture)
            #expect(roles.isEmpty || roles.contains("r"), "\(meeting.name): \(roles)")
        }
    }

    /// Writers with what they like, of few vectors and few sections, against what a search by comparing finds.
    @Test(.freshDatabase) func `no vector is ever without a row in the index, however many write`() async throws {
        try await RepositoryFixture.run(connectionsMax: 10) { fixture in
            try await Self.prepare(fixture)
            try await fixture.buildVectorIndexes()
            try await withThrowingTaskGroup(of: (committed: Int, looks: Int).self) { group in
                for writer in 0..<6 {
                    group.addTask {
                        var random = SplitMix(seed: UInt64(writer))
                        var committed = 0
                        for _ in 0..<120 {
                            var script = "BEGIN;\n"
                            for _ in 0..<Int.random(in: 1...4, using: &random) {
                                let section = Int.random(in: 0..<24, using: &random)
                                switch Int.random(in: 0..<8, using: &random) {
                                case 0, 1: script += Self.remove(section)
                                case 2: script += Self.setActive(section % 12, Bool.random(using: &random))
                                default: script += Self.store(section, Int.random(in: 1...3, using: &random))
                                }
                            }
                            script += Int.random(in: 0..<5, using: &random) == 0 ? "ROLLBACK" : "COMMIT"
                            do {
                                try await fixture.execute(script)
                                committed += 1
                            } catch let error as DatabaseError where error.invitesRetry {
                                // They lock rows in any order, as no writer of ours does.
                            }
                        }
                        return (committed, 0)
                    }
                }
                group.addTask { () throws -> (committed: Int, looks: Int) in
                    // Each look is at one moment, between commits.
                    var looks = 0
                    while !Task.isCancelled && looks < 400 {
                        #expect(try await Self.lost(fixture) == 0)
                        looks += 1
                    }
                    return (0, looks)
                }
                var committed = 0
                for try await ended in group { committed += ended.committed }
                #expect(committed > 300)
            }
            #expect(try await Self.lost(fixture) == 0)
            fixture.search.forgetCatalog()
            for vector: [Float] in [[1, 1, 0], [1, 2, 0], [1, 3, 0], [0, 1, 1]] {
                var query = SearchQuery(.vector(vector))
                (query.embeddingSpace, query.precision, query.limit) = ("tiny", .exact, 50)
                let exact = try await fixture.search.search(query).hits
                query.precision = .approximate
                #expect(try await fixture.search.search(query).hits == exact)
            }
        }
    }

    // MARK: From before

    /// The schema before equal vectors were known, with people of whom many are equal; then the migrations of today.
    @Test(.emptyDatabase) func `an upgraded database answers as before, and as a new one after a reindex`() async throws
    {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let migrations = try MigrationCatalog.migrations()
        let configuration = TestDatabase.current.configuration
        let earlier = try MigrationRunner(
            Array(migrations.prefix { !$0.fileName.hasSuffix("_equal_vectors.sql") }),
            logger: logger
        )
        _ = try await earlier.apply(configuration, lockDeadline: .now + Patience.limit)
        try await RepositoryFixture.run { fixture in
            try await EqualVectors.fill(fixture)
            try await EqualVectors.store(fixture)
            _ = try await MigrationRunner(migrations, logger: logger).apply(
                configuration,
                lockDeadline: .now + Patience.limit
            )
            let rows: Int64 = try await fixture.value("SELECT count(*) FROM \(EqualVectors.table)")
            #expect(try await EqualVectors.indexed(fixture) == rows)
            let before = try await EqualVectors.recall(fixture)
            print("recall of an index of all vectors: \(before)")

            // What comes is known, also beside rows that are not.
            try await fixture.execute(
                """
                INSERT INTO \(EqualVectors.table) (profile_id, section_id, kind, is_active, embedding)
                SELECT p.id, gen_random_uuid(), 2, true, t.embedding
                FROM profiles p, texts t WHERE p.slug LIKE 'made-up-1__' AND t.text = 'skill number1'
                """
            )
            #expect(try await EqualVectors.indexed(fixture) == rows + 1)
            #expect(try await fixture.value(EqualVectors.lost(), as: Int64.self) == 0)

            let reindexer = Reindexer(
                database: fixture.database,
                operations: fixture.operations,
                configuration: fixture.configuration,
                logger: logger
            )
            let operation = try await reindexer.start(ReindexRequest())
            let ended = try await fixture.operations.wait(for: operation.id, timeout: Patience.limit)
            #expect(ended.state == .succeeded)
            let texts: Int64 = try await fixture.value("SELECT count(*) FROM texts")
            #expect(try await EqualVectors.indexed(fixture) == texts)
            #expect(try await fixture.value(EqualVectors.lost(), as: Int64.self) == 0)
            #expect(try await fixture.value("SELECT count(*) FROM \(EqualVectors.table)", as: Int64.self) == rows + 100)
            let recall = try await EqualVectors.recall(fixture)
            #expect(recall >= 0.95, "\(recall)")
        }
    }
}
