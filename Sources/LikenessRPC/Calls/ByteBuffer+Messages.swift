internal import LikenessMessages
internal import NIOCore

extension ByteBuffer {
    /// Decodes all readable bytes as one message.
    func decodeMessage<Decoded: Message>(_ type: Decoded.Type) throws -> Decoded {
        try self.withUnsafeReadableBytes { bytes in try Decoded(decoding: bytes) }
    }

    /// Appends a message straight from its C form.
    mutating func writeMessageBytes(_ byteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) {
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { memory in
            write(memory)
            return byteCount
        }
    }
}
