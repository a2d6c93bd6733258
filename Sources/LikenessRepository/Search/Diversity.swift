/// Maximal marginal relevance (Carbonell and Goldstein: The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing
/// Summaries, SIGIR 1998): each next hit is the one that is best and least like those before it.
enum Diversity {
    struct Pick: Sendable, Hashable {
        /// Of the candidate.
        let place: Int
        /// To the most similar of those before; 0 for the first.
        let mostSimilar: Double
    }

    /// - Parameters:
    ///   - scores: Of the candidates, best first.
    ///   - vectors: Of length 1; `nil` for a candidate that is compared with none.
    ///   - strength: 0...1.
    /// - Returns: All candidates in their order; of equally good ones the first is the one with the better score.
    static func order(_ scores: [Double], _ vectors: [[Float]?], strength: Double) -> [Pick] {
        precondition(scores.count == vectors.count, "a candidate has a score")
        let best = scores.first.map { $0 > 0 ? $0 : 1 } ?? 1
        var similarities = [Double](repeating: 0, count: scores.count)
        var left = Array(scores.indices)
        var picks: [Pick] = []
        while !left.isEmpty {
            var (next, most) = (0, -Double.infinity)
            for (index, place) in left.enumerated() {
                let value = (1 - strength) * scores[place] / best - strength * similarities[place]
                if value > most { (next, most) = (index, value) }
            }
            let picked = left.remove(at: next)
            picks.append(Pick(place: picked, mostSimilar: similarities[picked]))
            guard let vector = vectors[picked] else { continue }
            for place in left {
                guard let other = vectors[place] else { continue }
                let similarity = Double(self.dot(vector, other))
                similarities[place] = picks.count == 1 ? similarity : max(similarities[place], similarity)
            }
        }
        return picks
    }

    /// Eight products at a time: one sum would wait for its last addition before each.
    private static func dot(_ left: [Float], _ right: [Float]) -> Float {
        var sums = SIMD8<Float>()
        var index = 0
        let count = min(left.count, right.count)
        while index + 8 <= count {
            var (one, other) = (SIMD8<Float>(), SIMD8<Float>())
            for lane in 0..<8 {
                one[lane] = left[index + lane]
                other[lane] = right[index + lane]
            }
            sums += one * other
            index += 8
        }
        var sum = sums.sum()
        while index < count {
            sum += left[index] * right[index]
            index += 1
        }
        return sum
    }
}
