package import NIOCore

/// Cuts bytes into frames. Every length is checked before what it announces is waited for.
package struct FrameDecoder: Sendable {
    private var buffer = ByteBuffer()
    /// The largest length field taken. Small until the peer's HELLO has come.
    package var frameBytesMax = Settings.helloBytesMax
    package var metadataBytesMax = Settings().metadataBytesMax

    package init() {}

    /// Whether a frame has begun and not ended.
    package var isInsideFrame: Bool { self.buffer.readableBytes > 0 }

    package mutating func append(_ bytes: ByteBuffer) {
        if self.buffer.readableBytes == 0 {
            self.buffer = bytes
            return
        }
        if self.buffer.readerIndex > 0 {
            // What was read stays behind: messages cut out of it may still hold on to it.
            var rest = ByteBuffer()
            rest.reserveCapacity(self.buffer.readableBytes + bytes.readableBytes)
            rest.writeImmutableBuffer(self.buffer)
            self.buffer = rest
        }
        self.buffer.writeImmutableBuffer(bytes)
    }

    /// The next whole frame, or `nil` when more bytes are needed.
    package mutating func next() throws(ProtocolViolation) -> Frame? {
        guard let length = self.buffer.getInteger(at: self.buffer.readerIndex, as: UInt32.self) else { return nil }
        guard length <= self.frameBytesMax else {
            throw ProtocolViolation(.frameTooLarge, "a frame may have \(self.frameBytesMax) bytes")
        }
        guard length >= Frame.countedHeaderByteCount else {
            throw ProtocolViolation(.protocolError, "a frame has at least \(Frame.countedHeaderByteCount) bytes")
        }
        guard self.buffer.readableBytes >= 4 + Int(length) else { return nil }
        guard let (_, kind, flags, stream) = self.buffer.readMultipleIntegers(as: (UInt32, UInt8, UInt8, UInt32).self),
            let payload = self.buffer.readSlice(length: Int(length) - Frame.countedHeaderByteCount)
        else { return nil }
        if self.buffer.readableBytes == 0 { self.buffer = ByteBuffer() }
        var reader = PayloadReader(payload, metadataBytesMax: Int(self.metadataBytesMax))
        return try reader.frame(kind: kind, flags: FrameFlags(rawValue: flags), stream: stream)
    }
}
