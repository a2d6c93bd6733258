import LikenessTLS
import LikenessWire
import NIOCore
import Synchronization

/// Hands the frames of a connection to a test, one after the other, until it ends.
final class FrameCollector: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    let stream: AsyncStream<Frame>
    private let frames: AsyncStream<Frame>.Continuation
    private let state = Mutex((decoder: FrameDecoder(), error: TLSError?.none, lastStream: UInt32.max))

    init() { (self.stream, self.frames) = AsyncStream.makeStream() }

    var error: TLSError? { self.state.withLock { $0.error } }

    /// The number of a new stream: 1, 3, 5 and so on.
    func nextStream() -> StreamID {
        self.state.withLock { state in
            state.lastStream = state.lastStream == .max ? 1 : state.lastStream + 2
            return state.lastStream
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Self.unwrapInboundIn(data)
        let found = self.state.withLock { state in
            state.decoder.append(bytes)
            var found: [Frame] = []
            while let frame = try? state.decoder.next() { found.append(frame) }
            return found
        }
        for frame in found { self.frames.yield(frame) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError {
            self.state.withLock { if $0.error == nil { $0.error = error } }
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { self.frames.finish() }
}
