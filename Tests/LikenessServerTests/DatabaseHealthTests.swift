import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessRepository
import LikenessServer
import LikenessTLS
import LikenessTesting
import Logging
import Testing

/// Health says what the service cannot do in its database, and why.
@Suite(.freshDatabase) struct DatabaseHealthTests {
    private static func component(_ name: String, _ fixture: ServiceFixture) async throws -> ComponentHealth {
        let health = try await fixture.client.admin.getHealth(.init(), options: .init())
        return health.components.first { $0.name == name } ?? ComponentHealth()
    }

    /// Asks until a component has this status, or a minute has passed.
    private static func becomes(
        _ name: String,
        _ status: HealthStatus,
        _ fixture: ServiceFixture
    ) async throws -> ComponentHealth {
        let limit = ContinuousClock.now + .seconds(60)
        var found = ComponentHealth()
        repeat { found = try await Self.component(name, fixture) } while found.status != status && .now < limit
        #expect(found.status == status, "\(found.name): \(found.message)")
        return found
    }

    private static var once: CallOptions {
        var options = CallOptions(timeout: .seconds(60))
        options.attemptsMax = 1
        return options
    }

    private static func script(_ text: String) async throws {
        try await TestDatabase.current.pool.withConnection { try await $0.executeScript(SQL(verbatim: text)) }
    }

    @Test func `a table that reads wait for is not serving, and its calls say that it is a lock`() async throws {
        var database = TestDatabase.current.configuration
        database.sessionSettings["lock_timeout"] = "100ms"
        try await ServiceFixture.run(embeds: false, database: database) { fixture in
            #expect(try await Self.becomes("database", .serving, fixture).message == "answers")
            let holder = try await Connection.open(TestDatabase.current.configuration)
            try await holder.executeScript("BEGIN; LOCK TABLE profiles")
            let failure = await ServiceFixture.failure {
                try await fixture.client.search.query(
                    .init(query: .init(ask: .text(.init(text: "physics", mode: .text)))),
                    options: Self.once
                )
            }
            #expect(failure?.code == .unavailable)
            #expect(failure?.reason == "DATABASE_LOCKED")
            #expect(try await Self.becomes("database", .notServing, fixture).message.contains("DATABASE_LOCKED"))
            holder.close()
            _ = try await Self.becomes("database", .serving, fixture)
        }
    }

    @Test func `what the role may not do is named, and a grant mends it`() async throws {
        let role = "\(TestDatabase.current.name)_role"
        try await Self.script(
            """
            CREATE ROLE "\(role)" LOGIN;
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "\(role)";
            REVOKE SELECT ON service_keys FROM "\(role)"
            """
        )
        var database = TestDatabase.current.configuration
        database.user = role
        let log = RecordedLog()
        // Also without the key of page tokens it starts, and says what it needs.
        try await ServiceFixture.run(embeds: false, database: database, logger: log.logger) { fixture in
            let rights = try await Self.becomes("rights", .notServing, fixture)
            #expect(rights.message.contains("no USAGE on sequence embedding_outbox_ticket"))
            #expect(rights.message.contains("no SELECT on table service_keys"))
            #expect(log.lines.contains { $0.hasPrefix("error health") && $0.contains("embedding_outbox_ticket") })
            let failure = await ServiceFixture.failure {
                try await fixture.client.profiles.createProfile(
                    .init(profile: Profile(displayName: "Ada")),
                    options: Self.once
                )
            }
            #expect(failure?.reason == "DATABASE_RIGHTS")
            try await Self.script(
                """
                GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "\(role)"; GRANT SELECT ON service_keys TO "\(role)"
                """
            )
            // It cannot rebuild indexes of another's table: that is no reason to serve nobody.
            #expect(try await Self.becomes("rights", .degraded, fixture).message.contains("OWNERSHIP"))
            _ = try await fixture.client.profiles.createProfile(
                .init(profile: Profile(displayName: "Ada")),
                options: .init()
            )
        }
        try await Self.script("DROP OWNED BY \"\(role)\"; DROP ROLE \"\(role)\"")
    }

