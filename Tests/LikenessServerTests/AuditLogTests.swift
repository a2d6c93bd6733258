import Foundation
import LikenessClient
import LikenessMessages
import LikenessRPC
import LikenessTesting
import Testing

@testable import LikenessServer

/// Who did what: the lines that admin calls and deletions leave.
@Suite(.freshDatabase) struct AuditLogTests {
    /// A line as keys and values, without those that differ from run to run.
    private static func fields(_ line: String) -> [String: String] {
        var fields: [String: String] = [:]
        for word in line.split(separator: " ").dropFirst(2) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            fields[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
        return fields
    }

    /// Deletions name it by its slug, which may be of a name; the log has its id, which an erasure need not take away.
    private static let sailor = "6f1c0a4e-5d3b-4c2a-9e8f-7a6b5c4d3e2f"

    @Test func `admin calls and deletions leave one line each, done or denied`() async throws {
        let audit = RecordedLog()
        let (token, line) = TokenFile.make(role: .writer, name: "loader", until: nil)
        try await ServiceFixture.run(
            embeds: false,
            roles: .init(admin: ["URI:spiffe://test/admin"], reader: ["URI:spiffe://test/reader"]),
            auditLogger: audit.logger,
            change: { configuration, folder in
                configuration.tokenFile = "\(folder)/tokens"
                try Data(line.utf8).write(to: URL(fileURLWithPath: "\(folder)/tokens"))
            }
        ) { fixture in
            let reader = try ServiceFixture.client(
                fixture.authority,
                port: fixture.port,
                name: "URI:spiffe://test/reader"
            )
            // Nothing of this is audited.
            let profile = Profile(id: Self.sailor, slug: "sailor", displayName: "Sam Sail")
            _ = try await fixture.client.profiles.createProfile(.init(profile: profile), options: .init())
            _ = try await reader.admin.getVersion(.init(), options: .init())
            _ = await ServiceFixture.failure {
                try await reader.profiles.createProfile(.init(profile: profile), options: .init())
            }
            #expect(audit.lines.isEmpty)

            _ = try await fixture.client.admin.getStatistics(.init(), options: .init())
            _ = await ServiceFixture.failure { try await reader.admin.getStatistics(.init(), options: .init()) }
            let deletion = DeleteProfileRequest(key: .init(key: .slug("sailor")))
            _ = await ServiceFixture.failure { try await reader.profiles.deleteProfile(deletion, options: .init()) }
            var options = CallOptions()
            options.metadata.append(("authorization", "Bearer \(token)"))
            _ = try await reader.profiles.deleteProfile(deletion, options: options)
            options.metadata = [("authorization", "Bearer wrong")]
            _ = await ServiceFixture.failure { try await reader.profiles.deleteProfile(deletion, options: options) }
            let forged = GetOperationRequest(id: "x\nnotice audit code=OK \u{1B}[31m")
            _ = await ServiceFixture.failure { try await fixture.client.admin.getOperation(forged, options: .init()) }
            await reader.close()
        }
        // The end of a call is known to its caller a moment before the log has it; the service has stopped by now.
        #expect(audit.lines.count == 6, "\(audit.lines)")
        #expect(!audit.lines.contains { $0.contains(token) || $0.contains("\n") || $0.contains("\u{1B}") })
        let admin = ["identity": "spiffe://test/admin", "roles": "none,reader,writer,admin"]
        let reader = ["identity": "spiffe://test/reader", "roles": "none,reader"]
        let statistics = ["method": "likeness.v1.AdminService/GetStatistics"]
        let delete = ["method": "likeness.v1.ProfileService/DeleteProfile"]
        let expected: [[[String: String]]] = [
            [admin, statistics, ["code": "OK"]], [reader, statistics, ["code": "PERMISSION_DENIED"]],
            [reader, delete, ["code": "PERMISSION_DENIED"]],
            [reader, delete, ["code": "OK", "token": "loader", "roles": "none,reader,writer", "target": Self.sailor]],
            [reader, delete, ["code": "UNAUTHENTICATED", "token": "unknown", "roles": ""]],
            [admin, ["method": "likeness.v1.AdminService/GetOperation"], ["code": "INVALID_ARGUMENT"]],
        ]
        for (line, parts) in zip(audit.lines, expected) {
            var fields = Self.fields(line)
            #expect(line.hasPrefix("notice audit "))
            #expect(fields.removeValue(forKey: "peer")?.contains("127.0.0.1") == true, "\(line)")
            #expect(fields.removeValue(forKey: "duration_ms").flatMap { Int($0) } != nil)
            #expect(fields.removeValue(forKey: "certificate")?.isEmpty == false)
            if parts[1]["method"]?.hasSuffix("GetOperation") == true { fields["target"] = nil }
            #expect(fields == parts.reduce(into: [:]) { $0.merge($1) { $1 } }, "\(line)")
        }
    }

    /// Keeps a deletion that is committed from its end until the test lets it go on.
    private struct HeldDeletions: ServerInterceptor {
        let committed = AsyncStream.makeStream(of: Void.self)
        let released = AsyncStream.makeStream(of: Void.self)

        func intercept<Result>(_ call: ServerContext, _ next: () async throws -> Result) async throws -> Result {
            let result = try await next()
            guard call.method.name == "DeleteProfile" else { return result }
            self.committed.continuation.yield()
            // In a task of its own, which the end of the connection does not cancel.
            await Task { for await _ in self.released.stream { return } }.value
            return result
        }
    }

    @Test func `a deletion whose connection broke has its line before the service has stopped`() async throws {
        let (audit, log, deletions) = (RecordedLog(), RecordedLog(), HeldDeletions())
        try await ServiceFixture.run(
            embeds: false,
            logger: log.logger,
            auditLogger: audit.logger,
            interceptors: [deletions],
            change: { configuration, _ in configuration.rpc.drainTimeout = Patience.limit }
        ) { fixture in
            let profile = Profile(id: Self.sailor, slug: "sailor", displayName: "Sam Sail")
            _ = try await fixture.client.profiles.createProfile(.init(profile: profile), options: .init())
            let deletion = DeleteProfileRequest(key: .init(key: .slug("sailor")))
            let client = fixture.client
            let failure = Task {
                await ServiceFixture.failure { try await client.profiles.deleteProfile(deletion, options: .init()) }
            }
            for await _ in deletions.committed.stream { break }
            await client.close(within: .zero)
            #expect(await failure.value != nil)
            #expect(audit.lines.isEmpty)
            Task {
                _ = try await Patience.until { log.lines.contains { $0.contains("stopping") } }
                deletions.released.continuation.yield()
            }
        }
        #expect(audit.lines.count == 1, "\(audit.lines)")
        let fields = audit.lines.first.map(Self.fields) ?? [:]
        #expect(fields["code"] == "OK" && fields["target"] == Self.sailor, "\(fields)")
    }

    @Test func `the contract says which methods are audited`() {
        let all =
            AdminServiceMethods.all + ProfileServiceMethods.all + SearchServiceMethods.all
            + SavedSearchServiceMethods.all
        #expect(all.allSatisfy { $0.requiredRole != .admin || $0.isAudited })
        #expect(
            all.filter { $0.isAudited && $0.requiredRole != .admin }.map(\.name)
                == ["DeleteProfile", "BatchDeleteProfiles", "ExplainQuery", "DeleteSavedSearch"]
        )
    }
}
