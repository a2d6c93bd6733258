package import LikenessMessages

/// Compares answers of `SearchService.Query` by vector with exact ones.
///
/// A hit counts as found when it is as near as the last of the exact best, so that equal embeddings may replace each
/// other. No profile may score better than it does in the exact answer, or, beyond that, better than the exact answer
/// ends. One may score less: the index passed over its nearest section and found another, which costs recall.
package struct VectorAnswerVerifier: AnswerVerifier {
    /// What comparing with every embedding found for one request.
    package struct ExactAnswer: Sendable, Hashable {
        package struct Hit: Sendable, Hashable {
            package let profileID: String
            /// Cosine similarity, -1...1.
            package let score: Double

            package init(profileID: String, score: Double) { (self.profileID, self.score) = (profileID, score) }
        }

        /// Best first.
        package let hits: [Hit]

        package init(hits: [Hit]) { self.hits = hits }
    }

    /// Two ways of adding 384 products of 32-bit numbers differ by less.
    package static let tolerance = 1e-5

    private let answers: [ExactAnswer]
    private let scores: [[String: Double]]
    private let limit: Int

    /// - Parameters:
    ///   - answers: For each request, with more hits than `limit` if there are more.
    ///   - limit: Hits that each request asks for.
    package init(answers: [ExactAnswer], limit: Int) {
        precondition(limit > 0, "an answer has room for a hit")
        self.answers = answers
        self.scores = answers.map { answer in
            Dictionary(answer.hits.map { ($0.profileID, $0.score) }, uniquingKeysWith: { first, _ in first })
        }
        self.limit = limit
    }

    package func verdict(request: Int, answer: [UInt8]) -> Verdict {
        guard let response = try? QueryResponse(decoding: answer) else { return .wrong(.malformed) }
        return self.verdict(request: request, response: response)
    }

    /// The same for an answer that is decoded already.
    package func verdict(request: Int, response: QueryResponse) -> Verdict {
        precondition(self.answers.indices.contains(request), "every request has its exact answer")
        let exact = self.answers[request].hits
        let best = exact.prefix(self.limit)
        guard response.hits.count <= self.limit else { return .wrong(.surplus) }
        var seen: Set<String> = []
        var previous = Double.infinity
        var previousID = ""
        var found = 0
        for hit in response.hits {
            guard let id = hit.profile?.id, !id.isEmpty, hit.score.isFinite else { return .wrong(.malformed) }
            guard seen.insert(id).inserted else { return .wrong(.surplus) }
            guard hit.score < previous || (hit.score == previous && id > previousID) else { return .wrong(.outOfOrder) }
            (previous, previousID) = (hit.score, id)
            let isScoreRight =
                if let score = self.scores[request][id] {
                    hit.score <= score + Self.tolerance
                } else {
                    hit.score <= (exact.last?.score ?? -1) + Self.tolerance
                }
            guard isScoreRight else { return .wrong(.scoreMismatch) }
            if let last = best.last, hit.score >= last.score - Self.tolerance { found += 1 }
        }
        if response.hits.count < best.count, response.completeness?.level != .truncated { return .wrong(.missing) }
        return .right(found: min(found, best.count), expected: best.count)
    }
}
