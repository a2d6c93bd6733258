import LikenessMessages
import LikenessRPC
import LikenessWire
import Synchronization
import Testing

/// What is wrapped around handlers: order, refusals, outcomes, trailers and task-local values, for all kinds of calls.
@Suite struct ServerInterceptorTests {
    /// Runs `body` with a server that has these interceptors, and a connection to it.
    private static func run(
        _ interceptors: any ServerInterceptor...,
        roles: Set<Role> = [.reader],
        _ body: (EchoServer, ClientConnection) async throws -> Void
    ) async throws {
        let server = try await EchoServer.start(roles: { _ in roles }, interceptors: interceptors)
        let client = try await server.connect()
        try await body(server, client)
        await client.close()
        await server.stop()
    }

    /// Makes one call of a kind; answers with its trailers.
    private static func call(
        _ kind: MethodKind,
        _ client: ClientConnection,
        metadata: Metadata = Metadata()
    ) async throws -> [String] {
        let seen = Mutex<[String]>([])
        let options = CallOptions(
            metadata: metadata,
            onTrailers: { trailers in
                let texts = trailers.entries.map { "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))" }
                seen.withLock { $0 += texts }
            }
        )
        let message = RPCStatusDetail(type: "2", value: [1, 2, 3])
        switch kind {
        case .unary: #expect(try await client.unary(Echo.echo, message, options: options) == message)
        case .clientStreaming:
            let answer = try await client.clientStreaming(Streams.collect, options: options) { requests in
                for _ in 0..<3 { try await requests.write(message) }
            }
            #expect(answer.type == "3")
        case .serverStreaming:
            let count = try await client.serverStreaming(Streams.count, message, options: options) { responses in
                var count = 0
                while try await responses.next() != nil { count += 1 }
                return count
            }
            #expect(count == 3)
        case .bidirectional:
            try await client.bidirectional(Streams.talk, options: options) { requests, responses in
                for _ in 0..<3 {
                    try await requests.write(message)
                    #expect(try await responses.next() == message)
                }
                try await requests.finish()
                #expect(try await responses.next() == nil)
            }
        }
        return seen.withLock { $0 }
    }

    private static let kinds: [MethodKind] = [.unary, .clientStreaming, .serverStreaming, .bidirectional]

    @Test(arguments: Self.kinds) func `the first is outermost`(kind: MethodKind) async throws {
        let journal = Journal()
        let (first, second) = (Recorder("first", in: journal), Recorder("second", in: journal))
        try await Self.run(first, second) { _, client in _ = try await Self.call(kind, client) }
        #expect(journal.lines == ["first in", "second in", "second out: OK", "first out: OK"])
    }

    @Test func `it sees who calls what, with which metadata, until when`() async throws {
        let seen = Mutex<ServerContext?>(nil)
        let peek = Peek { call in seen.withLock { $0 = call } }
        let deadline = ContinuousClock.now + .seconds(90)
        try await Self.run(peek, roles: [.writer]) { _, client in
            let options = CallOptions(deadline: deadline, metadata: Metadata(["color": "blue"]))
            _ = try await client.unary(Echo.echo, RPCStatusDetail(), options: options)
        }
        let call = try #require(seen.withLock { $0 })
        #expect(call.method == Echo.echo.info)
        #expect(call.metadata["color"] == "blue")
        #expect(call.roles == [.writer])
        #expect(call.peer.address.contains("127.0.0.1"))
        let distance = try #require(call.deadline).duration(to: deadline)
        #expect(distance > .seconds(-60) && distance < .seconds(60))
    }

    @Test(arguments: Self.kinds) func `a refusal goes to the caller, and no handler runs`(
        kind: MethodKind
    ) async throws {
        let journal = Journal()
        let refusal = RPCError(.failedPrecondition, reason: "NOT_TODAY", "come back tomorrow")
        try await Self.run(Recorder("outer", in: journal), Refuser(refusal), Recorder("inner", in: journal)) {
            let client = $1
            let error = await #expect(throws: RPCError.self) { _ = try await Self.call(kind, client) }
            #expect(error?.code == .failedPrecondition && error?.reason == "NOT_TODAY")
            #expect(error?.message == "come back tomorrow")
        }
        #expect(journal.lines == ["outer in", "outer out: FAILED_PRECONDITION"])
    }

