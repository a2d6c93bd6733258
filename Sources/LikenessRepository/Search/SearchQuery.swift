package import LikenessMessages

/// One search, with its text embedded already.
package struct SearchQuery: Sendable {
    package enum Ask: Sendable {
        /// By meaning.
        case vector([Float])
        /// By words.
        case text(String)
        /// By both.
        case hybrid(text: String, vector: [Float])
    }

    package var ask: Ask
    /// 1...1000.
    package var limit = 10
    /// On the scale of `Hit.score`; 0 means none.
    package var minScore = 0.0
    /// Name of the embedding space; empty means the active one.
    package var embeddingSpace = ""
    package var precision = Precision.unspecified
    /// 0 means the space's own.
    package var efSearch = 0
    package var probes = 0
    package var withHighlights = true
    package var consistencyToken: ConsistencyToken?

    package init(_ ask: Ask) { self.ask = ask }
}

/// What a search found.
package struct SearchAnswer: Sendable {
    package var hits: [Hit]
    package var completeness: Completeness
    /// One of the stable words of `QueryResponse.strategy`.
    package var strategy: String
    /// Empty when none was searched.
    package var embeddingSpace: String
}
