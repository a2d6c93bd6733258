/// BERT's uncased tokenizer: cleans, lowercases, strips accents, splits into words and words into pieces.
///
/// Gives the ids of the reference implementation (`BertWordPieceTokenizer` of PyPI's `tokenizers`) for every text.
/// Text is read one scalar at a time and no further than the model looks.
struct WordPieceTokenizer: Sendable {
    /// Longer words are unknown as a whole.
    static let scalarsPerWordMax = 100

    let vocabulary: WordPieceVocabulary
    /// The most ids of one text, the two that frame it included.
    let tokensMax: Int

    init(vocabulary: WordPieceVocabulary, tokensMax: Int) {
        precondition(tokensMax > 2, "the start and end tokens alone take two")
        (self.vocabulary, self.tokensMax) = (vocabulary, tokensMax)
    }

    /// Turns a text into token ids, framed by `[CLS]` and `[SEP]`.
    ///
    /// - Returns: 2...`tokensMax` ids; what does not fit is cut off at the end.
    func tokens(of text: String) -> [Int32] {
        self.read(text, tokensMax: self.tokensMax - 1) { _, _, _ in }.finish()
    }

    /// The tokens of a text without those that frame it, and the words that they belong to.
    ///
    /// - Parameter tokensMax: The word that reaches as many is the last.
    func cuts(of text: String, tokensMax: Int) -> (tokens: [Int32], cuts: TextCuts) {
        var cuts = TextCuts()
        let output = self.read(text, tokensMax: tokensMax + 1) { tokenCount, index, endsSentence in
            if tokenCount > (cuts.words.last?.tokenCountAtEnd ?? 0) {
                cuts.words.append(.init(tokenCountAtEnd: tokenCount, endIndex: index, endsSentence: endsSentence))
            } else if endsSentence, !cuts.words.isEmpty {
                cuts.words[cuts.words.count - 1].endsSentence = true
            }
        }
        return (Array(output.tokens.dropFirst()), cuts)
    }

    /// Reads a text until it has so many tokens, the start token included.
    ///
    /// - Parameter boundary: Called between words with the tokens so far, the start token not counted, where the text may be cut,
    ///   and whether a sentence has ended there.
    private func read(
        _ text: String,
        tokensMax: Int,
        boundary: (_ tokenCount: Int, _ index: String.Index, _ endsSentence: Bool) -> Void
    ) -> Output {
        var output = Output(vocabulary: self.vocabulary, tokensMax: tokensMax)
        var rest = text.unicodeScalars[...]
        var last: Unicode.Scalar?
        while let scalar = rest.first, !output.isFull {
            if scalar == "[", let special = self.specialToken(startingAt: rest) {
                output.endWord()
                boundary(output.wordTokenCount, rest.startIndex, false)
                output.append(special.id)
                rest = rest.dropFirst(special.spelling.count)
                boundary(output.wordTokenCount, rest.startIndex, false)
                last = "]"
                continue
            }
            let start = rest.startIndex
            rest.removeFirst()
            switch BertCharacters.action(of: scalar.value) {
            case .drop: break
            case .separate:
                output.endWord()
                boundary(output.wordTokenCount, start, SentenceEnd.isEnded(by: scalar, after: last))
            case .keep(let scalars):
                if BertCharacters.isIsolated(UInt32(truncatingIfNeeded: scalars & 0x1F_FFFF)) {
                    output.endWord()
                    boundary(output.wordTokenCount, start, false)
                }
                output.append(scalars: scalars)
                if output.isBetweenWords {
                    boundary(output.wordTokenCount, rest.startIndex, SentenceEnd.isMark(scalar))
                }
            case .keepAlone(let scalars):
                output.endWord()
                boundary(output.wordTokenCount, start, false)
                output.append(scalars: scalars)
                output.endWord()
                boundary(output.wordTokenCount, rest.startIndex, SentenceEnd.isMark(scalar))
            }
            last = scalar
        }
        output.endWord()
        boundary(output.wordTokenCount, rest.startIndex, true)
        return output
    }

