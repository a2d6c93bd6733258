/// The pieces a tokenizer knows, as a trie over their UTF-8 bytes.
///
/// One walk down the trie finds the longest piece at a position, where a dictionary would try every length. Pieces
/// that continue a word are written `##ing`: they are the subtree below `##`.
struct WordPieceVocabulary: Sendable {
    /// A token that stands for no piece of a word. A text that spells one out gets that token, as in the reference.
    struct SpecialToken: Sendable {
        let spelling: [UInt8]
        let id: Int32
    }

    let count: Int
    let specialTokens: [SpecialToken]
    let unknownID, startID, endID: Int32

    private var trie: ByteTrie
    private let continuationRoot: UInt32

    /// Reads a vocabulary: one piece a line, its id being the line's index.
    ///
    /// - Throws: `.unavailable` when one of the special tokens is missing.
    init(parsing text: [UInt8]) throws(EmbeddingError) {
        var pieces = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if pieces.last?.isEmpty == true { pieces.removeLast() }
        var trie = ByteTrie(byteCountMax: text.count + 2)
        for (index, piece) in pieces.enumerated() { trie.insert(piece, value: Int32(index)) }

        var special: [SpecialToken] = []
        for name in ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] {
            guard let id = trie.value(of: Array(name.utf8)) else { throw .unavailable("the vocabulary has no \(name)") }
            special.append(SpecialToken(spelling: Array(name.utf8), id: id))
        }
        (self.count, self.specialTokens) = (pieces.count, special)
        (self.unknownID, self.startID, self.endID) = (special[1].id, special[2].id, special[3].id)
        self.continuationRoot = trie.insert(Array("##".utf8)[...], value: nil)
        self.trie = trie
    }

    /// Finds the longest piece at the start of `bytes`.
    ///
    /// - Parameter continuing: Whether the bytes go on a word, so that only `##` pieces fit.
    /// - Returns: Its id and length in bytes, at least 1; `nil` when no piece fits.
    func longestPiece(in bytes: ArraySlice<UInt8>, continuing: Bool) -> (id: Int32, byteCount: Int)? {
        self.trie.longestMatch(in: bytes, from: continuing ? self.continuationRoot : ByteTrie.root)
    }
}
