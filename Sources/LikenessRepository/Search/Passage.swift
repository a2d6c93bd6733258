internal import LikenessMessages

/// Makes highlights of what `ts_headline` marked.
enum Passage {
    static let charactersMax = 300
    /// Control characters that the statement takes out of the text first, so that they can only be marks.
    private static let markStart: Unicode.Scalar = "\u{2}"
    private static let markEnd: Unicode.Scalar = "\u{3}"

    /// The options of `ts_headline`, as an SQL expression.
    static let headlineOptions =
        "E'StartSel=\\x02, StopSel=\\x03, MinWords=25, MaxWords=45, ShortWord=2'"

    /// Reads marks into spans and cuts the text to 300 characters; `nil` for an empty text.
    static func highlight(field: String, marked: String) -> Highlight? {
        var text = ""
        var spans: [TextSpan] = []
        var start: Int?
        var characters = 0
        for character in marked {
            // A mark never merges with a letter into one character: control characters always stand alone.
            if character.unicodeScalars.first == self.markStart {
                start = text.utf8.count
            } else if character.unicodeScalars.first == self.markEnd {
                if let begin = start, text.utf8.count > begin { spans.append(self.span(begin, text.utf8.count)) }
                start = nil
            } else {
                guard characters < self.charactersMax else { break }
                text.append(character)
                characters += 1
            }
        }
        if let begin = start, text.utf8.count > begin { spans.append(self.span(begin, text.utf8.count)) }
        guard !text.isEmpty else { return nil }
        var highlight = Highlight()
        highlight.field = field
        highlight.text = text
        highlight.spans = spans
        return highlight
    }

    private static func span(_ start: Int, _ end: Int) -> TextSpan {
        var span = TextSpan()
        span.start = Int32(start)
        span.length = Int32(end - start)
        return span
    }
}
