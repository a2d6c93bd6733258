/// A decade as texts write it: "1930s", or "1930er" and "1930ern" in German.
enum Decade {
    private static let endings: Set<Substring> = ["s", "er", "ern"]

    /// - Returns: The decade's years as words; none where the word is no decade.
    static func years(_ word: String) -> [String] {
        let digits = word.prefix { ("0"..."9").contains($0) }
        guard digits.count == 4, digits.last == "0", let first = digits.first, ("1"..."2").contains(first),
            Self.endings.contains(word.dropFirst(4))
        else { return [] }
        return (0..<10).map { "\(digits.dropLast())\($0)" }
    }
}
