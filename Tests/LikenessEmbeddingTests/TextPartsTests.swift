import Testing

@testable import LikenessEmbedding

/// How texts are cut that are longer than the model reads.
@Suite struct `Parts with a small vocabulary` {
    /// Ten tokens a part, an overlap of two.
    private static let tokensMax = 12

    private static func tokenizer() throws -> WordPieceTokenizer {
        let pieces = `WordPiece with a small vocabulary`.pieces + [".", "one", "two", "three", "four", "。"]
        return WordPieceTokenizer(
            vocabulary: try WordPieceVocabulary(parsing: Array(pieces.joined(separator: "\n").utf8)),
            tokensMax: Self.tokensMax
        )
    }

    @Test(arguments: ["", "hello", "one two three four one two three four one two", "hello! hello!"])
    func `what the model reads whole is one part`(text: String) throws {
        #expect(try Self.tokenizer().parts(of: text, countMax: 5) == TextParts(texts: [text], isCut: false))
    }

    @Test(arguments: [
        ("", true), ("hello", true), ("\u{710A}\u{63A5}", false), ("one \u{710A} \u{710A}", false),
        ("one two \u{710A}", true),
        ("\u{1F3BB}", false), ("one two three \u{1F3BB} four", true),
    ])
    func `a text is readable when the model knows more than half of it`(text: String, isReadable: Bool) throws {
        let parts = try Self.tokenizer().parts(of: text, countMax: 5)
        #expect(parts == TextParts(texts: [text], isCut: false, isReadable: isReadable))
        // As much known as not.
        #expect(try Self.tokenizer().parts(of: "one \u{1F3BB}", countMax: 5).isReadable)
        #expect(try !Self.tokenizer().parts(of: "\u{3002} \u{1F3BB}", countMax: 5).isReadable)
        // Long ones too.
        let long = Array(repeating: text, count: 20).joined(separator: " ")
        #expect(try Self.tokenizer().parts(of: long, countMax: 2).isReadable == isReadable)
    }

    @Test func `parts overlap by a fifth, begin and end with sentences where they can, and never within a word`() throws
    {
        let tokenizer = try Self.tokenizer()
        #expect(
            tokenizer.parts(of: "one two three four one two three four two one three four", countMax: 5).texts
                == ["one two three four one two three four two one", " two one three four"]
        )
        // A sentence ends in the last fifth, and the next begins within the overlap.
        #expect(
            tokenizer.parts(of: "one two three four one two three four. two one three four", countMax: 5).texts
                == ["one two three four one two three four.", " four. two one three four"]
        )
        #expect(
            tokenizer.parts(of: "one two three four one two three. two. one three four", countMax: 5).texts
                == ["one two three four one two three. two.", " two. one three four"]
        )
        // Three tokens are one word.
        #expect(
            tokenizer.parts(of: "one two three four one two three four unaffable one", countMax: 5).texts
                == ["one two three four one two three four", " three four unaffable one"]
        )
    }

    @Test func `parts that are equal for the model are one`() throws {
        let tokenizer = try Self.tokenizer()
        let parts = tokenizer.parts(of: String(repeating: "hello ", count: 100), countMax: 50)
        #expect(parts.texts.count == 2 && !parts.isCut)
        let spellings = String(repeating: "HELLO héllo hello\u{3000}", count: 100)
        #expect(tokenizer.parts(of: spellings, countMax: 50).texts.count == 2)
    }

    @Test func `what no part holds shows`() throws {
        let tokenizer = try Self.tokenizer()
        let text = Array(repeating: "one two three", count: 6).joined(separator: " ")
        #expect(!tokenizer.parts(of: text, countMax: 2).isCut)
        #expect(tokenizer.parts(of: text + " four", countMax: 2).isCut)
        #expect(tokenizer.parts(of: text + "   \n", countMax: 2).isCut == false)
    }

    @Test(arguments: ["中", "e", "。", "[SEP]", "é", "e\u{301}", "👩‍👩‍👧"])
    func `one endless word, and signs without spaces, are cut as the model reads them`(sign: String) throws {
        let tokenizer = try Self.tokenizer()
        let parts = tokenizer.parts(of: String(repeating: sign, count: 5_000), countMax: 3)
        for text in parts.texts { #expect(tokenizer.tokens(of: text).count <= Self.tokensMax) }
        // A word of more than a hundred scalars is one unknown token.
        #expect(parts.isCut == ["中", "。", "[SEP]"].contains(sign))
    }

    @Test(arguments: 1...40) func `parts hold every token of any text`(seed: Int) throws {
        try PartsProperty.check(try Self.tokenizer(), seed: UInt64(seed), texts: 100)
    }
}

