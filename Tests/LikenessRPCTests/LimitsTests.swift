import LikenessMessages
import LikenessRPC
import LikenessWire
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite struct LimitsTests {
    @Test func `silent peers hold up those that speak no longer than the patience`() async throws {
        var configuration = EchoServer.patient
        configuration.handshakesMax = 4
        configuration.handshakePatience = .milliseconds(100)
        let server = try await EchoServer.start(.tls, configuration: configuration)
        var silent: [any Channel] = []
        for _ in 0..<12 {
            silent.append(
                try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: server.server.port).get()
            )
        }
        // The backlog holds the silent ones, which leave four at a time; then it is this one's turn.
        let client = try await server.connect()
        let request = UnaryCallTests.message()
        #expect(try await client.unary(Echo.echo, request, options: .init()) == request)
        // The first had to leave. Those that nobody waits behind may stay for the time of a handshake.
        #expect(server.server.handshakeCount <= 8)
        for channel in silent { channel.close(promise: nil) }
        await client.close()
        await server.stop()
    }

    @Test func `one client has so many connections and no more`() async throws {
        var configuration = EchoServer.patient
        configuration.connectionsPerIdentityMax = 2
        let refusals = Refusals()
        let server = try await EchoServer.start(.tls, configuration: configuration, observer: refusals)
        let first = try await server.connect()
        let second = try await server.connect()
        let error = try await UnaryCallTests.error {
            let third = try await server.connect()
            _ = try await third.unary(Echo.echo, UnaryCallTests.message(), options: .init())
        }
        #expect(error.code == .unavailable)
        #expect(refusals.seen == [.tooManyOfIdentity])
        // A place that is given back can be had again.
        await second.close()
        while server.server.connectionCount > 1 { await Task.yield() }
        let fourth = try await server.connect()
        let request = UnaryCallTests.message()
        #expect(try await fourth.unary(Echo.echo, request, options: .init()) == request)
        await first.close()
        await fourth.close()
        await server.stop()
    }

    @Test func `a call beyond the bound is refused with a delay, an administrator's is not`() async throws {
        var configuration = EchoServer.patient
        configuration.admission.delayTarget = .milliseconds(50)
        configuration.admission.inFlightMin = 1
        configuration.admission.inFlightInitial = 1
        configuration.admission.inFlightMax = 1
        let server = try await EchoServer.start(configuration: configuration, roles: { _ in [.admin] })
        let client = try await server.connect()
        let request = UnaryCallTests.message()
        let running = Task { try await client.unary(Echo.gated, request, options: .init()) }
        await server.service.hanging.next()
        let error = try await UnaryCallTests.error { try await client.unary(Echo.echo, request, options: .init()) }
        #expect(error.code == .resourceExhausted)
        #expect(error.reason == "OVERLOADED")
        #expect(error.nothingWasSent)
        let delay = try #require(error.detail(RPCRetryInfo.self)?.retryDelay)
        #expect(delay.seconds == 0)
        #expect((50_000_000...150_000_000).contains(delay.nanos))
        #expect(try await client.unary(Echo.adminOnly, request, options: .init()) == request)
        server.service.gate.fire()
        #expect(try await running.value == request)
        #expect(try await client.unary(Echo.echo, request, options: .init()) == request)
        await client.close()
        await server.stop()
    }

    @Test func `calls that end without an answer give their places back`() async throws {
        var configuration = EchoServer.patient
        configuration.admission.inFlightMin = 2
        configuration.admission.inFlightInitial = 2
        configuration.admission.inFlightMax = 2
        let server = try await EchoServer.start(configuration: configuration)
        for _ in 0..<3 {
            let peer = try await RawPeer.greeted(server)
            try await peer.request(1, Echo.hang.info.fullName)
            try await peer.request(3, Echo.hangBriefly.info.fullName)
            await server.service.hanging.next()
            await server.service.hanging.next()
            await peer.close()
            await server.service.cancelled.next()
            await server.service.cancelled.next()
            while server.server.connectionCount > 0 { await Task.yield() }
        }
        let client = try await server.connect()
        let request = UnaryCallTests.message()
        #expect(try await client.unary(Echo.echo, request, options: .init()) == request)
        await client.close()
        await server.stop()
    }
}

private final class Refusals: ServerObserver {
    private let refusals = Mutex<[ConnectionRefusal]>([])
    var seen: [ConnectionRefusal] { self.refusals.withLock { $0 } }

    func connectionOpened(_ peer: PeerIdentity) {}
    func connectionClosed(_ peer: PeerIdentity) {}
    func connectionRefused(_ refusal: ConnectionRefusal) { self.refusals.withLock { $0.append(refusal) } }
    func callStarted(_ method: MethodInfo) {}
    func callEnded(_ call: EndedCall) {}
}
