import Foundation
import LikenessCommands
import Testing

@Suite struct RankingMeasuresTests {
    @Test func `gains are those of the formula by hand`() {
        // 3 / 1 + 0 + 1 / log2(4) of 7 / 1 + 3 / log2(3) + 1 / log2(4).
        let some = RankingMeasures(found: [2, 0, 1], judged: [1, 3, 2], cutoff: 10)
        #expect(abs(some.ndcg - (3 + 0.5) / (7 + 3 / log2(3.0) + 0.5)) < 1e-12)
        #expect(abs(some.recall - 2.0 / 3) < 1e-12 && some.reciprocalRank == 1)
    }

    @Test func `the best ranking has 1, whatever is judged beyond the cutoff`() {
        let best = RankingMeasures(found: [3, 2], judged: [1, 2, 3, 0, -1], cutoff: 2)
        #expect(best.ndcg == 1 && abs(best.recall - 2.0 / 3) < 1e-12 && best.reciprocalRank == 1)
        // Hits after the cutoff do not count.
        #expect(RankingMeasures(found: [0, 0, 3], judged: [3], cutoff: 2) == .init(found: [], judged: [3], cutoff: 2))
    }

    @Test func `negative grades are not relevant`() {
        let none = RankingMeasures(found: [-1, 0, 1], judged: [-1, 1], cutoff: 10)
        #expect(none.ndcg == 0.5 && none.recall == 1 && abs(none.reciprocalRank - 1.0 / 3) < 1e-12)
    }

    @Test func `the last of two is worth less than the first`() {
        let places = (0..<10).map { place in
            RankingMeasures(found: (0..<10).map { $0 == place ? 1 : 0 }, judged: [1], cutoff: 10).ndcg
        }
        #expect(places[0] == 1 && zip(places, places.dropFirst()).allSatisfy { $0 > $1 })
        #expect(RankingMeasures(found: [], judged: [1], cutoff: 10) == .init(found: [0, 0], judged: [1], cutoff: 10))
    }
}
