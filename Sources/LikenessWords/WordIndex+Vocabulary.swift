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

    /// The words that begin with a longer one than it is itself cut to; of more than `most` those that most profiles hold.
    package func words(begunAs written: String, most: Int) -> [Similar] {
        self.words(startingWith: written, most: most).filter(Self.isCompared)
            .map { Similar(word: $0, similarity: AskedWord.similarityOfBegun) }
    }

    /// A word that resembles another one.
    package struct Similar: Sendable, Hashable {
        package let word: String
        /// 0.3...1.
        package let similarity: Double
    }

    /// The words that resemble one most. How similar two are is the greatest of
    ///
    /// - the share of their trigrams that both have, from 0.3 on (`WordTrigrams`);
    /// - 0.8 where the other one begins with the word;
    /// - 1 where the other one is an error of spelling away: a letter more, less or other, or two letters that have changed places. The first
    ///   letter is as it is. Words are cut forms, and what an error makes of one may be cut elsewhere: of *Charles* "charl" is left, of *Chrles*
    ///   nothing is cut. So they are compared without these endings as well;
    /// - 1 where the other one is what stands behind its first letter, and that letter is a word as well: *OBrien* for *O'Brien*;
    /// - 0.4 where the other one is two errors away, both of them of five letters or more.
    ///
    /// Only words of 4 to 32 letters are compared, that have letters alone: not numbers, and no words with signs. Of those that only profiles have
    /// that are gone or have changed since none is found.
    ///
    /// - Returns: At most `most`, the most similar first, equally similar ones by the share of their trigrams, and those by their bytes. Not the
    ///   word itself.
    package func words(similarTo word: String, most: Int) -> [Similar] {
        guard let asked = AskedWord(word), most > 0 else { return [] }
        var best = MostSimilar(to: asked, most: most)
        if let rest = asked.withoutInitial, self.isHeld(asked.first) {
            best.compare(Word(text: rest), isJoined: true) { self.isHeld(rest) }
        }
        // First what may resemble it most: the more the last of the best does, the fewer others have to be compared.
        for part in self.parts {
            let words = part.segment.words
            let begun = words.places(startingWith: word)
            for place in words.places(startingWith: asked.first) where part.segment.signatures[place] != 0 {
                guard begun.contains(place) || asked.mayBeOneError(from: words[place].text) else { continue }
                best.compare(words[place], isBegun: begun.contains(place), isAlike: true) {
                    part.isAnyLive(part.segment.holders(at: place))
                }
            }
        }
        if best.least <= AskedWord.similarityOfTwoErrors {
            for part in self.parts {
                let words = part.segment.words
                for place in words.places(startingWith: asked.first)
                where part.segment.signatures[place] != 0 && asked.isTwoErrors(from: words[place].text) {
                    best.compare(words[place], isAlike: true) { part.isAnyLive(part.segment.holders(at: place)) }
                }
            }
        }
        for part in self.parts {
            let words = part.segment.words
            for (place, signature) in part.segment.signatures.enumerated() where best.filter.mayPass(signature) {
                guard words[place].text.utf8.count >= best.filter.bytesMin else { continue }
                best.compare(words[place]) {
                    part.isAnyLive(part.segment.holders(at: place))
                }
            }
        }
        return best.found.map { Similar(word: $0.word.text, similarity: $0.likeness.similarity) }
    }

    /// The words that are written with signs between letters, which without them are another one: "node.js" for "nodejs".
    package func words(joinedAs word: String) -> [String] {
        var found: [Word] = []
        for part in self.parts {
            for place in part.segment.places(joinedAs: word)
            where !found.contains(part.segment.words[place]) && part.isAnyLive(part.segment.holders(at: place)) {
                found.append(part.segment.words[place])
            }
        }
        return found.sorted().map(\.text)
    }

    /// Whether others are compared with a word.
    package static func isCompared(_ word: String) -> Bool { WordTrigrams.signature(of: word) != 0 }

    private static func commonest(_ counts: [Word: Int], most: Int) -> [String] {
        counts.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }.prefix(most).map(\.key.text)
    }
}

extension [Word] {
    /// Where the words with a prefix stand, in an ascending array.
    fileprivate func places(startingWith prefix: String) -> Range<Int> {
        let first = Word(text: prefix)
        let start = self.partition { $0 < first }
        return start..<self.partition { $0 < first || $0.hasPrefix(first) }
    }
}
