/// A word, as others are compared with it.
struct AskedWord {
    /// How two words resemble each other.
    struct Likeness: Comparable {
        let similarity: Double
        /// The share of their trigrams that both have.
        let shared: Double

        static func < (one: Likeness, other: Likeness) -> Bool {
            (one.similarity, one.shared) < (other.similarity, other.shared)
        }
    }

    /// Words that are less similar have little to do with each other.
    static let similarityMin = 0.3
    /// Of a word that begins with the one asked for.
    static let similarityOfBegun = 0.8
    /// Of a word that is an error of spelling away.
    static let similarityOfError = 1.0

    /// Its first letter.
    let first: String
    let word: String
    private let scalars: [Unicode.Scalar]
    private let base: [Unicode.Scalar]
    let trigrams: WordTrigrams

    /// - Returns: `nil` for words that none is compared with.
    init?(_ word: String) {
        guard let trigrams = WordTrigrams(word), let first = word.unicodeScalars.first else { return nil }
        self.word = word
        self.trigrams = trigrams
        self.first = String(Character(first))
        self.scalars = Array(word.unicodeScalars)
        self.base = Self.withoutEnding(self.scalars)
    }

    /// - Parameters:
    ///   - shared: The share of their trigrams that both have.
    ///   - isBegun: The other one begins with the word.
    ///   - isAlike: It begins with the same letter.
    /// - Returns: `nil` where they do not resemble each other.
    func likeness(to other: String, shared: Double, isBegun: Bool, isAlike: Bool) -> Likeness? {
        var similarity = isBegun ? max(shared, Self.similarityOfBegun) : shared
        if isAlike, self.mayBeOneError(from: other), self.isOneError(from: Array(other.unicodeScalars)) {
            similarity = max(similarity, Self.similarityOfError)
        }
        return similarity >= Self.similarityMin ? Likeness(similarity: similarity, shared: shared) : nil
    }

    /// False only for words that are no error of spelling away: a look at a few letters, as most words that begin with the same one are not.
    func mayBeOneError(from other: String) -> Bool {
        let (one, two) = (self.word.utf8.span, other.utf8.span)
        // An ending has two letters at most, and a letter four bytes.
        guard abs(one.count - two.count) <= 12 else { return false }
        let common = min(one.count, two.count)
        var place = 0
        while place < common, one[place] == two[place] { place += 1 }
        // The error is here. Behind it both go on with the same letters, unless they end.
        guard common - place >= 5 else { return true }
        for byte in place..<place + 3 where one[byte] >= 0x80 || two[byte] >= 0x80 { return true }
        func goOn(_ here: Int, _ there: Int) -> Bool {
            one[here] == two[there] && one[here + 1] == two[there + 1]
        }
        return goOn(place + 1, place + 1) || goOn(place + 1, place) || goOn(place, place + 1)
            || (one[place] == two[place + 1] && one[place + 1] == two[place])
    }

    func isOneError(from other: [Unicode.Scalar]) -> Bool {
        // An ending has two letters at most.
        guard other.first == self.scalars.first, abs(other.count - self.scalars.count) <= 3 else { return false }
        let base = Self.withoutEnding(other)
        return Self.isOneError(other, self.scalars) || base == self.base || Self.isOneError(base, self.base)
    }

    /// Without a final s and an e, i or y before it, as far as four letters stay.
    private static func withoutEnding(_ word: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var word = word
        for endings: Set<Unicode.Scalar> in [["s"], ["e", "i", "y"]] {
            if word.count > WordTrigrams.lettersMin, let last = word.last, endings.contains(last) { word.removeLast() }
        }
        return word
    }

    /// The optimal string alignment distance of two words is one.
    static func isOneError(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Bool {
        guard abs(one.count - other.count) <= 1 else { return false }
        var start = 0
        while start < min(one.count, other.count), one[start] == other[start] { start += 1 }
        var (end, otherEnd) = (one.count, other.count)
        while end > start, otherEnd > start, one[end - 1] == other[otherEnd - 1] {
            (end, otherEnd) = (end - 1, otherEnd - 1)
        }
        let (left, otherLeft) = (end - start, otherEnd - start)
        if left == 2, otherLeft == 2 { return one[start] == other[start + 1] && one[start + 1] == other[start] }
        return max(left, otherLeft) == 1
    }
}
