/// Writes ZIP archives whose files are stored as they are, and wrong ones.
struct ZipWriter {
    struct File {
        let name: String
        let contents: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0
        /// What the archive says to hold; `nil`: what it does.
        var saidBytes: UInt32?
        var saidOffset: UInt32?

        init(_ name: String, _ contents: [UInt8]) { (self.name, self.contents) = (name, contents) }
    }

    var files: [File]
    var comment = ""

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for file in self.files {
            let offset = UInt32(bytes.count)
            let size = file.saidBytes ?? UInt32(file.contents.count)
            let common =
                Self.bytes(file.flags) + Self.bytes(file.method) + Self.bytes(UInt32(0))
                + Self.bytes(Self.checksum(file.contents)) + Self.bytes(UInt32(file.contents.count)) + Self.bytes(size)
                + Self.bytes(UInt16(file.name.utf8.count)) + Self.bytes(UInt16(0))
            bytes += Self.bytes(UInt32(0x0403_4B50)) + Self.bytes(UInt16(20)) + common + file.name.utf8 + file.contents
            directory += Self.bytes(UInt32(0x0201_4B50)) + Self.bytes(UInt16(20)) + Self.bytes(UInt16(20)) + common
            directory += [UInt8](repeating: 0, count: 10) + Self.bytes(file.saidOffset ?? offset) + file.name.utf8
        }
        let start = UInt32(bytes.count)
        let count = Self.bytes(UInt16(self.files.count))
        bytes += directory + Self.bytes(UInt32(0x0605_4B50)) + [0, 0, 0, 0] + count + count
        bytes += Self.bytes(UInt32(directory.count)) + Self.bytes(start) + Self.bytes(UInt16(self.comment.utf8.count))
        return bytes + self.comment.utf8
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// CRC-32, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }
}
