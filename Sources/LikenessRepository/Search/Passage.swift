internal import Glibc
internal import LikenessMessages
internal import LikenessPostgres

/// Makes highlights of what `ts_headline` marked.
enum Passage {
    static let charactersMax = 300
    /// Control characters that the statement takes out of the text first, so that they can only be marks.
    private static let markStart: UInt8 = 2
    private static let markEnd: UInt8 = 3

    /// The options of `ts_headline`, as an SQL expression.
    static let headlineOptions: SQL =
        "E'StartSel=\\x02, StopSel=\\x03, MinWords=25, MaxWords=45, ShortWord=2'"

    /// Reads marks into spans and cuts the text to 300 characters; `nil` for an empty text.
    static func highlight(field: String, marked: String) -> Highlight? {
        // Most passages of a search by meaning: nothing to read, nothing to cut.
        guard marked.utf8.count > self.charactersMax || self.hasMark(marked) else {
            return marked.isEmpty ? nil : Highlight(field: field, text: marked)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(marked.utf8.count)
        var spans: [TextSpan] = []
        var start: Int?
        for byte in marked.utf8 {
            if byte == self.markStart {
                start = bytes.count
            } else if byte == self.markEnd {
                if let begin = start, bytes.count > begin { spans.append(self.span(begin, bytes.count)) }
                start = nil
            } else {
                bytes.append(byte)
            }
        }
        if let begin = start, bytes.count > begin { spans.append(self.span(begin, bytes.count)) }
        guard !bytes.isEmpty else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard bytes.count > self.charactersMax else { return Highlight(field: field, text: text, spans: spans) }
        let shown = String(text.prefix(self.charactersMax))
        let end = shown.utf8.count
        let shownSpans = spans.filter { $0.start < end }
            .map { self.span(Int($0.start), min(Int($0.start + $0.length), end)) }
        return Highlight(field: field, text: shown, spans: shownSpans)
    }

    private static func hasMark(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return false }
            return memchr(start, Int32(self.markStart), bytes.count) != nil
                || memchr(start, Int32(self.markEnd), bytes.count) != nil
        }
    }

    private static func span(_ start: Int, _ end: Int) -> TextSpan {
        TextSpan(start: Int32(start), length: Int32(end - start))
    }
}
