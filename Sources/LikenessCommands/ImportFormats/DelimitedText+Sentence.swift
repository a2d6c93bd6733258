internal import LikenessFormats

extension DelimitedText.Problem {
    /// For the report.
    private var sentence: String {
        switch self.kind {
        case .unclosedQuote: "the quote that opens on line \(self.line) is not closed"
        case .textAfterQuote:
            "text follows the closing quote on line \(self.line): a quote within a quoted field is written twice"
        case .tooLong: "is over \(DelimitedText.rowBytesMax >> 20) MiB long: is a quote not closed?"
        }
    }

    /// For the report, with the lines that are not read on its account where they are several.
    func sentence(from line: Int, to last: Int?) -> String {
        guard let last, last > line else { return self.sentence }
        return "\(self.sentence): lines \(line) to \(last) are not read"
    }
}

/// The titles of a table's columns.
enum ColumnTitles {
    /// Each once: a column without a title is called by its number, and the second of two with one title "title (2)".
    static func unique(_ titles: [String]) -> [String] {
        var used: Set<String> = []
        var numbers: [String: Int] = [:]
        return titles.enumerated().map { index, title in
            let name = title.isEmpty ? "column \(index + 1)" : title
            var unique = name
            while !used.insert(unique).inserted {
                numbers[name, default: 1] += 1
                unique = "\(name) (\(numbers[name, default: 1]))"
            }
            return unique
        }
    }

    /// How many columns there are without and with those at the end that have no title.
    static func counts(_ titles: [String]) -> ClosedRange<Int> {
        max(1, (titles.lastIndex { !$0.isEmpty } ?? 0) + 1)...max(1, titles.count)
    }
}
