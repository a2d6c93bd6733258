internal import Glibc
internal import LikenessMessages
internal import LikenessPostgres

/// Makes highlights of what `ts_headline` marked.
enum Passage {
    static let charactersMax = 300
    /// Control characters that the statement takes out of the text first, so that they can only be marks.
    private static let markStart: UInt8 = 2
    private static let markEnd: UInt8 = 3
    /// What `split_words` puts between words.
    private static let separator: UInt8 = 4

    /// The options of `ts_headline`, as an SQL expression.
    static let headlineOptions: SQL =
        "E'StartSel=\\x02, StopSel=\\x03, MinWords=25, MaxWords=45, ShortWord=2'"
    /// For short texts.
    static let wholeOptions: SQL = "E'StartSel=\\x02, StopSel=\\x03, HighlightAll=true'"

    /// Reads marks into spans and cuts the text to 300 characters; `nil` for an empty text.
    static func highlight(field: String, marked: String, words: PassageWords = PassageWords()) -> Highlight? {
        // Most passages of a search by meaning: nothing to read, nothing to cut.
        guard marked.utf8.count > self.charactersMax || self.hasMark(marked) else {
            return marked.isEmpty ? nil : Highlight(field: field, text: marked)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(marked.utf8.count)
        var marks: [Range<Int>] = []
        var start: Int?
        for byte in marked.utf8 {
            switch byte {
            case self.markStart: start = bytes.count
            case self.markEnd:
                if let begin = start, bytes.count > begin { marks.append(begin..<bytes.count) }
                start = nil
            case self.separator: break
            default: bytes.append(byte)
            }
        }
        if let begin = start, bytes.count > begin { marks.append(begin..<bytes.count) }
        guard !bytes.isEmpty else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        func index(_ place: Int) -> String.Index { text.utf8.index(text.startIndex, offsetBy: place) }
        let meant = words.meant(marks.map { index($0.lowerBound)..<index($0.upperBound) }, in: text)
        let spans = meant.map { range in
            let start = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
            return self.span(start, start + text.utf8.distance(from: range.lowerBound, to: range.upperBound))
        }
        guard bytes.count > self.charactersMax else { return Highlight(field: field, text: text, spans: spans) }
        let shown = self.beginning(of: text)
        let end = shown.utf8.count
        let shownSpans = spans.filter { $0.start < end }
            .map { self.span(Int($0.start), min(Int($0.start + $0.length), end)) }
        return Highlight(field: field, text: shown, spans: shownSpans)
    }

    /// Those of a section that a hit shows: the ones with marks, or else the first of the two texts that has any.
    static func shown(texts: [Highlight?], names: [Highlight?]) -> [Highlight] {
        let texts = texts.compactMap(\.self)
        let matching = (texts + names.compactMap(\.self)).filter { !$0.spans.isEmpty }
        return matching.isEmpty ? Array(texts.prefix(1)) : matching
    }

    /// At most 300 characters as Unicode counts them, none of those that people see is cut.
    private static func beginning(of text: String) -> String {
        var (end, count) = (text.startIndex, 0)
        while end < text.endIndex {
            count += text[end].unicodeScalars.count
            if count > self.charactersMax { break }
            end = text.index(after: end)
        }
        return String(text[..<end])
    }

    /// Whether a text has a mark or a separator.
    private static func hasMark(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return false }
            return [self.markStart, self.markEnd, self.separator].contains {
                memchr(start, Int32($0), bytes.count) != nil
            }
        }
    }

    private static func span(_ start: Int, _ end: Int) -> TextSpan {
        TextSpan(start: Int32(start), length: Int32(end - start))
    }
}
