internal import FoundationEssentials
internal import LikenessMessages

/// The best sections of the best profiles: hits that are sections. Pure.
///
/// A query ranks profiles, and its formula scores each of their sections alone. No section scores more than its profile does: a similarity
/// is that of the nearest section, a profile has all the words that its sections have, and the other formulas grow with these two. So a
/// section of a profile behind the last of a window comes behind that place, and the first sections of the window are the first of all
/// when they come before it. By a vector alone they always do: each of `limit` profiles has a section with the score of the profile, and
/// so there are `limit` sections before those of any other profile. `docs/decisions/section-hits.md`.
struct SectionRanking: Sendable {
    /// Profiles whose sections are scored: of the first size that holds the limit, and of the next one where these do not suffice. No other
    /// sizes, so that the first hits are those of any larger limit of the same size, whatever an index finds.
    static let windows = [100, 1_000]

    /// How closely the scores of profiles bound those of their sections.
    enum Bound: Sendable {
        /// By the same arithmetic.
        case exact
        /// But for the last digits.
        case rounded
        /// A mask's weights round what profiles have of the words, and not what sections have.
        case none
    }

    /// Best first, ties by ascending id of the profile, then by kind and id of the section; of profiles the ids, of sections no titles.
    let hits: [Hit]
    /// Of a fusion: see `SearchAnswer.texts`.
    let texts: [Int16]?
    /// No section of a profile that was not looked at could be among the hits.
    let isWhole: Bool
    /// What each query says of each hit, in the order of the hits.
    let parts: [[SearchFusion.LeafScore?]]

    /// - Parameters:
    ///   - profiles: Ranked without a minimum, best first.
    ///   - window: Profiles that were asked for; fewer are all that there are.
    ///   - scores: Of all of their sections.
    init(_ query: SearchQuery, profiles: [Hit], window: Int, scores: SectionScores.Leaves) {
        var ranked = scores.fused.map { (key: $0.key, score: $0.value) }
        // As of profiles: a fusion that comes to nothing says nothing.
        if scores.shares != nil { ranked.removeAll { $0.score <= 0 } }
        ranked.sort { $0.score != $1.score ? $0.score > $1.score : $0.key < $1.key }
        let isFull = profiles.count >= window
        self.isWhole = !isFull || Self.isWhole(ranked, query, behind: profiles.last)
        ranked.removeLast(max(0, ranked.count - query.limit))
        if query.minScore != 0 { ranked.removeAll { $0.score < query.minScore } }

        let ranks = scores.scores.map { LeafRanks($0, of: ranked.map(\.key)) }
        self.hits = ranked.map { key, score in
            var evidence: [Evidence] = []
            for (place, leaf) in scores.scores.enumerated() {
                guard let said = leaf[key] else { continue }
                evidence += ranks[place].evidence(key, said, query: scores.shares == nil ? 0 : place + 1)
            }
            return Hit(
                profile: ProfileSummary(id: key.profile.text),
                score: score,
                section: key.match,
                evidence: evidence
            )
        }
        self.parts = ranked.map { key, _ in
            scores.scores.map { leaf in leaf[key].map { SearchFusion.LeafScore(score: $0.value, rank: nil) } }
        }
        self.texts = Self.texts(query, scores.shares, self.parts)
    }

    /// Whether the first hits come before all that profiles behind one could have.
    private static func isWhole(
        _ ranked: [(key: SectionScores.Key, score: Double)],
        _ query: SearchQuery,
        behind last: Hit?
    ) -> Bool {
        guard let last else { return true }
        let bound = query.sectionBound
        let most: Double
        switch bound {
        case .exact: most = last.score
        case .rounded: most = last.score + RecordedScore.rounding
        case .none: return false
        }
        if query.minScore != 0, most < query.minScore { return true }
        guard ranked.count >= query.limit else { return false }
        let end = ranked[query.limit - 1]
        guard end.score == most, case .exact = bound else { return end.score > most }
        // A section that scores as much is of a profile with a greater id than the last one's.
        return end.key.profile.text <= last.profile?.id ?? ""
    }

    /// Of a fusion which text's words each hit's passages show: of the query that adds most to it.
    private static func texts(
        _ query: SearchQuery,
        _ shares: [SearchFusion.Share]?,
        _ parts: [[SearchFusion.LeafScore?]]
    ) -> [Int16]? {
        guard let shares, case .fusion(let fusion) = query.ask else { return nil }
        let texts = fusion.texts
        return parts.map { leaves in
            let added = zip(shares, leaves).map { $0.part($1) }
            return added.max().flatMap { added.firstIndex(of: $0) }.map { texts[$0] } ?? 0
        }
    }
}

/// The places that some sections have in each branch of one query.
private struct LeafRanks {
    private let similar: [SectionScores.Key: Int]
    private let covered: [SectionScores.Key: Int]

    init(_ scores: [SectionScores.Key: SectionScores.Score], of hits: [SectionScores.Key]) {
        func ranks(_ value: (SectionScores.Score) -> Double?) -> [SectionScores.Key: Int] {
            let hits = Set(hits)
            let ranked = scores.compactMap { key, score in value(score).map { (key: key, value: $0) } }
                .sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
            var ranks: [SectionScores.Key: Int] = [:]
            for (place, one) in ranked.enumerated() where hits.contains(one.key) { ranks[one.key] = place + 1 }
            return ranks
        }
        self.similar = ranks(\.similarity)
        self.covered = ranks(\.coverage)
    }

    func evidence(_ key: SectionScores.Key, _ score: SectionScores.Score, query: Int) -> [Evidence] {
        var evidence: [Evidence] = []
        for (branch, value, ranks) in [
            (Branch.vector, score.similarity, self.similar), (.text, score.coverage, self.covered),
        ] {
            guard let value, let rank = ranks[key] else { continue }
            evidence.append(
                Evidence(
                    branch: branch,
                    rank: Int32(clamping: rank),
                    rawScore: value,
                    section: key.match,
                    query: Int32(query)
                )
            )
        }
        return evidence
    }
}

extension SearchQuery {
    /// How closely it bounds sections by their profiles.
    fileprivate var sectionBound: SectionRanking.Bound {
        let roundsWords = self.view.map { !$0.weights.areEqual } ?? false
        switch self.ask {
        case .vector: return .exact
        case .text: return roundsWords ? .none : .exact
        case .hybrid: return roundsWords ? .none : .rounded
        case .fusion(let fusion):
            let hasWords = fusion.leaves.contains { if case .vector = $0.ask { false } else { true } }
            return roundsWords && hasWords ? .none : .rounded
        }
    }
}
