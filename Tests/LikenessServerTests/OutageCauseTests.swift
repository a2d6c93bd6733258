import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessTesting
import Logging
import Testing

/// What PostgreSQL cannot do, caused in PostgreSQL: what the caller, the log and health have of it, and that it passes.
@Suite(.freshDatabase, .serialized) struct OutageCauseTests {
    private static let once: CallOptions = {
        var options = CallOptions(timeout: Patience.limit)
        options.attemptsMax = 1
        return options
    }()

    private static let secret = "Petra Persistent"

    private static func create(_ client: LikenessClient, summary: String = "") async -> LikenessError? {
        await ServiceFixture.failure {
            try await client.profiles.createProfile(
                .init(profile: Profile(displayName: Self.secret, summary: summary)),
                options: Self.once
            )
        }
    }

    private static func search(_ client: LikenessClient) async -> LikenessError? {
        await ServiceFixture.failure {
            try await client.search.query(
                .init(query: .init(ask: .text(.init(text: "persistent", mode: .text)))),
                options: Self.once
            )
        }
    }

    private static func script(_ text: String, on pool: ConnectionPool = TestDatabase.current.pool) async throws {
        try await pool.withConnection { try await $0.executeScript(SQL(verbatim: text)) }
    }

    /// The status, a line for the first call with its cause, then counts; and nothing of what callers wrote.
    private static func expect(
        _ failure: LikenessError?,
        _ reason: String,
        _ sqlState: String,
        _ daemon: ServedDaemon
    ) async throws {
        #expect(failure?.code == .unavailable && failure?.reason == reason, "\(String(describing: failure))")
        #expect(try await daemon.logs("code=UNAVAILABLE detail=\"\(sqlState): "), "\(daemon.log)")
        #expect(try await daemon.logs("reasons=\"\(reason) "), "\(daemon.log)")
        let lines = daemon.log.split(separator: "\n")
        // Where calls came so slowly that counts were written twice between them, each of the two is a first one.
        #expect(1...2 ~= lines.count { $0.contains(" a call failed") && $0.contains(reason) }, "\(daemon.log)")
        #expect(!daemon.log.contains(Self.secret) && failure?.message.contains(sqlState) == false)
    }

    /// Waits until health says this of the database, and the log of `likenessd` when it is degraded.
    private static func expectHealth(
        _ status: HealthStatus,
        _ message: String,
        _ client: LikenessClient,
        _ daemon: ServedDaemon
    ) async throws {
        var component: ComponentHealth?
        let isSo = try await Patience.until {
            let health = try await client.admin.getHealth(.init(), options: Self.once)
            component = health.components.first { $0.name == "database" }
            return component?.status == status && component?.message == message
        }
        #expect(isSo, "\(String(describing: component))")
        // In part it serves.
        #expect(try await daemon.health().status == 0)
        if status == .degraded {
            #expect(try await daemon.logs("degraded=\"database: \(message)\""), "\(daemon.log)")
        }
    }

    private static let isFull = "answers, but writes fail: the database's disk is full (DATABASE_FULL)"

    @Test func `a write for which the disk has no room says so; reads go on`() async throws {
        // A trigger raises what a full disk does: where the disk itself may be filled, the next test does it.
        try await Self.script(
            """
            CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'could not extend file "base/5/1": No space left on device' USING ERRCODE = '53100';
            END $$;
            CREATE TRIGGER no_room BEFORE INSERT ON profiles FOR EACH ROW EXECUTE FUNCTION no_room()
            """
        )
        try await ServedDaemon.run { daemon in
            let client = try daemon.client()
            #expect(try await daemon.logs(" serving"))
            let failure = await Self.create(client)
            for _ in 0..<20 { _ = await Self.create(client) }
            try await Self.expect(failure, "DATABASE_FULL", "53100", daemon)
            #expect(failure?.retryDelay.map { $0 > .zero } == true)
            #expect(await Self.search(client) == nil)
            try await Self.expectHealth(.degraded, Self.isFull, client, daemon)
            try await Self.script("DROP TRIGGER no_room ON profiles")
            #expect(await Self.create(client) == nil)
            try await Self.expectHealth(.serving, "answers", client, daemon)
            let lines = daemon.log.split(separator: "\n")
            #expect(lines.count { $0.contains("DATABASE_FULL)") && $0.contains(" health") } == 1, "\(daemon.log)")
            await client.close()
        }
    }

    /// Whether this process may mount a disk of its own.
    static let mayMount: Bool = {
        let folder = "/tmp/likeness-test-mount-\(getpid())"
        guard mkdir(folder, 0o700) == 0 else { return false }
        defer { rmdir(folder) }
        guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { return false }
        return umount(folder) == 0
    }()

