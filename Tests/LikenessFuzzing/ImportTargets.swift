internal import Foundation
internal import LikenessCommands
internal import LikenessFormats
internal import LikenessMessages
internal import LikenessReflection

/// Files of other formats for `likeness profile import`: each is read, or refused with a sentence.
extension FuzzTarget {
    /// Rows under a header: what is read has a name and can be sent, and reads the same the second time.
    static let tables = FuzzTarget(name: "tables") { bytes in
        for separator in ",;".utf8 { Self.checkRows(Array(bytes), separator) }
        Self.read(Data(bytes), as: .csv)
    }

    /// Nothing is lost between rows or within one, and they read the same when they are written in quotes.
    private static func checkRows(_ bytes: [UInt8], _ separator: UInt8) {
        let quote = UInt8(ascii: "\"")
        let isText = { (byte: UInt8) in byte > 0x20 && byte != quote && byte != separator }
        var text = DelimitedText(bytes, separator: separator)
        var rows: [[[UInt8]]] = []
        var written: [UInt8] = []
        var start = text.mark
        while let row = text.next() {
            let end = text.mark
            precondition(row.start == start && end.offset > start.offset && end.line >= start.line, "rows with a gap")
            let again = text.row(at: start)
            precondition(again.fields == row.fields && again.problem == row.problem, "a row that reads otherwise")
            if let problem = row.problem {
                precondition(problem.line >= start.line, "a problem above its row")
            } else if row.fieldCount == row.fields.count {
                let held = bytes[start.offset..<end.offset].filter(isText)
                precondition(held.elementsEqual(row.fields.joined().filter(isText)), "a row without some of its text")
                rows.append(row.fields)
                for (index, field) in row.fields.enumerated() {
                    if index > 0 { written.append(separator) }
                    written.append(quote)
                    for byte in field { written += byte == quote ? [quote, quote] : [byte] }
                    written.append(quote)
                }
                written.append(0x0A)
            }
            start = end
        }
        precondition(start.offset == bytes.count, "ends before its end")
        var rewritten = DelimitedText(written, separator: separator)
        for row in rows { precondition(rewritten.next()?.fields == row, "what is written in quotes reads otherwise") }
        precondition(rewritten.next() == nil, "more rows than were written")
    }

    /// An archive as LinkedIn gives it, or what gzip packed: within its bounds, whatever it says of itself.
    static let archives = FuzzTarget(name: "archives") { bytes in
        let bytes = Array(bytes)
        if let unpacked = try? Gzip.unpacked(Data(bytes), bytesMax: Self.unpackedMax) {
            precondition(unpacked.count <= Self.unpackedMax, "more than was asked for")
        }
        if let archive = try? ZipArchive(bytes) {
            for entry in archive.entries {
                guard let contents = try? archive.contents(of: entry) else { continue }
                precondition(contents.count <= ZipArchive.entryBytesMax, "more than an entry may hold")
                precondition(
                    entry.byteCount.map { $0 == contents.count } ?? true,
                    "another length than the archive says"
                )
            }
            if let export = try? LinkedInExport(zip: bytes) {
                let tables = export.files.map { $0.name.lowercased().filter { !$0.isWhitespace } }
                precondition(Set(tables).count == tables.count, "one table twice, of which one is read")
            }
        }
        Self.read(Data(bytes), as: .linkedin)
    }

    private static let unpackedMax = 1 << 16

    /// XML, and what Europass has in it: a tree within its bounds.
    static let europass = FuzzTarget(name: "europass") { bytes in
        if let root = try? XMLDocument.parse(Array(bytes)) {
            precondition(Self.depth(of: root) <= XMLDocument.depthMax, "deeper than is read")
            // UTF-8 takes up to twice what the document's own encoding does.
            precondition(Self.textBytes(in: root) <= 2 * bytes.count, "more text than the document has")
        }
        Self.read(Data(bytes), as: .europass)
    }

    private static func depth(of element: XMLElement) -> Int {
        1 + (element.children.map { Self.depth(of: $0) }.max() ?? 0)
    }

    private static func textBytes(in element: XMLElement) -> Int {
        element.children.reduce(element.text.utf8.count) { $0 + Self.textBytes(in: $1) }
    }

    private static func read(_ data: Data, as format: ImportFile.Format) {
        let file = try? ImportFile(data, format: format)
        let items = file.map(Array.init) ?? []
        precondition(file.map { $0.count == items.count } ?? true, "people are lost")
        var line = 0
        for item in items {
            precondition(item.place.line > line, "people out of order")
            line = item.place.line
            guard case .success(let resume) = item.resume else { continue }
            precondition(!resume.profile.displayName.isEmpty, "a person without a name")
            precondition((try? resume.profile.encodedBytes()) != nil, "cannot be sent")
            for violation in resume.profile.violations() {
                precondition(!resume.place(of: violation.field).isEmpty, "a rule is broken nowhere")
            }
        }
        let again = Self.profiles(of: (try? ImportFile(data, format: format)).map(Array.init) ?? [])
        precondition(Self.profiles(of: items) == again, "the same file reads otherwise")
        if let told = try? ImportFile(data), told.format == format {
            precondition(Self.profiles(of: Array(told)) == again, "reads otherwise when its format is not said")
        }
    }

    private static func profiles(of items: [ImportItem]) -> [Profile?] { items.map { try? $0.resume.get().profile } }
}
