import Foundation
import LikenessClient
import LikenessMessages
import LikenessTesting
import Testing

@testable import LikenessServer

/// Callers that watch a service, and may do nothing else.
@Suite(.freshDatabase) struct MonitorRoleTests {
    private static let name = "URI:spiffe://test/monitor"

    @Test func `a monitor sees how the service is doing, nothing of people, and leaves no audit lines for it`()
        async throws
    {
        let audit = RecordedLog()
        let roles = ServerConfiguration.Roles(admin: ["URI:spiffe://test/admin"], monitor: [Self.name])
        let (token, line) = TokenFile.make(role: .monitor, name: "prometheus", until: nil)
        try await ServiceFixture.run(
            embeds: false,
            roles: roles,
            auditLogger: audit.logger,
            change: { settings, folder in
                settings.tokenFile = "\(folder)/tokens"
                try "\(line)\n".write(toFile: "\(folder)/tokens", atomically: true, encoding: .utf8)
            }
        ) { (fixture: ServiceFixture) async throws -> Void in
            let watcher = try ServiceFixture.client(fixture.authority, port: fixture.port, name: Self.name)
            let stranger = try ServiceFixture.client(
                fixture.authority,
                port: fixture.port,
                name: "URI:spiffe://test/nobody"
            )
            var held = CallOptions(timeout: Patience.limit)
            held.metadata = [(key: "authorization", value: "Bearer \(token)")]
            for (client, options) in [(watcher, CallOptions(timeout: Patience.limit)), (stranger, held)] {
                #expect(try await !client.admin.getHealth(.init(), options: options).components.isEmpty)
                #expect(try await !client.admin.getVersion(.init(), options: options).version.isEmpty)
                let statistics = try await client.admin.getStatistics(.init(), options: options)
                #expect(statistics.pool.map { $0.maxConnections > 0 } == true)
                #expect(try await client.admin.getMigrationStatus(.init(), options: options).current)
                #expect(try await client.admin.listOperations(.init(), options: options).operations.isEmpty)
                #expect(audit.lines.isEmpty, "\(audit.lines)")
            }
            let options = CallOptions(timeout: Patience.limit)
            for failure in [
                await ServiceFixture.failure { try await watcher.profiles.listProfiles(.init(), options: options) },
                await ServiceFixture.failure { try await watcher.search.suggest(.init(prefix: "a"), options: options) },
                await ServiceFixture.failure { try await watcher.admin.reindex(.init(), options: options) },
                await ServiceFixture.failure { try await watcher.admin.cancelOperation(.init(), options: options) },
            ] { #expect(failure?.code == .permissionDenied) }
            // An administrator's look is audited as ever.
            _ = try await fixture.client.admin.getStatistics(.init(), options: options)
            await watcher.close()
            await stranger.close()
        }
        let methods = audit.lines.map { line in
            String(line.split(separator: "AdminService/").last?.prefix { $0.isLetter } ?? "")
        }
        #expect(methods == ["Reindex", "CancelOperation", "GetStatistics"], "\(audit.lines)")
        #expect(audit.lines.first?.contains("roles=none,monitor") == true, "\(audit.lines)")
    }

    @Test func `a role includes those before it, and monitor stands beside them`() {
        #expect(Role.admin.included == [.none, .reader, .writer, .admin] && Role.reader.included == [.none, .reader])
        #expect(Role.monitor.included == [.none, .monitor] && Role.none.included == [.none])
    }

    @Test func `only what reads, and reads nothing of people, is open to monitors`() {
        let open = AdminServiceMethods.all.filter(\.isOpenToMonitor)
        #expect(
            Set(open.map(\.name))
                == ["GetVersion", "GetStatistics", "GetMigrationStatus", "GetOperation", "ListOperations"]
        )
        #expect(open.allSatisfy { $0.hasNoSideEffects })
        let others = ProfileServiceMethods.all + SearchServiceMethods.all + SavedSearchServiceMethods.all
        #expect(!others.contains { $0.isOpenToMonitor })
    }
}