    @Test(.enabled(if: OutageCauseTests.mayMount, "needs a disk of its own, which only root may mount"))
    func `a disk that is really full`() async throws {
        try await TestFolders.withPath { disk in
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            try #require(mount("tmpfs", disk, "tmpfs", 0, "size=48m,mode=0777") == 0)
            // Lazily: MNT_DETACH.
            defer { umount2(disk, 2) }
            try FileManager.default.createDirectory(atPath: "\(disk)/data", withIntermediateDirectories: true)
            if geteuid() == 0, let account = getpwnam("postgres") {
                chown("\(disk)/data", account.pointee.pw_uid, account.pointee.pw_gid)
            }
            // A server of its own: where one tablespace is full no checkpoint succeeds, which all databases need.
            try await TestFolders.withPath { folder in
                var configuration = PrivateCluster.Configuration(folder: folder)
                configuration.programs = TestCluster.shared.programs
                configuration.settings = ["fsync": "off", "shared_buffers": "32MB"]
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let cluster = try await PrivateCluster.start(configuration, logger: logger)
                let result: Result<Void, any Error>
                do {
                    let pool = ConnectionPool(
                        cluster.connection(database: "postgres").patient,
                        .patient,
                        logger: logger
                    )
                    try await Self.script("CREATE TABLESPACE small LOCATION '\(disk)/data'", on: pool)
                    try await Self.script("CREATE DATABASE small TEMPLATE template0 TABLESPACE small", on: pool)
                    await pool.shutDown()
                    let database = cluster.connection(database: "small").patient
                    _ = try await Schema(logger: logger).apply(database)
                    try await Self.fill(database)
                    result = .success(())
                } catch {
                    result = .failure(error)
                }
                await cluster.stop()
                try result.get()
            }
        }
    }

    private static func fill(_ database: ConnectionConfiguration) async throws {
        try await ServedDaemon.run(database: database) { daemon in
            let client = try daemon.client()
            #expect(try await daemon.logs(" serving"))
            #expect(await Self.create(client) == nil)
            let pool = ConnectionPool(database, .patient, logger: Logger(label: "test"))
            try await Self.script("CREATE TABLE filler (bytes bytea)", on: pool)
            var isFull = false
            while !isFull {
                do {
                    try await Self.script(
                        "INSERT INTO filler SELECT decode(repeat(md5(n::text), 60), 'hex') FROM generate_series(1, 200) n",
                        on: pool
                    )
                } catch let error as DatabaseError {
                    #expect(error.sqlState == "53100", "\(error)")
                    isFull = true
                }
            }
            // Pages that are there have room for a few more.
            func create(_ number: Int) async -> LikenessError? {
                // 16 kB that do not compress.
                let words = (1...800).map { "\(UInt64(800 * number + $0) &* 0x9E37_79B9_7F4A_7C15)" }
                return await Self.create(client, summary: words.joined(separator: " "))
            }
            var failure: LikenessError?
            for number in 0..<200 where failure == nil { failure = await create(number) }
            for number in 200..<205 { _ = await create(number) }
            try await Self.expect(failure, "DATABASE_FULL", "53100", daemon)
            #expect(await Self.search(client) == nil)
            try await Self.expectHealth(.degraded, Self.isFull, client, daemon)
            // What is small still has room: that it was stored does not make it well.
            _ = await Self.create(client)
            try await Self.expectHealth(.degraded, Self.isFull, client, daemon)
            try await Self.script("DROP TABLE filler", on: pool)
            #expect(await Self.create(client) == nil)
            try await Self.expectHealth(.serving, "answers", client, daemon)
            await pool.shutDown()
            await client.close()
        }
    }

