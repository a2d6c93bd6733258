/// Rows of text in aligned columns, for people.
struct Table {
    enum Alignment { case left, right }

    struct Column {
        let title: String
        var alignment: Alignment = .left
        /// Widest the column may be, in terminal cells; longer text ends in "…".
        var widthMax: Int = 60
    }

    /// A part of a cell that stands out on a terminal, in UTF-8 bytes of its text.
    struct Emphasis {
        let column: Int
        let start: Int
        let length: Int
    }

    let columns: [Column]
    private(set) var rows: [[String]] = []
    private var emphases: [Emphasis?] = []

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: [String], emphasis: Emphasis? = nil) {
        precondition(cells.count == self.columns.count, "a row has one cell per column")
        self.rows.append(cells)
        self.emphases.append(emphasis)
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
        for (index, row) in cells.enumerated() {
            var shown = row
            if let emphasis = self.emphases[index] {
                let column = emphasis.column
                shown[column] = Self.emphasized(row[column], of: self.rows[index][column], emphasis, style: style)
            }
            text += self.line(row, shown: shown, widths: widths) + "\n"
        }
        return text
    }

    /// The cell with its emphasis, unless what should stand out was cut off or cleaned.
    private static func emphasized(
        _ cell: String,
        of text: String,
        _ emphasis: Emphasis,
        style: TerminalStyle
    ) -> String {
        let end = emphasis.start + emphasis.length
        guard emphasis.start >= 0, emphasis.length > 0, text.utf8.count >= end,
            cell.utf8.starts(with: text.utf8.prefix(end))
        else { return cell }
        let from = cell.utf8.index(cell.startIndex, offsetBy: emphasis.start)
        let to = cell.utf8.index(from, offsetBy: emphasis.length)
        return cell[..<from] + style.bold(String(cell[from..<to])) + cell[to...]
    }

    /// - Parameter shown: The cells with what a terminal does not show, which counts for no width.
    private func line(_ cells: [String], shown: [String]? = nil, widths: [Int]) -> String {
        var line = ""
        for (index, plain) in cells.enumerated() {
            let cell = shown?[index] ?? plain
            let padding = String(repeating: " ", count: widths[index] - TerminalText.width(plain))
            if index > 0 { line += "  " }
            line += self.columns[index].alignment == .right ? padding + cell : cell + padding
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}
