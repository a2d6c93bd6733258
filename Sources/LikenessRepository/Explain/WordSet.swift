internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessWords

/// The words that one query was ranked by.
struct WordSet: Sendable {
    let query: Int
    /// Of terms, of which a word that was replaced has several.
    let queries: [String]
    let words: [ExplainedWord]
    /// Of each of the queries: the place of its word, and its share of the weights.
    let terms: [(word: Int, weight: Double)]
    /// Of the weights, before they became shares.
    let total: Double
    /// The projection that was looked at; `nil` without a view.
    let view: UUID?

    init(query: Int, _ words: SearchWords, index: WordIndex, view: UUID?) {
        (self.query, self.queries, self.total, self.view) = (query, words.queries, words.total, view)
        self.words = words.asked.map { asked in
            let terms = words.terms[asked.terms]
            return ExplainedWord(
                word: asked.word,
                spellings: asked.spellings.map(\.word),
                weight: Double(terms.reduce(0) { $0 + Int($1.weight) }) / words.total,
                // The last one is any of all.
                profileCount: Int64(index.holding(anyOf: terms.last?.words ?? [])),
                isCommon: asked.isCommon,
                spellingShares: asked.spellings.map(\.share)
            )
        }
        self.terms = words.asked.enumerated().flatMap { place, asked in
            words.terms[asked.terms].map { (place, Double($0.weight) / words.total) }
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
