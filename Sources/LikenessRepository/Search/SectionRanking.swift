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
    /// Profiles whose sections are scored: of the first size that holds the limit, and of the next one where these do not suffice and more
    /// of them say more. No other sizes, so that the first hits are those of any larger limit of the same size, whatever an index finds.
    ///
    /// - Returns: None where the limit is none.
    static func windows(limit: Int, _ bound: Bound) -> [Int] {
        guard 1...100 ~= limit else { return 1...1_000 ~= limit ? [1_000] : [] }
        // In between, what 300 profiles prove spares the sections of 700.
        if case .none = bound { return [100, 1_000] }
        return [100, 300, 1_000]
    }
    /// Sections that are scored for one search, and so what it takes of memory: of a window whose profiles have more the first count alone.
    /// The first window never has more.
    static let sectionsMax = 100 * sectionsOfProfileMax
    /// A summary, experiences, skills: `Profile.experiences` in the contract.
    static let sectionsOfProfileMax = 502

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
    ///   - areAll: No other profiles match.
    ///   - scores: Of all of their sections.
    init(_ query: SearchQuery, profiles: [Hit], areAll: Bool, scores: SectionScores.Leaves) {
        let fused = scores.fused
        var ranked = scores.order(by: fused)
        // As of profiles: a fusion that comes to nothing says nothing.
        if scores.shares != nil { ranked.removeAll { fused[Int($0)] <= 0 } }
        self.isWhole = areAll || Self.isWhole(ranked, scores.keys, fused, query, behind: profiles.last)
        ranked.removeLast(max(0, ranked.count - query.limit))
        if query.minScore != 0 { ranked.removeAll { fused[Int($0)] < query.minScore } }

        let ranks = scores.leaves.map { LeafRanks($0, scores, of: ranked) }
        self.hits = ranked.map { place in
            let key = scores.keys[Int(place)]
            var evidence: [Evidence] = []
            for (query, leaf) in scores.leaves.enumerated() {
                guard let said = leaf.score(at: Int(place)) else { continue }
                evidence += ranks[query].evidence(place, key, said, query: scores.shares == nil ? 0 : query + 1)
            }
            return Hit(
                profile: ProfileSummary(id: key.profile.text),
                score: fused[Int(place)],
                section: key.match,
                evidence: evidence
            )
        }
        self.parts = ranked.map { place in
            scores.leaves.map { leaf in
                leaf.score(at: Int(place)).map { SearchFusion.LeafScore(score: $0.value, rank: nil) }
            }
        }
        self.texts = Self.texts(query, scores.shares, self.parts)
    }

    /// Whether the first hits come before all that profiles behind one could have.
    private static func isWhole(
        _ ranked: [Int32],
        _ keys: [SectionScores.Key],
        _ scores: [Double],
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
        let end = Int(ranked[query.limit - 1])
        guard scores[end] == most, case .exact = bound else { return scores[end] > most }
        // A section that scores as much is of a profile with a greater id than the last one's.
        return keys[end].profile.text <= last.profile?.id ?? ""
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

/// The ranks that some sections have in each branch of one query.
private struct LeafRanks {
    private let similar: [Int32: Int]
    private let covered: [Int32: Int]

    /// - Parameter hits: Their places.
    init(_ leaf: SectionScores.Leaf, _ scores: SectionScores.Leaves, of hits: [Int32]) {
        let hits = Set(hits)
        func ranks(_ numbers: [Double]) -> [Int32: Int] {
            var ranks: [Int32: Int] = [:]
            guard !hits.isEmpty else { return ranks }
            for (rank, place) in scores.order(by: numbers).enumerated() where hits.contains(place) {
                ranks[place] = rank + 1
            }
            return ranks
        }
        (self.similar, self.covered) = (ranks(leaf.similarities), ranks(leaf.coverages))
    }

    func evidence(
        _ place: Int32,
        _ key: SectionScores.Key,
        _ score: SectionScores.Score,
        query: Int
    ) -> [Evidence] {
        var evidence: [Evidence] = []
        for (branch, value, ranks) in [
            (Branch.vector, score.similarity, self.similar), (.text, score.coverage, self.covered),
        ] {
            guard let value, let rank = ranks[place] else { continue }
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
    var sectionBound: SectionRanking.Bound {
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
