/// The files in a ZIP archive. Nothing is written anywhere, and no name in it is used as a path.
///
/// What it reads: entries that are stored or deflated, listed in the archive's directory, of ZIP64 too. What it refuses: archives in
/// several parts, encrypted entries and other methods.
///
/// - SeeAlso: APPNOTE.TXT of PKWARE, sections 4.3 to 4.5.
package struct ZipArchive: Sendable {
    package struct Entry: Sendable, Hashable {
        /// As in the archive, with folders.
        package let name: String
        fileprivate let method: Int
        fileprivate let flags: Int
        fileprivate let checksum: UInt32
        /// `nil`: it does not say, as programs leave it that write while they pack.
        fileprivate let packedBytes: Int?
        /// What it says to hold; `nil`: it does not say.
        package let byteCount: Int?
        fileprivate let headerOffset: Int?

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
        let (count, offset) = try Self.directory(bytes, end)
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
            entries.append(Self.entry(bytes, place, nameBytes))
            place = next
        }
        (self.entries, self.countSaid) = (entries, count)
    }

    /// What the end of the directory says, or that of ZIP64 if it refers to that: how many entries there are, and where.
    private static func directory(_ bytes: [UInt8], _ end: Int) throws(FormatError) -> (count: Int, offset: Int) {
        let count = Self.number(bytes, end + 10, 2)
        let offset = Self.number(bytes, end + 16, 4)
        let isPart = "is one part of a ZIP archive in several: join them first"
        guard Self.number(bytes, end + 4, 2) == 0 || Self.number(bytes, end + 4, 2) == 0xFFFF,
            Self.number(bytes, end + 8, 2) == count
        else { throw FormatError(isPart) }
        guard count == 0xFFFF || offset == 0xFFFF_FFFF else { return (count, offset) }
        let locator = end - 20
        guard locator >= 0, Self.number(bytes, locator, 4) == 0x0706_4B50 else {
            // As many as two bytes count, and no more.
            guard offset == 0xFFFF_FFFF else { return (count, offset) }
            throw FormatError("is not a whole ZIP archive: its end refers to one of ZIP64, which is missing")
        }
        let record = Self.long(bytes, locator + 8)
        guard record <= locator - 56, Self.number(bytes, record, 4) == 0x0606_4B50 else {
            throw FormatError("is not a whole ZIP archive: its end of ZIP64 is not where it says")
        }
        guard Self.number(bytes, record + 16, 4) == 0, Self.long(bytes, record + 24) == Self.long(bytes, record + 32)
        else {
            throw FormatError(isPart)
        }
        return (Self.long(bytes, record + 32), min(Self.long(bytes, record + 48), bytes.count))
    }

    private static func entry(_ bytes: [UInt8], _ place: Int, _ nameBytes: Int) -> Entry {
        let name = place + 46..<place + 46 + nameBytes
        let flags = Self.number(bytes, place + 8, 2)
        var sizes: [Int?] = [
            Self.number(bytes, place + 24, 4), Self.number(bytes, place + 20, 4), Self.number(bytes, place + 42, 4),
        ]
        // Those that are too large for four bytes stand in a field of their own, in this order.
        var long = Self.field(bytes, name.upperBound..<name.upperBound + Self.number(bytes, place + 30, 2), id: 1)
        for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
            sizes[index] = long.count >= 8 ? Self.long(bytes, long.lowerBound) : nil
            long = min(long.lowerBound + 8, long.upperBound)..<long.upperBound
        }
        let checksum = UInt32(Self.number(bytes, place + 16, 4))
        if flags & 8 != 0, checksum == 0, sizes[0] == 0, sizes[1] == 0 { (sizes[0], sizes[1]) = (nil, nil) }
        return Entry(
            name: String(decoding: bytes[name], as: UTF8.self),
            method: Self.number(bytes, place + 10, 2),
            flags: flags,
            checksum: checksum,
            packedBytes: sizes[1],
            byteCount: sizes[0],
            headerOffset: sizes[2]
        )
    }

    /// What a field of an entry's extra ones holds; empty without it.
    private static func field(_ bytes: [UInt8], _ extra: Range<Int>, id: Int) -> Range<Int> {
        var place = extra.lowerBound
        while place + 4 <= extra.upperBound {
            let next = place + 4 + Self.number(bytes, place + 2, 2)
            guard next <= extra.upperBound else { break }
            if Self.number(bytes, place, 2) == id { return place + 4..<next }
            place = next
        }
        return extra.upperBound..<extra.upperBound
    }

    /// What an entry holds: as many bytes as it says, with the checksum that it says.
    package func contents(of entry: Entry) throws(FormatError) -> [UInt8] {
        guard entry.flags & 0x2041 == 0 else { throw FormatError("is encrypted: unzip it first") }
        if let byteCount = entry.byteCount, byteCount > Self.entryBytesMax {
            throw FormatError("holds \(byteCount >> 20) MiB: at most \(Self.entryBytesMax >> 20) are read")
        }
        guard let header = entry.headerOffset, header <= self.bytes.count - 30,
            Self.number(self.bytes, header, 4) == 0x0403_4B50
        else { throw FormatError("is not where the archive's directory says") }
        let start = header + 30 + Self.number(self.bytes, header + 26, 2) + Self.number(self.bytes, header + 28, 2)
        guard start <= self.bytes.count, entry.packedBytes ?? 0 <= self.bytes.count - start else {
            throw FormatError("is cut off")
        }
        let packed = self.bytes[start..<(entry.packedBytes.map { start + $0 } ?? self.bytes.count)]
        guard entry.method == 0 || entry.method == 8 else {
            throw FormatError("is packed by method \(entry.method): only stored and deflated files are read")
        }
        guard entry.method == 8 || entry.packedBytes != nil && entry.byteCount != nil else {
            throw FormatError("is stored, and the archive does not say how large it is: unzip it first")
        }
        let contents = entry.method == 0 ? Array(packed) : try self.inflated(packed, entry)
        if let byteCount = entry.byteCount {
            guard contents.count == byteCount else {
                throw FormatError("holds \(contents.count) bytes and not the \(byteCount) that the archive says")
            }
            guard Inflation.checksum(contents) == entry.checksum else { throw FormatError(Self.isDamaged) }
        }
        return contents
    }

    private static let isDamaged = "is damaged: its checksum is another"

    private func inflated(_ packed: ArraySlice<UInt8>, _ entry: Entry) throws(FormatError) -> [UInt8] {
        let saidMax = entry.byteCount ?? Self.entryBytesMax
        let bytesMax = min(saidMax, max(Self.smallBytes, packed.count * Self.ratioMax))
        var contents: [UInt8] = []
        var end = packed.startIndex
        let isWhole = try Inflation.unpack(packed, .none, end: &end) { (piece) throws(FormatError) in
            guard contents.count + piece.count <= bytesMax else {
                if bytesMax < saidMax {
                    throw FormatError("holds \(Self.ratioMax) times its size: unzip it first if it is what it says")
                }
                throw FormatError(
                    entry.byteCount.map { "holds more than the \($0) bytes that the archive says" }
                        ?? "holds over \(Self.entryBytesMax >> 20) MiB: at most \(Self.entryBytesMax >> 20) are read"
                )
            }
            contents += piece
        }
        guard isWhole, entry.packedBytes == nil || end == packed.endIndex else {
            throw FormatError("is damaged, or cut off")
        }
        if entry.byteCount == nil {
            // What it holds is said after it, with or without a mark.
            let isMarked = end + 4 <= self.bytes.count && Self.number(self.bytes, end, 4) == 0x0807_4B50
            let descriptor = isMarked ? end + 4 : end
            guard descriptor + 4 <= self.bytes.count,
                Self.number(self.bytes, descriptor, 4) == Int(Inflation.checksum(contents))
            else { throw FormatError(Self.isDamaged) }
        }
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

    /// Of eight bytes; what is more than can be counted is the most that can.
    private static func long(_ bytes: [UInt8], _ place: Int) -> Int {
        let upper = Self.number(bytes, place + 4, 4)
        return upper > 0x7FFF_FFFF ? .max : upper << 32 | Self.number(bytes, place, 4)
    }

    /// Little endian.
    private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
}
