/// Splits a vocabulary into its blocks, each headed by `== title`.
enum VocabularyBlocks {
    static func split(_ text: String) -> [(title: String, body: String)] {
        var blocks: [(title: String, body: String)] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("== ") {
                blocks.append((line.dropFirst(3).trimmingSpaces, ""))
            } else if !blocks.isEmpty {
                blocks[blocks.count - 1].body += line + "\n"
            }
        }
        return blocks
    }

    /// The parts of a line that stand between bars.
    static func parts(_ text: String) -> [String] { text.split(separator: "|").map { $0.trimmingSpaces } }
}
