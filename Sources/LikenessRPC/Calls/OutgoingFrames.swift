internal import NIOCore

/// Frames that wait for the next flush, in one buffer: one write, and one TLS record, for all of a burst.
struct OutgoingFrames {
    var buffer: ByteBuffer
    /// What they took of the server's budget for answers.
    var reservedBytes = 0
    private let allocator: ByteBufferAllocator
    /// A buffer that once grew beyond this is not kept.
    private static let keptBytesMax = 256 << 10

    init(allocator: ByteBufferAllocator) {
        self.allocator = allocator
        self.buffer = allocator.buffer(capacity: 4_096)
    }

    var isEmpty: Bool { self.buffer.readableBytes == 0 }

    /// Hands the frames out.
    mutating func take() -> ByteBuffer {
        let frames = self.buffer
        self.buffer = self.allocator.buffer(capacity: min(max(frames.readableBytes, 256), Self.keptBytesMax))
        return frames
    }
}
