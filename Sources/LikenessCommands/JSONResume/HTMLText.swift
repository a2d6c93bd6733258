extension String {
    /// The text that a browser would show: tags of HTML become nothing or line breaks, entities their letters. A sign that belongs to no
    /// tag stays: `a < b`, `List<String>`.
    ///
    /// - Returns: `nil` for a text without HTML.
    func withoutHTML() -> String? {
        guard self.utf8.contains(where: { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") }) else { return nil }
        var reader = HTMLReader(self)
        return reader.read()
    }
}

private struct HTMLReader {
    private struct Tag {
        let name: String
        let isEnd: Bool
        /// After `>`.
        let end: String.Index
    }

    private let text: String
    private let lowercased: String
    private var shown = ""
    private var hasTags = false
    /// Whether tags of a name are tags in this text. Asked once for each name: a text may have a million of them.
    private var counts: [String: Bool] = [:]
    /// What was looked for to the end of the text in vain.
    private var missing: Set<String> = []
    private var hasEntities = false

    init(_ text: String) {
        self.text = text
        self.lowercased = text.lowercased()
    }

    mutating func read() -> String? {
        var position = self.text.startIndex
        while position < self.text.endIndex {
            let character = self.text[position]
            if character == "<", let end = self.markup(at: position) {
                self.hasTags = true
                position = end
            } else if character == "&", let (letter, end) = self.entity(at: position) {
                self.hasEntities = true
                self.shown += letter
                position = end
            } else {
                self.shown.append(character)
                position = self.text.index(after: position)
            }
        }
        guard self.hasTags || self.hasEntities else { return nil }
        return self.hasTags ? self.shown.trimmed() : self.shown
    }

    // MARK: Tags

    /// Reads a comment or a tag that is one.
    ///
    /// - Returns: Where the text goes on.
    private mutating func markup(at start: String.Index) -> String.Index? {
        if self.text[start...].hasPrefix("<!--") { return self.end(of: "-->", from: start) }
        guard let tag = self.tag(at: start) else { return nil }
        if HTMLNames.void.contains(tag.name) {
            if tag.name == "br" || tag.name == "hr" { self.shown += "\n" }
            return tag.end
        }
        let counts = self.counts[tag.name] ?? self.isTag(tag.name)
        self.counts[tag.name] = counts
        guard counts else { return nil }
        if HTMLNames.block.contains(tag.name), !self.shown.isEmpty, self.shown.last?.isNewline == false {
            self.shown += "\n"
        }
        if !tag.isEnd, tag.name == "script" || tag.name == "style" {
            return self.end(of: "</\(tag.name)>", from: tag.end) ?? tag.end
        }
        return tag.end
    }

    private mutating func end(of mark: String, from start: String.Index) -> String.Index? {
        guard !self.missing.contains(mark) else { return nil }
        let end = self.text[start...].firstRange(of: mark)?.upperBound
        if end == nil { self.missing.insert(mark) }
        return end
    }

    /// `Set<A>` and "knows the <code> tag" have no end; paragraphs and items may leave theirs out.
    private func isTag(_ name: String) -> Bool {
        if HTMLNames.endMayBeLeftOut.contains(name), self.lowercased.hasPrefix("<\(name)>") { return true }
        guard self.lowercased.contains("</\(name)>") else { return false }
        return self.lowercased.contains("<\(name)>") || self.lowercased.contains("<\(name) ")
    }

    private func tag(at start: String.Index) -> Tag? {
        var rest = self.text[self.text.index(after: start)...]
        let isEnd = rest.first == "/"
        if isEnd { rest = rest.dropFirst() }
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }.lowercased()
        guard HTMLNames.all.contains(name) else { return nil }
        rest = rest.dropFirst(name.count)
        guard let next = rest.first, next == ">" || next == "/" || next.isWhitespace else { return nil }
        // An attribute may have ">" in its quotes. What goes on for long is no tag.
        var quote: Character?
        var length = 0
        for index in rest.indices {
            length += 1
            guard length < 4_000 else { return nil }
            let character = rest[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "<" {
                return nil
            } else if character == ">" {
                return Tag(name: name, isEnd: isEnd, end: rest.index(after: index))
            }
        }
        return nil
    }

    // MARK: Entities

    private func entity(at start: String.Index) -> (letter: String, end: String.Index)? {
        let rest = self.text[self.text.index(after: start)...].prefix(12)
        guard let semicolon = rest.firstIndex(of: ";") else { return nil }
        let name = rest[..<semicolon]
        let letter = name.first == "#" ? Self.numbered(name.dropFirst()) : HTMLNames.letters[String(name)]
        return letter.map { ($0, self.text.index(after: semicolon)) }
    }

    /// A NUL and what else no text should have stay written out.
    private static func numbered(_ digits: Substring) -> String? {
        let isHex = digits.first == "x" || digits.first == "X"
        guard let value = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits),
            let scalar = Unicode.Scalar(value), value >= 0x20 || value == 9 || value == 10,
            !(0x7F...0x9F).contains(value)
        else { return nil }
        return value == 0xA0 ? " " : String(Character(scalar))
    }
}

/// What HTML 4 and 5 name.
private enum HTMLNames {
    static let void: Set<String> = ["area", "br", "col", "embed", "hr", "img", "input", "wbr"]

    static let endMayBeLeftOut: Set<String> = ["dd", "dt", "li", "p", "td", "th", "tr"]

    static let block: Set<String> = [
        "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "figure", "footer", "h1", "h2",
        "h3", "h4",
        "h5", "h6", "header", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th",
        "thead", "tr", "ul",
    ]

    private static let inline: Set<String> = [
        "a", "abbr", "acronym", "b", "big", "body", "cite", "code", "del", "dfn", "em", "font", "head", "html", "i",
        "ins", "kbd", "mark",
        "q", "s", "samp", "script", "small", "span", "strike", "strong", "style", "sub", "sup", "tt", "u", "var",
    ]

    static let all = Self.void.union(Self.block).union(Self.inline)

    static let letters: [String: String] = {
        var letters = [
            "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "shy": "", "ensp": " ",
            "emsp": " ", "thinsp": " ",
            "ndash": "–", "mdash": "—", "lsquo": "‘", "rsquo": "’", "sbquo": "‚", "ldquo": "“", "rdquo": "”",
            "bdquo": "„",
            "hellip": "…", "bull": "•", "trade": "™", "euro": "€", "lsaquo": "‹", "rsaquo": "›", "dagger": "†",
            "permil": "‰",
            "larr": "←", "uarr": "↑", "rarr": "→", "darr": "↓", "ne": "≠", "le": "≤", "ge": "≥", "asymp": "≈",
            "infin": "∞", "minus": "−",
            "OElig": "Œ", "oelig": "œ", "Scaron": "Š", "scaron": "š", "Yuml": "Ÿ", "fnof": "ƒ",
        ]
        for (index, name) in Self.latin1.enumerated() {
            guard letters[name] == nil, let scalar = Unicode.Scalar(UInt32(0xA0 + index)) else { continue }
            letters[name] = String(Character(scalar))
        }
        return letters
    }()

    /// U+00A0 to U+00FF.
    private static let latin1 = [
        "nbsp", "iexcl", "cent", "pound", "curren", "yen", "brvbar", "sect", "uml", "copy", "ordf", "laquo", "not",
        "shy", "reg", "macr",
        "deg", "plusmn", "sup2", "sup3", "acute", "micro", "para", "middot", "cedil", "sup1", "ordm", "raquo", "frac14",
        "frac12", "frac34",
        "iquest", "Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute",
        "Ecirc", "Euml", "Igrave",
        "Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash",
        "Ugrave", "Uacute",
        "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig",
        "ccedil", "egrave",
        "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute", "ocirc",
        "otilde", "ouml",
        "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
    ]
}
