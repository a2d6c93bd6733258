/// How calls are spread over the connections of a client.
public enum Balancing: Sendable, Hashable {
    /// Each connection in turn.
    case roundRobin
    /// The one of two, picked at random, that has fewer calls under way: an endpoint that has become slow gets fewer.
    case leastLoaded
}

extension Balancing {
    /// The order in which connections are tried for one call.
    ///
    /// - Parameters:
    ///   - count: At least one.
    ///   - turn: Grows by one with each call.
    ///   - loads: Calls under way on a connection; asked only for the two that are compared.
    /// - Returns: The index to try first, and the one that the others follow in a circle.
    func order(
        count: Int,
        turn: Int,
        random: (Range<Int>) -> Int,
        loads: (Int) -> Int
    ) -> (first: Int, then: Int) {
        let turn = Int(UInt(bitPattern: turn) % UInt(count))
        switch self {
        case .leastLoaded where count > 1:
            let a = random(0..<count)
            // Every pair of two different ones is equally likely.
            let b = (a + 1 + random(0..<count - 1)) % count
            return loads(b) < loads(a) ? (b, a) : (a, b)
        case .roundRobin, .leastLoaded: return (turn, turn)
        }
    }
}
