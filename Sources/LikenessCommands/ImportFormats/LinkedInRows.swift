internal import Foundation
internal import LikenessFormats
internal import LikenessReflection

/// The rows of one of LinkedIn's tables, each with its cells by title.
struct LinkedInRows {
    struct Row {
        /// 1-based, in its file.
        let line: Int
        /// Those that are not empty, in the order of the columns.
        let cells: [(title: String, text: String)]

        /// - Parameter title: Folded as `ResumeScope` does.
        func text(_ title: String) -> String? {
            self.cells.first { ResumeScope.folded($0.title) == title }?.text
        }

        /// All that it says, by title.
        var node: JSONNode { .object(self.cells.map { .init($0.title, .string($0.text)) }) }
    }

    private(set) var rows: [Row] = []
    /// Of rows that are not read, or not whole.
    private(set) var warnings: [ResumeWarning] = []
    private var uncounted = 0

    /// More rows than any list of a profile takes.
    private static let rowsMax = 2_000
    private static let warningsMax = 100
    private static let notesMax = 20

    /// - Parameter known: Titles, folded as `ResumeScope` does: the first row that has one is the header, or else the first row.
    init(_ bytes: [UInt8], file: String, known: Set<String>) {
        var text = DelimitedText(JSONResumeFile.utf8(Data(bytes)), separator: UInt8(ascii: ","))
        guard let titles = self.header(&text, file, known) else { return }
        let unique = ColumnTitles.unique(titles)
        let counts = ColumnTitles.counts(titles)
        text.columnCounts = counts
        while let row = text.next() {
            guard !row.isBlank else { continue }
            let place = "\(file):\(row.start.line)"
            if let problem = row.problem {
                let sentence = problem.sentence(from: row.start.line, to: row.lastLine)
                self.warn(place, sentence.hasSuffix("not read") ? sentence : "\(sentence): the row is not read")
                continue
            }
            guard let texts = Self.texts(row) else {
                self.warn(place, "is not UTF-8, or holds a NUL character: the row is not read")
                continue
            }
            guard row.fieldCount <= titles.count || texts.dropFirst(titles.count).allSatisfy(\.isEmpty) else {
                self.warn(place, "has \(row.fieldCount) fields, and the header \(titles.count): the row is not read")
                continue
            }
            guard self.rows.count < Self.rowsMax else {
                self.warn(place, "more than \(Self.rowsMax) rows: this and what follows is not read")
                break
            }
            if row.fieldCount < counts.lowerBound {
                self.warn(
                    "\(place): \(unique[row.fieldCount])",
                    "the row ends before this column: this and the following columns are read as empty"
                )
            }
            let cells = zip(unique, texts).map { (title: $0, text: $1) }
            self.rows.append(Row(line: row.start.line, cells: cells.filter { !$0.text.isEmpty }))
        }
        if self.uncounted > 0 {
            self.warnings.append(.init(path: file, message: "\(self.uncounted) more warnings are only counted"))
        }
    }

    private mutating func warn(_ place: String, _ message: String) {
        if self.warnings.count < Self.warningsMax {
            self.warnings.append(.init(path: place, message: message))
        } else {
            self.uncounted += 1
        }
    }

    /// The titles, with the text at the row that follows them.
    private mutating func header(_ text: inout DelimitedText, _ file: String, _ known: Set<String>) -> [String]? {
        var rest = text
        var first: (titles: [String], line: Int, rest: DelimitedText)?
        for _ in 0..<Self.notesMax {
            guard let row = rest.next() else { break }
            guard !row.isBlank, row.problem == nil, let titles = Self.texts(row) else { continue }
            first = first ?? (titles, row.start.line, rest)
            guard titles.contains(where: { known.contains(ResumeScope.folded($0)) }) else { continue }
            if let first, first.line < row.start.line {
                let lines =
                    first.line + 1 == row.start.line
                    ? "the line precedes" : "this and the lines to \(row.start.line - 1) precede"
                self.warn("\(file):\(first.line)", "\(lines) the header: not read")
            }
            text = rest
            return titles
        }
        guard let first else { return nil }
        text = first.rest
        return first.titles
    }

    private static func texts(_ row: DelimitedText.Row) -> [String]? {
        var texts: [String] = []
        for field in row.fields {
            guard !field.contains(0), let text = String(validating: field, as: UTF8.self) else { return nil }
            texts.append(text.trimmed())
        }
        return texts
    }
}
