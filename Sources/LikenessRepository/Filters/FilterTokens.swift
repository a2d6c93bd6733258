/// The words and signs of a filter, read before its grammar.
struct FilterTokens {
    struct Token {
        enum Kind: Hashable {
            case word(String)
            case quoted(FilterText)
            case comparison(FilterCondition.Comparison)
            case open, close, dot, minus, end
        }

        let kind: Kind
        /// In characters, from 1.
        let position: Int

        func isWord(_ text: String) -> Bool { self.kind == .word(text) }

        var isKeyword: Bool { ["AND", "OR", "NOT"].contains { self.isWord($0) } }

        /// Whether a term begins here without an AND before it.
        var beginsTerm: Bool {
            switch self.kind {
            case .word: !self.isWord("AND") && !self.isWord("OR")
            case .open, .minus: true
            case .quoted, .comparison, .close, .dot, .end: false
            }
        }

        var description: String {
            switch self.kind {
            case .word(let text): "\"\(text.prefix(40))\""
            case .quoted: "a text in quotes"
            case .comparison(let comparison): "\"\(comparison.rawValue)\""
            case .open: "\"(\""
            case .close: "\")\""
            case .dot: "\".\""
            case .minus: "\"-\""
            case .end: "its end"
            }
        }
    }

    private var tokens: [Token] = []
    private var index = 0

    /// The last one is `.end`.
    var current: Token { self.tokens[self.index] }

    mutating func advance() { if self.index < self.tokens.count - 1 { self.index += 1 } }

    init(_ text: String) throws(FilterError) {
        let characters = Array(text)
        var place = 0
        while place < characters.count {
            let character = characters[place]
            if character.isWhitespace {
                place += 1
                continue
            }
            let start = place
            let kind: Token.Kind
            switch character {
            case "(": (kind, place) = (.open, place + 1)
            case ")": (kind, place) = (.close, place + 1)
            case ".": (kind, place) = (.dot, place + 1)
            case ":": (kind, place) = (.comparison(.has), place + 1)
            case "=": (kind, place) = (.comparison(.equal), place + 1)
            case "<", ">", "!":
                let isDouble = place + 1 < characters.count && characters[place + 1] == "="
                guard let comparison = FilterCondition.Comparison(rawValue: String(character) + (isDouble ? "=" : ""))
                else { throw FilterError(reason: "has \"!\" without \"=\"", position: start + 1) }
                (kind, place) = (.comparison(comparison), place + (isDouble ? 2 : 1))
            case "-": (kind, place) = (.minus, place + 1)
            case "\"", "'": kind = .quoted(try Self.quoted(characters, &place))
            case ",":
                throw FilterError(reason: "has a comma; texts with signs in them need quotes", position: start + 1)
            default:
                while place < characters.count, Self.isOfWord(characters[place]) { place += 1 }
                kind = .word(String(characters[start..<place]))
            }
            self.tokens.append(Token(kind: kind, position: start + 1))
        }
        self.tokens.append(Token(kind: .end, position: characters.count + 1))
    }

    /// A minus within a word is part of it: dates, slugs.
    private static func isOfWord(_ character: Character) -> Bool {
        !character.isWhitespace && !"(),.:=<>!\"'".contains(character)
    }

    /// Reads from one quote to the next; a backslash takes the character behind it as it is, a star too.
    private static func quoted(_ characters: [Character], _ place: inout Int) throws(FilterError) -> FilterText {
        let start = place
        let quote = characters[place]
        var plain: [(character: Character, isStar: Bool)] = []
        place += 1
        while place < characters.count {
            switch characters[place] {
            case quote:
                place += 1
                return FilterText(plain)
            case "\\" where place + 1 < characters.count:
                plain.append((characters[place + 1], false))
                place += 2
            case let character:
                plain.append((character, character == "*"))
                place += 1
            }
        }
        throw FilterError(reason: "has a quote without an end", position: start + 1)
    }
}

/// A text with AIP-160's wildcards: a star at its start or end stands for anything.
struct FilterText: Hashable, Sendable {
    /// Without those stars.
    let text: String
    let isOpenAtStart: Bool
    let isOpenAtEnd: Bool
    /// A star in the middle, which stands for nothing.
    let hasInnerStar: Bool

    init(_ characters: [(character: Character, isStar: Bool)]) {
        var inside = characters[...]
        self.isOpenAtStart = inside.first?.isStar == true
        if self.isOpenAtStart { inside.removeFirst() }
        self.isOpenAtEnd = inside.last?.isStar == true
        if self.isOpenAtEnd { inside.removeLast() }
        self.text = String(inside.map(\.character))
        self.hasInnerStar = inside.contains { $0.isStar }
    }

    init(word: String) { self.init(word.map { ($0, $0 == "*") }) }

    var isPattern: Bool { self.isOpenAtStart || self.isOpenAtEnd }
}
