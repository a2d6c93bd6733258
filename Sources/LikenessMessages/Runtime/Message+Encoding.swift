internal import CLikenessMessages

extension GeneratedMessage {
    public func withEncoder<Result>(
        byteCountMax: Int,
        _ body: (_ byteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) throws -> Result
    ) throws -> Result {
        let arena = EncodingArena(contentBytesMax: byteCountMax)
        // SAFETY: `message` points into the arena, which must not go after its last use by name.
        defer { extendLifetime(arena) }
        let raw = unsafe self._write(to: arena)
        guard !arena.sawNUL else { throw MessageEncodingError.nulInText(message: Self.fullName) }
        guard !arena.isOutOfMemory else { throw MessageEncodingError.outOfMemory }
        guard !arena.isOver else { throw MessageEncodingError.tooLarge(byteCountMax: byteCountMax) }
        let message = unsafe raw.assumingMemoryBound(to: ProtobufCMessage.self)
        let byteCount = unsafe protobuf_c_message_get_packed_size(message)
        guard byteCount <= byteCountMax else { throw MessageEncodingError.tooLarge(byteCountMax: byteCountMax) }
        return try unsafe body(byteCount) { destination in
            precondition(destination.count >= byteCount, "the destination holds the whole message")
            guard byteCount > 0, let base = destination.baseAddress else { return }
            _ = unsafe protobuf_c_message_pack(message, base.assumingMemoryBound(to: UInt8.self))
        }
    }
}

extension Message {
    public func withEncoder<Result>(
        _ body: (_ byteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) throws -> Result
    ) throws -> Result {
        try unsafe self.withEncoder(byteCountMax: .max, body)
    }

    /// Size of the encoded message; nothing is kept of it.
    ///
    /// - Throws: `MessageEncodingError`; `.tooLarge` as soon as it is certain that there are more than `byteCountMax` bytes.
    public func encodedByteCount(max byteCountMax: Int = .max) throws -> Int {
        try unsafe self.withEncoder(byteCountMax: byteCountMax) { byteCount, _ in byteCount }
    }

    /// The message in protobuf's binary form: fields by ascending number, repeated numbers packed.
    ///
    /// - Throws: `MessageEncodingError` when a text holds a NUL character.
    public func encodedBytes() throws -> [UInt8] {
        try unsafe self.withEncoder { byteCount, write in
            // An array without room is the one that all empty arrays share, and its count would be written to.
            guard byteCount > 0 else { return [] }
            return unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
                unsafe write(UnsafeMutableRawBufferPointer(buffer))
                count = byteCount
            }
        }
    }
}

/// Why a message cannot be encoded.
public enum MessageEncodingError: Error, Hashable, CustomStringConvertible {
    /// protobuf-c takes texts as C strings, which end at the first NUL.
    case nulInText(message: String)
    /// It has more bytes than it may have; how many was not found out.
    case tooLarge(byteCountMax: Int)
    /// The system has no memory for it.
    case outOfMemory

    public var description: String {
        switch self {
        case .nulInText(let message): "a text in \(message) holds a NUL character"
        case .tooLarge(let most): "the message has more than \(most) bytes"
        case .outOfMemory: "there is no memory for the message"
        }
    }
}
