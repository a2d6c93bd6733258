/// A quote that opens no phrase because none closes it.
enum UnclosedQuote {
    /// The word that follows such a quote, if there is one: at the beginning of a word, behind a minus or not. Within words quotes are
    /// inches and the like.
    static func word(in text: String) -> String? {
        var rest = text[...]
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard let first = rest.first else { return nil }
            if first == "-" { rest = rest.dropFirst() }
            guard rest.first == "\"" else {
                rest = rest.drop { !$0.isWhitespace }
                continue
            }
            rest = rest.dropFirst()
            guard let end = rest.firstIndex(of: "\"") else {
                let word = rest.prefix { !$0.isWhitespace }
                return word.isEmpty ? nil : String(word)
            }
            rest = rest[rest.index(after: end)...]
        }
    }
}
