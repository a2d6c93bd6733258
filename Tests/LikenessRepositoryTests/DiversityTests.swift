import Testing

@testable import LikenessRepository

@Suite struct DiversityTests {
    private static let (east, north): ([Float], [Float]) = ([1, 0], [0, 1])
    /// As much of both.
    private static let between: [Float] = [0.6, 0.8]

    @Test func `without it the order is that of the scores`() {
        let picks = Diversity.order([0.9, 0.8, 0.7], [Self.east, Self.east, Self.north], strength: 0)
        #expect(picks.map(\.place) == [0, 1, 2])
        #expect(picks.map(\.mostSimilar) == [0, 1, 0])
    }

    @Test func `a hit that is like one before comes later`() {
        // 0.8 × 0.5 / 0.9 − 0.5 × 1 is less than 0.7 × 0.5 / 0.9 − 0.5 × 0.
        let picks = Diversity.order([0.9, 0.8, 0.7], [Self.east, Self.east, Self.north], strength: 0.5)
        #expect(picks.map(\.place) == [0, 2, 1])
        #expect(picks.map(\.mostSimilar) == [0, 0, 1])
    }

    @Test func `what counts is the most similar of those before`() {
        let picks = Diversity.order([1, 0.9, 0.5], [Self.east, Self.north, Self.between], strength: 0.2)
        #expect(picks.map(\.place) == [0, 1, 2])
        #expect(abs(picks[2].mostSimilar - 0.8) < 1e-6)
        // The first is less like it.
        let opposite = Diversity.order([1, 0.9], [Self.east, [-1, 0]], strength: 1)
        #expect(opposite.map(\.mostSimilar) == [0, -1])
    }

    @Test func `equal candidates keep their order, and one without a vector is like none of them`() {
        let picks = Diversity.order([0.5, 0.5, 0.5, 0.5], [Self.east, Self.east, nil, Self.east], strength: 0.5)
        #expect(picks.map(\.place) == [0, 2, 1, 3])
        #expect(Diversity.order([], [], strength: 1).isEmpty)
        #expect(Diversity.order([-0.2, -0.4], [nil, nil], strength: 0.5).map(\.place) == [0, 1])
    }
}