    @Test func `a newer release's migration leaves it serving when it says that it may`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            func record(_ version: Int, _ change: String) async throws {
                try await Self.script(
                    """
                    INSERT INTO schema_migrations (version, name, sha256, duration_ms, change)
                    VALUES (\(version), 'of_the_next_release', 'x', 1, \(change))
                    """
                )
            }
            try await record(9_001, "'expand'")
            #expect(try await Self.becomes("migrations", .serving, fixture).message == "none is missing")
            #expect(try await fixture.client.admin.getMigrationStatus(.init(), options: .init()).current)
            try await record(9_002, "'contract'")
            let health = try await Self.becomes("migrations", .notServing, fixture)
            #expect(health.message.contains("9002_of_the_next_release"))
            #expect(health.message.contains("upgrade this daemon"))
            try await Self.script("UPDATE schema_migrations SET change = NULL WHERE version = 9002")
            _ = try await Self.becomes("migrations", .notServing, fixture)
            try await Self.script("DELETE FROM schema_migrations WHERE version = 9002")
            _ = try await Self.becomes("migrations", .serving, fixture)
        }
        // It starts again there, too.
        try await ServiceFixture.run(embeds: false) { fixture in
            _ = try await Self.becomes("migrations", .serving, fixture)
        }
    }
}

/// A start without a database.
@Suite struct DatabaseStartTests {
    private static func withCluster(
        _ body: (_ configuration: PrivateCluster.Configuration, _ database: ConnectionConfiguration) async throws ->
            Void
    ) async throws {
        guard TestCluster.shared.isAvailable else {
            try #require(Environment["LIKENESS_REQUIRE_PG"] != "1", "there is no PostgreSQL to test with")
            return
        }
        try await TestFolders.withPath { folder in
            var configuration = PrivateCluster.Configuration(folder: folder)
            configuration.programs = TestCluster.shared.programs
            configuration.settings = ["fsync": "off", "shared_buffers": "32MB"]
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let cluster = try await PrivateCluster.start(configuration, logger: logger)
            try await Schema.createDatabase("likeness", through: cluster.connection(database: "postgres"))
            _ = try await Schema(logger: logger).apply(cluster.connection(database: "likeness"))
            await cluster.stop()
            try await body(configuration, cluster.connection(database: "likeness"))
        }
    }

    @Test func `it listens, says that it does not serve, and serves when the database has come`() async throws {
        try await Self.withCluster { configuration, database in
            let log = RecordedLog()
            let files = AsyncStream.makeStream(of: String.self)
            let started = Task {
                try await ServiceFixture.run(
                    embeds: false,
                    database: database,
                    logger: log.logger,
                    change: { settings, folder in
                        settings.database.startTimeout = .seconds(300)
                        files.continuation.yield(folder)
                    }
                ) { fixture in
                    // As the monitor found it last: it looks every few seconds.
                    let serves = try await ServiceFixture.isServing(fixture.client)
                    #expect(serves)
                }
            }
            var folders = files.stream.makeAsyncIterator()
            let folder = try #require(await folders.next())
            // The line comes when the port is open.
            func port() -> Int? {
                log.lines.first { $0.hasPrefix("info listening") }
                    .flatMap { $0.split(separator: ":").last }.flatMap { Int($0) }
            }
            func isWaiting() -> Bool { log.lines.contains { $0.hasPrefix("warning waiting for the database") } }
            let limit = ContinuousClock.now + .seconds(120)
            while port() == nil || !isWaiting(), .now < limit { try await Task.sleep(for: .milliseconds(20)) }
            let authority = try CertificateAuthority(
                certificatePEM: try String(contentsOfFile: "\(folder)/ca.pem", encoding: .utf8),
                privateKeyPEM: try String(contentsOfFile: "\(folder)/ca.key", encoding: .utf8)
            )
            let client = try ServiceFixture.client(authority, port: try #require(port()))
            let standard = HealthServiceClient(caller: client.caller)
            #expect(try await standard.check(.init(), options: .init()).status == .notServing)
            await client.close()

            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let cluster = try await PrivateCluster.start(configuration, logger: logger)
            let result = await started.result
            await cluster.stop()
            try result.get()
        }
    }

    @Test func `it ends when the database does not come in time, and says why without a secret`() async throws {
        try await Self.withCluster { _, database in
            var database = database
            database.password = "S3cretPiece"
            let failure = await #expect(throws: ConfigurationError.self) {
                try await ServiceFixture.run(
                    embeds: false,
                    database: database,
                    change: { settings, _ in settings.database.startTimeout = .milliseconds(700) }
                ) { _ in }
            }
            #expect(failure?.description.hasPrefix("database: the database does not answer: ") == true)
            #expect(failure?.description.contains("S3cret") == false)
        }
    }
}
