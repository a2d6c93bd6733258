import LikenessMessages
import Testing

@testable import LikenessClient

/// The contract's `default_timeout_ms`: the client's when the caller names no timeout, the server's when the call has none.
@Suite struct DefaultDeadlineTests {
    private static func run(_ body: (LikenessClient, TestService) async throws -> Void) async throws {
        let identity = try TestIdentity()
        let service = TestService()
        try await service.start(identity)
        let client = try LikenessClient(configuration: identity.configuration(ports: [service.port]))
        try await body(client, service)
        await client.close(within: .zero)
        await service.kill()
    }

    /// A method as a client might know it whose contract has another default than the server's.
    private static func method<Request, Response>(
        _ method: MethodDescriptor<Request, Response>,
        default timeout: Duration?
    ) -> MethodDescriptor<Request, Response> {
        MethodDescriptor(
            MethodInfo(
                service: method.info.service,
                name: method.info.name,
                kind: method.info.kind,
                requiredRole: method.info.requiredRole,
                isIdempotent: method.info.isIdempotent,
                hasNoSideEffects: method.info.hasNoSideEffects,
                defaultTimeout: timeout
            )
        )
    }

    private static let version = AdminServiceMethods.getVersion
    private static let pages = SearchServiceMethods.queryStream

    /// What the handler had left after calls of both kinds with these defaults of the client's.
    private static func remainingTimes(
        default timeout: Duration?,
        options: CallOptions = .init()
    ) async throws -> [Duration] {
        var times: [Duration] = []
        try await Self.run { client, service in
            _ = try await client.caller.unary(Self.method(Self.version, default: timeout), .init(), options: options)
            times.append(try #require(service.remainingTime))
            try await client.caller.serverStreaming(
                Self.method(Self.pages, default: timeout),
                .init(query: .init(query: .init(ask: .text(.init(text: "x"))), limit: 1)),
                options: options
            ) { while try await $0.next() != nil {} }
            times.append(try #require(service.remainingTime))
        }
        return times
    }

    @Test func `the contract has one for each of these methods`() {
        #expect(Self.version.info.defaultTimeout == .seconds(5))
        #expect(Self.pages.info.defaultTimeout == .seconds(30))
    }

    @Test func `the client sends its method's default`() async throws {
        // Longer than any of the server's own.
        for time in try await Self.remainingTimes(default: .seconds(600)) {
            #expect(time > .seconds(300) && time <= .seconds(600))
        }
    }

    @Test func `a caller's timeout comes before the default`() async throws {
        let options = CallOptions(timeout: .seconds(6_000))
        for time in try await Self.remainingTimes(default: .seconds(600), options: options) {
            #expect(time > .seconds(3_000) && time <= .seconds(6_000))
        }
    }

    @Test func `a call that comes without a timeout gets the server's default`() async throws {
        let times = try await Self.remainingTimes(default: nil)
        #expect(times[0] <= .seconds(5))
        #expect(times[1] > .seconds(5) && times[1] <= .seconds(30))
    }

    @Test func `the client gives up by itself when the default has passed`() async throws {
        let identity = try TestIdentity()
        let service = TestService { _ in try await hangUntilCancelled() }
        try await service.start(identity)
        let client = try LikenessClient(configuration: identity.configuration(ports: [service.port]))
        let hurried = Self.method(Self.version, default: .milliseconds(200))
        let error = await #expect(throws: LikenessError.self) {
            _ = try await client.caller.unary(hurried, .init(), options: .init())
        }
        #expect(error?.code == .deadlineExceeded)
        await client.close(within: .zero)
        await service.kill()
    }
}
