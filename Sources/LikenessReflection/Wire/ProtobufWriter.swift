/// Builds protobuf's binary form.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func writeTag(_ number: UInt32, _ wireType: UInt8) {
        self.writeVarint(UInt64(number) << 3 | UInt64(wireType))
    }

    mutating func writeVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(rest))
    }

    /// Little endian.
    mutating func writeFixed(_ value: some FixedWidthInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            self.bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func writeLengthDelimited(_ content: some Collection<UInt8>) {
        self.writeVarint(UInt64(content.count))
        self.bytes.append(contentsOf: content)
    }

    mutating func append(_ content: [UInt8]) { self.bytes.append(contentsOf: content) }
}
