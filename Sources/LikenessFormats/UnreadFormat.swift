/// What people take for a file of people and is another kind of file: known by its first bytes, and named with what to do instead.
package enum UnreadFormat {
    /// What is known by bytes at a place.
    private static let signatures: [(place: Int, bytes: [UInt8], sentence: String)] = [
        (
            0, Array("%PDF-".utf8),
            "is a PDF: \(Self.exportInstead) (a PDF of Europass has its XML as an attachment, which can be saved)"
        ),
        (0, Array("{\\rtf".utf8), "is a text in RTF: \(Self.exportInstead)"),
        (
            0, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
            "is a document of old Office, or one with a password: \(Self.saveInstead)"
        ),
        (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "is a 7z archive: \(Self.unpackFirst)"),
        (0, Array("Rar!".utf8) + [0x1A, 0x07], "is a RAR archive: \(Self.unpackFirst)"),
        // Of POSIX, and of GNU. The word alone is in "mustard" too.
        (257, Array("ustar\0".utf8), "is a tar archive: \(Self.unpackFirst)"),
        (257, Array("ustar  \0".utf8), "is a tar archive: \(Self.unpackFirst)"),
        (4, [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], "is packed with bzip2: \(Self.unpackFirst)"),
        (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "is packed with xz: \(Self.unpackFirst)"),
        (0, [0x28, 0xB5, 0x2F, 0xFD], "is packed with zstd: \(Self.unpackFirst)"),
        (0, [0x89, 0x50, 0x4E, 0x47], "is a picture: \(Self.exportInstead)"),
        (0, [0xFF, 0xD8, 0xFF], "is a picture: \(Self.exportInstead)"),
        (0, Array("GIF8".utf8), "is a picture: \(Self.exportInstead)"),
        (0, [0x49, 0x49, 0x2A, 0x00], "is a picture: \(Self.exportInstead)"),
        (0, [0x4D, 0x4D, 0x00, 0x2A], "is a picture: \(Self.exportInstead)"),
        (8, Array("WEBP".utf8), "is a picture: \(Self.exportInstead)"),
        (4, Array("ftyp".utf8), "is a picture or a film: \(Self.exportInstead)"),
        (0, Array("bplist0".utf8), "is a property list of macOS: export the people as CSV"),
        (0, Array("SQLite format 3".utf8), "is a database: export the people as CSV"),
        (0, Array("PAR1".utf8), "is a Parquet file: export the people as CSV"),
    ]

    /// What is known by the files in an archive: the beginning of a name.
    private static let members: [(name: String, sentence: String)] = [
        ("xl/", "is an Excel workbook: \(Self.saveInstead)"),
        ("word/", "is a Word document: \(Self.exportInstead)"),
        ("ppt/", "is a PowerPoint presentation: \(Self.exportInstead)"),
        ("content.xml", "is an OpenDocument file: \(Self.saveInstead)"),
        ("Index/", "is a document of Numbers or Pages: \(Self.saveInstead)"),
        ("Index.zip", "is a document of Numbers or Pages: \(Self.saveInstead)"),
        ("QuickLook/", "is a document of Numbers or Pages: \(Self.saveInstead)"),
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
        let text = String(decoding: bytes.prefix(1 << 12), as: UTF8.self).trimmedMarks.lowercased()
        if let found = Self.beginnings.first(where: { text.hasPrefix($0.text) }) { return found.sentence }
        return nil
    }

    /// What is known by the first words of a text, in lower case.
    private static let beginnings: [(text: String, sentence: String)] = [
        ("begin:vcard", "is a vCard: export the contacts as CSV"),
        ("begin:vcalendar", "is a calendar: \(Self.exportInstead)"),
        ("<!doctype html", Self.isPage), ("<html", Self.isPage),
        ("\\documentclass", "is a text in LaTeX: \(Self.exportInstead)"),
    ]

    package static let isPage = "is a web page: \(Self.exportInstead)"

    /// Of a text that is no table, no JSON and no XML what it is instead; `nil` where that cannot be told.
    package static func sentence(ofLines text: [UInt8]) -> String? {
        let lines = text.prefix(1 << 12).split { $0 == 0x0A || $0 == 0x0D }.map { String(decoding: $0, as: UTF8.self) }
        guard let first = lines.first, !lines.contains(where: Self.isJSON) else { return nil }
        let header = /[A-Za-z][A-Za-z0-9-]*: ?.*/
        if first.hasPrefix("From "), lines.dropFirst().first?.wholeMatch(of: header) != nil {
            return "is a mailbox: save what is attached to its mails, and import that"
        }
        let name = first.prefix { $0 != ":" }.lowercased()
        if Self.mailHeaders.contains(name), lines.dropFirst().first?.wholeMatch(of: header) != nil {
            return "is a mail: save what is attached to it, and import that"
        }
        // All lines but the last, which may be cut.
        let texts = lines.prefix(lines.count > 1 ? 20 : 1).filter { !$0.hasPrefix("#") }
        let pair = /\s*(- )?["']?[\p{L}_$][\p{L}\p{N}_ -]*["']?:( .*)?/
        let item = /\s*- .+/
        let isYAML =
            first.hasPrefix("---") && first.drop { $0 == "-" }.allSatisfy(\.isWhitespace) || first.hasPrefix("%YAML")
            || (texts.first.map { $0.wholeMatch(of: pair) != nil || $0.wholeMatch(of: item) != nil } ?? false)
                && texts.count > 1 && texts.contains { $0.wholeMatch(of: pair) != nil }
                && texts.count { $0.wholeMatch(of: pair) == nil && $0.wholeMatch(of: item) == nil } * 2 < texts.count
        return isYAML ? "is YAML: save it as JSON, and import that" : nil
    }

    /// Whether a line begins as documents in JSON do.
    package static func isJSON(_ line: some StringProtocol) -> Bool {
        line.first { !$0.isWhitespace }.map { "{[".contains($0) } ?? false
    }

    private static let mailHeaders: Set<String> = [
        "return-path", "received", "delivered-to", "mime-version", "message-id", "from", "date", "subject", "to",
        "x-mozilla-status",
    ]

    /// Of a text of which nothing is known: what is read.
    package static let isNothingKnown =
        "is no JSON, no table with a header, no Europass XML and no archive of LinkedIn's: nothing in it is read"

    /// Of an OpenDocument file what it is, by its type.
    private static func sentence(ofType type: String) -> String? {
        switch type {
        case let type where type.hasPrefix("application/vnd.oasis.opendocument.spreadsheet"):
            "is an OpenDocument file: \(Self.saveInstead)"
        case let type where type.hasPrefix("application/vnd.oasis.opendocument."):
            "is an OpenDocument file: \(Self.exportInstead)"
        case "application/epub+zip": "is an EPUB: \(Self.exportInstead)"
        default: nil
        }
    }

    package static func sentence(of archive: ZipArchive) -> String? {
        if let entry = archive.entries.first(where: { $0.name == "mimetype" }),
            let type = try? archive.contents(of: entry),
            let sentence = Self.sentence(ofType: String(decoding: type, as: UTF8.self))
        {
            return sentence
        }
        return Self.members.first { member in archive.entries.contains { $0.name.hasPrefix(member.name) } }?.sentence
    }
}

extension String {
    /// Without a byte order mark, blanks and comments of XML at its beginning.
    fileprivate var trimmedMarks: Substring {
        var rest = self[...]
        while true {
            let start = rest
            rest = rest.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
            if rest.hasPrefix("<!--"), let end = rest.firstRange(of: "-->") { rest = rest[end.upperBound...] }
            if rest.startIndex == start.startIndex { return rest }
        }
    }
}
