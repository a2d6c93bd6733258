/// The runs of three letters that a word is made of, two blanks before it and one behind it among them: what PostgreSQL's `pg_trgm` compares
/// words by.
struct WordTrigrams {
    /// Ascending, each once; three letters of 21 bits each.
    private(set) var trigrams: [UInt64] = []

    /// Fewer letters say too little.
    static let lettersMin = 4
    /// Signatures tell longer words from each other no more, and comparing them takes long.
    static let lettersMax = 32

    /// - Returns: `nil` for short and for very long words, and for those with anything else than letters: numbers, codes, compound words, words with their signs.
    init?(_ word: String) {
        guard self.read(word) else { return nil }
    }

    /// Makes it that of another word, in the same memory.
    ///
    /// - Returns: Whether that has any.
    mutating func read(_ word: String) -> Bool {
        self.trigrams.removeAll(keepingCapacity: true)
        guard Self.run(word, { self.trigrams.append($0) }) else { return false }
        // Of some ten numbers, and in place.
        var end = 0
        for place in self.trigrams.indices {
            let trigram = self.trigrams[place]
            var low = end
            while low > 0, self.trigrams[low - 1] > trigram { low -= 1 }
            if low > 0, self.trigrams[low - 1] == trigram { continue }
            var move = end
            while move > low {
                self.trigrams[move] = self.trigrams[move - 1]
                move -= 1
            }
            self.trigrams[low] = trigram
            end += 1
        }
        self.trigrams.removeLast(self.trigrams.count - end)
        return true
    }

    /// How many of all trigrams that either word has both have, 0...1.
    func similarity(to other: WordTrigrams) -> Double {
        let (one, two) = (self.trigrams.span, other.trigrams.span)
        var (here, there, shared) = (0, 0, 0)
        while here < one.count, there < two.count {
            let (left, right) = (one[here], two[there])
            if left == right { shared += 1 }
            if left <= right { here += 1 }
            if right <= left { there += 1 }
        }
        return Double(shared) / Double(one.count + two.count - shared)
    }

    /// One of 64 bits for each trigram of a word; 0 for words that have none.
    static func signature(of word: String) -> UInt64 {
        var signature: UInt64 = 0
        return self.run(word) { signature |= self.bit(of: $0) } ? signature : 0
    }

    /// Tells by signatures alone which of many words may be similar to one.
    struct Filter {
        private let signature: UInt64
        /// Trigrams of the word that have a bit together with another one.
        private let hidden: Int
        private let count: Int
        /// For each number of bits of another word how many of the word's it has to have.
        private var needed: [Int] = []
        /// Words of fewer bytes have too few trigrams, however many of them are the word's.
        private(set) var bytesMin = 0

        /// - Parameter least: 0...1.
        init(_ word: WordTrigrams, similarity least: Double) {
            self.signature = word.trigrams.reduce(0) { $0 | WordTrigrams.bit(of: $1) }
            self.count = word.trigrams.count
            self.hidden = self.count - self.signature.nonzeroBitCount
            self.raise(to: least)
        }

        /// Only what is so similar passes from now on.
        mutating func raise(to least: Double) {
            // Of a and b trigrams c are shared: c / (a + b − c) is to be at least s, so that c (1 + s) ≥ s (a + b). What is counted of c is no
            // less, and of b no more. A rounding error is to let a word pass.
            self.needed = (0...64).map { bits in
                Int((least * Double(self.count + bits) / (1 + least) - 1e-9).rounded(.up)) - self.hidden
            }
            // All of b trigrams are shared at the most: b / a is to be at least s. A word has one trigram more than letters.
            self.bytesMin = Int((least * Double(self.count) - 1e-9).rounded(.up)) - 1
        }

        /// False only for words that are less similar, or have no trigrams.
        func mayPass(_ other: UInt64) -> Bool {
            other != 0 && (self.signature & other).nonzeroBitCount >= self.needed[other.nonzeroBitCount]
        }
    }

    private static func bit(of trigram: UInt64) -> UInt64 { 1 << ((trigram &* 0x9E37_79B9_7F4A_7C15) >> 58) }

    /// Hands over the trigrams of a word in their order, some of them more than once.
    ///
    /// - Returns: Whether the word is one that is compared.
    private static func run(_ word: String, _ body: (UInt64) -> Void) -> Bool {
        let blank = UInt64(UInt8(ascii: " "))
        var last = blank << 21 | blank
        var count = 0
        for scalar in word.unicodeScalars {
            guard self.isLetter(scalar) else { return false }
            last = (last << 21 | UInt64(scalar.value)) & 0x7FFF_FFFF_FFFF_FFFF
            count += 1
            guard count <= self.lettersMax else { return false }
            body(last)
        }
        body((last << 21 | blank) & 0x7FFF_FFFF_FFFF_FFFF)
        return count >= self.lettersMin
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII ? (0x61...0x7A).contains(scalar.value | 0x20) : scalar.properties.isAlphabetic
    }
}
