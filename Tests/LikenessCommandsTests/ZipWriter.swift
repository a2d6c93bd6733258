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
        /// What stands in the archive, where that is not the contents.
        var packed: [UInt8]?
        /// Whether sizes and place are those of ZIP64, in a field of their own.
        var isLong = false
        /// Whether nothing is said of the sizes but after what is packed, as of what is written while it is packed.
        var isStreamed = false

        /// The contents as deflate has them that does not pack.
        var deflated: File {
            var file = self
            let count = UInt16(self.contents.count)
            file.method = 8
            file.packed = [1] + ZipWriter.bytes(count) + ZipWriter.bytes(~count) + self.contents
            return file
        }

        init(_ name: String, _ contents: [UInt8]) { (self.name, self.contents) = (name, contents) }
    }

    var files: [File]
    var comment = ""
    /// Whether the directory is that of ZIP64.
    var isLong = false

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        var directory: [UInt8] = []
        for file in self.files {
            let offset = UInt32(bytes.count)
            let packed = file.packed ?? file.contents
            let size = file.isLong ? .max : file.isStreamed ? 0 : file.saidBytes ?? UInt32(file.contents.count)
            let packedSize: UInt32 = file.isLong ? .max : file.isStreamed ? 0 : UInt32(packed.count)
            let checksum = Self.checksum(file.contents)
            let flags = file.isStreamed ? file.flags | 8 : file.flags
            // After another field, which is not looked at.
            let long =
                Self.bytes(UInt16(0x7075)) + Self.bytes(UInt16(1)) + [1] + Self.bytes(UInt16(1))
                + Self.bytes(UInt16(24)) + Self.bytes(UInt64(file.contents.count)) + Self.bytes(UInt64(packed.count))
                + Self.bytes(UInt64(offset))
            let extra = file.isLong ? long : []
            let common =
                Self.bytes(flags) + Self.bytes(file.method) + Self.bytes(UInt32(0))
                + Self.bytes(file.isStreamed ? 0 : checksum) + Self.bytes(packedSize) + Self.bytes(size)
                + Self.bytes(UInt16(file.name.utf8.count))
            bytes += Self.bytes(UInt32(0x0403_4B50)) + Self.bytes(UInt16(20)) + common + Self.bytes(UInt16(0))
            bytes += file.name.utf8 + packed
            if file.isStreamed {
                bytes += Self.bytes(UInt32(0x0807_4B50)) + Self.bytes(checksum) + Self.bytes(UInt32(packed.count))
                bytes += Self.bytes(UInt32(file.contents.count))
            }
            directory += Self.bytes(UInt32(0x0201_4B50)) + Self.bytes(UInt16(20)) + Self.bytes(UInt16(20)) + common
            directory += Self.bytes(UInt16(extra.count)) + [UInt8](repeating: 0, count: 10)
            directory += Self.bytes(file.isLong ? .max : file.saidOffset ?? offset) + file.name.utf8 + extra
        }
        let start = UInt32(bytes.count)
        let count = Self.bytes(UInt16(self.files.count))
        bytes += directory
        if self.isLong {
            let record = UInt64(bytes.count)
            let longCount = Self.bytes(UInt64(self.files.count))
            bytes += Self.bytes(UInt32(0x0606_4B50)) + Self.bytes(UInt64(44)) + [45, 0, 45, 0]
            bytes += [UInt8](repeating: 0, count: 8) + longCount + longCount + Self.bytes(UInt64(directory.count))
            bytes += Self.bytes(UInt64(start)) + Self.bytes(UInt32(0x0706_4B50)) + [0, 0, 0, 0] + Self.bytes(record)
            bytes += [1, 0, 0, 0]
        }
        bytes += Self.bytes(UInt32(0x0605_4B50)) + [0, 0, 0, 0]
        bytes += self.isLong ? [0xFF, 0xFF, 0xFF, 0xFF] : count + count
        bytes += Self.bytes(UInt32(directory.count)) + Self.bytes(self.isLong ? .max : start)
        bytes += Self.bytes(UInt16(self.comment.utf8.count))
        return bytes + self.comment.utf8
    }

    fileprivate static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    /// CRC-32, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }
}
