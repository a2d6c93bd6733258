/// Encoded fields, made by hand so that they can be wrong.
enum WireBytes {
    static func varint(_ value: UInt64) -> [UInt8] {
        var value = value
        var bytes: [UInt8] = []
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7F) | 0x80)
            value >>= 7
        }
        return bytes + [UInt8(value)]
    }

    static func tag(_ number: UInt64, _ wireType: UInt64) -> [UInt8] { Self.varint(number << 3 | wireType) }

    /// A text, bytes, a packed list or a message.
    static func field(_ number: UInt64, _ content: [UInt8]) -> [UInt8] {
        Self.tag(number, 2) + Self.varint(UInt64(content.count)) + content
    }

    static func field(_ number: UInt64, _ value: UInt64) -> [UInt8] { Self.tag(number, 0) + Self.varint(value) }

    /// `depth` messages inside each other, all in the same field.
    static func nested(_ number: UInt64, depth: Int) -> [UInt8] {
        // From the inside out and backwards, so that each level costs its own bytes only.
        var reversed: [UInt8] = []
        for _ in 0..<depth {
            reversed += (Self.tag(number, 2) + Self.varint(UInt64(reversed.count))).reversed()
        }
        return reversed.reversed()
    }
}
