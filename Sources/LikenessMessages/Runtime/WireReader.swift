/// Reads protobuf's binary form from front to back, checking every length.
///
/// SAFETY (whole file): every read is preceded by a comparison with the number of bytes.
@safe struct WireReader: ~Copyable {
    private let bytes: UnsafeRawBufferPointer
    /// Bytes read so far.
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

    var isAtEnd: Bool { unsafe self.position >= self.bytes.count }

    /// Reads the field number (1...2^29-1) and the wire type.
    mutating func readTag() throws(MessageDecodingError) -> (number: UInt32, wireType: UInt8) {
        let start = self.position
        let tag = try self.readNumber()
        // protobuf-c reads no more than five bytes.
        guard self.position - start <= 5 else { throw MessageDecodingError(.invalidVarint) }
        guard tag >> 3 >= 1, tag >> 3 <= 536_870_911 else { throw MessageDecodingError(.invalidFieldNumber) }
        return (UInt32(tag >> 3), UInt8(tag & 7))
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
        let lengthStart = self.position
        let length = try self.readNumber()
        guard self.position - lengthStart <= 5 else { throw MessageDecodingError(.invalidVarint) }
        let start = self.position
        guard length <= UInt64(unsafe self.bytes.count - start) else { throw MessageDecodingError(.truncated) }
        self.position += Int(length)
        return unsafe UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.position])
    }

    /// Reads a variable-length number of at most ten bytes. Bits beyond 64 are dropped, as in every protobuf library.
    mutating func readNumber() throws(MessageDecodingError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard unsafe self.position < self.bytes.count else { throw MessageDecodingError(.truncated) }
            let byte = unsafe self.bytes[self.position]
            self.position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            if shift == 63 { throw MessageDecodingError(.invalidVarint) }
            shift += 7
        }
    }

    private mutating func advance(_ count: Int) throws(MessageDecodingError) {
        guard unsafe self.bytes.count - self.position >= count else { throw MessageDecodingError(.truncated) }
        self.position += count
    }
}
