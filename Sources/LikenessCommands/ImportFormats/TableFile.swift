package import Foundation
package import LikenessFormats
internal import LikenessReflection

/// A table of people, one a row: text in columns whose first row names them.
package struct TableFile: Sequence, Sendable {
    private let text: DelimitedText
    private let columns: TableColumns
    private let match: [PersonIdentity.Kind]
    /// Where each begins, and of a broken one the last line that is not read on its account.
    private let rows: [(mark: DelimitedText.Mark, lastLine: Int?)]
    /// The titles as they stand.
    private let header: [[UInt8]]

    private static let separators = Array(",;\t|".utf8)

    /// Whether a file that is not said to be one seems to be a table: its first row names something that people have, or it has columns
    /// and nothing of JSON.
    package static func isTable(_ data: Data) -> Bool {
        let bytes = JSONResumeFile.utf8(data.count > Self.probedBytes ? data.prefix(Self.probedBytes) : data)
        let isBracket = { (byte: UInt8) in "{[<]}".utf8.contains(byte) }
        guard let first = bytes.first(where: { $0 > 0x20 }), !isBracket(first) else { return false }
        guard let header = Self.header(bytes, []), header.row.problem == nil else { return false }
        let titles = header.row.fields.map { String(decoding: $0, as: UTF8.self).trimmed() }
        // Prose may have a line "Name".
        let isTitle = { (title: String) in TableField.meant(by: title) != nil }
        if header.notes == nil || titles.count > 1, titles.contains(where: isTitle) { return true }
        let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }
        return titles.count > 1 && !lines.contains { $0.first { $0 > 0x20 }.map(isBracket) ?? false }
    }

    private static let probedBytes = 1 << 16

    /// - Throws: What is wrong with the header, or that no row follows it.
    package init(
        _ data: Data,
        columns choices: [TableColumnChoice] = [],
        match: [PersonIdentity.Kind] = PersonIdentity.Kind.usual
    ) throws(FormatError) {
        let bytes = JSONResumeFile.utf8(data)
        guard let (found, header, notes) = Self.header(bytes, choices.map(\.title)) else {
            throw FormatError("holds no row")
        }
        var text = found
        let line = header.start.line
        if let problem = header.problem {
            throw FormatError("line \(line), the header: \(problem.sentence(from: line, to: header.lastLine))")
        }
        guard header.fieldCount <= DelimitedText.fieldsMax else {
            throw FormatError(
                "line \(line), the header: \(header.fieldCount) columns, at most \(DelimitedText.fieldsMax) are read"
            )
        }
        var titles: [String] = []
        for field in header.fields {
            guard let title = String(validating: field, as: UTF8.self) else {
                throw FormatError("line \(line), the header: \(Self.notUTF8)")
            }
            titles.append(title.trimmed())
        }
        var columns = try TableColumns(titles: titles, line: line, choices: choices)
        if let notes { columns.found(notes: notes) }
        text.columnCounts = ColumnTitles.counts(titles)
        var rows: [(mark: DelimitedText.Mark, lastLine: Int?)] = []
        while let row = text.next() {
            guard !row.isBlank else { continue }
            rows.append((row.start, row.lastLine))
            columns.found(row)
        }
        guard !rows.isEmpty else { throw FormatError("holds a header and no row") }
        (self.text, self.columns, self.match, self.rows, self.header) = (text, columns, match, rows, header.fields)
    }

    private typealias Header = (text: DelimitedText, row: DelimitedText.Row, notes: ClosedRange<Int>?)

    /// The header, read with the separator that gives it most columns that are known, or else most columns.
    ///
    /// - Parameter chosen: Titles that count as known.
    private static func header(_ bytes: [UInt8], _ chosen: [String]) -> Header? {
        let chosen = Set(chosen.map(ResumeScope.folded))
        func isKnown(_ field: [UInt8]) -> Bool {
            let title = String(decoding: field, as: UTF8.self).trimmed()
            return TableField.meant(by: title) != nil || chosen.contains(ResumeScope.folded(title))
        }
        var best: Header?
        var bestScore = (-1, -1)
        // Excel says its separator in a line of its own: sep=;
        let isSaid =
            bytes.count > 5 && String(decoding: bytes[..<4], as: UTF8.self).lowercased() == "sep=" && bytes[5] < 0x20
        for separator in isSaid ? [bytes[4]] : Self.separators {
            var text = DelimitedText(bytes, separator: separator)
            if isSaid { _ = text.next() }
            guard let first = Self.firstRow(&text) else { continue }
            var header: Header = (text, first, nil)
            if !first.fields.contains(where: isKnown), let later = Self.headerAfterNotes(text, from: first) {
                header = later
            }
            let known = header.row.fields.count(where: isKnown)
            let score = (header.row.problem == nil ? known : -1, header.row.fieldCount)
            if score > bestScore { (best, bestScore) = (header, score) }
        }
        return best
    }

    /// Programs write what a table is, and of which day, above its header: the first of the next rows that has a title for a name.
    private static func headerAfterNotes(_ text: DelimitedText, from first: DelimitedText.Row) -> Header? {
        var text = text
        for _ in 0..<Self.notesMax {
            guard let row = Self.firstRow(&text) else { return nil }
            let hasName = row.fields.contains { TableField.isName(String(decoding: $0, as: UTF8.self).trimmed()) }
            if row.problem == nil, hasName { return (text, row, first.start.line...row.start.line - 1) }
        }
        return nil
    }

    private static let notesMax = 20

    private static func firstRow(_ text: inout DelimitedText) -> DelimitedText.Row? {
        while let row = text.next() { if !row.isBlank { return row } }
        return nil
    }

    private static let notUTF8 = "is neither UTF-8 nor UTF-16: save the file as \"CSV UTF-8\""

    /// Of the columns.
    var titles: [String] { self.columns.columns.map(\.title) }

    // MARK: People

    package var count: Int { self.rows.count }

    package func makeIterator() -> some IteratorProtocol<ImportItem> {
        self.rows.enumerated().lazy.map { index, place in
            ImportItem(
                place: JSONPlace(line: place.mark.line),
                resume: Result { () throws(ImportRefusal) in
                    try self.read(self.text.row(at: place.mark), lastLine: place.lastLine)
                },
                strays: index == 0 ? self.columns.warnings : []
            )
        }.makeIterator()
    }

    private func title(ofColumn index: Int) -> String {
        let columns = self.columns.columns
        return columns.indices.contains(index) ? "column \"\(columns[index].title)\"" : "column \(index + 1)"
    }

    private func read(_ row: DelimitedText.Row, lastLine: Int?) throws(ImportRefusal) -> ReadResume {
        let columns = self.columns.columns
        if let problem = row.problem {
            let sentence = problem.sentence(from: row.start.line, to: lastLine)
            throw ImportRefusal("\(self.title(ofColumn: problem.field)): \(sentence)")
        }
        let more = row.fields.dropFirst(columns.count)
        guard !more.contains(where: { $0.contains { $0 > 0x20 } }), row.fieldCount <= DelimitedText.fieldsMax else {
            throw ImportRefusal(
                "has \(row.fieldCount) fields, and the header \(columns.count): a text with a separator in it needs quotes "
                    + "(look at \(self.title(ofColumn: columns.count - 1)) and those that precede it)"
            )
        }
        guard row.fields.count < 2 || row.fields != self.header else {
            throw ImportRefusal("is the header again: were tables joined?")
        }
        var person = TableRow(self.columns)
        for (index, field) in row.fields.enumerated().prefix(columns.count) {
            guard let text = String(validating: field, as: UTF8.self) else {
                throw ImportRefusal("\(self.title(ofColumn: index)): \(Self.notUTF8)")
            }
            try person.add(text, of: columns[index])
        }
        if row.fieldCount < columns.count {
            person.warnings.append(
                .init(
                    path: columns[row.fieldCount].title,
                    message: "the row ends before this column: this and the following columns are read as empty"
                )
            )
        }
        return try person.read(self.match)
    }
}
