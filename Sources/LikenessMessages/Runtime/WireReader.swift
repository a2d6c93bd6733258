/// Reads protobuf's binary form from front to back, checking every length.
@safe struct WireReader: ~Copyable {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// Where the last tag began: the number of bytes before the current field.
    private(set) var fieldStart = 0

    init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

    var isAtEnd: Bool { unsafe self.position >= self.bytes.count }

    /// Reads a variable-length number of at most ten bytes.
    mutating func readVarint() throws(MessageDecodingError) -> UInt64 {
        self.fieldStart = self.position
        return try self.readNumber()
    }

    /// Passes over the content of a field.
    mutating func skip(_ wireType: UInt8) throws(MessageDecodingError) {
        switch wireType {
        case 0: _ = try self.readNumber()
        case 1: try self.advance(8)
        case 2: _ = try unsafe self.readLengthDelimited()
        case 5: try self.advance(4)
        default: throw MessageDecodingError(.invalidWireType(wireType))
        }
    }

    /// Reads a length and lends as many bytes.
    mutating func readLengthDelimited() throws(MessageDecodingError) -> UnsafeRawBufferPointer {
        let length = try self.readNumber()
        let start = self.position
        guard length <= UInt64(unsafe self.bytes.count - start) else { throw MessageDecodingError(.truncated) }
        self.position += Int(length)
        return unsafe UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.position])
    }

    private mutating func readNumber() throws(MessageDecodingError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard unsafe self.position < self.bytes.count else { throw MessageDecodingError(.truncated) }
            let byte = unsafe self.bytes[self.position]
            self.position += 1
            if shift == 63, byte > 1 { throw MessageDecodingError(.invalidVarint) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    private mutating func advance(_ count: Int) throws(MessageDecodingError) {
        guard unsafe self.bytes.count - self.position >= count else { throw MessageDecodingError(.truncated) }
        self.position += count
    }
}
