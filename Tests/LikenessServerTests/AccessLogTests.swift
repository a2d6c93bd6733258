import LikenessMessages
import LikenessRPC
import LikenessWire
import Logging
import NIOCore
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

    // MARK: What is worth a line

    private static func call(
        _ code: StatusCode,
        _ kind: MethodKind = .unary,
        name: String = "GetStatistics",
        seconds: Int = 0,
        caller: Int = 0,
        address: String? = nil
    ) -> EndedCall {
        EndedCall(
            method: MethodInfo(
                service: "likeness.v1.AdminService",
                name: name,
                kind: kind,
                requiredRole: .admin,
                isIdempotent: true,
                hasNoSideEffects: true,
                defaultTimeout: nil,
                isAudited: true
            ),
            peer: Self.peer(address ?? "10.0.0.\(caller)"),
            code: code,
            wasStarted: code == .ok,
            duration: .seconds(seconds),
            requestBytes: 0,
            responseBytes: 0
        )
    }

    private static func peer(_ address: String) -> PeerIdentity {
        let socket = try? SocketAddress(ipAddress: address, port: Int.random(in: 1...65_535))
        return PeerIdentity(
            certificate: nil,
            address: socket.map { "\($0)" } ?? "unknown",
            source: SourceAddress(socket)
        )
    }

    @Test func `streams that end are no warnings, however long they were open`() {
        for kind in [MethodKind.serverStreaming, .clientStreaming, .bidirectional] {
            for code in [StatusCode.ok, .cancelled, .deadlineExceeded] {
                #expect(AccessLog.level(of: Self.call(code, kind, seconds: 3_600)) == .debug)
            }
            #expect(AccessLog.level(of: Self.call(.unavailable, kind)) == .warning)
            #expect(AccessLog.level(of: Self.call(.internal, kind)) == .error)
        }
        #expect(AccessLog.level(of: Self.call(.ok, name: "WaitOperation", seconds: 60)) == .debug)
        #expect(AccessLog.level(of: Self.call(.ok, seconds: 2)) == .warning)
        #expect(AccessLog.level(of: Self.call(.deadlineExceeded)) == .notice)
        #expect(AccessLog.level(of: Self.call(.notFound)) == .debug)
    }

    /// However long a test takes, all of it is within one interval.
    private static let patient = LogThinning(interval: .seconds(86_400))

    @Test func `a flood of denied calls leaves a line for each caller, and a count`() {
        let log = RecordedLog()
        let access = AccessLog(logger: log.logger, thinning: Self.patient)
        let audit = AuditLog(logger: log.logger, thinning: Self.patient, takesLines: { true })
        for index in 0..<50_000 {
            let call = Self.call(.permissionDenied, caller: index % 2)
            access.callEnded(call)
            audit.callEnded(call)
        }
        #expect(log.lines.count == 4, "\(log.lines)")
        access.flush()
        audit.flush()
        // Every call is in exactly one line of each log.
        let counts = log.lines.dropFirst(4).map { line in line.contains("count=24999") && line.contains("GetStatistics")
        }
        #expect(counts == [true, true, true, true], "\(log.lines)")
        #expect(log.lines.map(\.utf8.count).reduce(0, +) < 2_000)
    }

    @Test func `a site of IPv6 is one caller, whatever address it calls from`() {
        let log = RecordedLog()
        let access = AccessLog(logger: log.logger, thinning: Self.patient)
        for index in 1...1_000 {
            access.callEnded(Self.call(.permissionDenied, address: "2001:db8:0:1::\(String(index, radix: 16))"))
        }
        #expect(log.lines.count == 1, "\(log.lines.prefix(3))")
        access.callEnded(Self.call(.permissionDenied, address: "2001:db8:0:2::1"))
        #expect(log.lines.count == 2, "\(log.lines.prefix(3))")
        access.flush()
        #expect(log.lines.dropFirst(2).contains { $0.contains("count=999") }, "\(log.lines.prefix(4))")
    }

    @Test func `calls that ran are audited one by one`() {
        let log = RecordedLog()
        let audit = AuditLog(logger: log.logger, takesLines: { true })
        for _ in 0..<1_000 { audit.callEnded(Self.call(.ok)) }
        #expect(log.lines.count == 1_000)
    }
}
