/// Cuts a text of several SQL statements apart, for statements that may not share a round trip.
enum SQLScript {
    /// Semicolons inside quotes, dollar quotes, comments and parentheses do not end a statement. `BEGIN ATOMIC` bodies
    /// are not understood: a file with one runs in a transaction.
    static func statements(of script: String) -> [String] {
        let bytes = Array(script.utf8)
        var statements: [String] = []
        var start = 0
        var index = 0
        var depth = 0
        var hasText = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "'"):
                // E'…' takes a backslash before a quote.
                let isEscaping =
                    index > start && (bytes[index - 1] | 0x20) == UInt8(ascii: "e")
                    && (index < 2 || !Self.isWord(bytes[index - 2]))
                index = Self.afterQuote(bytes, index, UInt8(ascii: "'"), isEscaping: isEscaping)
                hasText = true
                continue
            case UInt8(ascii: "\""):
                index = Self.afterQuote(bytes, index, UInt8(ascii: "\""), isEscaping: false)
                hasText = true
                continue
            case UInt8(ascii: "$") where index == 0 || !Self.isWord(bytes[index - 1]):
                hasText = true
                if let end = Self.afterDollarQuote(bytes, index) {
                    index = end
                    continue
                }
            case UInt8(ascii: "-") where index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "-"):
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
                continue
            case UInt8(ascii: "/") where index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "*"):
                index = Self.afterComment(bytes, index)
                continue
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: ";") where depth <= 0:
                if hasText { statements.append(String(decoding: bytes[start..<index], as: UTF8.self)) }
                start = index + 1
                hasText = false
                depth = 0
                index += 1
                continue
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): break
            default: hasText = true
            }
            index += 1
        }
        if hasText { statements.append(String(decoding: bytes[start...], as: UTF8.self)) }
        return statements
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte >= 0x80 || byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func afterQuote(_ bytes: [UInt8], _ start: Int, _ quote: UInt8, isEscaping: Bool) -> Int {
        var index = start + 1
        while index < bytes.count {
            if isEscaping, bytes[index] == UInt8(ascii: "\\") {
                index += 2
            } else if bytes[index] == quote {
                // A doubled quote goes on as the next quote's start would.
                return index + 1
            } else {
                index += 1
            }
        }
        return bytes.count
    }

    private static func afterDollarQuote(_ bytes: [UInt8], _ start: Int) -> Int? {
        var end = start + 1
        while end < bytes.count, Self.isWord(bytes[end]) { end += 1 }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "$"),
            end == start + 1 || !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[start + 1])
        else { return nil }
        let tag = bytes[start...end]
        var index = end + 1
        while index + tag.count <= bytes.count {
            if bytes[index..<index + tag.count].elementsEqual(tag) { return index + tag.count }
            index += 1
        }
        return bytes.count
    }

    /// Comments nest in PostgreSQL.
    private static func afterComment(_ bytes: [UInt8], _ start: Int) -> Int {
        var depth = 0
        var index = start
        while index + 1 < bytes.count {
            let pair = (bytes[index], bytes[index + 1])
            if pair == (UInt8(ascii: "/"), UInt8(ascii: "*")) {
                depth += 1
                index += 2
            } else if pair == (UInt8(ascii: "*"), UInt8(ascii: "/")) {
                depth -= 1
                index += 2
                if depth == 0 { return index }
            } else {
                index += 1
            }
        }
        return bytes.count
    }
}
