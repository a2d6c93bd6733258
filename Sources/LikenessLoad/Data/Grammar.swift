/// Texts as a context-free grammar makes them: few rules, very many texts.
///
/// A grammar is lines of `name: alternative | alternative`; a line that begins with a space continues the one before, and
/// a name that comes again gets more alternatives. In an alternative
///
/// | written | makes |
/// |---|---|
/// | `{name}` | what that rule says |
/// | `{=fact}` | something that the caller knows, such as an organization |
/// | `{3-40}` | a number; `{100-900/50}` one in steps of 50 |
/// | `[a|b|]` | one of the alternatives, here perhaps none |
/// | `<a/b>` | `a` for a man, `b` for a woman |
struct Grammar: Sendable {
    /// What only the caller knows.
    enum Fact: String, Sendable, CaseIterable {
        case organization, city, skill, other, tool, years, field, title, name
    }

    indirect enum Piece: Sendable {
        case text(String)
        case rule(Int)
        case fact(Fact)
        case number(ClosedRange<Int>, step: Int)
        case choice([[Piece]])
        case gendered([Piece], [Piece])
    }

    private(set) var rules: [[[Piece]]] = []
    private var names: [String: Int] = [:]

    /// - Parameter text: Part of the program, so a mistake in it is a programming error.
    init(_ text: String) {
        for (name, alternatives) in Self.lines(of: text) {
            var parser = Parser(alternatives)
            let index = self.index(of: name)
            let parsed = parser.alternatives { self.index(of: $0) }
            self.rules[index] += parsed
        }
        for (name, index) in self.names.sorted(by: { $0.key < $1.key }) {
            precondition(!self.rules[index].isEmpty, "the grammar has no rule \(name)")
        }
    }

    /// The name and the right side of each rule.
    static func lines(of text: String) -> [(name: String, alternatives: String)] {
        var lines: [(name: String, alternatives: String)] = []
        for line in text.split(separator: "\n") {
            if line.first == " ", !lines.isEmpty {
                lines[lines.count - 1].alternatives += " " + line.trimmingSpaces
                continue
            }
            guard let colon = line.firstIndex(of: ":") else { preconditionFailure("no rule: \(line)") }
            lines.append((String(line[..<colon]), line[line.index(after: colon)...].trimmingSpaces))
        }
        return lines
    }

    func has(_ name: String) -> Bool { self.names[name] != nil }

    func rule(_ name: String) -> Int {
        guard let index = self.names[name] else { preconditionFailure("the grammar has no rule \(name)") }
        return index
    }

    private mutating func index(of name: String) -> Int {
        if let index = self.names[name] { return index }
        self.names[name] = self.rules.count
        self.rules.append([])
        return self.rules.count - 1
    }
}

extension Grammar {
    /// Reads the right side of a rule.
    private struct Parser {
        private let characters: [Character]
        private var at = 0
        /// Brackets that are open.
        private var depth = 0

        init(_ text: String) { self.characters = Array(text) }

        private var next: Character? { self.at < self.characters.count ? self.characters[self.at] : nil }

        /// Alternatives up to the end, or up to a closing bracket.
        mutating func alternatives(_ rule: (String) -> Int) -> [[Piece]] {
            var alternatives: [[Piece]] = []
            while true {
                let pieces = self.pieces(until: ["|", "]"], rule)
                // At the top, alternatives stand between spaces that belong to none of them.
                alternatives.append(self.depth == 0 ? Self.withoutLastSpace(pieces) : pieces)
                guard self.next == "|" else { return alternatives }
                self.at += 1
                if self.depth == 0 { while self.next == " " { self.at += 1 } }
            }
        }

        private mutating func pieces(until ends: Set<Character>, _ rule: (String) -> Int) -> [Piece] {
            var pieces: [Piece] = []
            var text = ""
            func flush() {
                guard !text.isEmpty else { return }
                pieces.append(.text(text))
                text = ""
            }
            while let character = self.next, !ends.contains(character) {
                self.at += 1
                switch character {
                case "{":
                    flush()
                    pieces.append(self.slot(self.take(until: "}"), rule))
                case "[":
                    flush()
                    self.depth += 1
                    pieces.append(.choice(self.alternatives(rule)))
                    self.depth -= 1
                    precondition(self.next == "]", "a bracket is closed")
                    self.at += 1
                case "<":
                    flush()
                    let male = self.pieces(until: ["/"], rule)
                    self.at += 1
                    let female = self.pieces(until: [">"], rule)
                    self.at += 1
                    pieces.append(.gendered(male, female))
                default: text.append(character)
                }
            }
            flush()
            return pieces
        }

        private mutating func take(until end: Character) -> String {
            var text = ""
            while let character = self.next, character != end {
                text.append(character)
                self.at += 1
            }
            self.at += 1
            return text
        }

        private func slot(_ text: String, _ rule: (String) -> Int) -> Piece {
            if text.first == "=" {
                guard let fact = Fact(rawValue: String(text.dropFirst())) else {
                    preconditionFailure("no fact: \(text)")
                }
                return .fact(fact)
            }
            guard text.first?.isNumber == true else { return .rule(rule(text)) }
            let parts = text.split { $0 == "-" || $0 == "/" }.compactMap { Int($0) }
            precondition(parts.count >= 2 && parts[0] <= parts[1], "no range: \(text)")
            return .number(parts[0]...parts[1], step: parts.count > 2 ? parts[2] : 1)
        }

        private static func withoutLastSpace(_ pieces: [Piece]) -> [Piece] {
            guard case .text(let text)? = pieces.last, text.last == " " else { return pieces }
            return pieces.dropLast() + (text.count > 1 ? [.text(String(text.dropLast()))] : [])
        }
    }
}

extension StringProtocol {
    /// Without the spaces at both ends.
    var trimmingSpaces: String {
        var rest = self[...]
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
