package import LikenessMessages

/// Queries whose rankings become one, some of which may be fusions themselves.
///
/// Pure: what the queries find is `FusionExecution`'s, what a profile's scores in them come to is decided here.
package struct SearchFusion: Sendable {
    package struct Part: Sendable {
        package enum Query: Sendable {
            case leaf(Leaf)
            case fusion(SearchFusion)
        }

        package var query: Query
        /// More than 0.
        package var weight: Double

        package init(_ query: Query, weight: Double = 1) {
            precondition(weight > 0, "a query that does not count is left out")
            (self.query, self.weight) = (query, weight)
        }
    }

    /// A query that is no fusion, with its text embedded already.
    package struct Leaf: Sendable {
        package var ask: SearchQuery.Ask
        package var furtherVectors: [[Float]]
        /// As in `SearchQuery`.
        package var unread: String?
        /// Where it is in the request, for errors.
        package var path: String

        package init(
            _ ask: SearchQuery.Ask,
            furtherVectors: [[Float]] = [],
            unread: String? = nil,
            path: String = "query"
        ) {
            (self.ask, self.furtherVectors, self.unread, self.path) = (ask, furtherVectors, unread, path)
        }
    }

    package enum Method: Sendable, Hashable {
        /// The mean of the scores, by weight; one below 0 counts as 0, as does none.
        case linear
        /// The sum of weight / (constant + rank). Cormack, Clarke and Büttcher: Reciprocal Rank Fusion outperforms Condorcet and
        /// individual Rank Learning Methods, SIGIR 2009, where the constant is 60.
        case reciprocalRank(constant: Int)
    }

    package let method: Method
    package let parts: [Part]

    package init(_ method: Method, _ parts: [Part]) {
        precondition(!parts.isEmpty, "a fusion has queries")
        (self.method, self.parts) = (method, parts)
    }

    /// The queries that are no fusions, in their order, those of inner fusions in their place.
    package var leaves: [Leaf] {
        self.parts.flatMap { part in
            switch part.query {
            case .leaf(let leaf): [leaf]
            case .fusion(let inner): inner.leaves
            }
        }
    }

    /// Of each leaf which text whose words are searched for it is, counted from 1; 0 for a vector.
    var texts: [Int16] {
        var count: Int16 = 0
        return self.leaves.map { leaf in
            switch leaf.ask {
            case .vector, .fusion: return 0
            case .text, .hybrid:
                count += 1
                return count
            }
        }
    }

    /// Whether a rank counts anywhere: then a profile beyond the best of a query counts there as one that it does not find.
    var ranks: Bool {
        self.method != .linear
            || self.parts.contains { part in
                if case .fusion(let inner) = part.query { inner.ranks } else { false }
            }
    }

    /// Whether a score counts anywhere, so that it has to be known of profiles beyond a query's best.
    var scoresLeaves: Bool {
        self.parts.contains { part in
            switch part.query {
            case .leaf: self.method == .linear
            case .fusion(let inner): inner.scoresLeaves
            }
        }
    }

    /// What one leaf says of one profile.
    struct LeafScore: Sendable, Hashable {
        var score: Double
        /// 1 is the leaf's best; `nil` for one that was not among them.
        var rank: Int?
    }

    /// What each leaf says of each of some profiles.
    typealias LeafScores = [[String: LeafScore]]

    /// The fused score of every profile that some leaf has a score of.
    func scores(_ leaves: LeafScores) -> [String: Double] {
        precondition(leaves.count == self.leaves.count, "each query has found something or nothing")
        var rest = leaves[...]
        return self.scores(&rest)
    }

    func scores(_ leaves: inout ArraySlice<[String: LeafScore]>) -> [String: Double] {
        var sums: [String: Double] = [:]
        for part in self.parts {
            for (id, value) in self.values(of: part, &leaves) { sums[id, default: 0] += part.weight * value }
        }
        if self.method == .linear {
            let total = self.parts.reduce(0) { $0 + $1.weight }
            for id in sums.keys { sums[id]? /= total }
        }
        return sums
    }

    /// What is summed of one part, before its weight.
    func values(
        of part: Part,
        _ leaves: inout ArraySlice<[String: LeafScore]>
    ) -> [String: Double] {
        switch (part.query, self.method) {
        case (.leaf, .linear): leaves.removeFirst().mapValues { max(0, $0.score) }
        case (.leaf, .reciprocalRank(let constant)):
            leaves.removeFirst().compactMapValues { score in score.rank.map { 1 / Double(constant + $0) } }
        case (.fusion(let inner), .linear): inner.scores(&leaves).mapValues { $0 / inner.highestScore }
        case (.fusion(let inner), .reciprocalRank(let constant)):
            Dictionary(
                uniqueKeysWithValues: Self.ranked(inner.scores(&leaves).filter { $0.value > 0 }).enumerated()
                    .map { ($1.id, 1 / Double(constant + $0 + 1)) }
            )
        }
    }

    /// What the best in every part has, so that ranks can be added to scores.
    private var highestScore: Double {
        switch self.method {
        case .linear: 1
        case .reciprocalRank(let constant): self.parts.reduce(0) { $0 + $1.weight } / Double(constant + 1)
        }
    }

    /// Best first, ties by ascending id.
    static func ranked(_ scores: [String: Double]) -> [(id: String, score: Double)] {
        scores.map { (id: $0.key, score: $0.value) }
            .sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }
    }

    /// How much each leaf counts.
    var shares: [Share] {
        let total = self.parts.reduce(0) { $0 + $1.weight }
        return self.parts.flatMap { part in
            switch part.query {
            case .leaf: [Share(most: part.weight / total, method: self.method)]
            case .fusion(let inner): inner.shares.map { Share(most: $0.most * part.weight / total, method: $0.method) }
            }
        }
    }

    /// A leaf's share of a whole.
    struct Share: Sendable, Hashable {
        /// That of the best there can be.
        let most: Double
        /// By which its score or rank counts.
        let method: Method

        /// What the leaf adds to one profile.
        func part(_ found: LeafScore?) -> Double {
            guard let found else { return 0 }
            return switch self.method {
            case .linear: self.most * max(0, found.score)
            case .reciprocalRank(let constant):
                found.rank.map { self.most * Double(constant + 1) / Double(constant + $0) } ?? 0
            }
        }
    }
}

extension QueryResponse {
    /// The strategy of a query by examples alone.
    package static var strategyOfExamples: String { "examples" }

    /// The strategy of a fusion that is asked for as such.
    package static func strategy(of method: SearchFusion.Method) -> String {
        switch method {
        case .linear: "fusion_linear"
        case .reciprocalRank: "fusion_reciprocal_rank"
        }
    }
}
