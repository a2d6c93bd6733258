import Testing

@testable import LikenessClient

@Suite struct BalancingTests {
    @Test func `round robin gives each connection its turn, past the largest number too`() {
        for count in 1...5 {
            var counts = Array(repeating: 0, count: count)
            for call in 0..<count * 10 {
                let turn = Int.max - count * 5 &+ call
                let order = Balancing.roundRobin.order(count: count, turn: turn, random: { _ in 0 }, loads: { _ in 0 })
                counts[order.first] += 1
                #expect(order.first == order.then)
            }
            // Where the numbers wrap around, a turn may be given twice or left out.
            #expect(counts.allSatisfy { (9...11).contains($0) }, "\(counts)")
        }
    }

    @Test func `of every two connections the less loaded is taken`() {
        let loads = [5, 1, 3]
        var taken: Set<Int> = []
        for a in 0..<3 {
            for b in 0..<2 {
                var numbers = [a, b]
                let order = Balancing.leastLoaded.order(
                    count: 3,
                    turn: 7,
                    random: { _ in numbers.removeFirst() },
                    loads: { loads[$0] }
                )
                #expect(order.first != order.then)
                #expect(loads[order.first] < loads[order.then])
                taken.insert(order.first)
            }
        }
        #expect(taken == [1, 2])
    }

    @Test func `two choices keep even a slow connection's queue near the others'`() {
        // Four connections, one of which takes ten times as long: calls leave it ten times more rarely.
        var random = SeededGenerator(seed: 4)
        var loads = [0, 0, 0, 0]
        var largest = 0
        for turn in 0..<100_000 {
            let order = Balancing.leastLoaded.order(
                count: 4,
                turn: turn,
                random: { Int.random(in: $0, using: &random) },
                loads: { loads[$0] }
            )
            loads[order.first] += 1
            for index in 0..<4 where loads[index] > 0 {
                let chance = index == 0 ? 0.033 : 0.33
                if Double.random(in: 0..<1, using: &random) < chance { loads[index] -= 1 }
            }
            largest = max(largest, loads[0] - (loads[1...].max() ?? 0))
        }
        #expect(largest <= 16, "the slow one had \(largest) more than any other")
    }
}
