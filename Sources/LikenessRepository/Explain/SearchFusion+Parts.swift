internal import LikenessMessages

extension SearchFusion {
    /// What each of its queries adds to the score of each profile; the numbers of queries are those of their leaves.
    func parts(_ leaves: LeafScores) -> [String: [ScorePart]] {
        var (rest, number) = (leaves[...], 0)
        return self.parts(&rest, &number)
    }

    private func parts(
        _ leaves: inout ArraySlice<[String: LeafScore]>,
        _ number: inout Int
    ) -> [String: [ScorePart]] {
        let divisor = self.method == .linear ? self.parts.reduce(0) { $0 + $1.weight } : 1
        var all: [String: [ScorePart]] = [:]
        for part in self.parts {
            var same = leaves
            let values = self.values(of: part, &same)
            for (id, var one) in self.alone(part, &leaves, &number) {
                one.weight = part.weight
                one.adds = part.weight * (values[id] ?? 0) / divisor
                all[id, default: []].append(one)
            }
        }
        return all
    }

    /// What one part says of each profile, whatever it counts.
    private func alone(
        _ part: Part,
        _ leaves: inout ArraySlice<[String: LeafScore]>,
        _ number: inout Int
    ) -> [String: ScorePart] {
        switch part.query {
        case .leaf:
            number += 1
            let query = Int32(number)
            return leaves.removeFirst().mapValues {
                ScorePart(query: query, score: $0.score, rank: Int32($0.rank ?? 0))
            }
        case .fusion(let inner):
            var same = leaves
            let ranking = Self.ranked(inner.scores(&same))
            let parts = inner.parts(&leaves, &number)
            var all: [String: ScorePart] = [:]
            for (place, found) in ranking.enumerated() {
                all[found.id] = ScorePart(
                    score: found.score,
                    rank: found.score > 0 ? Int32(place + 1) : 0,
                    parts: parts[found.id] ?? []
                )
            }
            return all
        }
    }
}
