import LikenessMessages
import LikenessRPC
import LikenessWire
import Logging
import NIOPosix
import Testing

@testable import LikenessServer

/// The lines that calls leave.
@Suite struct AccessLogTests {
    private static let traceID = "0af7651916cd43dd8448eb211c80319c"

    /// What the log has of one call with this metadata, and no tracer anywhere.
    private static func line(_ metadata: Metadata, roles: Set<Role>) async throws -> String {
        let log = RecordedLog()
        var router = MethodRouter()
        router.unary(AdminServiceMethods.getVersion) { _, _ in GetVersionResponse(version: "1") }
        router.unary(AdminServiceMethods.getStatistics) { _, _ in GetStatisticsResponse() }
        let server = try await RPCServer.start(
            host: "127.0.0.1",
            port: 0,
            security: .plaintext,
            router: router,
            roles: { _ in roles },
            observer: AccessLog(logger: log.logger),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            group: MultiThreadedEventLoopGroup.singleton
        )
        let client = try await ClientConnection.connect(
            host: "127.0.0.1",
            port: server.port,
            security: .plaintext,
            group: MultiThreadedEventLoopGroup.singleton
        )
        var failure: (any Error)?
        do {
            _ = try await client.unary(
                AdminServiceMethods.getStatistics,
                GetStatisticsRequest(),
                options: .init(deadline: .now + .seconds(600), metadata: metadata)
            )
        } catch { failure = error }
        await client.close()
        await server.shutDown(within: .seconds(5))
        return try #require(log.lines.first { $0.contains(" call ") }, "\(log.lines), \(String(describing: failure))")
    }

    @Test(arguments: [Set<Role>([.admin]), [.reader]]) func `a line names the caller's trace`(
        roles: Set<Role>
    ) async throws {
        let line = try await Self.line(
            Metadata(["traceparent": "00-\(Self.traceID)-b7ad6b7169203331-01"]),
            roles: roles
        )
        #expect(line.contains("method=likeness.v1.AdminService/GetStatistics"))
        #expect(line.contains(roles == [.admin] ? "code=OK" : "code=PERMISSION_DENIED"))
        #expect(line.hasSuffix(" trace_id=\(Self.traceID)"))
    }

    @Test(arguments: ["", "nonsense\n", "00-\(Self.traceID)-0000000000000000-01"]) func `no other text gets there`(
        text: String
    ) async throws {
        let line = try await Self.line(Metadata(["traceparent": text]), roles: [.admin])
        #expect(!line.contains("trace_id") && !line.contains("nonsense"))
    }
}
