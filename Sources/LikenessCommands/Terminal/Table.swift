/// Rows of text in aligned columns, for people.
struct Table {
    enum Alignment { case left, right }

    struct Column {
        let title: String
        var alignment: Alignment = .left
        /// Widest the column may be, in terminal cells; longer text ends in "…".
        var widthMax: Int = 60
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == self.columns.count, "a row has one cell per column")
        self.rows.append(cells)
    }

    /// The table with a header line, each line ended by a newline. No trailing spaces.
    func rendered(style: TerminalStyle) -> String {
        let cells = self.rows.map { row in
            zip(row, self.columns).map { TerminalText.fitted($0.0, to: $0.1.widthMax) }
        }
        let widths = self.columns.indices.map { index in
            cells.reduce(TerminalText.width(self.columns[index].title)) { max($0, TerminalText.width($1[index])) }
        }
        var text = style.bold(self.line(self.columns.map(\.title), widths: widths)) + "\n"
        for row in cells { text += self.line(row, widths: widths) + "\n" }
        return text
    }

    private func line(_ cells: [String], widths: [Int]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let padding = String(repeating: " ", count: widths[index] - TerminalText.width(cell))
            if index > 0 { line += "  " }
            line += self.columns[index].alignment == .right ? padding + cell : cell + padding
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
