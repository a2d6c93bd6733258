/// Which words there are.
extension WordIndex {
    /// The words that begin with a prefix; of more than `most` those that most profiles hold.
    package func words(startingWith prefix: String, most: Int) -> [String] {
        guard !prefix.isEmpty else { return [] }
        var counts: [Word: Int] = [:]
        for part in self.parts {
            let words = part.segment.words
            for place in words.places(startingWith: prefix) {
                counts[words[place], default: 0] += part.segment.holders(at: place).count
            }
        }
        return Self.commonest(counts, most: most)
    }

    /// The words that are one error of spelling away: a letter more, less or other, or two letters that have changed places. The
    /// first letter is as it is, words have letters only. Words are cut forms, and what an error makes of one may be cut elsewhere: of
    /// *Charles* "charl" is left, of *Chrles* nothing is cut. So they are compared without these endings as well.
    ///
    /// - Returns: At most `most`, those that most profiles hold. Not the word itself.
    package func words(speltLike word: String, most: Int) -> [String] {
        let scalars = Array(word.unicodeScalars)
        guard scalars.count >= Self.correctedLettersMin, let first = scalars.first,
            scalars.allSatisfy(\.properties.isAlphabetic)
        else { return [] }
        let base = Self.withoutEnding(scalars)
        var counts: [Word: Int] = [:]
        for part in self.parts {
            let words = part.segment.words
            for place in words.places(startingWith: String(Character(first))) {
                let other = words[place].text
                // An ending has two bytes at most, a letter one to four.
                guard abs(other.utf8.count - word.utf8.count) <= 6 else { continue }
                let others = Array(other.unicodeScalars)
                guard others != scalars else { continue }
                let otherBase = Self.withoutEnding(others)
                guard Self.isOneError(others, scalars) || otherBase == base || Self.isOneError(otherBase, base) else {
                    continue
                }
                counts[words[place], default: 0] += part.segment.holders(at: place).count
            }
        }
        return Self.commonest(counts, most: most)
    }

    /// Too many words of fewer letters are one error away from each other.
    package static let correctedLettersMin = 4

    /// Without a final s and an e, i or y before it, as far as four letters stay.
    private static func withoutEnding(_ word: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var word = word
        for endings: Set<Unicode.Scalar> in [["s"], ["e", "i", "y"]] {
            if word.count > self.correctedLettersMin, let last = word.last, endings.contains(last) { word.removeLast() }
        }
        return word
    }

    private static func commonest(_ counts: [Word: Int], most: Int) -> [String] {
        counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }.prefix(most).map(\.key.text)
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

extension [Word] {
    /// Where the words with a prefix stand, in an ascending array.
    fileprivate func places(startingWith prefix: String) -> Range<Int> {
        let first = Word(text: prefix)
        let start = self.place { $0 < first }
        return start..<self.place { $0 < first || $0.hasPrefix(first) }
    }

    /// Where the first word stands for which a condition no longer holds, that holds for those before it.
    private func place(where isBefore: (Word) -> Bool) -> Int {
        var (low, high) = (0, self.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
