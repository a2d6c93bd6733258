/// What a search text asks for, as far as marks in a passage depend on it: `ts_headline` marks the parts of a word with signs
/// and the letters of a dense script, of which only those are meant that stand together.
struct PassageWords: Sendable {
    /// Letters and digits of a search text that are words by themselves.
    private var plain: Set<String> = []
    /// "c#", "r&d".
    private var signed: Set<String> = []
    /// "c", "r", "d".
    private var signedParts: Set<String> = []
    /// Neighbouring letters.
    private var pairs: Set<String> = []

    init(_ words: [String] = []) {
        for word in words {
            if word.unicodeScalars.first.map(DenseScript.contains) ?? false, word.count > 1 {
                self.pairs.insert(word)
            } else if word.contains(where: Self.isSign) {
                self.signed.insert(word)
                self.signedParts.formUnion(
                    word.split { !($0.isLetter || $0.isNumber) }.map(String.init)
                )
            } else {
                self.plain.insert(word)
            }
        }
    }

    private static func isSign(_ character: Character) -> Bool {
        character == "#" || character == "+" || character == "&"
    }

    /// What of the marked parts of a text is meant, and all of it; neighbours are one.
    func meant(_ marked: [Range<String.Index>], in text: String) -> [Range<String.Index>] {
        guard !self.signed.isEmpty || !self.pairs.isEmpty else { return marked }
        var meant: [Range<String.Index>] = []
        for range in marked {
            guard let whole = self.whole(range, in: text) else { continue }
            if let last = meant.last, last.upperBound >= whole.lowerBound {
                meant[meant.count - 1] = last.lowerBound..<max(last.upperBound, whole.upperBound)
            } else {
                meant.append(whole)
            }
        }
        return meant
    }

    private func whole(_ range: Range<String.Index>, in text: String) -> Range<String.Index>? {
        let word = text[range].lowercased()
        if self.plain.contains(word) { return range }
        if self.signedParts.contains(word) {
            let token = Self.token(around: range, in: text)
            return self.signed.contains(text[token].lowercased()) ? token : nil
        }
        guard word.unicodeScalars.first.map(DenseScript.contains) ?? false else { return range }
        let before = text[..<range.lowerBound].last.map(String.init) ?? ""
        let behind = text[range.upperBound...].first.map(String.init) ?? ""
        return self.pairs.contains(before + word) || self.pairs.contains(word + behind) ? range : nil
    }

    /// The letters, digits and signs around a word.
    private static func token(around range: Range<String.Index>, in text: String) -> Range<String.Index> {
        func belongs(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || self.isSign(character)
        }
        var (start, end) = (range.lowerBound, range.upperBound)
        while start > text.startIndex, belongs(text[text.index(before: start)]) { start = text.index(before: start) }
        while end < text.endIndex, belongs(text[end]) { end = text.index(after: end) }
        return start..<end
    }
}