@Suite(.enabled(if: InstalledModel.isWanted, InstalledModel.reason)) struct `Parts with the model's vocabulary` {
    @Test(arguments: 1...4) func `parts hold every token of any text`(seed: Int) throws {
        try PartsProperty.check(try InstalledModel.tokenizer(), seed: UInt64(seed), texts: 10)
    }

    @Test func `a long text is read no further than the parts go`() throws {
        let tokenizer = try InstalledModel.tokenizer()
        func fastest(_ count: Int) -> Duration? {
            let text = String(repeating: "nurse at a field hospital. ", count: count)
            return (0..<5).map { _ in ContinuousClock().measure { _ = tokenizer.parts(of: text, countMax: 2) } }.min()
        }
        let (short, long) = (try #require(fastest(200)), try #require(fastest(20_000)))
        #expect(long < short * 20)
    }
}

enum PartsProperty {
    /// Texts of words, sentences, signs, scripts without spaces and special tokens; parts must hold the tokens of the whole in their
    /// order, overlap, fit, and differ.
    static func check(_ tokenizer: WordPieceTokenizer, seed: UInt64, texts: Int) throws {
        var random = Seeded(state: seed)
        let words = [
            "one", "two", "three", "four", "hello", "unaffable", "un", "e", "中", "中中中", "é", "e\u{301}", "👩‍👩‍👧", "[SEP]",
            "[",
            "#", "\u{0}", "\u{200B}", "ｱ", "straße", "İ", "3.5", "e.g.", String(repeating: "e", count: 150), "nurse",
            "Kubernetes", "서울", "ไทย",
        ]
        let separators = [" ", " ", " ", ". ", "! ", "\n", "", "。", ", ", "  ", "\u{3000}", "; "]
        let capacity = tokenizer.tokensMax - 2
        for _ in 0..<texts {
            var text = ""
            for _ in 0..<Int.random(in: 1...capacity * 4, using: &random) {
                text += words.randomElement(using: &random) ?? ""
                text += separators.randomElement(using: &random) ?? ""
            }
            let whole = tokenizer.cuts(of: text, tokensMax: .max - 1)
            let parts = tokenizer.parts(of: text, countMax: 1_000)
            let pieces = parts.texts.map { Array(tokenizer.tokens(of: $0).dropFirst().dropLast()) }
            #expect(!parts.isCut)
            #expect(Set(pieces).count == pieces.count)
            #expect(pieces.allSatisfy { $0.count <= capacity })
            let runs = whole.cuts.runs(tokensMax: capacity)
            let expected = runs.map { run in
                Array(
                    whole.tokens[
                        whole.cuts.tokenCount(
                            before: run.lowerBound
                        )..<whole.cuts.words[run.upperBound - 1].tokenCountAtEnd
                    ]
                )
            }
            // Cut texts give the tokens that the whole gives there.
            if runs.count > 1 { #expect(Set(pieces) == Set(expected), "\(text.debugDescription)") }
            for (run, next) in zip(runs, runs.dropFirst()) {
                #expect(next.lowerBound > run.lowerBound && next.lowerBound <= run.upperBound)
                #expect(next.upperBound > run.upperBound)
            }
            #expect(runs.first?.lowerBound ?? 0 == 0 && runs.last?.upperBound ?? 0 == whole.cuts.words.count)
            #expect(whole.tokens.count == whole.cuts.words.last?.tokenCountAtEnd ?? 0)
            let countMax = Int.random(in: 1...4, using: &random)
            let bounded = tokenizer.parts(of: text, countMax: countMax)
            #expect(bounded.isCut == (runs.count > countMax) && bounded.texts.count <= countMax)
            #expect(bounded.texts == Array(parts.texts.prefix(bounded.texts.count)))
        }
    }

    /// SplitMix64.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var z = self.state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
