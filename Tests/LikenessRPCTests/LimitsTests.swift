import LikenessMessages
import LikenessRPC
import LikenessWire
import NIOCore
import NIOPosix
import Synchronization
import Testing

@Suite struct LimitsTests {
    @Test func `silent peers do not hold up those that speak`() async throws {
        var configuration = EchoServer.patient
        configuration.handshakesMax = 4
        let refusals = Refusals()
        let server = try await EchoServer.start(.tls, configuration: configuration, observer: refusals)
        var silent: [any Channel] = []
        for _ in 0..<12 {
            silent.append(
                try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: server.server.port).get()
            )
        }
        // From the same address, after all of them: its handshake may take the minute that `patient` gives each.
        let client = try await server.connect()
        let request = UnaryCallTests.message()
        #expect(try await client.unary(Echo.echo, request, options: .init()) == request)
        #expect(server.server.handshakeCount == 3)
        #expect(refusals.seen == Array(repeating: .handshake, count: 9))
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

    @Test func `who shows no credential makes way, who has shown one does not`() async throws {
        var configuration = EchoServer.patient
        configuration.connectionsWithoutCredentialMax = 2
        let refusals = Refusals()
        let server = try await EchoServer.start(
            .tlsWithoutCertificates,
            configuration: configuration,
            roles: { _ in [] },
            tokens: { $0 == "good" ? TokenHolder(name: "known", roles: [.reader]) : nil },
            observer: refusals
        )
        let request = UnaryCallTests.message()
        let known = try await server.connect()
        let token = CallOptions(metadata: Metadata(["authorization": "Bearer good"]))
        #expect(try await known.unary(Echo.echo, request, options: token) == request)
        let strangers = [try await server.connect(), try await server.connect()]
        for stranger in strangers { #expect(try await stranger.unary(Echo.echo, request, options: .init()) == request) }
        #expect(refusals.seen.isEmpty)
        let third = try await server.connect()
        #expect(try await third.unary(Echo.echo, request, options: .init()) == request)
        try await strangers[0].closed.get()
        #expect(refusals.seen == [.tooManyWithoutCredential])
        #expect(try await known.unary(Echo.echo, request, options: .init()) == request)
        #expect(try await strangers[1].unary(Echo.echo, request, options: .init()) == request)
        for client in [known, strangers[1], third] { await client.close() }
        await server.stop()
    }

    @Test func `a full server has a place for a newcomer while some have shown no credential`() async throws {
        var configuration = EchoServer.patient
        configuration.connectionsMax = 3
        configuration.connectionsWithoutCredentialMax = 3
        let server = try await EchoServer.start(.tlsWithoutCertificates, configuration: configuration)
        let request = UnaryCallTests.message()
        var strangers: [ClientConnection] = []
        for _ in 0..<3 {
            strangers.append(try await server.connect())
            #expect(try await strangers.last?.unary(Echo.echo, request, options: .init()) == request)
        }
        let newcomer = try await server.connect()
        #expect(try await newcomer.unary(Echo.echo, request, options: .init()) == request)
        try await strangers[0].closed.get()
        for client in strangers[1...] + [newcomer] { await client.close() }
        await server.stop()
    }

    @Test func `streams without a credential have a bound, calls with a token have not`() async throws {
        var configuration = EchoServer.patient
        configuration.streamsWithoutCredentialMax = 2
        let server = try await EchoServer.start(
            .tlsWithoutCertificates,
            configuration: configuration,
            tokens: { $0 == "good" ? TokenHolder(name: "known", roles: [.reader]) : nil }
        )
        let client = try await server.connect()
        let token = CallOptions(metadata: Metadata(["authorization": "Bearer good"]))
        let begun = Signal()
        func hold(_ options: CallOptions) -> Task<Void, any Error> {
            Task {
                try await client.bidirectional(Streams.talk, options: options) { writer, reader in
                    try await writer.write(RPCStatusDetail())
                    _ = try await reader.next()
                    begun.fire()
                    _ = try await reader.next()
                }
            }
        }
        var held = [hold(.init()), hold(.init())]
        for _ in held { await begun.next() }
        let error = try await UnaryCallTests.error { try await hold(.init()).value }
        #expect(error.code == .resourceExhausted)
        #expect(error.reason == "TOO_MANY_CALLS")
        #expect(error.nothingWasSent)
        held.append(hold(token))
        await begun.next()
        for task in held { task.cancel() }
        await client.close()
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
