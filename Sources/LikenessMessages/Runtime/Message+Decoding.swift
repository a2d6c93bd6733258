internal import CLikenessMessages

extension GeneratedMessage {
    /// The bytes are scanned before protobuf-c sees them.
    public init(
        decoding bytes: UnsafeRawBufferPointer,
        limits: DecodingLimits
    ) throws(MessageDecodingError) {
        let descriptor = unsafe Self._descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
        let contents = try unsafe MessageScanner.scan(bytes, as: descriptor, depthMax: limits.depthMax)
        guard let base = bytes.baseAddress, bytes.count > 0 else {
            self.init()
            return
        }
        let memoryMax = limits.memoryBytesMax(encodedBytes: bytes.count, messageCount: contents.messageCount)
        // What is sure to be refused costs no more than the scan.
        guard contents.notesBytes <= memoryMax else {
            throw MessageDecodingError(.tooMuchMemory(limitBytes: memoryMax))
        }
        let arena = DecodingArena(byteCountMax: memoryMax, expected: min(bytes.count * 2 + 512, 64 << 10))
        var allocator = unsafe arena.allocator()
        let unpacked = unsafe protobuf_c_message_unpack(
            descriptor,
            &allocator,
            bytes.count,
            base.assumingMemoryBound(to: UInt8.self)
        )
        guard let unpacked = unsafe unpacked else {
            throw MessageDecodingError(arena.isExhausted ? .tooMuchMemory(limitBytes: memoryMax) : .malformed)
        }
        unsafe self.init(_reading: UnsafeRawPointer(unpacked))
        // SAFETY: everything was copied out; the arena may go now, and not before.
        extendLifetime(arena)
    }

    public static func decode(
        _ bytes: UnsafeRawBufferPointer,
        limits: DecodingLimits
    ) throws(MessageDecodingError) -> (message: Self, undecodable: [UndecodableItem]) {
        do {
            return (try unsafe Self(decoding: bytes, limits: limits), [])
        } catch {
            guard let number = Self._itemsJudgedAlone else { throw error }
            let descriptor = unsafe Self._descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
            let (rest, undecodable) = try unsafe MessageScanner.emptyingBadItems(
                of: number,
                in: bytes,
                as: descriptor,
                depthMax: limits.depthMax
            )
            guard !undecodable.isEmpty else { throw error }
            return (try Self(decoding: rest, limits: limits), undecodable)
        }
    }
}

/// An item of a list that cannot be decoded; the list holds an empty message in its place.
public struct UndecodableItem: Sendable, Hashable {
    public let index: Int
    /// With the path from the item.
    public let error: MessageDecodingError
}

extension Message {
    public static func decode(
        _ bytes: UnsafeRawBufferPointer,
        limits: DecodingLimits
    ) throws(MessageDecodingError) -> (message: Self, undecodable: [UndecodableItem]) {
        (try unsafe Self(decoding: bytes, limits: limits), [])
    }

    /// Decodes protobuf's binary form within the default limits.
    ///
    /// - Throws: `MessageDecodingError`, naming the field.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(MessageDecodingError) {
        try unsafe self.init(decoding: bytes, limits: .default)
    }

    /// Decodes protobuf's binary form.
    ///
    /// - Throws: `MessageDecodingError`, naming the field.
    public init(decoding bytes: [UInt8], limits: DecodingLimits = .default) throws(MessageDecodingError) {
        let result = unsafe bytes.withUnsafeBytes { buffer in
            Result { () throws(MessageDecodingError) in try unsafe Self(decoding: buffer, limits: limits) }
        }
        self = try result.get()
    }
}
