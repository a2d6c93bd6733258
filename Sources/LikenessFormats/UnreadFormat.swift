/// What people take for a file of people and is another kind of file: known by its first bytes, and named with what to do instead.
package enum UnreadFormat {
    /// What is known by bytes at a place.
    private static let signatures: [(place: Int, bytes: [UInt8], sentence: String)] = [
        (0, Array("%PDF-".utf8), "is a PDF: \(Self.exportInstead)"),
        (0, Array("{\\rtf".utf8), "is a text in RTF: \(Self.exportInstead)"),
        (0, Array("BEGIN:VCARD".utf8), "is a vCard: export the contacts as CSV"),
        (
            0, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
            "is a document of old Office, or one with a password: \(Self.saveInstead)"
        ),
        (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "is a 7z archive: \(Self.unpackFirst)"),
        (0, Array("Rar!".utf8) + [0x1A, 0x07], "is a RAR archive: \(Self.unpackFirst)"),
        (257, Array("ustar".utf8), "is a tar archive: \(Self.unpackFirst)"),
        (4, [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], "is packed with bzip2: \(Self.unpackFirst)"),
        (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "is packed with xz: \(Self.unpackFirst)"),
        (0, [0x28, 0xB5, 0x2F, 0xFD], "is packed with zstd: \(Self.unpackFirst)"),
        (0, [0x89, 0x50, 0x4E, 0x47], "is a picture: \(Self.exportInstead)"),
        (0, [0xFF, 0xD8, 0xFF], "is a picture: \(Self.exportInstead)"),
        (0, Array("SQLite format 3".utf8), "is a database: export the people as CSV"),
        (0, Array("PAR1".utf8), "is a Parquet file: export the people as CSV"),
    ]

    /// What is known by the files in an archive: the beginning of a name.
    private static let members: [(name: String, sentence: String)] = [
        ("xl/", "is an Excel workbook: \(Self.saveInstead)"),
        ("word/", "is a Word document: \(Self.exportInstead)"),
        ("ppt/", "is a PowerPoint presentation: \(Self.exportInstead)"),
        ("content.xml", "is an OpenDocument file: \(Self.saveInstead)"),
        ("Index/Document.iwa", "is a document of Numbers or Pages: \(Self.saveInstead)"),
        ("META-INF/container.xml", "is an EPUB: \(Self.exportInstead)"),
    ]

    private static let unpackFirst = "unpack it, and import what is in it"
    private static let saveInstead = "save a table as \"CSV UTF-8\", and import that"
    private static let exportInstead =
        "it has no parts that could be told apart; import the person's JSON Resume, Europass XML or CSV"

    /// - Returns: What the file is and what to do; `nil` for what may be read.
    package static func sentence(of bytes: some RandomAccessCollection<UInt8>) -> String? {
        let start = bytes.prefix(512)
        if let found = Self.signatures.first(where: { start.dropFirst($0.place).starts(with: $0.bytes) }) {
            return found.sentence
        }
        let text = String(decoding: start.drop { $0 <= 0x20 }.prefix(16), as: UTF8.self).lowercased()
        let isPage = ["<!doctype html", "<html"].contains { text.hasPrefix($0) }
        return isPage ? "is a web page: \(Self.exportInstead)" : nil
    }

    package static func sentence(of archive: ZipArchive) -> String? {
        Self.members.first { member in archive.entries.contains { $0.name.hasPrefix(member.name) } }?.sentence
    }
}
