/// Where a text may be cut: its words, sentence ends among them.
struct TextCuts {
    struct Word: Hashable {
        /// Tokens up to and with this word, those that frame a text not counted.
        let tokenCountAtEnd: Int
        let endIndex: String.Index
        var endsSentence: Bool
    }

    var words: [Word] = []

    /// The tokens that precede a word.
    func tokenCount(before word: Int) -> Int { word == 0 ? 0 : self.words[word - 1].tokenCountAtEnd }

    /// Overlapping runs of words: each has at most `tokensMax` tokens, unless one word alone has more.
    ///
    /// The next run begins a fifth of a run before the end of the previous one, at the first sentence that begins there, if one
    /// does. A run ends with a sentence where one ends in its last fifth. What stands at one run's edge is so whole in another.
    func runs(tokensMax: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        while start < self.words.count {
            let tokensBefore = self.tokenCount(before: start)
            var end = start + 1
            while end < self.words.count, self.words[end].tokenCountAtEnd - tokensBefore <= tokensMax { end += 1 }
            if end == self.words.count {
                runs.append(start..<end)
                break
            }
            let fifth = tokensMax / 5
            let previousEnd = runs.last?.upperBound ?? 0
            if let sentence = (max(start, previousEnd)..<end).last(where: { self.words[$0].endsSentence }),
                self.words[sentence].tokenCountAtEnd - tokensBefore >= tokensMax - fifth
            {
                end = sentence + 1
            }
            runs.append(start..<end)
            let tokensRead = self.words[end - 1].tokenCountAtEnd
            var next = end
            // With room for the next word.
            while next > start + 1, tokensRead - self.tokenCount(before: next - 1) <= fifth,
                self.words[end].tokenCountAtEnd - self.tokenCount(before: next - 1) <= tokensMax
            {
                next -= 1
            }
            start = (next..<end).first { $0 > 0 && self.words[$0 - 1].endsSentence } ?? next
        }
        return runs
    }
}

extension WordPieceTokenizer {
    /// Cuts a text into overlapping parts that are read whole, between words.
    ///
    /// No part needs to be cut within a word: one of more than `scalarsPerWordMax` scalars is a single token.
    ///
    /// - Parameter countMax: The most parts; what they do not hold is not looked at.
    func parts(of text: String, countMax: Int) -> TextParts {
        precondition(countMax > 0, "a text has at least one part")
        let tokensPerPartMax = self.tokensMax - 2
        // A byte gives one token at most, and of ASCII nearly every word has one.
        if text.utf8.count <= tokensPerPartMax, text.utf8.allSatisfy({ $0 < 0x80 }) {
            return TextParts(texts: [text], isCut: false)
        }
        // One more, so that text which no part holds shows.
        let (tokens, cuts) = self.cuts(of: text, tokensMax: tokensPerPartMax * countMax + 1)
        let isReadable = self.isReadable(tokens, of: text)
        let runs = cuts.runs(tokensMax: tokensPerPartMax)
        guard runs.count > 1 else { return TextParts(texts: [text], isCut: false, isReadable: isReadable) }
        var known: Set<ArraySlice<Int32>> = []
        var texts: [String] = []
        for run in runs.prefix(countMax) {
            let part = tokens[cuts.tokenCount(before: run.lowerBound)..<cuts.words[run.upperBound - 1].tokenCountAtEnd]
            guard known.insert(part).inserted else { continue }
            let start = run.lowerBound == 0 ? text.startIndex : cuts.words[run.lowerBound - 1].endIndex
            texts.append(String(text.unicodeScalars[start..<cuts.words[run.upperBound - 1].endIndex]))
        }
        return TextParts(texts: texts, isCut: runs.count > countMax, isReadable: isReadable)
    }

    private func isReadable(_ tokens: [Int32], of text: String) -> Bool {
        let unknown = tokens.count { $0 == self.vocabulary.unknownID }
        guard unknown * 2 >= tokens.count, unknown > 0 else { return true }
        // A word beside a picture.
        return unknown * 2 == tokens.count && text.utf8.contains { UInt8(ascii: "A")...UInt8(ascii: "z") ~= $0 }
    }
}
