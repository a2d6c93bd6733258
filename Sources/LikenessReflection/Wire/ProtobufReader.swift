/// Reads protobuf's binary form from front to back; every length is checked against what is there.
struct ProtobufReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    var isAtEnd: Bool { self.position >= self.bytes.endIndex }

    /// Reads the field number (1...2^29-1) and the wire type.
    mutating func readTag() throws(TranscodingError) -> (number: UInt32, wireType: UInt8) {
        let tag = try self.readVarint()
        guard tag >> 3 >= 1, tag >> 3 <= 536_870_911 else { throw TranscodingError("field number out of range") }
        return (UInt32(tag >> 3), UInt8(tag & 7))
    }

    mutating func readVarint() throws(TranscodingError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while self.position < self.bytes.endIndex {
            let byte = self.bytes[self.position]
            self.position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw TranscodingError("a variable-length number has more than ten bytes") }
        }
        throw Self.truncated
    }

    mutating func readFixed32() throws(TranscodingError) -> UInt32 {
        try self.take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    mutating func readFixed64() throws(TranscodingError) -> UInt64 {
        try self.take(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func readLengthDelimited() throws(TranscodingError) -> ArraySlice<UInt8> {
        let length = try self.readVarint()
        guard length <= UInt64(self.bytes.endIndex - self.position) else { throw Self.truncated }
        return try self.take(Int(length))
    }

    /// Reads up to the end of the group whose start has been read.
    mutating func readGroup(_ number: UInt32, depthLeft: Int) throws(TranscodingError) -> ArraySlice<UInt8> {
        guard depthLeft > 0 else { throw TranscodingError("nested too deeply") }
        let start = self.position
        while true {
            let end = self.position
            let (inner, wireType) = try self.readTag()
            if wireType == 4 {
                guard inner == number else { throw TranscodingError("a group ends that did not begin") }
                return self.bytes[start..<end]
            }
            try self.skip(inner, wireType, depthLeft: depthLeft - 1)
        }
    }

    /// Passes over the content of a field.
    mutating func skip(_ number: UInt32, _ wireType: UInt8, depthLeft: Int) throws(TranscodingError) {
        switch wireType {
        case 0: _ = try self.readVarint()
        case 1: _ = try self.take(8)
        case 2: _ = try self.readLengthDelimited()
        case 3: _ = try self.readGroup(number, depthLeft: depthLeft)
        case 5: _ = try self.take(4)
        default: throw TranscodingError("invalid wire type \(wireType)")
        }
    }

    private mutating func take(_ count: Int) throws(TranscodingError) -> ArraySlice<UInt8> {
        guard self.bytes.endIndex - self.position >= count else { throw Self.truncated }
        defer { self.position += count }
        return self.bytes[self.position..<self.position + count]
    }

    private static var truncated: TranscodingError { TranscodingError("the message ends inside a field") }
}
