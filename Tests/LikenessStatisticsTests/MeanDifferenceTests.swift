import LikenessStatistics
import Testing

@Suite struct MeanDifferenceTests {
    @Test func `few differences are compared with every throw of the coins`() {
        // Sums of ±1 ±2 ±3: 6 and −6 alone are as far from 0 as 1 + 2 + 3.
        let all = MeanDifference([(0, 1), (0, 2), (0, 3)])
        #expect(all.probabilityOfChance == 2.0 / 8)
        #expect(all.mean.mean == 2 && all.better == 3 && all.worse == 0 && all.equal == 0)
        // 1 + 2 − 3 = 0: every throw is as far.
        #expect(MeanDifference([(0, 1), (0, 2), (3, 0)]).probabilityOfChance == 1)
        // −4 of ±1 ±2 ±3: four throws have 4 or more.
        #expect(MeanDifference([(0, 1), (2, 0), (3, 0)]).probabilityOfChance == 4.0 / 8)
    }

    @Test func `what does not differ counts for neither side`() {
        let same = MeanDifference([(1, 1), (0.3, 0.1 + 0.2)])
        #expect(same.probabilityOfChance == 1 && same.mean.mean == 0)
        #expect(same.better == 0 && same.worse == 0 && same.equal == 2)
        // Nothing to compare says nothing.
        #expect(MeanDifference([]).probabilityOfChance == 1)
        let one = MeanDifference([(1, 1), (0, 1), (1, 1), (0, 1), (0, 1)])
        #expect(one.probabilityOfChance == 2.0 / 8 && one.equal == 2)
    }

    @Test func `of many differences a sample of the throws says about the same`() {
        // 20 differences of 1, of which k are negative: the chance of 5 or fewer, and of 15 or more, heads of 20.
        let pairs = (0..<20).map { $0 < 5 ? (before: 1.0, after: 0.0) : (before: 0.0, after: 1.0) }
        let exact = 2 * [1.0, 20, 190, 1_140, 4_845, 15_504].reduce(0, +) / 1_048_576
        #expect(abs(MeanDifference(pairs).probabilityOfChance - exact) < 0.01)
        #expect(MeanDifference(pairs, seed: 1) == MeanDifference(pairs, seed: 1))
        // As far as can be: what was seen is one of the throws, so it is never impossible.
        let far = MeanDifference((0..<100).map { _ in (before: 0, after: 1) }).probabilityOfChance
        #expect(far > 0 && far < 0.001)
    }

    @Test func `an interval holds the mean of what the values come from about as often as it says`() {
        var random = SplitMix64(seed: 5)
        var held = 0
        for seed in 0..<200 as Range<UInt64> {
            let interval = Interval(meanOf: (0..<40).map { _ in Double.random(in: 0...1, using: &random) }, seed: seed)
            #expect(interval.low <= interval.mean && interval.mean <= interval.high)
            if interval.low <= 0.5, interval.high >= 0.5 { held += 1 }
        }
        // 190 of 200 are expected, less for so few values; 3 standard deviations are 9.
        #expect((178...200).contains(held), "\(held)")
    }

    @Test func `an interval of one value, or none, is that`() {
        let one = Interval(meanOf: [0.25])
        #expect(one.mean == 0.25 && one.low == 0.25 && one.high == 0.25)
        #expect(Interval(meanOf: []).high == 0)
    }
}
