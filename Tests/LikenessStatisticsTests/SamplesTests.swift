import LikenessStatistics
import Testing

@Suite struct SamplesTests {
    @Test func `the rank test gives what the formula gives by hand`() {
        // U = 0, mean 12.5, variance 25 · 11 / 12, so z = 12 / 4.7871.
        #expect(abs(Samples.probabilityOfChance([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) - 0.01219) < 0.0001)
        // Ranks 1 3 3 6 of 1 3 3 3 6 6 6 8: U = 3, mean 8, variance 16 / 12 · (9 - 48 / 56), so z = 4.5 / 3.2950.
        #expect(abs(Samples.probabilityOfChance([1, 2, 2, 3], [2, 3, 3, 4]) - 0.1720) < 0.001)
        #expect(Samples.probabilityOfChance([1, 1, 1], [1, 1, 1]) == 1)
        #expect(Samples.probabilityOfChance([], [1]) == 1)
    }
}
