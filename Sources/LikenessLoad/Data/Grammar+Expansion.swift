internal import LikenessStatistics

extension Grammar {
    /// What the caller knows while a text is made.
    struct Facts: Sendable {
        var isFemale = false
        private var values = [String](repeating: "", count: Fact.allCases.count)

        init(isFemale: Bool) { self.isFemale = isFemale }

        subscript(fact: Fact) -> String {
            get { self.values[fact.index] }
            set { self.values[fact.index] = newValue }
        }
    }

    /// One of the texts that a rule can say.
    func text(_ rule: String, _ facts: Facts, _ random: inout SplitMix64) -> String {
        var text = ""
        self.append(self.rule(rule), facts, &random, to: &text)
        return Self.withoutGaps(text)
    }

    /// Takes out the spaces that parts which say nothing leave behind.
    private static func withoutGaps(_ text: String) -> String {
        let space = UInt8(ascii: " ")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if byte == space, bytes.isEmpty || bytes.last == space { continue }
            if byte == UInt8(ascii: ".") || byte == UInt8(ascii: ","), bytes.last == space { bytes.removeLast() }
            bytes.append(byte)
        }
        if bytes.last == space { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The alternatives of a rule that are plain text, in their order.
    func choices(_ rule: String) -> [String] {
        self.rules[self.rule(rule)].compactMap { pieces in
            guard pieces.count == 1, case .text(let text) = pieces[0] else { return nil }
            return text
        }
    }

    /// The same as a sentence: with a capital letter at its beginning.
    func sentence(_ rule: String, _ facts: Facts, _ random: inout SplitMix64) -> String {
        let text = self.text(rule, facts, &random)
        guard let first = text.first, first.isLowercase else { return text }
        return first.uppercased() + text.dropFirst()
    }

    private func append(_ rule: Int, _ facts: Facts, _ random: inout SplitMix64, to text: inout String) {
        let alternatives = self.rules[rule]
        self.append(alternatives[random.below(alternatives.count)], facts, &random, to: &text)
    }

    private func append(_ pieces: [Piece], _ facts: Facts, _ random: inout SplitMix64, to text: inout String) {
        for piece in pieces {
            switch piece {
            case .text(let part): text += part
            case .rule(let rule): self.append(rule, facts, &random, to: &text)
            case .fact(let fact): text += facts[fact]
            case .number(let range, let step):
                text += String(range.lowerBound + random.below((range.upperBound - range.lowerBound) / step + 1) * step)
            case .choice(let alternatives):
                self.append(alternatives[random.below(alternatives.count)], facts, &random, to: &text)
            case .gendered(let male, let female):
                self.append(facts.isFemale ? female : male, facts, &random, to: &text)
            }
        }
    }
}

extension Grammar.Fact {
    var index: Int {
        switch self {
        case .organization: 0
        case .city: 1
        case .skill: 2
        case .other: 3
        case .tool: 4
        case .years: 5
        case .field: 6
        case .title: 7
        case .name: 8
        }
    }
}
