import LikenessMessages
import LikenessTLS
import LikenessWire
import NIOCore
import NIOPosix

/// A peer that speaks TLS well and the protocol as badly as a test wants.
struct RawPeer {
    private let channel: any Channel
    private let frames: FrameCollector

    /// Connects and says HELLO.
    static func connect(to fixture: ServiceFixture) async throws -> RawPeer {
        let context = try Self.context(fixture, protocol: "likeness/1", withCertificate: true)
        let frames = FrameCollector()
        let peer = RawPeer(channel: try await Self.channel(fixture, context, frames), frames: frames)
        var hello = ByteBuffer()
        hello.writeHello(Settings())
        try await peer.channel.writeAndFlush(hello)
        return peer
    }

    private static func channel(
        _ fixture: ServiceFixture,
        _ context: TLSContext,
        _ frames: FrameCollector
    ) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        TLSHandler(context: context, serverName: "127.0.0.1"), frames,
                    ])
                }
            }
            .connect(host: "127.0.0.1", port: fixture.port).get()
    }

    func send(_ bytes: [UInt8]) async throws { try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Makes a call with any bytes for a message and does not wait for anything.
    @discardableResult
    func begin(_ method: String, _ message: [UInt8]) async throws -> StreamID {
        let stream = self.frames.nextStream()
        var request = ByteBuffer()
        request.writeRequest(stream, RequestHead(method: method), isLast: true) { $0.writeBytes(message) }
        try await self.channel.writeAndFlush(request)
        return stream
    }

    /// Makes a call with any bytes for a message and waits for its END.
    func call(_ method: String, _ message: [UInt8]) async throws -> Status? {
        let stream = try await self.begin(method, message)
        for await frame in self.frames.stream {
            if case .end(stream, let status, _, _) = frame { return status }
        }
        return nil
    }

    func nextGoaway() async throws -> Goaway? {
        for await frame in self.frames.stream {
            if case .goaway(let goaway) = frame { return goaway }
        }
        return nil
    }

    func close() async { try? await self.channel.close() }

    /// Sends bytes without TLS.
    ///
    /// - Returns: True once the server has closed the connection.
    static func sendPlain(_ bytes: [UInt8], port: Int) async throws -> Bool {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
        try await channel.closeFuture.get()
        return !channel.isActive
    }

    /// Why the server turns a client away.
    static func handshakeError(_ fixture: ServiceFixture, protocol name: String, withCertificate: Bool) async
        -> TLSError?
    {
        guard let context = try? Self.context(fixture, protocol: name, withCertificate: withCertificate) else {
            return nil
        }
        let frames = FrameCollector()
        let channel = try? await Self.channel(fixture, context, frames)
        try? await channel?.closeFuture.get()
        for await _ in frames.stream {}
        return frames.error
    }

    private static func context(
        _ fixture: ServiceFixture,
        protocol name: String,
        withCertificate: Bool
    ) throws -> TLSContext {
        let issued = try fixture.authority.issue(
            .init(commonName: "raw", alternativeNames: ["URI:spiffe://test/admin"], use: .client)
        )
        return try TLSContext(
            TLSConfiguration(
                role: .client,
                certificateChainPEM: withCertificate ? issued.certificatePEM : "",
                privateKeyPEM: withCertificate ? issued.privateKeyPEM : "",
                trustedPEM: fixture.authority.certificatePEM,
                applicationProtocol: name
            )
        )
    }
}
