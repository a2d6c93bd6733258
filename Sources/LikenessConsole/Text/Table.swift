/// Rows of text in aligned columns, for people.
package struct Table {
    package enum Alignment { case left, right }

    package struct Column {
        let title: DisplayText
        let alignment: Alignment
        /// Widest the column may be, in terminal cells; longer text ends in "…".
        let widthMax: Int

        package init(title: DisplayText, alignment: Alignment = .left, widthMax: Int = 60) {
            self.title = title
            self.alignment = alignment
            self.widthMax = widthMax
        }
    }

    /// A part of a cell that stands out on a terminal, in UTF-8 bytes of its text.
    package struct Emphasis {
        let column: Int
        let start: Int
        let length: Int

        package init(column: Int, start: Int, length: Int) {
            self.column = column
            self.start = start
            self.length = length
        }
    }

    let columns: [Column]
    private var rows: [[String]] = []
    private var emphases: [Emphasis?] = []

    package init(_ columns: [Column]) { self.columns = columns }

    package mutating func add(_ cells: [String], emphasis: Emphasis? = nil) {
        precondition(cells.count == self.columns.count, "a row has one cell per column")
        self.rows.append(cells)
        self.emphases.append(emphasis)
    }

    /// The table with a header line, each line ended by a newline. No trailing spaces. On a terminal no line is longer than
    /// the terminal is wide: the widest columns of text give way.
    package func rendered(style: TerminalStyle) -> DisplayText {
        var cells = self.rows.map { row in
            zip(row, self.columns).map { TerminalText.fitted($0.0, to: $0.1.widthMax) }
        }
        let widths = self.widths(of: cells, columns: style.columns)
        for row in cells.indices {
            for column in widths.indices {
                cells[row][column] = TerminalText.cut(cells[row][column], to: widths[column])
            }
        }
        let titles = zip(self.columns, widths).map { TerminalText.cut($0.title.text, to: $1) }
        var text = style.bold(self.line(titles, widths: widths)) + "\n"
        for (index, row) in cells.enumerated() {
            var shown = row.map { DisplayText(safe: $0) }
            if let emphasis = self.emphases[index] {
                let column = emphasis.column
                shown[column] = Self.emphasized(row[column], of: self.rows[index][column], emphasis, style: style)
            }
            text += self.line(row, shown: shown, widths: widths) + "\n"
        }
        return text
    }

    /// Narrowest a column becomes to let a table fit.
    private static let widthMin = 6

    private func widths(of cells: [[String]], columns: Int?) -> [Int] {
        var widths = self.columns.indices.map { index in
            cells.reduce(self.columns[index].title.width) { max($0, TerminalText.width($1[index])) }
        }
        guard let columns else { return widths }
        var surplus = widths.reduce(0, +) + 2 * (widths.count - 1) - columns
        while surplus > 0 {
            // Numbers are not cut.
            let candidates = widths.indices.filter { self.columns[$0].alignment == .left && widths[$0] > Self.widthMin }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            // Down to the next widest one, or as far as is needed.
            let next = candidates.filter { $0 != widest }.map { widths[$0] }.max() ?? Self.widthMin
            let cut = min(surplus, max(1, widths[widest] - max(next, Self.widthMin)))
            widths[widest] -= cut
            surplus -= cut
        }
        return widths
    }

    /// The cell with its emphasis, unless what should stand out was cut off or cleaned.
    private static func emphasized(
        _ cell: String,
        of text: String,
        _ emphasis: Emphasis,
        style: TerminalStyle
    ) -> DisplayText {
        guard emphasis.start >= 0, emphasis.length > 0, emphasis.start <= text.utf8.count,
            emphasis.length <= text.utf8.count - emphasis.start,
            cell.utf8.starts(with: text.utf8.prefix(emphasis.start + emphasis.length))
        else { return DisplayText(safe: cell) }
        let from = cell.utf8.index(cell.startIndex, offsetBy: emphasis.start)
        let to = cell.utf8.index(from, offsetBy: emphasis.length)
        // In the middle of a character there is nothing to set in bold.
        guard from.samePosition(in: cell) != nil, to.samePosition(in: cell) != nil else {
            return DisplayText(safe: cell)
        }
        return DisplayText(safe: String(cell[..<from])) + style.bold(DisplayText(safe: String(cell[from..<to])))
            + DisplayText(safe: String(cell[to...]))
    }

    /// - Parameter shown: The cells with what a terminal does not show, which counts for no width.
    private func line(_ cells: [String], shown: [DisplayText]? = nil, widths: [Int]) -> DisplayText {
        var line: DisplayText = ""
        var gap = 0
        for (index, plain) in cells.enumerated() {
            let cell = shown?[index] ?? DisplayText(safe: plain)
            let padding = max(0, widths[index] - TerminalText.width(plain))
            if index > 0 { gap += 2 }
            if self.columns[index].alignment == .right { gap += padding }
            // Spaces are written when something follows them.
            if !plain.isEmpty {
                line += .spaces(gap) + cell
                gap = 0
            }
            if self.columns[index].alignment == .left { gap += padding }
        }
        return line
    }
}
