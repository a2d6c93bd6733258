import LikenessMessages
import LikenessRPC
import LikenessWire
import NIOCore
import Testing

/// What a server does with peers that break the protocol: they lose their connection, and nobody else notices.
@Suite struct BadPeerTests {
    /// Sends bytes in place of a HELLO, or after it, and wants the connection to end with a code.
    static func expect(
        _ code: GoawayCode,
        afterHello: Bool,
        _ bytes: (inout ByteBuffer) -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let server = try await EchoServer.start()
        let honest = try await server.connect()
        var peer = afterHello ? try await RawPeer.greeted(server) : try await RawPeer.connect(to: server)
        try await peer.send(bytes)
        let goaway = await peer.goaway()
        #expect(goaway?.code == code, sourceLocation: sourceLocation)
        let request = UnaryCallTests.message()
        #expect(try await honest.unary(Echo.echo, request, options: .init()) == request, sourceLocation: sourceLocation)
        await honest.close()
        await server.stop()
        #expect(server.server.connectionCount == 0, sourceLocation: sourceLocation)
    }

    @Test(
        arguments: [true, false],
        ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "SSH-2.0-OpenSSH_9.2p1\r\n", "\u{FF}\u{FF}\u{FF}\u{FF}"]
    )
    func `garbage`(afterHello: Bool, text: String) async throws {
        try await Self.expect(.frameTooLarge, afterHello: afterHello) { $0.writeString(text) }
    }

    @Test(arguments: [0, 1, 5] as [UInt32]) func `a length that is too short`(length: UInt32) async throws {
        try await Self.expect(.protocolError, afterHello: true) { $0.writeInteger(length) }
    }

    @Test func `a length over 4 MiB, with nothing behind it`() async throws {
        try await Self.expect(.frameTooLarge, afterHello: true) {
            $0.writeMultipleIntegers(UInt32(4 << 20) + 1, UInt8(2), UInt8(3), UInt32(1))
        }
    }

    @Test func `a large first frame`() async throws {
        try await Self.expect(.frameTooLarge, afterHello: false) {
            $0.writeMultipleIntegers(UInt32(16_385), UInt8(1), UInt8(0), UInt32(0))
        }
    }

    @Test func `a request before HELLO`() async throws {
        try await Self.expect(.protocolError, afterHello: false) {
            $0.writeRequest(1, RequestHead(method: "a/b"), isLast: true) { _ in }
        }
    }

    @Test func `a second HELLO`() async throws {
        try await Self.expect(.protocolError, afterHello: true) { $0.writeHello(Settings()) }
    }

    @Test func `another version`() async throws {
        try await Self.expect(.unsupportedVersion, afterHello: false) {
            $0.writeMultipleIntegers(UInt32(10), UInt8(1), UInt8(0), UInt32(0))
            $0.writeMultipleIntegers(UInt16(99), UInt16(0))
        }
    }

    @Test(arguments: [0, 2, 0x8000_0001] as [StreamID]) func `a stream that no client has`(id: StreamID) async throws {
        try await Self.expect(.protocolError, afterHello: true) {
            $0.writeRequest(id, RequestHead(method: "a/b"), isLast: true) { _ in }
        }
    }

    @Test(arguments: [1, 3] as [StreamID]) func `a stream that was used before`(id: StreamID) async throws {
        try await Self.expect(.protocolError, afterHello: true) {
            $0.writeRequest(3, RequestHead(method: "a/b"), isLast: true) { _ in }
            $0.writeRequest(id, RequestHead(method: "a/b"), isLast: true) { _ in }
        }
    }

    @Test func `an END from a client`() async throws {
        try await Self.expect(.protocolError, afterHello: true) { $0.writeEnd(1, .ok) }
    }

    @Test func `a frame on a stream that was never opened`() async throws {
        try await Self.expect(.protocolError, afterHello: true) { $0.writeCancel(1) }
    }

    @Test func `too much credit`() async throws {
        try await Self.expect(.flowControl, afterHello: true) { $0.writeCredit(0, bytes: 0x7FFF_FFFF) }
    }

    @Test func `four pings at once`() async throws {
        try await Self.expect(.tooMuch, afterHello: true) { for value in 0..<4 { $0.writePing(UInt64(value)) } }
    }

    @Test func `100,000 frames of unknown kinds`() async throws {
        try await Self.expect(.tooMuch, afterHello: true) {
            for _ in 0..<100_000 { $0.writeMultipleIntegers(UInt32(6), UInt8(99), UInt8(0), UInt32(0)) }
        }
    }

    @Test func `requests that are cancelled at once, 20,000 of them`() async throws {
        let server = try await EchoServer.start()
        var peer = try await RawPeer.greeted(server)
        var bytes = ByteBuffer()
        for index in 0..<20_000 {
            let id = StreamID(index * 2 + 1)
            bytes.writeRequest(id, RequestHead(method: Echo.hang.info.fullName), isLast: true) { _ in }
            bytes.writeCancel(id)
        }
        // The server stops reading when it has had enough.
        try? await peer.send { $0 = bytes }
        let goaway = await peer.goaway()
        #expect(goaway?.code == .tooMuch || goaway == nil)
        let seen = server.service.counts
        #expect(seen.runningPeak <= 200)
        #expect(seen.started <= 600)
        await server.stop()
        #expect(server.service.counts.running == 0)
    }

    @Test func `requests that can be answered are`() async throws {
        let server = try await EchoServer.start()
        var peer = try await RawPeer.greeted(server)
        let echo = Echo.echo.info.fullName
        let cases: [(String, [UInt8], StatusCode)] = [
            ("", [], .unimplemented), ("../etc/passwd", [], .unimplemented),
            ("test.v1.EchoService/Ech\0o", [], .unimplemented),
            (String(repeating: "x", count: 300), [], .unimplemented), ("test.v1.EchoService/", [], .unimplemented),
            (echo, [0x0A, 0x05, 0x61], .invalidArgument), (echo, [0xFF], .invalidArgument),
            (echo, [0x0A, 0x02, 0xC0, 0x80], .invalidArgument), (echo, [0x0A, 0x01, 0x00], .invalidArgument),
            (echo, [0x0B], .invalidArgument), (echo, [], .ok),
        ]
        var id: StreamID = 1
        for (method, message, code) in cases {
            try await peer.request(id, method, message: message)
            let end = await peer.end()
            #expect(end?.id == id)
            #expect(end?.status.code == code, "\(method) \(message)")
            id += 2
        }
        await peer.close()
        await server.stop()
    }

    @Test func `a malformed message is answered with the field's name`() async throws {
        let server = try await EchoServer.start()
        var peer = try await RawPeer.greeted(server)
        try await peer.request(1, Echo.echo.info.fullName, message: [0x0A, 0x01, 0xFF])
        let end = try #require(await peer.end())
        let error = RPCError(end.status.code, end.status.message, details: end.status.details)
        #expect(error.reason == "MALFORMED_REQUEST")
        #expect(error.detail(RPCBadRequest.self)?.fieldViolations.map(\.field) == ["type"])
        await peer.close()
        await server.stop()
    }

    @Test func `too much metadata is the call's error`() async throws {
        let server = try await EchoServer.start()
        var peer = try await RawPeer.greeted(server)
        var head = RequestHead(method: Echo.echo.info.fullName)
        for index in 0..<10_000 { head.metadata.add("key-\(index)", "x") }
        try await peer.send { $0.writeRequest(1, head, isLast: true) { _ in } }
        #expect(await peer.end()?.status.code == .resourceExhausted)
        try await peer.request(3, Echo.echo.info.fullName)
        #expect(await peer.end()?.status.code == .ok)
        await peer.close()
        await server.stop()
    }

    @Test func `a request that carries no message is INVALID_ARGUMENT`() async throws {
        let server = try await EchoServer.start()
        var peer = try await RawPeer.greeted(server)
        try await peer.send { $0.writeRequest(1, RequestHead(method: Echo.echo.info.fullName), isLast: true) }
        #expect(await peer.end()?.status.code == .invalidArgument)
        await peer.close()
        await server.stop()
    }

    @Test func `a call over the limit is refused and may be repeated`() async throws {
        var configuration = EchoServer.patient
        configuration.settings.streamsMax = 1
        let server = try await EchoServer.start(configuration: configuration)
        var peer = try await RawPeer.greeted(server)
        try await peer.request(1, Echo.hang.info.fullName)
        await server.service.hanging.next()
        try await peer.request(3, Echo.echo.info.fullName)
        let end = await peer.end()
        #expect(end?.status.code == .resourceExhausted)
        #expect(end?.wasNotProcessed == true)
        // In one packet: the place is free at once.
        try await peer.send { buffer in
            buffer.writeCancel(1)
            buffer.writeRequest(5, RequestHead(method: Echo.echo.info.fullName), isLast: true) { _ in }
        }
        #expect(await peer.end()?.status.code == .ok)
        await peer.close()
        await server.stop()
    }

    @Test func `a hundred calls are cancelled and a hundred begun in one packet`() async throws {
        let server = try await EchoServer.start()
        var peer = try await RawPeer.greeted(server)
        let ids = (0..<100).map { StreamID($0 * 2 + 1) }
        try await peer.send { buffer in
            let head = RequestHead(method: Echo.hang.info.fullName)
            for id in ids { buffer.writeRequest(id, head, isLast: true) { _ in } }
        }
        for _ in ids { await server.service.hanging.next() }
        try await peer.send { buffer in
            for id in ids { buffer.writeCancel(id) }
            let head = RequestHead(method: Echo.echo.info.fullName)
            for id in ids { buffer.writeRequest(id + 200, head, isLast: true) { _ in } }
        }
        for id in ids {
            let end = await peer.end()
            #expect(end?.id == id + 200)
            #expect(end?.status.code == .ok)
        }
        await peer.close()
        await server.stop()
    }

    @Test func `calls that do not stop when they are cancelled are bounded, and the refusal says when to come back`()
        async throws
    {
        var configuration = EchoServer.patient
        configuration.settings.streamsMax = 2
        let server = try await EchoServer.start(configuration: configuration)
        var peer = try await RawPeer.greeted(server)
        for id in [1, 3, 5, 7] as [StreamID] {
            try await peer.request(id, Echo.gated.info.fullName)
            await server.service.hanging.next()
            try await peer.send { $0.writeCancel(id) }
        }
        try await peer.request(9, Echo.echo.info.fullName)
        let end = await peer.end()
        #expect(end?.status.code == .resourceExhausted)
        #expect(end?.wasNotProcessed == true)
        #expect(end?.status.details.map(\.type).contains(RPCRetryInfo.fullName) == true)
        for _ in 0..<4 { server.service.gate.fire() }
        await peer.close()
        await server.stop()
    }

    @Test(arguments: [1, 10_000_000_000_000_000_000] as [UInt64]) func `timeouts at the edges`(microseconds: UInt64)
        async throws
    {
        let server = try await EchoServer.start()
        var peer = try await RawPeer.greeted(server)
        try await peer.request(1, Echo.hang.info.fullName, timeout: microseconds)
        if microseconds == 1 {
            #expect(await peer.end()?.status.code == .deadlineExceeded)
        } else {
            await server.service.hanging.next()
        }
        await peer.close()
        await server.service.cancelled.next()
        await server.stop()
    }

    @Test func `a peer that closes in the middle of a frame harms nothing`() async throws {
        let server = try await EchoServer.start()
        var whole = ByteBuffer()
        whole.writeHello(Settings())
        whole.writeRequest(1, RequestHead(method: Echo.hang.info.fullName), isLast: true) { $0.writeBytes([0, 1, 2]) }
        for end in stride(from: 0, through: whole.readableBytes, by: 5) {
            let peer = try await RawPeer.connect(to: server)
            try await peer.send { $0.writeImmutableBuffer(whole.getSlice(at: 0, length: end) ?? ByteBuffer()) }
            await peer.close()
        }
        let client = try await server.connect()
        #expect(
            try await client.unary(Echo.echo, UnaryCallTests.message(), options: .init()) == UnaryCallTests.message()
        )
        await client.close()
        await server.stop()
        #expect(server.service.counts.running == 0)
    }

    @Test(arguments: EchoServer.Transport.allCases) func `connections over the limit are closed`(
        transport: EchoServer.Transport
    ) async throws {
        var configuration = EchoServer.patient
        configuration.connectionsMax = 1
        let server = try await EchoServer.start(transport, configuration: configuration)
        let first = try await server.connect()
        let error = try await UnaryCallTests.error { _ = try await server.connect() }
        #expect(error.code == .unavailable)
        #expect(error.nothingWasSent)
        #expect(
            try await first.unary(Echo.echo, UnaryCallTests.message(), options: .init()) == UnaryCallTests.message()
        )
        await first.close()
        await server.stop()
    }
}
