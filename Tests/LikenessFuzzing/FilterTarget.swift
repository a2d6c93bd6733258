internal import LikenessRepository

extension FuzzTarget {
    /// A filter, from its text to its SQL; and what a search makes of the same text.
    static let filters = FuzzTarget(name: "filters") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        do throws(RepositoryError) {
            guard let filter = try Filter(text) else {
                precondition(text.allSatisfy(\.isWhitespace), "a filter that says something lets everything through")
                return
            }
            let condition = try filter.conditionText
            // What a caller writes travels as parameters.
            for mark in ["\u{1}", "--", ";", "/*"] {
                precondition(!condition.contains(mark), "a piece of the text is in the SQL")
            }
        } catch .invalidField(path: "filter", let reason) {
            precondition(reason.utf8.count < 3 * Filter.bytesMax + 2_000, "a reason longer than what it is about")
        } catch {
            preconditionFailure("\(error)")
        }
        let words = WordsQuery(text)
        precondition(words.words.utf8.count <= text.utf8.count, "words out of nowhere")
    }
}
