/// Reads text in columns, as spreadsheets write it: RFC 4180 with any separator.
///
/// Beyond the RFC, lines end in LF, CRLF or CR; spaces may stand around a quoted field; a quote in a field that does not begin
/// with one is text. A row that breaks a rule costs itself: reading goes on at the next line that is a whole row.
///
/// - SeeAlso: RFC 4180, section 2.
package struct DelimitedText: Sendable {
    /// A place between two rows.
    package struct Mark: Sendable, Hashable {
        package var offset = 0
        /// 1-based.
        package var line = 1

        package init() {}
    }

    package struct Row: Sendable {
        package let start: Mark
        /// Without the quotes around them, in the file's bytes. The first `fieldsMax` of them.
        package var fields: [[UInt8]] = []
        /// All of them.
        package var fieldCount = 0
        package var problem: Problem?
        /// Of a broken row the last line that is not read on its account.
        package fileprivate(set) var lastLine: Int?

        package var isBlank: Bool {
            self.problem == nil && self.fields.allSatisfy { $0.allSatisfy { $0 == 0x20 || $0 == 0x09 } }
        }
    }

    /// What breaks a rule, and where.
    package struct Problem: Sendable, Hashable {
        package enum Kind: Sendable, Hashable { case unclosedQuote, textAfterQuote, tooLong }
        package let kind: Kind
        /// 1-based line of the quote that is not closed, of the text, or of the row's end.
        package let line: Int
        /// From 0.
        package let field: Int
    }

    private let bytes: [UInt8]
    package var separator: UInt8
    /// Of the header, without and with the columns at its end that have no title: what a row is looked for by after one that is
    /// broken. `nil`: unknown.
    package var columnCounts: ClosedRange<Int>?
    package private(set) var mark = Mark()
    /// Bytes that may be read again after rows that are broken: where each line is, that would be the square of the file.
    private var rereadBytes: Int

    package static let fieldsMax = 1_000
    /// More than a profile can hold.
    package static let rowBytesMax = 16 << 20

    package init(_ bytes: [UInt8], separator: UInt8) {
        self.bytes = bytes
        self.separator = separator
        self.rereadBytes = 1 << 20 + 64 * bytes.count
    }

    /// Goes on at a row that was read before.
    package func row(at mark: Mark) -> Row { self.parse(at: mark).row }

    package mutating func move(to mark: Mark) { self.mark = mark }

    /// The next row, `nil` at the end.
    package mutating func next() -> Row? {
        guard self.mark.offset < self.bytes.count else { return nil }
        let start = self.mark
        var (row, end) = self.parse(at: start)
        self.mark = row.problem == nil ? end : self.resumption(after: start, broken: end)
        if row.problem != nil {
            let isAfterLineEnd = [0x0A, 0x0D].contains(self.bytes[self.mark.offset - 1])
            row.lastLine = isAfterLineEnd ? self.mark.line - 1 : self.mark.line
        }
        return row
    }

    /// Whether a row has a field for each title, and nothing beyond the columns.
    private func isWhole(_ row: Row, _ counts: ClosedRange<Int>) -> Bool {
        row.problem == nil && row.fieldCount >= counts.lowerBound && row.fieldCount <= Self.fieldsMax && !row.isBlank
            && row.fields.dropFirst(counts.upperBound).allSatisfy(\.isEmpty)
    }

    /// The first line within a broken row that is a whole row itself, or else the one after the place that broke it.
    private mutating func resumption(after start: Mark, broken: Mark) -> Mark {
        var candidate = self.lineAfter(start)
        while let counts = self.columnCounts, candidate.offset < broken.offset, self.rereadBytes > 0 {
            let (row, end) = self.parse(at: candidate)
            self.rereadBytes -= end.offset - candidate.offset
            if self.isWhole(row, counts) {
                self.rereadBytes -= broken.offset - candidate.offset
                return candidate
            }
            candidate = self.lineAfter(candidate)
        }
        return self.lineAfter(broken)
    }

    private func lineAfter(_ mark: Mark) -> Mark {
        var mark = mark
        while mark.offset < self.bytes.count {
            if self.endLine(&mark) { break }
            mark.offset += 1
        }
        return mark
    }

    /// Steps over a line end, if there is one.
    private func endLine(_ mark: inout Mark) -> Bool {
        switch self.bytes[mark.offset] {
        case 0x0D:
            let isPair = mark.offset + 1 < self.bytes.count && self.bytes[mark.offset + 1] == 0x0A
            mark.offset += isPair ? 2 : 1
        case 0x0A: mark.offset += 1
        default: return false
        }
        mark.line += 1
        return true
    }

    /// One row. After a problem the second value is the place of it.
    private func parse(at start: Mark) -> (row: Row, end: Mark) {
        var row = Row(start: start)
        var mark = start
        let limit = min(self.bytes.count, start.offset + Self.rowBytesMax)
        while true {
            var field: [UInt8] = []
            let isQuoted = self.skipToQuote(&mark, limit)
            if isQuoted, let kind = self.quoted(&mark, limit, into: &field) {
                let isTooLong = kind == .unclosedQuote && limit < self.bytes.count
                let line = kind == .textAfterQuote ? mark.line : self.line(ofQuote: row, start)
                row.problem = Problem(kind: isTooLong ? .tooLong : kind, line: line, field: row.fieldCount)
                return (row, mark)
            }
            if !isQuoted { self.plain(&mark, limit, into: &field) }
            row.fieldCount += 1
            if row.fields.count < Self.fieldsMax { row.fields.append(field) }
            guard mark.offset < limit else {
                if limit < self.bytes.count {
                    row.problem = Problem(kind: .tooLong, line: mark.line, field: row.fieldCount - 1)
                }
                return (row, mark)
            }
            if self.endLine(&mark) { return (row, mark) }
            // A separator: what follows is a field, also at the end of the file.
            mark.offset += 1
        }
    }

    /// The line on which the field begins that a row stopped in: line ends in the fields that precede it count.
    private func line(ofQuote row: Row, _ start: Mark) -> Int {
        var line = start.line
        for field in row.fields {
            var previous: UInt8 = 0
            for byte in field {
                if byte == 0x0D || byte == 0x0A && previous != 0x0D { line += 1 }
                previous = byte
            }
        }
        return line
    }

    /// Whether a quoted field begins here; if so, the place is after its quote.
    private func skipToQuote(_ mark: inout Mark, _ limit: Int) -> Bool {
        var offset = mark.offset
        while offset < limit, self.bytes[offset] == 0x20 || self.bytes[offset] == 0x09,
            self.bytes[offset] != self.separator
        {
            offset += 1
        }
        guard offset < limit, self.bytes[offset] == UInt8(ascii: "\"") else { return false }
        mark.offset = offset + 1
        return true
    }

    private func plain(_ mark: inout Mark, _ limit: Int, into field: inout [UInt8]) {
        let start = mark.offset
        while mark.offset < limit {
            let byte = self.bytes[mark.offset]
            if byte == self.separator || byte == 0x0A || byte == 0x0D { break }
            mark.offset += 1
        }
        field = Array(self.bytes[start..<mark.offset])
    }

    /// Reads to the end of a quoted field and the spaces that follow it.
    private func quoted(_ mark: inout Mark, _ limit: Int, into field: inout [UInt8]) -> Problem.Kind? {
        let quote = UInt8(ascii: "\"")
        while mark.offset < limit {
            let byte = self.bytes[mark.offset]
            if byte == quote {
                mark.offset += 1
                guard mark.offset < limit, self.bytes[mark.offset] == quote else {
                    return self.afterQuote(&mark, limit)
                }
                field.append(quote)
                mark.offset += 1
                continue
            }
            let start = mark.offset
            if self.endLine(&mark) {
                field += self.bytes[start..<mark.offset]
            } else {
                field.append(byte)
                mark.offset += 1
            }
        }
        return .unclosedQuote
    }

    private func afterQuote(_ mark: inout Mark, _ limit: Int) -> Problem.Kind? {
        while mark.offset < limit {
            let byte = self.bytes[mark.offset]
            if byte == self.separator || byte == 0x0A || byte == 0x0D { return nil }
            guard byte == 0x20 || byte == 0x09 else { return .textAfterQuote }
            mark.offset += 1
        }
        return nil
    }
}