    @Test func `a database that has become read-only says so, in health too`() async throws {
        let name = TestDatabase.current.name
        func readOnly(_ isOn: Bool) async throws {
            try await TestDatabase.current.pool.withConnection { connection in
                // This session may itself have become read-only; from its next transaction on it is not.
                try await connection.executeScript("SET default_transaction_read_only = off")
                // A script is one transaction: sessions that come before it ends would not know of the setting.
                for script in [
                    "ALTER DATABASE \(name) SET default_transaction_read_only = \(isOn ? "on" : "off")",
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = '\(name)' AND pid <> pg_backend_pid()
                    """,
                ] { try await connection.executeScript(SQL(verbatim: script)) }
            }
        }
        try await ServedDaemon.run { daemon in
            let client = try daemon.client()
            #expect(try await daemon.logs(" serving"))
            try await readOnly(true)
            var failure: LikenessError?
            let isReadOnly = try await Patience.until {
                failure = await Self.create(client)
                return failure?.reason == "DATABASE_READ_ONLY"
            }
            #expect(isReadOnly)
            // At once: the counts are written every five seconds, and calls that far apart are not counted together.
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { _ = await Self.create(client) } }
            }
            try await Self.expect(failure, "DATABASE_READ_ONLY", "25006", daemon)
            #expect(await Self.search(client) == nil)
            var component: ComponentHealth?
            let isDegraded = try await Patience.until {
                let health = try await client.admin.getHealth(.init(), options: Self.once)
                component = health.components.first { $0.name == "database" }
                return health.status == .degraded && component?.status == .degraded
            }
            #expect(
                isDegraded && component?.message == "answers, but takes no writes",
                "\(String(describing: component))"
            )
            #expect(try await daemon.health().status == 0)
            try await readOnly(false)
            #expect(try await Patience.until { await Self.create(client) == nil })
            await client.close()
        }
    }

    /// The settings of the sessions, and what ends a statement under them.
    private static let waits = [
        (lock: "100ms", statement: "30s", reason: "DATABASE_LOCKED", sqlState: "55P03"),
        (lock: "0s", statement: "2s", reason: "DATABASE_TIMEOUT", sqlState: "57014"),
    ]

    @Test(arguments: 0..<2) func `a table locked for longer than statements may take`(index: Int) async throws {
        let wait = Self.waits[index]
        let settings = ["database.lock_timeout=\(wait.lock)", "database.statement_timeout=\(wait.statement)"]
        try await ServedDaemon.run(settings) { daemon in
            let client = try daemon.client()
            #expect(try await daemon.logs(" serving"))
            #expect(await Self.search(client) == nil)
            let holder = try await Connection.open(TestDatabase.current.configuration)
            try await holder.executeScript("BEGIN; LOCK TABLE profiles IN ACCESS EXCLUSIVE MODE")
            let failure = await Self.search(client)
            _ = await Self.search(client)
            try await Self.expect(failure, wait.reason, wait.sqlState, daemon)
            #expect(failure?.retryDelay.map { $0 > .zero } == true)
            #expect(try await Patience.until { try await daemon.health().status == 1 })
            #expect(try await daemon.logs("status=notServing"), "\(daemon.log)")
            holder.close()
            #expect(try await Patience.until { await Self.search(client) == nil })
            #expect(try await Patience.until { try await daemon.health().status == 0 })
            await client.close()
        }
    }

    @Test func `a server without a connection for the service says so, and serves when there is one`() async throws {
        let (name, role) = (TestDatabase.current.name, "\(TestDatabase.current.name)_few")
        try await Self.script(
            """
            CREATE ROLE \(role) LOGIN;
            GRANT ALL ON ALL TABLES IN SCHEMA public TO \(role);
            GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO \(role)
            """
        )
        var database = TestDatabase.current.configuration
        database.user = role
        try await ServedDaemon.run(database: database) { daemon in
            let client = try daemon.client()
            #expect(try await daemon.logs(" serving"))
            #expect(await Self.search(client) == nil)
            // With those it has it goes on, and lets know that they are all.
            try await Self.script("ALTER ROLE \(role) CONNECTION LIMIT 0")
            let few = "answers, but no further connection could be opened: "
            var component: ComponentHealth?
            let isDegraded = try await Patience.until {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 { group.addTask { _ = await Self.search(client) } }
                }
                let health = try await client.admin.getHealth(.init(), options: Self.once)
                component = health.components.first { $0.name == "database" }
                return health.status == .degraded && component?.message.hasPrefix(few) == true
            }
            #expect(isDegraded && component?.message.hasSuffix("(DATABASE_CONNECTIONS)") == true)
            try await Self.script(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(role)' AND datname = '\(name)'
                """
            )
            var failure: LikenessError?
            let isOut = try await Patience.until {
                failure = await Self.search(client)
                return failure?.reason == "DATABASE_CONNECTIONS"
            }
            #expect(isOut)
            for _ in 0..<5 { _ = await Self.search(client) }
            try await Self.expect(failure, "DATABASE_CONNECTIONS", "53300", daemon)
            #expect(try await Patience.until { try await daemon.health().status == 1 })
            #expect(try await daemon.logs("DATABASE_CONNECTIONS"))
            try await Self.script("ALTER ROLE \(role) CONNECTION LIMIT -1")
            #expect(try await Patience.until { await Self.search(client) == nil })
            #expect(try await Patience.until { try await daemon.health().status == 0 })
            await client.close()
        }
        try await Self.script("DROP OWNED BY \(role); DROP ROLE \(role)")
    }
}