    /// A text may spell out a special token, brackets and all; their names are ASCII and none begins another.
    private func specialToken(startingAt text: Substring.UnicodeScalarView) -> WordPieceVocabulary.SpecialToken? {
        self.vocabulary.specialTokens.first { token in
            text.prefix(token.spelling.count).elementsEqual(token.spelling.lazy.map { Unicode.Scalar($0) })
        }
    }
}

extension WordPieceTokenizer {
    /// The ids so far, and the word being read.
    private struct Output {
        let vocabulary: WordPieceVocabulary
        let tokensMax: Int
        private(set) var tokens: [Int32]
        private var word: [UInt8] = []
        private var wordScalarCount = 0

        init(vocabulary: WordPieceVocabulary, tokensMax: Int) {
            (self.vocabulary, self.tokensMax) = (vocabulary, tokensMax)
            self.tokens = [vocabulary.startID]
        }

        /// Without the start token.
        var wordTokenCount: Int { self.tokens.count - 1 }
        var isBetweenWords: Bool { self.wordScalarCount == 0 }
        var isFull: Bool { self.tokens.count >= self.tokensMax }

        mutating func append(_ token: Int32) { self.tokens.append(token) }

        /// Appends up to three scalars, packed like `BertCharacters.mappedTo`.
        mutating func append(scalars: UInt64) {
            var rest = scalars
            repeat {
                let scalar = UInt32(truncatingIfNeeded: rest & 0x1F_FFFF)
                rest >>= 21
                if BertCharacters.isIsolated(scalar) {
                    self.endWord()
                    self.append(scalar: scalar)
                    self.endWord()
                } else {
                    self.append(scalar: scalar)
                }
            } while rest != 0
        }

        private mutating func append(scalar: UInt32) {
            self.wordScalarCount += 1
            guard self.wordScalarCount <= WordPieceTokenizer.scalarsPerWordMax else { return }
            if scalar < 0x80 {
                self.word.append(UInt8(scalar))
            } else if let scalar = Unicode.Scalar(scalar), let bytes = UTF8.encode(scalar) {
                self.word.append(contentsOf: bytes)
            }
        }

        /// Cuts the word into the longest pieces from left to right; one that cannot be cut is unknown as a whole.
        mutating func endWord() {
            guard self.wordScalarCount > 0 else { return }
            defer { self.word.removeAll(keepingCapacity: true); self.wordScalarCount = 0 }
            let firstPiece = self.tokens.count
            var rest = self.word[...]
            if self.wordScalarCount > WordPieceTokenizer.scalarsPerWordMax {
                rest = []; self.append(self.vocabulary.unknownID)
            }
            while !rest.isEmpty {
                let isContinuing = self.tokens.count > firstPiece
                guard let piece = self.vocabulary.longestPiece(in: rest, continuing: isContinuing) else {
                    self.tokens.removeLast(self.tokens.count - firstPiece)
                    self.append(self.vocabulary.unknownID)
                    return
                }
                self.append(piece.id)
                rest = rest.dropFirst(piece.byteCount)
            }
        }

        consuming func finish() -> [Int32] {
            if self.tokens.count > self.tokensMax { self.tokens.removeLast(self.tokens.count - self.tokensMax) }
            self.tokens.append(self.vocabulary.endID)
            return self.tokens
        }
    }
}

/// Where sentences end: at full stops and the like that a space follows, at marks of scripts that use no spaces, at line ends.
private enum SentenceEnd {
    static func isEnded(by space: Unicode.Scalar, after last: Unicode.Scalar?) -> Bool {
        if space == "\n" || space == "\r" || space == "\u{2028}" || space == "\u{2029}" { return true }
        return last == "." || last == "!" || last == "?"
    }

    static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "。" || scalar == "！" || scalar == "？" || scalar == "।"
    }
}
