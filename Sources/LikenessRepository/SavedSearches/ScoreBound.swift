internal import FoundationEssentials
internal import LikenessPostgres

/// What a profile can score in a query at most, from its embeddings and its words alone: below the query's minimum it need not be searched.
///
/// Sections that a view leaves out, and weights, only take away from it.
indirect enum ScoreBound: Sendable {
    /// By the best of some vectors.
    case meaning([UnitLanes])
    /// By both; the words are `nil` where what is seen may have others.
    case both([UnitLanes], SearchWords.Reading?)
    /// 1.
    case any
    case mean([(weight: Double, bound: ScoreBound)])

    /// Similarities are computed here from vectors whose length is 1 ± 0.001, and in another order than in the database.
    static let tolerance = 0.005

    /// - Parameters:
    ///   - sections: The profile's embeddings.
    ///   - share: How many of a text's words it has.
    func score(_ sections: [UnitLanes], _ share: (SearchWords.Reading) -> ProfilesByWord.Share) -> Double {
        switch self {
        case .any: return 1
        case .meaning(let vectors): return Self.similarity(vectors, sections)
        case .both(let vectors, let reading):
            let share = reading.map(share) ?? .all
            // A display name that is the text has all of its words, and counts as the greatest similarity.
            if share == .all { return 1 }
            return HybridScore.value(similarity: Self.similarity(vectors, sections), coverage: share == .some ? 1 : 0)
        case .mean(let parts):
            let total = parts.reduce(0) { $0 + $1.weight }
            return parts.reduce(0) { $0 + $1.weight * max(0, $1.bound.score(sections, share)) } / total
        }
    }

    private static func similarity(_ vectors: [UnitLanes], _ sections: [UnitLanes]) -> Double {
        var best = -1.0
        for vector in vectors {
            for section in sections { best = max(best, Double(vector.dot(section))) }
        }
        return best
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