    @Test func `an interceptor's error of unknown type tells nothing`() async throws {
        try await Self.run(Refuser(Echo.Secret())) { _, client in
            let error = await #expect(throws: RPCError.self) { _ = try await Self.call(.unary, client) }
            #expect(error?.code == .internal)
            #expect(error?.message.hasPrefix("internal error ") == true)
        }
    }

    @Test func `it sees what handlers throw as the code the caller gets`() async throws {
        let journal = Journal()
        try await Self.run(Recorder("it", in: journal)) { _, client in
            for name in ["NOT_FOUND", "?"] {
                let request = RPCStatusDetail(type: name, value: [])
                await #expect(throws: RPCError.self) { try await client.unary(Echo.fail, request, options: .init()) }
            }
            await #expect(throws: RPCError.self) {
                try await client.serverStreaming(Streams.broken, RPCStatusDetail(), options: .init()) {
                    while try await $0.next() != nil {}
                }
            }
        }
        #expect(
            journal.lines == [
                "it in", "it out: NOT_FOUND", "it in", "it out: INTERNAL", "it in", "it out: DATA_LOSS",
            ]
        )
    }

    @Test func `it sees a request that breaks the contract refused, and no handler runs`() async throws {
        let journal = Journal()
        var router = MethodRouter()
        router.unary(SearchServiceMethods.query) { _, _ in
            journal.add("handler")
            return QueryResponse()
        }
        let server = try await EchoServer.start(router: router, interceptors: [Recorder("it", in: journal)])
        let client = try await server.connect()
        let error = await #expect(throws: RPCError.self) {
            try await client.unary(
                SearchServiceMethods.query,
                QueryRequest(limit: -1),
                options: .init(timeout: .seconds(600))
            )
        }
        #expect(error?.code == .invalidArgument && error?.reason == "INVALID_REQUEST")
        #expect(journal.lines == ["it in", "it out: INVALID_ARGUMENT"])
        await client.close()
        await server.stop()
    }

    @Test func `it may turn an error into another`() async throws {
        try await Self.run(Translator()) { _, client in
            let request = RPCStatusDetail(type: "NOT_FOUND", value: [])
            let error = await #expect(throws: RPCError.self) {
                try await client.unary(Echo.fail, request, options: .init())
            }
            #expect(error?.code == .unavailable && error?.message == "was NOT_FOUND")
        }
    }

    @Test func `a call that is not allowed does not get to it`() async throws {
        let journal = Journal()
        try await Self.run(Recorder("it", in: journal)) { _, client in
            for method in [Echo.adminOnly, Echo.unknown] {
                await #expect(throws: RPCError.self) {
                    try await client.unary(method, RPCStatusDetail(), options: .init())
                }
            }
        }
        #expect(journal.lines.isEmpty)
    }

    @Test(arguments: Self.kinds) func `its trailers go with the answer`(kind: MethodKind) async throws {
        try await Self.run(Trailers()) { _, client in
            let trailers = try await Self.call(kind, client)
            #expect(trailers.first == "before=1")
            #expect(trailers.last == "after=2")
        }
    }

    @Test func `its trailers go with an error, beside the error's own`() async throws {
        var refusal = RPCError(.aborted, "no")
        refusal.trailers = Metadata(["own": "3"])
        try await Self.run(Trailers(), Refuser(refusal)) { _, client in
            let error = await #expect(throws: RPCError.self) { _ = try await Self.call(.unary, client) }
            #expect(error?.trailers == Metadata(["before": "1", "after": "2", "own": "3"]))
        }
    }

    @Test func `task-local values are the handler's too`() async throws {
        var router = MethodRouter()
        router.unary(Echo.echo) { _, _ in
            await Task.yield()
            return RPCStatusDetail(type: Tenant.current, value: [])
        }
        let server = try await EchoServer.start(router: router, interceptors: [TenantFromMetadata()])
        let client = try await server.connect()
        for name in ["ann", "bob"] {
            let options = CallOptions(metadata: Metadata(["tenant": name]))
            #expect(try await client.unary(Echo.echo, RPCStatusDetail(), options: options).type == name)
        }
        await client.close()
        await server.stop()
    }

    @Test func `a caller that gives up cancels it too`() async throws {
        let journal = Journal()
        try await Self.run(Recorder("it", in: journal)) { server, client in
            let call = Task { try await client.unary(Echo.hang, RPCStatusDetail(), options: .init()) }
            await server.service.hanging.next()
            call.cancel()
            _ = await call.result
            await journal.ended.next()
        }
        #expect(journal.lines == ["it in", "it out: CANCELLED"])
    }
}
