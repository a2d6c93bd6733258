import Glibc
package import LikenessPostgres
import Logging
package import Testing

/// A database of one test's own.
package struct TestDatabase: Sendable {
    package let name: String
    package let configuration: ConnectionConfiguration
    package let pool: ConnectionPool

    /// The running test's database; only inside `.freshDatabase` and `.emptyDatabase`.
    package static var current: TestDatabase {
        guard let database = Self.taskLocal else {
            preconditionFailure("the test has no database: add the trait .freshDatabase or .emptyDatabase")
        }
        return database
    }

    @TaskLocal static var taskLocal: TestDatabase?

    /// Where the package's migrations are.
    package static let migrationsFolder =
        String(#filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" })
        + "/migrations"
}

/// Gives each test case a database of its own and drops it afterwards.
package struct DatabaseTrait: TestTrait, SuiteTrait, TestScoping {
    let isMigrated: Bool

    package var isRecursive: Bool { true }

    package func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        guard TestCluster.shared.isAvailable else {
            if Environment["LIKENESS_REQUIRE_PG"] == "1" { throw ClusterError("there is no PostgreSQL to test with") }
            try Test.cancel("there is no PostgreSQL to test with")
        }
        let server = try await TestCluster.shared.server()
        let template = self.isMigrated ? try await TestTemplate.shared.name(server) : "template0"
        let name = await TestTemplate.shared.freshName()
        try await server.administration.withConnection { connection in
            try await connection.executeScript(
                "CREATE DATABASE \(SQL(quoting: name)) TEMPLATE \(SQL(quoting: template)) STRATEGY wal_log"
            )
        }
        var configuration = ConnectionConfiguration(
            socketDirectory: server.socketDirectory,
            user: server.user,
            database: name
        ).patient
        for (name, limit) in ["lock": "60s", "statement": "300s", "idle_in_transaction_session": "300s"] {
            configuration.sessionSettings["\(name)_timeout"] = limit
        }
        var poolConfiguration = PoolConfiguration()
        poolConfiguration.acquireTimeout = Patience.limit
        let pool = ConnectionPool(configuration, poolConfiguration, logger: Logger(label: "likeness.test"))
        let result: Result<Void, any Error>
        do {
            try await TestDatabase.$taskLocal.withValue(
                TestDatabase(name: name, configuration: configuration, pool: pool)
            ) { try await function() }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await pool.shutDown()
        // A task of its own: a test that was cancelled leaves nothing behind either.
        try await Task {
            try await server.administration.withConnection { connection in
                try await connection.executeScript("DROP DATABASE \(SQL(quoting: name)) WITH (FORCE)")
            }
        }.value
        try result.get()
    }
}

extension Trait where Self == DatabaseTrait {
    /// A database that all migrations have run on.
    package static var freshDatabase: Self { Self(isMigrated: true) }
    /// A database with nothing in it, not even extensions.
    package static var emptyDatabase: Self { Self(isMigrated: false) }
}

/// The migrated database that the tests' are copies of. Made once per process.
actor TestTemplate {
    static let shared = TestTemplate()
    private var making: Task<String, any Error>?
    private var made = 0

    func freshName() -> String {
        self.made += 1
        return "likeness_test_\(getpid())_\(self.made)"
    }

    func name(_ server: TestCluster.Server) async throws -> String {
        if let making { return try await making.value }
        let task = Task {
            let name = "likeness_template_\(getpid())"
            try await server.administration.withConnection { connection in
                try await connection.executeScript("CREATE DATABASE \(SQL(quoting: name)) TEMPLATE template0")
            }
            let runner = try MigrationRunner(
                Migration.all(inFolder: TestDatabase.migrationsFolder),
                logger: Logger(label: "likeness.test")
            )
            try await runner.apply(
                ConnectionConfiguration(socketDirectory: server.socketDirectory, user: server.user, database: name)
                    .patient,
                lockDeadline: .now + Patience.limit
            )
            return name
        }
        self.making = task
        return try await task.value
    }
}
