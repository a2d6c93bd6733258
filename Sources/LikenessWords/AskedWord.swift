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
    /// Of a word that is two errors of spelling away.
    static let similarityOfTwoErrors = 0.4
    /// Letters of words that two errors are looked for in: shorter ones become each other.
    static let twoErrorsLettersMin = 5

    /// Its first letter.
    let first: String
    let word: String
    private let scalars: [Unicode.Scalar]
    private let base: [Unicode.Scalar]
    private let letters: LetterSet
    /// The word without its first letter, where that may be one that is written with a sign: *OBrien* for *O'Brien*.
    let withoutInitial: String?
    let trigrams: WordTrigrams

    /// - Returns: `nil` for words that none is compared with.
    init?(_ word: String) {
        guard let trigrams = WordTrigrams(word), let first = word.unicodeScalars.first else { return nil }
        self.word = word
        self.trigrams = trigrams
        self.first = String(Character(first))
        self.scalars = Array(word.unicodeScalars)
        self.base = Self.withoutEnding(self.scalars)
        self.letters = LetterSet(self.base)
        let rest = String(String.UnicodeScalarView(self.scalars.dropFirst()))
        self.withoutInitial = self.scalars.count > WordTrigrams.lettersMin ? rest : nil
    }

    /// - Parameters:
    ///   - shared: The share of their trigrams that both have.
    ///   - isBegun: The other one begins with the word.
    ///   - isAlike: It begins with the same letter.
    ///   - isJoined: It is the word without its first letter, which is a word of its own.
    /// - Returns: `nil` where they do not resemble each other.
    func likeness(to other: String, shared: Double, isBegun: Bool, isAlike: Bool, isJoined: Bool) -> Likeness? {
        var similarity = isBegun ? max(shared, Self.similarityOfBegun) : shared
        if isJoined
            || isAlike && self.mayBeOneError(from: other) && self.isOneError(from: Array(other.unicodeScalars))
        {
            similarity = max(similarity, Self.similarityOfError)
        } else if isAlike, similarity < Self.similarityOfTwoErrors, self.isTwoErrors(from: other) {
            similarity = Self.similarityOfTwoErrors
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

    /// At most two errors, both words without their endings.
    func isTwoErrors(from other: String) -> Bool {
        guard self.scalars.count >= Self.twoErrorsLettersMin, self.mayBeTwoErrors(from: other) else { return false }
        let scalars = Array(other.unicodeScalars)
        guard scalars.count >= Self.twoErrorsLettersMin, scalars.first == self.scalars.first else { return false }
        return Self.distance(Self.withoutEnding(scalars), self.base) <= 2
    }

    /// False only for words that are farther away: most are recognized by the letters that they have.
    func mayBeTwoErrors(from other: String) -> Bool {
        let bytes = other.utf8.span
        func isFollowing(_ place: Int) -> Bool { bytes[place] & 0xC0 == 0x80 }
        var count = bytes.indices.count { !isFollowing($0) }
        var end = bytes.count
        for endings in Self.endings where count > WordTrigrams.lettersMin && endings.contains(bytes[end - 1]) {
            (count, end) = (count - 1, end - 1)
        }
        var letters = LetterSet()
        // The last byte of a letter has its last bits.
        for place in 0..<end where place + 1 == end || !isFollowing(place + 1) { letters.insert(UInt32(bytes[place])) }
        // An error takes a letter away and brings another one.
        return abs(count - self.base.count) <= 2 && self.letters.differences(from: letters) <= 4
    }

    private static let endings: [Set<UInt8>] = [
        [UInt8(ascii: "s")], [UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "y")],
    ]

    /// The optimal string alignment distance.
    static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
        var (beforeLast, last) = ([Int](), Array(0...other.count))
        for i in one.indices {
            var row = [i + 1]
            row.reserveCapacity(other.count + 1)
            for j in other.indices {
                var least = min(row[j] + 1, last[j + 1] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
                    least = min(least, beforeLast[j - 1] + 1)
                }
                row.append(least)
            }
            (beforeLast, last) = (last, row)
        }
        return last[other.count]
    }

    /// Without a final s and an e, i or y before it, as far as four letters stay.
    private static func withoutEnding(_ word: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var word = word
        for endings in Self.endings where word.count > WordTrigrams.lettersMin {
            if let last = word.last, last.isASCII, endings.contains(UInt8(last.value)) { word.removeLast() }
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

/// Which letters a word has: a bit for the last six bits of each, by which those of most alphabets differ.
private struct LetterSet {
    private var bits: UInt64 = 0

    init(_ word: [Unicode.Scalar] = []) { for scalar in word { self.insert(scalar.value) } }

    mutating func insert(_ scalar: UInt32) {
        self.bits |= 1 << UInt64(scalar % 64)
    }

    /// How many letters one of two words has and the other has not, or fewer.
    func differences(from other: LetterSet) -> Int { (self.bits ^ other.bits).nonzeroBitCount }
}
