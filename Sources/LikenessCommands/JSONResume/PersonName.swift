internal import Foundation

/// A name to compare with another one: without case, accents, script, order, titles and punctuation.
struct PersonName {
    enum Likeness: Equatable {
        /// The same words, or one leaves some out or shortens them: "J. Smith" and "John Smith".
        case same
        /// A word is shared, as it is after a marriage: "Anna Schmidt" and "Anna Weber".
        case partial
        case none
    }

    private let words: [String]
    /// In the order of the name, without what stands between words.
    private let joined: String

    /// What many names have and no person is known by.
    private static let fillers = honorifics.union([
        "von", "van", "der", "den", "de", "del", "della", "di", "da", "dos", "du", "la", "le", "el", "al", "bin", "ibn",
        "und", "and", "y", "jr", "sr", "ii", "iii", "phd", "md", "mba", "dipl", "ing",
    ])

    /// How people are addressed, and what no job is called.
    private static let honorifics: Set<String> = [
        "dr", "prof", "mr", "mrs", "ms", "miss", "mx", "sir", "madam", "herr", "frau", "mme", "mlle", "sra", "srta",
        "dhr", "mevr",
    ]

    /// Whether a text only says how to address someone: "Mr.", "Prof. Dr.".
    static func isHonorific(_ text: String) -> Bool {
        let words = text.lowercased().split { !$0.isLetter }.map(String.init)
        return !words.isEmpty && words.allSatisfy { Self.honorifics.contains($0) || $0 == "sr" }
    }

    init(_ name: String) {
        let words = name.filter { !"'’`´".contains($0) }.split { !$0.isLetter && !$0.isNumber }.map(Self.folded)
        self.joined = words.isEmpty ? Self.folded(name[...]) : words.joined()
        let own = words.filter { !Self.fillers.contains($0) }
        self.words = own.isEmpty ? words : own
    }

    /// A word stays one: the syllables that a transliteration makes of it are no words.
    private static func folded(_ word: Substring) -> String {
        let text = String(word)
        let latin = text.applyingTransform(StringTransform("Any-Latin; Latin-ASCII"), reverse: false) ?? text
        return latin.lowercased().filter { !$0.isWhitespace && $0 != "'" }
    }

    func likeness(to other: PersonName) -> Likeness {
        if self.joined == other.joined { return .same }
        let (short, long) =
            self.words.count <= other.words.count ? (self.words, other.words) : (other.words, self.words)
        guard !short.isEmpty else { return .none }
        var left = long
        var rest: [String] = []
        for word in short {
            if let index = left.firstIndex(of: word) { left.remove(at: index) } else { rest.append(word) }
        }
        let shared = (short.count - rest.count)
        let sharesWord = short.contains { $0.count > 1 && long.contains($0) }
        let isCovered = rest.allSatisfy { word in
            guard let index = left.firstIndex(where: { Self.isInitial(word, of: $0) || Self.isInitial($0, of: word) })
            else { return false }
            left.remove(at: index)
            return true
        }
        if isCovered, sharesWord, short.count > 1 || shared == long.count { return .same }
        return isCovered || sharesWord ? .partial : .none
    }

    private static func isInitial(_ letter: String, of word: String) -> Bool {
        letter.count == 1 && word.hasPrefix(letter)
    }
}
