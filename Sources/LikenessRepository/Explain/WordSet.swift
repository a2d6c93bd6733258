internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessWords

/// The words that one query was ranked by.
struct WordSet: Sendable {
    let query: Int
    let queries: [String]
    let words: [ExplainedWord]
    /// Of the weights, before they became shares.
    let total: Double
    /// The projection that was looked at; `nil` without a view.
    let view: UUID?

    init(query: Int, _ words: SearchWords, index: WordIndex, view: UUID?) {
        (self.query, self.queries, self.total, self.view) = (query, words.queries, words.total, view)
        let prefixes = words.reading.prefixes.filter { !$0.isEmpty }
        self.words = words.terms.enumerated().map { place, term in
            var word = ExplainedWord(
                weight: Double(term.weight) / words.total,
                profileCount: Int64(index.holding(anyOf: term.words))
            )
            if place < prefixes.count {
                word.word = prefixes[place][0] + "*"
            } else {
                word.word = words.reading.words[place - prefixes.count]
                word.isCommon = words.reading.areCommon[place - prefixes.count]
                word.spellings = Array(term.words.dropFirst())
            }
            return word
        }
    }
}

extension SearchRecorder {
    /// Notes what a query was ranked by.
    func asks(_ words: SearchWords, in index: WordIndex, view: UUID? = nil) {
        let set = WordSet(query: self.query, words, index: index, view: view)
        self.record.change { state in
            let isKnown = state.wordSets.contains {
                $0.query == set.query && $0.queries == set.queries && $0.words == set.words && $0.view == set.view
            }
            if !isKnown { state.wordSets.append(set) }
        }
    }
}
