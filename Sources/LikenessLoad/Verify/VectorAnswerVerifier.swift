package import LikenessMessages

/// Compares answers of `SearchService.Query` by vector with exact ones.
///
/// The score of a hit must be the similarity that comparing with every embedding found for that section. An index may
/// pass over the nearest section of a profile and find another, or find a profile that is not among the exact best: that
/// costs recall. The right score of such a hit is not known; it must not be better than the exact answer allows, and it
/// is counted as unchecked. A hit counts as found when it is as near as the last of the exact best, so that equal
/// embeddings may replace each other.
package struct VectorAnswerVerifier: AnswerVerifier {
    /// What comparing with every embedding found for one request.
    package struct ExactAnswer: Sendable, Hashable {
        package struct Hit: Sendable, Hashable {
            package let profileID: String
            /// Cosine similarity, -1...1.
            package let score: Double
            /// The section that has it.
            package let section: Section

            package init(profileID: String, score: Double, section: Section = Section(nil)) {
                (self.profileID, self.score, self.section) = (profileID, score, section)
            }
        }

        /// Best first.
        package let hits: [Hit]

        package init(hits: [Hit]) { self.hits = hits }

        package init(_ hits: [LikenessMessages.Hit]) {
            self.hits = hits.map {
                Hit(profileID: $0.profile?.id ?? "", score: $0.score, section: Section($0.section))
            }
        }
    }

    /// Which section of a profile.
    package struct Section: Sendable, Hashable {
        private let kind: Int32
        private let id: String

        package init(_ match: SectionMatch?) {
            self.kind = match?.kind.rawValue ?? 0
            self.id = match?.id ?? ""
        }
    }

    /// Two ways of adding 384 products of 32-bit numbers differ by less.
    package static let tolerance = 1e-5

    private let answers: [ExactAnswer]
    private let known: [[String: ExactAnswer.Hit]]
    private let limit: Int

    /// - Parameters:
    ///   - answers: For each request, with more hits than `limit` if there are more.
    ///   - limit: Hits that each request asks for.
    package init(answers: [ExactAnswer], limit: Int) {
        precondition(limit > 0, "an answer has room for a hit")
        self.answers = answers
        self.known = answers.map { answer in
            Dictionary(answer.hits.map { ($0.profileID, $0) }, uniquingKeysWith: { first, _ in first })
        }
        self.limit = limit
    }

    package func verdict(request: Int, answer: [UInt8]) -> Verdict {
        guard let response = try? QueryResponse(decoding: answer) else {
            return .wrong(.malformed, "\(answer.count) bytes are not a QueryResponse")
        }
        return self.verdict(request: request, response: response)
    }

    /// The same for an answer that is decoded already.
    package func verdict(request: Int, response: QueryResponse) -> Verdict {
        precondition(self.answers.indices.contains(request), "every request has its exact answer")
        let best = self.answers[request].hits.prefix(self.limit)
        guard response.hits.count <= self.limit else {
            return .wrong(.surplus, "\(response.hits.count) hits of \(self.limit) asked for")
        }
        var seen: Set<String> = []
        var previous: (id: String, score: Double)?
        var (found, unchecked) = (0, 0)
        for hit in response.hits {
            guard let id = hit.profile?.id, !id.isEmpty, hit.score.isFinite else {
                return .wrong(.malformed, "a hit has no profile, or the score \(hit.score)")
            }
            guard seen.insert(id).inserted else { return .wrong(.surplus, "profile \(id) comes twice") }
            if let previous, hit.score > previous.score || (hit.score == previous.score && id < previous.id) {
                let order = "profile \(id) with \(hit.score) comes after \(previous.id) with \(previous.score)"
                return .wrong(.outOfOrder, order)
            }
            previous = (id, hit.score)
            switch self.score(of: hit, id, request, isExact: response.completeness?.level == .exact) {
            case .right: break
            case .unknown: unchecked += 1
            case .wrong(let why): return .wrong(.scoreMismatch, "profile \(id) scores \(hit.score), \(why)")
            }
            if let last = best.last, hit.score >= last.score - Self.tolerance { found += 1 }
        }
        if response.hits.count < best.count, response.completeness?.level != .truncated {
            return .wrong(.missing, "\(response.hits.count) hits where \(best.count) exist")
        }
        return .right(found: min(found, best.count), expected: best.count, unchecked: unchecked)
    }

    private enum ScoreVerdict { case right, unknown, wrong(String) }

    /// - Parameter isExact: Whether the answer says that it is, so that nothing may have been passed over.
    private func score(of hit: Hit, _ id: String, _ request: Int, isExact: Bool) -> ScoreVerdict {
        guard let exact = self.known[request][id] else {
            let hits = self.answers[request].hits
            guard let last = hits.last, hits.count >= self.limit else {
                return .wrong("and is none of those that exist")
            }
            if hit.score > last.score + Self.tolerance {
                return .wrong("above \(last.score), and is not among the best")
            }
            return isExact && hit.score < last.score - Self.tolerance ? .wrong("and is not among the best") : .unknown
        }
        if abs(hit.score - exact.score) <= Self.tolerance { return .right }
        let isOther = Section(hit.section) != exact.section
        return isOther && hit.score < exact.score && !isExact ? .unknown : .wrong("exactly \(exact.score)")
    }
}
