import LikenessMessages
import LikenessRPC
import LikenessWire
import NIOCore
import Testing

@Suite struct DrainTests {
    @Test(arguments: EchoServer.Transport.allCases)
    func `calls in flight are answered, new ones are not taken`(transport: EchoServer.Transport) async throws {
        let server = try await EchoServer.start(transport)
        let client = try await server.connect()
        let request = UnaryCallTests.message()
        let calls = (0..<5).map { _ in Task { try await client.unary(Echo.gated, request, options: .init()) } }
        for _ in calls { await server.service.hanging.next() }
        let stopping = Task { await server.server.shutDown(within: .seconds(30)) }
        // The client knows by GOAWAY.
        try await client.draining.get()
        #expect(client.isDraining)
        let error = try await UnaryCallTests.error { try await client.unary(Echo.echo, request, options: .init()) }
        #expect(error.code == .unavailable)
        #expect(error.nothingWasSent)
        for _ in calls { server.service.gate.fire() }
        for call in calls { #expect(try await call.value == request) }
        await stopping.value
        #expect(server.server.connectionCount == 0)
        try await client.closed.get()
    }

    @Test func `a request that crosses with GOAWAY is refused and may be repeated`() async throws {
        let server = try await EchoServer.start()
        var peer = try await RawPeer.greeted(server)
        try await peer.request(1, Echo.gated.info.fullName)
        await server.service.hanging.next()
        let stopping = Task { await server.server.shutDown(within: .seconds(30)) }
        guard case .goaway(let goaway) = await peer.next() else { Issue.record("no GOAWAY"); return }
        #expect(goaway.code == .leaving)
        #expect(goaway.lastStream == 1)
        try await peer.request(3, Echo.echo.info.fullName)
        let refused = await peer.end()
        #expect(refused?.id == 3)
        #expect(refused?.status.code == .unavailable)
        #expect(refused?.wasNotProcessed == true)
        server.service.gate.fire()
        #expect(await peer.end()?.id == 1)
        await peer.close()
        await stopping.value
    }

    @Test func `what does not end in time is cancelled`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let call = Task { try await client.unary(Echo.hang, UnaryCallTests.message(), options: .init()) }
        await server.service.hanging.next()
        await server.server.shutDown(within: .milliseconds(50))
        await server.service.cancelled.next()
        #expect(try await UnaryCallTests.error { try await call.value }.code == .unavailable)
        #expect(server.server.connectionCount == 0)
    }

    @Test func `after shutdown nobody is let in`() async throws {
        let server = try await EchoServer.start()
        await server.stop()
        #expect(try await UnaryCallTests.error { _ = try await server.connect() }.code == .unavailable)
    }

    @Test func `a client that closes waits for its answers`() async throws {
        let server = try await EchoServer.start()
        let client = try await server.connect()
        let request = UnaryCallTests.message()
        let call = Task { try await client.unary(Echo.gated, request, options: .init()) }
        await server.service.hanging.next()
        let closing = Task { await client.close() }
        try await client.draining.get()
        server.service.gate.fire()
        #expect(try await call.value == request)
        await closing.value
        await server.stop()
    }

    @Test func `an idle connection and an old one are asked to leave`() async throws {
        for isIdle in [true, false] {
            var configuration = EchoServer.patient
            if isIdle {
                configuration.idleTimeout = .milliseconds(50)
            } else {
                configuration.connectionAge = .milliseconds(50)
            }
            let server = try await EchoServer.start(configuration: configuration)
            let client = try await server.connect()
            try await client.closed.get()
            await server.stop()
        }
    }
}
