/// What a search text asks for: words, beginnings of words before a star, phrases in quotes of any script, and what must not
/// occur behind a minus.
///
/// `"quantum computer" laser optic* -military` looks for any of the three words and for those that begin with "optic", wants
/// the phrase somewhere in the profile, and leaves out profiles that mention "military". A minus counts only at the beginning of
/// a word, a star only at its end. In capitals between other words NOT is a minus before the next one, and AND and OR are left out: any of
/// the words counts in any case.
package struct WordsQuery: Sendable, Hashable {
    private let text: String
    /// All words to look for, those of phrases too.
    package private(set) var words = ""
    /// What words begin with.
    package private(set) var prefixes: [String] = []
    /// Each must occur in some section.
    package private(set) var required: [String] = []
    /// None may occur in any section.
    package private(set) var excluded: [String] = []

    /// Each is looked up in the indexes of words.
    static let requiredMax = 20
    /// Looked up together.
    static let excludedMax = 100
    /// Each may stand for many words.
    static let prefixesMax = 10
    /// Letters and digits before a star: fewer begin too many words.
    static let prefixLettersMin = 2

    /// What is embedded: the text without its exclusions, which would attract what they name. A text of nothing else is embedded
    /// as it is.
    package var meaning: String {
        let parts = [self.words] + self.prefixes
        return parts.allSatisfy(\.isEmpty) ? self.text : parts.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// - Throws: `.invalidField` when the text wants or excludes more than is looked up.
    package init(bounded text: String) throws(RepositoryError) {
        self.init(text)
        for (found, most, what) in [
            (self.required.count, Self.requiredMax, "phrases in quotes"),
            (self.excluded.count, Self.excludedMax, "exclusions behind a minus"),
            (self.prefixes.count, Self.prefixesMax, "words with a star at their end"),
        ] where found > most {
            throw .invalidField(path: "query.text.text", reason: "has \(found) \(what); at most \(most) are allowed")
        }
        for word in self.excluded where word.hasSuffix("*") {
            throw .invalidField(
                path: "query.text.text",
                reason: "has a * in the exclusion \"-\(word)\"; whole words are excluded"
            )
        }
        for prefix in self.prefixes where prefix.count(where: { $0.isLetter || $0.isNumber }) < Self.prefixLettersMin {
            throw .invalidField(
                path: "query.text.text",
                reason: "has \"\(prefix)*\"; at least \(Self.prefixLettersMin) letters must stand before a *"
            )
        }
        for phrase in self.required + self.excluded + self.prefixes where Self.hasLongWord(phrase) {
            throw .invalidField(
                path: "query.text.text",
                reason: "has a word of more than \(Self.wordBytesMax) bytes in a phrase, an exclusion or before a star"
            )
        }
    }

    /// PostgreSQL refuses a query with a longer one.
    static let wordBytesMax = 2_000

    static func hasLongWord(_ text: String) -> Bool {
        text.split(whereSeparator: \.isWhitespace).contains { $0.utf8.count > self.wordBytesMax }
    }

    /// What opens a phrase, and what closes it then: how people quote in their languages, and what word processors make of it.
    private static let quotes: [Character: String] = [
        "\"": "\"", "“": "”“\"", "”": "”", "„": "“”\"", "‟": "”", "«": "»", "»": "«»", "‹": "›", "›": "‹›", "「": "」",
        "『": "』",
        "＂": "＂",
    ]

    package init(_ text: String) {
        self.text = text
        var parts: [String] = []
        var rest = text[...]
        // A text all in capitals means nothing by them.
        let hasOperators = text.contains(where: \.isLowercase)
        var isNegated = false
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard let first = rest.first else { break }
            let isNegatedHere = isNegated
            var isExcluded = isNegated
            isNegated = false
            if let next = rest.dropFirst().first,
                // What word processors make of a minus stands before numbers too, in ranges.
                first == "-"
                    ? !next.isWhitespace && next != "-"
                    : "–−".contains(first) && (next.isLetter || Self.quotes[next] != nil)
            {
                isExcluded = true
                rest = rest.dropFirst()
            }
            let part: Substring
            let isPhrase: Bool
            if let closing = rest.first.flatMap({ Self.quotes[$0] }),
                let end = rest.dropFirst().firstIndex(where: { closing.contains($0) })
            {
                part = rest[rest.index(after: rest.startIndex)..<end]
                isPhrase = true
                rest = rest[rest.index(after: end)...]
            } else {
                part = rest.prefix { !$0.isWhitespace }
                isPhrase = false
                rest = rest[part.endIndex...]
            }
            guard part.contains(where: { !$0.isWhitespace }) else { continue }
            let isBetween =
                hasOperators && !isPhrase && (!isExcluded || isNegatedHere) && rest.contains { !$0.isWhitespace }
            if isBetween, part == "NOT" {
                isNegated = true
            } else if isBetween, part == "AND" || part == "OR", !parts.isEmpty || !self.excluded.isEmpty {
                isNegated = isNegatedHere
            } else if isExcluded {
                self.excluded.append(String(part))
            } else if !isPhrase, part.last == "*", let last = part.dropLast().last, last.isLetter || last.isNumber {
                self.addPrefix(part.dropLast(), to: &parts)
            } else {
                parts.append(String(part))
                if isPhrase { self.required.append(String(part)) }
            }
        }
        self.words = parts.joined(separator: " ")
    }

    /// Only the last part of a compound word is begun. Letters of dense scripts are words, there is nothing to complete.
    private mutating func addPrefix(_ word: Substring, to parts: inout [String]) {
        let begun = Substring(word.reversed().prefix { $0.isLetter || $0.isNumber }.reversed())
        if begun.unicodeScalars.contains(where: DenseScript.contains) {
            parts.append(String(word))
        } else {
            if begun.count < word.count { parts.append(String(word.dropLast(begun.count))) }
            self.prefixes.append(String(begun))
        }
    }
}
