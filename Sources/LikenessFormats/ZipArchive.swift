/// The files in a ZIP archive. Nothing is written anywhere, and no name in it is used as a path.
///
/// What it reads: entries that are stored or deflated, listed in the archive's directory. What it refuses: ZIP64, archives in
/// several parts, encrypted entries and other methods.
///
/// - SeeAlso: APPNOTE.TXT of PKWARE, sections 4.3 and 4.4.
package struct ZipArchive: Sendable {
    package struct Entry: Sendable, Hashable {
        /// As in the archive, with folders.
        package let name: String
        fileprivate let method: Int
        fileprivate let flags: Int
        fileprivate let checksum: UInt32
        fileprivate let packedBytes: Int
        /// What it says to hold.
        package let byteCount: Int
        fileprivate let headerOffset: Int

        /// The last part of the name; empty for a folder.
        package var file: String {
            self.name.last.map { $0 == "/" || $0 == "\\" } ?? true
                ? "" : self.name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        }

        /// How many folders it stands in.
        package var depth: Int { self.name.split { $0 == "/" || $0 == "\\" }.count - 1 }
    }

    package let entries: [Entry]
    /// How many the archive's end counts.
    package let countSaid: Int
    private let bytes: [UInt8]

    /// LinkedIn's archives have some forty.
    package static let entriesMax = 2_000
    /// More than any table that is read of them.
    package static let entryBytesMax = 16 << 20
    /// Of deflate a thousandth is the least; texts are packed to a tenth.
    package static let ratioMax = 200
    /// Unpacked whatever its ratio.
    private static let smallBytes = 1 << 20

    package static func isZip(_ bytes: some Collection<UInt8>) -> Bool {
        bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06])
    }

    /// Reads the directory, which is at the archive's end.
    package init(_ bytes: [UInt8]) throws(FormatError) {
        self.bytes = bytes
        guard let end = Self.endOfDirectory(bytes) else {
            throw FormatError("is not a whole ZIP archive: its end is missing")
        }
        let count = Self.number(bytes, end + 10, 2)
        let offset = Self.number(bytes, end + 16, 4)
        guard count != 0xFFFF, offset != 0xFFFF_FFFF else { throw FormatError(Self.zip64) }
        guard Self.number(bytes, end + 4, 2) == 0, Self.number(bytes, end + 8, 2) == count else {
            throw FormatError("is one part of a ZIP archive in several: join them first")
        }
        var entries: [Entry] = []
        var place = offset
        // Some programs count too few, as those that count in two bytes.
        while entries.count < count || place + 46 <= end && Self.number(bytes, place, 4) == 0x0201_4B50 {
            guard max(count, entries.count + 1) <= Self.entriesMax else {
                let said = max(count, entries.count + 1)
                throw FormatError(
                    "holds \(said) files\(said > count ? " or more" : ""): at most \(Self.entriesMax) are looked at"
                )
            }
            guard place >= 0, place + 46 <= end, Self.number(bytes, place, 4) == 0x0201_4B50 else {
                throw FormatError("is not a whole ZIP archive: its directory is broken")
            }
            let nameBytes = Self.number(bytes, place + 28, 2)
            let next = place + 46 + nameBytes + Self.number(bytes, place + 30, 2) + Self.number(bytes, place + 32, 2)
            guard next <= end else { throw FormatError("is not a whole ZIP archive: its directory is broken") }
            entries.append(
                Entry(
                    name: String(decoding: bytes[place + 46..<place + 46 + nameBytes], as: UTF8.self),
                    method: Self.number(bytes, place + 10, 2),
                    flags: Self.number(bytes, place + 8, 2),
                    checksum: UInt32(Self.number(bytes, place + 16, 4)),
                    packedBytes: Self.number(bytes, place + 20, 4),
                    byteCount: Self.number(bytes, place + 24, 4),
                    headerOffset: Self.number(bytes, place + 42, 4)
                )
            )
            place = next
        }
        (self.entries, self.countSaid) = (entries, count)
    }

    /// What it is, and what to do with it.
    private static let zip64 =
        "is a ZIP64 archive, as programs write for large files: unzip it, and import the folder or the file in it"

    /// What an entry holds: as many bytes as it says, with the checksum that it says.
    package func contents(of entry: Entry) throws(FormatError) -> [UInt8] {
        guard entry.flags & 0x2041 == 0 else { throw FormatError("is encrypted: unzip it first") }
        guard entry.byteCount != 0xFFFF_FFFF, entry.packedBytes != 0xFFFF_FFFF, entry.headerOffset != 0xFFFF_FFFF else {
            throw FormatError(Self.zip64)
        }
        guard entry.byteCount <= Self.entryBytesMax else {
            throw FormatError("holds \(entry.byteCount >> 20) MiB: at most \(Self.entryBytesMax >> 20) are read")
        }
        let header = entry.headerOffset
        guard header + 30 <= self.bytes.count, Self.number(self.bytes, header, 4) == 0x0403_4B50 else {
            throw FormatError("is not where the archive's directory says")
        }
        let start = header + 30 + Self.number(self.bytes, header + 26, 2) + Self.number(self.bytes, header + 28, 2)
        guard start + entry.packedBytes <= self.bytes.count else { throw FormatError("is cut off") }
        let packed = self.bytes[start..<start + entry.packedBytes]
        let contents: [UInt8]
        switch entry.method {
        case 0: contents = Array(packed)
        case 8: contents = try Self.inflated(packed, entry)
        case let method: throw FormatError("is packed by method \(method): only stored and deflated files are read")
        }
        guard contents.count == entry.byteCount else {
            throw FormatError("holds \(contents.count) bytes and not the \(entry.byteCount) that the archive says")
        }
        guard Inflation.checksum(contents) == entry.checksum else {
            throw FormatError("is damaged: its checksum is another")
        }
        return contents
    }

    private static func inflated(_ packed: ArraySlice<UInt8>, _ entry: Entry) throws(FormatError) -> [UInt8] {
        let bytesMax = min(entry.byteCount, max(Self.smallBytes, packed.count * Self.ratioMax))
        var contents: [UInt8] = []
        let isWhole = try Inflation.unpack(packed, .none) { (piece) throws(FormatError) in
            guard contents.count + piece.count <= bytesMax else {
                throw FormatError(
                    bytesMax == entry.byteCount
                        ? "holds more than the \(entry.byteCount) bytes that the archive says"
                        : "holds \(Self.ratioMax) times its size: unzip it first if it is what it says"
                )
            }
            contents += piece
        }
        guard isWhole else { throw FormatError("is damaged, or cut off") }
        return contents
    }

    /// The last place that has the mark of the directory's end and a comment that reaches to the end of the file.
    private static func endOfDirectory(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 22 else { return nil }
        let last = bytes.count - 22
        for place in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
        where Self.number(bytes, place, 4) == 0x0605_4B50
            && place + 22 + Self.number(bytes, place + 20, 2) == bytes.count
        {
            return place
        }
        return nil
    }

    /// Little endian.
    private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
}
