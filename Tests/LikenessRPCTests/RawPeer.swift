import LikenessRPC
import LikenessWire
import NIOCore
import NIOPosix

/// A client that sends whatever bytes a test wants and reads frames.
struct RawPeer {
    private let channel: any Channel
    private var frames: AsyncStream<Frame>.Iterator

    static func connect(to server: EchoServer) async throws -> RawPeer {
        let (stream, continuation) = AsyncStream.makeStream(of: Frame.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FrameReader(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: server.server.port).get()
        return RawPeer(channel: channel, frames: stream.makeAsyncIterator())
    }

    /// With the HELLOs behind it.
    static func greeted(_ server: EchoServer, _ settings: Settings = Settings()) async throws -> RawPeer {
        var peer = try await Self.connect(to: server)
        try await peer.send { $0.writeHello(settings) }
        guard case .hello = await peer.next() else { throw NoHello() }
        return peer
    }
    struct NoHello: Error {}

    func send(_ body: (inout ByteBuffer) -> Void) async throws {
        var bytes = ByteBuffer()
        body(&bytes)
        try await self.channel.writeAndFlush(bytes).get()
    }

    func request(_ id: StreamID, _ method: String, timeout: UInt64 = 0, message: [UInt8] = []) async throws {
        try await self.send {
            $0.writeRequest(id, RequestHead(method: method, timeoutMicroseconds: timeout), isLast: true) { buffer in
                buffer.writeBytes(message)
            }
        }
    }

    /// The next frame, or `nil` when the server has closed.
    mutating func next() async -> Frame? { await self.frames.next(isolation: #isolation) }

    /// The next frame that is not this side's business.
    mutating func end() async -> (id: StreamID, status: Status, wasNotProcessed: Bool)? {
        while let frame = await self.next() {
            if case .end(let id, let status, _, let wasNotProcessed) = frame { return (id, status, wasNotProcessed) }
        }
        return nil
    }

    /// Reads to the end of the connection.
    ///
    /// - Returns: The last GOAWAY.
    mutating func goaway() async -> Goaway? {
        var found: Goaway?
        while let frame = await self.next() { if case .goaway(let goaway) = frame { found = goaway } }
        return found
    }

    func close() async { try? await self.channel.close().get() }
}

private final class FrameReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private var decoder = FrameDecoder()
    private let frames: AsyncStream<Frame>.Continuation

    init(_ frames: AsyncStream<Frame>.Continuation) {
        self.frames = frames
        self.decoder.frameBytesMax = 64 << 20
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.decoder.append(Self.unwrapInboundIn(data))
        do {
            while let frame = try self.decoder.next() { self.frames.yield(frame) }
        } catch {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { self.frames.finish() }
}
