import LikenessMessages
import LikenessRPC
import LikenessTLS
import LikenessWire
import NIOCore
import Synchronization
import Testing

/// Calls over real sockets, with and without TLS.
@Suite struct UnaryCallTests {
    static func message(_ text: String = "hello", byteCount: Int = 3) -> RPCStatusDetail {
        RPCStatusDetail(type: text, value: [UInt8](repeating: 0xAB, count: byteCount))
    }

    @Test(arguments: EchoServer.Transport.allCases) func `an answer comes back`(transport: EchoServer.Transport)
        async throws
    {
        let server = try await EchoServer.start(transport)
        let client = try await server.connect()
        for size in [0, 1, 1_500, 16_384, 300_000, 4_194_000] {
            let request = Self.message(byteCount: size)
            #expect(try await client.unary(Echo.echo, request, options: .init()) == request)
        }
        #expect(try await client.unary(Echo.echo, RPCStatusDetail(), options: .init()) == RPCStatusDetail())
        #expect(client.callCount == 0)
        await client.close()
        await server.stop()
        #expect(server.server.connectionCount == 0)
    }

    @Test(arguments: EchoServer.Transport.allCases)
    func `many calls share a connection`(transport: EchoServer.Transport) async throws {
        let server = try await EchoServer.start(transport)
        let client = try await server.connect()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<64 {
                group.addTask {
                    for index in 0..<20 {
                        let request = Self.message("\(worker)/\(index)", byteCount: worker * 40)
                        let method = index % 5 == 0 ? Echo.hop : Echo.echo
                        let answer = try await client.unary(method, request, options: .init())
                        #expect(answer == request)
                    }
                }
            }
            try await group.waitForAll()
        }
        await client.close()
        await server.stop()
    }

    @Test func `calls from the connection's own executor do not change threads`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let request = Self.message()
        let same = try await Task(executorPreference: client.executor) {
            var same = client.executor.eventLoop.inEventLoop
            for _ in 0..<100 {
                _ = try await client.unary(Echo.echo, request, options: .init())
                same = same && client.executor.eventLoop.inEventLoop
            }
            return same
        }.value
        #expect(same)
        await client.close()
        await server.stop()
    }

    @Test(arguments: StatusCode.allCases.filter { $0 != .ok }) func `an error keeps its code and its details`(
        code: StatusCode
    ) async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let error = try await Self.error {
            try await client.unary(Echo.fail, Self.message(code.name), options: .init())
        }
        #expect(error.code == code)
        #expect(error.message == "as you wish")
        #expect(error.reason == "ASKED_FOR")
        #expect(!error.nothingWasSent)
        await client.close()
        await server.stop()
    }

    @Test func `an error of unknown type tells nothing but a number`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let error = try await Self.error { try await client.unary(Echo.fail, Self.message("?"), options: .init()) }
        #expect(error.code == .internal)
        #expect(!error.message.contains("tell"))
        let number = try #require(error.detail(RPCRequestInfo.self)?.requestId)
        #expect(error.message == "internal error \(number)")
        await client.close()
        await server.stop()
    }

    @Test func `an unknown method is UNIMPLEMENTED and the connection goes on`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let error = try await Self.error { try await client.unary(Echo.unknown, Self.message(), options: .init()) }
        #expect(error.code == .unimplemented)
        #expect(error.reason == "UNKNOWN_METHOD")
        #expect(try await client.unary(Echo.echo, Self.message(), options: .init()) == Self.message())
        await client.close()
        await server.stop()
    }

    @Test func `roles decide, by the peer's certificate`() async throws {
        let server = try await EchoServer.start(.tls) { peer in
            peer.certificate?.uriNames == ["spiffe://test/reader"] ? [.reader] : [.admin]
        }
        let client = try await server.connect()
        let error = try await Self.error { try await client.unary(Echo.adminOnly, Self.message(), options: .init()) }
        #expect(error.code == .permissionDenied)
        #expect(error.reason == "ROLE_REQUIRED")
        await client.close()
        await server.stop()
    }

    @Test func `a role includes the ones before it, and is asked for anew`() async throws {
        let roles = Mutex<Set<Role>>([.admin])
        var configuration = EchoServer.patient
        configuration.rolesTime = .zero
        let server = try await EchoServer.start(configuration: configuration) { _ in roles.withLock { $0 } }
        let client = try await server.connect()
        #expect(try await client.unary(Echo.adminOnly, Self.message(), options: .init()) == Self.message())
        roles.withLock { $0 = [.writer] }
        let error = try await Self.error { try await client.unary(Echo.adminOnly, Self.message(), options: .init()) }
        #expect(error.code == .permissionDenied)
        await client.close()
        await server.stop()
    }

    @Test func `metadata goes there and trailers come back`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let trailers = Mutex(Metadata())
        let sent = Metadata(["b": "2", "a": "1", "b": "3", "empty": ""])
        let options = CallOptions(metadata: sent) { received in trailers.withLock { $0 = received } }
        _ = try await client.unary(Echo.trailers, Self.message(), options: options)
        #expect(trailers.withLock { $0 } == sent)
        await client.close()
        await server.stop()
    }

    @Test func `what the server would refuse is not sent`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        var tooMuch = CallOptions()
        tooMuch.metadata.add("k", [UInt8](repeating: 1, count: 16_384))
        var badKey = CallOptions()
        badKey.metadata.add("Upper", "x")
        let cases: [(CallOptions, RPCStatusDetail, StatusCode)] = [
            (tooMuch, Self.message(), .resourceExhausted), (badKey, Self.message(), .invalidArgument),
            (CallOptions(), Self.message(byteCount: 4 << 20), .resourceExhausted),
            (CallOptions(), Self.message("a\0b"), .invalidArgument),
            (CallOptions(timeout: .zero), Self.message(), .deadlineExceeded),
        ]
        for (options, request, code) in cases {
            let error = try await Self.error { try await client.unary(Echo.echo, request, options: options) }
            #expect(error.code == code)
            #expect(error.nothingWasSent)
        }
        #expect(try await client.unary(Echo.echo, Self.message(), options: .init()) == Self.message())
        await client.close()
        await server.stop()
    }

    @Test func `an answer that the client cannot take is an error of the call`() async throws {
        let server = try await EchoServer.start()
        var configuration = ClientConnection.Configuration()
        configuration.settings.frameBytesMax = 20_000
        let client = try await server.connect(configuration)
        let error = try await Self.error {
            try await client.unary(Echo.inflate, Self.message("30000"), options: .init())
        }
        #expect(error.code == .resourceExhausted)
        #expect(try await client.unary(Echo.inflate, Self.message("100"), options: .init()).value.count == 100)
        await client.close()
        await server.stop()
    }

    @Test func `a deadline ends the call and cancels its handler`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        for _ in 0..<20 {
            let error = try await Self.error {
                try await client.unary(Echo.hang, Self.message(), options: .init(timeout: .milliseconds(20)))
            }
            #expect(error.code == .deadlineExceeded)
            // On a busy machine the time may be up before the request leaves.
            if !error.nothingWasSent { await server.service.cancelled.next() }
        }
        #expect(server.service.counts.running == 0)
        await client.close()
        await server.stop()
    }

    @Test func `without a timeout the method's own counts`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let error = try await Self.error { try await client.unary(Echo.hangBriefly, Self.message(), options: .init()) }
        #expect(error.code == .deadlineExceeded)
        await client.close()
        await server.stop()
    }

    @Test func `cancelling the caller's task cancels the handler`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let task = Task { try await client.unary(Echo.hang, Self.message(), options: .init()) }
        await server.service.hanging.next()
        task.cancel()
        let error = try await Self.error { try await task.value }
        #expect(error.code == .cancelled)
        await server.service.cancelled.next()
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.unary(Echo.echo, Self.message(), options: .init())
        }
        #expect(try await Self.error { try await early.value }.code == .cancelled)
        #expect(try await client.unary(Echo.echo, Self.message(), options: .init()) == Self.message())
        await client.close()
        await server.stop()
    }

    @Test(arguments: EchoServer.Transport.allCases)
    func `losing the connection cancels handlers and fails calls`(transport: EchoServer.Transport) async throws {
        let server = try await EchoServer.start(transport)
        let client = try await server.connect()
        let task = Task { try await client.unary(Echo.hang, Self.message(), options: .init()) }
        await server.service.hanging.next()
        client.abort()
        let error = try await Self.error { try await task.value }
        #expect(error.code == .unavailable)
        #expect(!error.nothingWasSent, "it may have been carried out")
        await server.service.cancelled.next()
        let late = try await Self.error { try await client.unary(Echo.echo, Self.message(), options: .init()) }
        #expect(late.code == .unavailable)
        #expect(late.nothingWasSent)
        #expect(client.isDraining)
        await server.stop()
    }

    @Test func `the limit of calls holds on both sides`() async throws {
        var configuration = EchoServer.patient
        configuration.settings.streamsMax = 2
        let server = try await EchoServer.start(configuration: configuration)
        let client = try await server.connect()
        #expect(client.callCountMax == 2)
        let tasks = (0..<2).map { _ in Task { try await client.unary(Echo.hang, Self.message(), options: .init()) } }
        for _ in tasks { await server.service.hanging.next() }
        let error = try await Self.error { try await client.unary(Echo.echo, Self.message(), options: .init()) }
        #expect(error.code == .resourceExhausted)
        #expect(error.nothingWasSent)
        for task in tasks { task.cancel() }
        for _ in tasks { await server.service.cancelled.next() }
        await client.close()
        await server.stop()
    }

    @Test func `pings measure`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        #expect(try await client.ping(timeout: .seconds(120)) > .zero)
        await client.close()
        await server.stop()
    }

    @Test func `the observer sees every call once`() async throws {
        let observer = RecordingObserver()
        let server = try await EchoServer.start(observer: observer)
        let client = try await server.connect()
        _ = try await client.unary(Echo.echo, Self.message(byteCount: 100), options: .init())
        _ = try? await client.unary(Echo.unknown, Self.message(), options: .init())
        _ = try? await client.unary(Echo.adminOnly, Self.message(), options: .init())
        let last = Task { try await client.unary(Echo.hang, Self.message(), options: .init()) }
        await server.service.hanging.next()
        last.cancel()
        await server.service.cancelled.next()
        await client.close()
        await server.stop()
        let seen = observer.seen.withLock { $0 }
        #expect(seen.map(\.code) == [.ok, .unimplemented, .permissionDenied, .cancelled])
        #expect(seen.map(\.method?.name) == ["Echo", nil, "AdminOnly", "Hang"])
        #expect(seen.map(\.wasStarted) == [true, false, false, true])
        #expect(seen.first?.requestBytes == 109 && seen.first?.responseBytes == 109)
        #expect(observer.connections.load(ordering: .relaxed) == 0)
    }

    /// The error of a call that must fail.
    static func error<Success>(_ body: () async throws -> Success) async throws -> RPCError {
        do {
            _ = try await body()
        } catch let error as RPCError {
            return error
        }
        throw NoError()
    }
    struct NoError: Error {}
}

final class RecordingObserver: ServerObserver {
    let seen = Mutex<[EndedCall]>([])
    /// A call has been seen: a handler may end later than its connection.
    let ended = Signal()
    let connections = Atomic(0)

    func connectionOpened(_ peer: PeerIdentity) { self.connections.add(1, ordering: .relaxed) }
    func connectionClosed(_ peer: PeerIdentity) { self.connections.subtract(1, ordering: .relaxed) }
    func callStarted(_ method: MethodInfo) {}
    func callEnded(_ call: EndedCall) {
        self.seen.withLock { $0.append(call) }
        self.ended.fire()
    }
}
