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
        var output = Output(vocabulary: self.vocabulary, tokensMax: self.tokensMax - 1)
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first, !output.isFull {
            if scalar == "[", let special = self.specialToken(startingAt: rest) {
                output.endWord()
                output.append(special.id)
                rest = rest.dropFirst(special.spelling.count)
                continue
            }
            switch BertCharacters.action(of: scalar.value) {
            case .drop: break
            case .separate: output.endWord()
            case .keep(let scalars): output.append(scalars: scalars)
            case .keepAlone(let scalars):
                output.endWord()
                output.append(scalars: scalars)
                output.endWord()
            }
            rest.removeFirst()
        }
        output.endWord()
        return output.finish()
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
        private var tokens: [Int32]
        private var word: [UInt8] = []
        private var wordScalarCount = 0

        init(vocabulary: WordPieceVocabulary, tokensMax: Int) {
            (self.vocabulary, self.tokensMax) = (vocabulary, tokensMax)
            self.tokens = [vocabulary.startID]
        }

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
