import FoundationEssentials
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging

/// The repositories on a migrated database of the test's own.
struct RepositoryFixture: Sendable {
    let configuration: ConnectionConfiguration
    let database: Database
    let profiles: ProfileRepository
    let embeddings: EmbeddingRepository
    let search: SearchRepository
    let operations: OperationRepository
    let statistics: StatisticsRepository
    let completions: CompletionRepository

    var pool: ConnectionPool { self.database.pool }

    /// Runs `body` with connections as a server makes them, to the database of `.freshDatabase`.
    static func run(
        connectionsMax: Int = 6,
        _ body: (RepositoryFixture) async throws -> Void
    ) async throws {
        var configuration = TestDatabase.current.configuration
        configuration.sessionSettings.merge(SearchRepository.sessionSettings) { _, ours in ours }
        var poolConfiguration = PoolConfiguration.patient
        poolConfiguration.connectionsMax = connectionsMax
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let pool = ConnectionPool(configuration, poolConfiguration, logger: logger)
        let database = Database(pool: pool)
        let tokens = try await PageTokens.load(from: database)
        let fixture = RepositoryFixture(
            configuration: configuration,
            database: database,
            profiles: ProfileRepository(database: database, pageTokens: tokens),
            embeddings: EmbeddingRepository(database: database),
            search: SearchRepository(database: database, catalogMaxAge: .zero),
            operations: OperationRepository(database: database, pageTokens: tokens),
            statistics: StatisticsRepository(database: database),
            completions: CompletionRepository(database: database)
        )
        do {
            try await body(fixture)
        } catch {
            await pool.shutDown()
            throw error
        }
        await pool.shutDown()
    }

    /// Runs one statement of the test's own and reads its only value.
    func value<Value: ResultValue & Sendable>(_ sql: String, as type: Value.Type = Value.self) async throws -> Value {
        let statement = Statement("test_\(sql.hashValue)", SQL(verbatim: sql))
        let result = try await self.pool.execute(statement)
        return try result.value(0, 0)
    }

    /// Embeds all that waits, with `WordVectors`.
    func embedAll() async throws {
        for space in try await self.embeddings.spaces() {
            while true {
                let jobs = try await self.embeddings.claim(space: space, count: 500)
                if jobs.isEmpty { break }
                try await self.embeddings.store(
                    jobs.map {
                        ($0, $0.text.map { SectionVectors([WordVectors.vector($0, dimension: space.dimension)]) })
                    },
                    in: space
                )
            }
        }
    }
}

/// Stands in for the embedder: each word is a random direction of its own, a text the sum of its words.
enum WordVectors {
    static func vector(_ text: String, dimension: Int = 384) -> [Float] {
        var sum = [Float](repeating: 0, count: dimension)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
            var random = SplitMix(
                seed: word.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
            )
            for index in sum.indices { sum[index] += Float.random(in: -1...1, using: &random) }
        }
        if sum.allSatisfy({ $0 == 0 }) { sum[0] = 1 }
        return sum
    }
}

/// Random numbers that are the same in every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { self.state = seed }
    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

extension ProfileKey {
    static func slug(_ slug: String) -> ProfileKey { ProfileKey(key: .slug(slug)) }
    static func id(_ id: String) -> ProfileKey { ProfileKey(key: .id(id)) }
}

extension RepositoryFixture {
    /// Runs SQL of the test's own.
    func execute(_ sql: String) async throws {
        try await self.pool.withConnection { try await $0.executeScript(SQL(verbatim: sql)) }
    }
}

extension RepositoryFixture {
    /// That of a server of its own.
    func reindexer() -> Reindexer {
        Reindexer(
            database: self.database,
            operations: self.operations,
            configuration: self.configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}

extension RepositoryFixture {
    /// Gives spaces that have none the vector index that a server gives them when they hold many vectors.
    func buildVectorIndexes() async throws {
        try await self.execute(
            """
            DO $$
            DECLARE
                space embedding_spaces;
            BEGIN
                FOR space IN SELECT * FROM embedding_spaces WHERE to_regclass(table_name || '_ann') IS NULL LOOP
                    EXECUTE distinct_vector_index_statement(space.table_name, space.table_name || '_ann', space.dimension,
                        space.index_method, space.index_precision, space.m, space.ef_construction, space.lists, false);
                END LOOP;
            END $$
            """
        )
        self.search.forgetCatalog()
    }
}
