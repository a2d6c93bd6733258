internal import CLikenessMessages

extension GeneratedMessage {
    public func withEncoder<Result>(
        _ body: (_ byteCount: Int, _ write: (UnsafeMutableRawBufferPointer) -> Void) throws -> Result
    ) throws -> Result {
        let arena = EncodingArena()
        // SAFETY: `message` points into the arena, which must not go after its last use by name.
        defer { extendLifetime(arena) }
        let raw = unsafe self._write(to: arena)
        guard !arena.sawNUL else { throw MessageEncodingError.nulInText(message: Self.fullName) }
        let message = unsafe raw.assumingMemoryBound(to: ProtobufCMessage.self)
        let byteCount = unsafe protobuf_c_message_get_packed_size(message)
        return try unsafe body(byteCount) { destination in
            precondition(destination.count >= byteCount, "the destination holds the whole message")
            guard byteCount > 0, let base = destination.baseAddress else { return }
            _ = unsafe protobuf_c_message_pack(message, base.assumingMemoryBound(to: UInt8.self))
        }
    }

}

extension Message {
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

    public var description: String {
        switch self {
        case .nulInText(let message): "a text in \(message) holds a NUL character"
        }
    }
}
