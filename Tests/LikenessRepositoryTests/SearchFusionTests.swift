import LikenessTesting
import Testing

@testable import LikenessRepository

/// What scores of several queries come to, against the formulas written out.
struct SearchFusionTests {
    private typealias Score = SearchFusion.LeafScore

    private static func leaf() -> SearchFusion.Part.Query { .leaf(.init(.text("words"))) }

    @Test func `linear is the mean by weight, and nothing is lost below zero`() {
        let fusion = SearchFusion(.linear, [.init(Self.leaf(), weight: 3), .init(Self.leaf())])
        let scores = fusion.scores([
            ["a": Score(score: 0.8, rank: 1), "b": Score(score: -0.5, rank: 2)],
            ["b": Score(score: 0.6, rank: nil), "c": Score(score: 1, rank: 1)],
        ])
        #expect(scores.count == 3)
        #expect(abs((scores["a"] ?? 0) - 0.6) < 1e-12)
        #expect(abs((scores["b"] ?? 0) - 0.15) < 1e-12)
        #expect(abs((scores["c"] ?? 0) - 0.25) < 1e-12)
    }

    @Test func `reciprocal ranks are those of the best alone`() {
        let fusion = SearchFusion(.reciprocalRank(constant: 60), [.init(Self.leaf()), .init(Self.leaf(), weight: 2)])
        let scores = fusion.scores([
            ["a": Score(score: 0.8, rank: 1), "b": Score(score: 0.9, rank: nil)],
            ["a": Score(score: 0.1, rank: 2), "b": Score(score: 0.2, rank: 1)],
        ])
        #expect(abs((scores["a"] ?? 0) - (1.0 / 61 + 2.0 / 62)) < 1e-12)
        #expect(abs((scores["b"] ?? 0) - 2.0 / 61) < 1e-12)
    }

    @Test func `an inner fusion of ranks counts from 0 to 1, one of scores has ranks of its own`() {
        let ranks = SearchFusion(.reciprocalRank(constant: 9), [.init(Self.leaf()), .init(Self.leaf())])
        let outer = SearchFusion(.linear, [.init(.fusion(ranks)), .init(Self.leaf(), weight: 3)])
        let found: SearchFusion.LeafScores = [
            ["a": Score(score: 0.3, rank: 1)], ["a": Score(score: 0.2, rank: 1), "b": Score(score: 0.1, rank: 2)],
            ["b": Score(score: 0.4, rank: 1)],
        ]
        let mean = outer.scores(found)
        // The best in both lists has the whole of its share.
        #expect(abs((mean["a"] ?? 0) - 0.25) < 1e-12)
        #expect(abs((mean["b"] ?? 0) - (0.25 * (1.0 / 11) / (2.0 / 10) + 0.75 * 0.4)) < 1e-12)

        let scores = SearchFusion(.linear, [.init(Self.leaf()), .init(Self.leaf())])
        let list = SearchFusion(.reciprocalRank(constant: 1), [.init(.fusion(scores)), .init(Self.leaf())])
        let summed = list.scores(found)
        #expect(abs((summed["a"] ?? 0) - 1.0 / 2) < 1e-12)
        #expect(abs((summed["b"] ?? 0) - (1.0 / 3 + 1.0 / 2)) < 1e-12)
        #expect(outer.ranks && list.ranks && !scores.ranks)
        #expect(outer.scoresLeaves && list.scoresLeaves && !ranks.scoresLeaves)
    }

    @Test func `leaves stand in the order of the text, and their shares make one whole`() {
        let inner = SearchFusion(
            .linear,
            [.init(.leaf(.init(.text("b"))), weight: 3), .init(.leaf(.init(.text("c"))))]
        )
        let fusion = SearchFusion(
            .linear,
            [.init(.leaf(.init(.text("a")))), .init(.fusion(inner), weight: 2), .init(.leaf(.init(.text("d"))))]
        )
        let names = fusion.leaves.map { leaf in if case .text(let text) = leaf.ask { text } else { "" } }
        #expect(names == ["a", "b", "c", "d"])
        #expect(fusion.shares.map(\.most) == [0.25, 0.375, 0.125, 0.25])
    }

    @Test func `what a leaf adds is counted as it is: by its score, or by its rank`() {
        let score = SearchFusion.Share(most: 0.5, method: .linear)
        #expect(score.part(Score(score: 0.4, rank: 9)) == 0.2 && score.part(Score(score: -1, rank: 1)) == 0)
        let rank = SearchFusion.Share(most: 0.5, method: .reciprocalRank(constant: 60))
        #expect(rank.part(Score(score: 0.30, rank: 9)) > rank.part(Score(score: 0.31, rank: 20)))
        #expect(rank.part(Score(score: 0.1, rank: 1)) == 0.5 && rank.part(Score(score: 1, rank: nil)) == 0)
        #expect(rank.part(nil) == 0 && score.part(nil) == 0)
    }

    @Test func `a vector of examples lies among the positive ones and away from the negative ones`() throws {
        let positive: [[Float]] = [[2, 0, 0], [0, 3, 0]]
        let plain = try #require(ExampleVectors.vector(positive: positive, negative: []))
        let half = Float(0.5).squareRoot()
        for (value, wanted) in zip(plain, [half, half, 0]) { #expect(abs(value - wanted) < 1e-6) }
        let away = try #require(ExampleVectors.vector(positive: positive, negative: [[0, 0, 5]]))
        #expect(away[2] < 0 && abs(away[0] - away[1]) < 1e-6)
        #expect(abs(away.reduce(0) { $0 + $1 * $1 } - 1) < 1e-6)
        #expect(ExampleVectors.vector(positive: [[1, 0], [-1, 0]], negative: []) == nil)
        #expect(ExampleVectors.vector(positive: [], negative: [[1, 0]]) == nil)
    }
}
