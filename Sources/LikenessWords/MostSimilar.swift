/// The words that resemble one most, of those that it is compared with.
struct MostSimilar {
    /// Best first.
    private(set) var found: [(word: Word, likeness: AskedWord.Likeness)] = []
    /// Passes the signatures of all that may be among them by their trigrams.
    private(set) var filter: WordTrigrams.Filter
    private let asked: AskedWord
    private let itself: Word
    private let most: Int
    private var trigrams: WordTrigrams

    init(to asked: AskedWord, most: Int) {
        (self.asked, self.most, self.itself) = (asked, most, Word(text: asked.word))
        self.trigrams = asked.trigrams
        self.filter = WordTrigrams.Filter(asked.trigrams, similarity: AskedWord.similarityMin)
        self.found.reserveCapacity(most + 1)
    }

    /// Compares a word, which may have been compared before.
    ///
    /// - Parameter isHeld: Whether any profile has it now; asked of those alone that would be among the most similar.
    mutating func compare(
        _ word: Word,
        isBegun: Bool = false,
        isAlike: Bool = false,
        isJoined: Bool = false,
        isHeld: () -> Bool
    ) {
        guard word != self.itself, self.trigrams.read(word.text) else { return }
        let shared = self.asked.trigrams.similarity(to: self.trigrams)
        guard
            let likeness = self.asked.likeness(
                to: word.text,
                shared: shared,
                isBegun: isBegun,
                isAlike: isAlike,
                isJoined: isJoined
            ), !self.found.contains(where: { $0.word == word })
        else { return }
        let place = self.found.firstIndex { Self.isBetter((word, likeness), than: $0) } ?? self.found.count
        guard place < self.most, isHeld() else { return }
        self.found.insert((word, likeness), at: place)
        if self.found.count > self.most { self.found.removeLast() }
        guard self.found.count == self.most, let last = self.found.last?.likeness.similarity else { return }
        self.filter.raise(to: last)
    }

    /// Words that are less similar are not among them.
    var least: Double { self.found.count < self.most ? 0 : self.found.last?.likeness.similarity ?? 0 }

    private typealias Found = (word: Word, likeness: AskedWord.Likeness)

    private static func isBetter(_ one: Found, than other: Found) -> Bool {
        one.likeness == other.likeness ? one.word < other.word : one.likeness > other.likeness
    }
}
