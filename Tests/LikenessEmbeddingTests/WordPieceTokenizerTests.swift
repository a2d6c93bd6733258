import Foundation
import Testing

@testable import LikenessEmbedding

/// A vocabulary of a dozen pieces: what a rule does shows without the real one.
@Suite struct `WordPiece with a small vocabulary` {
    static let pieces = [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "##a", "hello", "!", "ｱ", "中", "e",
        "##e",
    ]

    private func tokens(_ text: String, tokensMax: Int = 16) throws -> [String] {
        let vocabulary = try WordPieceVocabulary(parsing: Array(Self.pieces.joined(separator: "\n").utf8))
        return WordPieceTokenizer(vocabulary: vocabulary, tokensMax: tokensMax).tokens(of: text)
            .map { Self.pieces[Int($0)] }
    }

    @Test(arguments: [
        ("unaffable", ["un", "##aff", "##able"]), ("unaffa", ["un", "##aff", "##a"]), ("unaffx", ["[UNK]"]),
        ("Hello!hello", ["hello", "!", "hello"]), ("中中", ["中", "中"]), ("é É e\u{301}e", ["e", "e", "e", "##e"]),
        ("he\u{0}l\u{200B}lo", ["hello"]), ("un[SEP]un", ["un", "[SEP]", "un"]),
        ("[sep]", ["[UNK]", "[UNK]", "[UNK]"]),
        ("", []), (" \u{3000}\n", []), ("aff", ["[UNK]"]), (String(repeating: "e", count: 101), ["[UNK]"]),
    ])
    func `words are cut into their longest pieces`(text: String, pieces: [String]) throws {
        #expect(try self.tokens(text) == ["[CLS]"] + pieces + ["[SEP]"])
    }

    @Test func `what does not fit is cut off before the end token`() throws {
        #expect(
            try self.tokens("unaffable unaffable", tokensMax: 6) == ["[CLS]", "un", "##aff", "##able", "un", "[SEP]"]
        )
        #expect(try self.tokens(String(repeating: "e", count: 100), tokensMax: 4) == ["[CLS]", "e", "##e", "[SEP]"])
    }

    @Test func `a vocabulary without the special tokens is refused`() {
        #expect(throws: EmbeddingError.unavailable("the vocabulary has no [PAD]")) {
            try WordPieceVocabulary(parsing: Array("a\nb\n".utf8))
        }
    }
}

@Suite(.enabled(if: InstalledModel.isWanted, InstalledModel.reason))
struct `WordPiece with the model's vocabulary` {
    @Test func `every committed string gets the reference's tokens`() throws {
        let (tokenizer, golden) = (try InstalledModel.tokenizer(), try Golden.tokens())
        #expect(golden.count == 503)
        #expect(golden.map(\.ids).contains { $0.count == 256 })
        for line in golden { #expect(tokenizer.tokens(of: line.text) == line.ids, "\(line.text.debugDescription)") }
    }

    @Test func `a text is read no further than the model looks`() throws {
        let tokenizer = try InstalledModel.tokenizer()
        func fastest(_ text: String) -> Duration? {
            (0..<5).map { _ in ContinuousClock().measure { #expect(tokenizer.tokens(of: text).count == 256) } }.min()
        }
        // 2 ms for its 1,500 bytes in a debug build; all 15,000,000 of the other would take ten thousand times as long.
        let short = try #require(fastest(String(repeating: "word ", count: 300)))
        let long = try #require(fastest(String(repeating: "word ", count: 3_000_000)))
        #expect(long < short * 100)
    }

    @Test(.enabled(if: InstalledModel.isPythonWanted, InstalledModel.reason), arguments: [11, 12, 13])
    func `random strings get the reference's tokens`(seed: Int) throws {
        let tokenizer = try InstalledModel.tokenizer()
        let reference: [Golden.Tokens] = try Golden.lines(
            Golden.generate("generate-tokens.py", "--seed", "\(seed)", "--count", "1500")
        )
        #expect(reference.count == 1500)
        for line in reference { #expect(tokenizer.tokens(of: line.text) == line.ids, "\(line.text.debugDescription)") }
    }

    /// The first range has nearly all of the letters there are; the second is ideographs of every kind.
    @Test(
        .enabled(if: InstalledModel.isPythonWanted, InstalledModel.reason),
        arguments: [0..<0x3500, 0xF800..<0x12000, 0x2F700..<0x30000]
    )
    func `every scalar gets the reference's tokens`(range: Range<UInt32>) throws {
        try Self.compareScalars(range)
    }

    static func compareScalars(_ range: Range<UInt32>) throws {
        let tokenizer = try InstalledModel.tokenizer()
        let output = try Golden.generate(
            "generate-tokens.py",
            "--scalars",
            "\(range.lowerBound)",
            "\(range.upperBound)"
        )
        let reference = output.split(separator: UInt8(ascii: "\n"))
        let scalars = range.compactMap { Unicode.Scalar($0) }
        #expect(reference.count == scalars.count)
        for (scalar, line) in zip(scalars, reference) {
            let ids = tokenizer.tokens(of: "a\(scalar)b \(scalar)").map(String.init).joined(separator: " ")
            if !line.elementsEqual(ids.utf8) {
                Issue.record(
                    "U+\(String(scalar.value, radix: 16)): \(ids), not \(String(decoding: line, as: UTF8.self))"
                )
            }
        }
    }
}
