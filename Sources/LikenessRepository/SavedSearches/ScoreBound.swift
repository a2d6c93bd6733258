internal import FoundationEssentials

/// What profiles can score in a query at most, from their embeddings and their words alone: below the query's minimum it need not run.
///
/// Sections that a view leaves out, and weights, only take away from it.
indirect enum ScoreBound: Sendable {
    case words(SearchWords.Reading)
    /// By the best of some vectors.
    case meaning([UnitLanes])
    case both([UnitLanes], SearchWords.Reading)
    /// 1.
    case any
    case mean([(weight: Double, bound: ScoreBound)])

    /// Similarities are computed here from vectors whose length is 1 ± 0.001, and in another order than in the database.
    static let tolerance = 0.005

    /// What is known of some profiles.
    struct Known: Sendable {
        let profiles: [UUID]
        /// `nil` where no bound asks for words.
        let words: HeldWords?
        /// The embeddings of those that have some; `nil` when they were not read.
        let sections: [UUID: [UnitLanes]]?
    }

    /// Those that the query can find, each with the most that it can score.
    func scores(_ known: Known) -> [UUID: Double] {
        switch self {
        case .any: return Self.whole(known)
        case .words(let reading): return known.words?.coverages(reading) ?? Self.whole(known)
        case .meaning(let vectors): return Self.similarities(vectors, known)
        case .both(let vectors, let reading):
            guard let words = known.words else { return Self.whole(known) }
            let similarities = Self.similarities(vectors, known)
            let coverages = words.coverages(reading)
            var scores: [UUID: Double] = [:]
            for profile in Set(similarities.keys).union(coverages.keys) {
                // A name holds no more of the words than its profile.
                let coverage = coverages[profile] ?? 0
                scores[profile] = HybridScore.value(
                    similarity: HybridScore.namedMax(similarity: similarities[profile], coverage: coverage),
                    coverage: coverage
                )
            }
            // A display name that is the text has all of its words, and counts as the greatest similarity.
            for profile in words.holders(ofAll: reading.words) ?? Set(known.profiles) { scores[profile] = 1 }
            return scores
        case .mean(let parts):
            let total = parts.reduce(0) { $0 + $1.weight }
            var scores: [UUID: Double] = [:]
            for part in parts {
                for (profile, score) in part.bound.scores(known) {
                    scores[profile, default: 0] += part.weight * max(0, score) / total
                }
            }
            return scores
        }
    }

    var usesWords: Bool {
        switch self {
        case .words, .both: true
        case .meaning, .any: false
        case .mean(let parts): parts.contains { $0.bound.usesWords }
        }
    }

    var usesSections: Bool {
        switch self {
        case .meaning, .both: true
        case .words, .any: false
        case .mean(let parts): parts.contains { $0.bound.usesSections }
        }
    }

    private static func whole(_ known: Known) -> [UUID: Double] {
        Dictionary(uniqueKeysWithValues: known.profiles.map { ($0, 1) })
    }

    private static func similarities(_ vectors: [UnitLanes], _ known: Known) -> [UUID: Double] {
        guard let sections = known.sections else { return Self.whole(known) }
        return sections.mapValues { sections in
            var best = -1.0
            for vector in vectors {
                for section in sections { best = max(best, Double(vector.dot(section))) }
            }
            return best
        }
    }
}

/// A vector of length 1, eight numbers at a time.
struct UnitLanes: Sendable {
    private let lanes: [SIMD8<Float>]

    init(_ values: [Float]) {
        self.lanes = stride(from: 0, to: values.count, by: 8).map { start in
            var lane = SIMD8<Float>(repeating: 0)
            for place in start..<min(start + 8, values.count) { lane[place - start] = values[place] }
            return lane
        }
    }

    func dot(_ other: UnitLanes) -> Float {
        var sum = SIMD8<Float>(repeating: 0)
        for (one, other) in zip(self.lanes, other.lanes) { sum += one * other }
        return sum.sum()
    }
}
