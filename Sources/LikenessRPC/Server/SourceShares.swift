/// What many sources hold of something that has a bound. When all of it is held and more is wanted, the source that holds
/// the most loses its oldest first: a newcomer is let in, and a source that holds little is not kept out by one that holds
/// much. Pure: the order of arrivals is all the time it needs.
package struct SourceShares<Source: Hashable & Sendable, ID: Hashable & Sendable>: Sendable {
    private struct Holding {
        let id: ID
        let amount: Int
        /// Counts arrivals: a smaller one is older.
        let number: UInt64
    }

    private struct Share {
        /// Oldest first.
        var holdings: [Holding] = []
        var amount = 0
    }

    private let limit: Int
    private var shares: [Source: Share] = [:]
    private var sources: [ID: Source] = [:]
    private var nextNumber: UInt64 = 0
    /// What all hold together.
    package private(set) var amount = 0

    package init(limit: Int) { self.limit = limit }

    /// Those that hold something.
    package var count: Int { self.sources.count }

    /// What one source holds.
    package func amount(of source: Source) -> Int { self.shares[source]?.amount ?? 0 }

    /// - Returns: Those that lose what they hold, and are no longer counted.
    package mutating func arrived(_ id: ID, from source: Source, amount: Int = 1) -> [ID] {
        precondition(self.sources[id] == nil, "a holder arrives once")
        self.sources[id] = source
        self.shares[source, default: Share()].holdings.append(
            Holding(id: id, amount: amount, number: self.nextNumber)
        )
        self.shares[source, default: Share()].amount += amount
        self.nextNumber += 1
        self.amount += amount
        var losers: [ID] = []
        while self.amount > self.limit, let loser = self.takeOldestOfLargest() { losers.append(loser) }
        return losers
    }

    /// A holder gives back what it holds. Idempotent.
    ///
    /// - Returns: Whether it was counted.
    @discardableResult
    package mutating func left(_ id: ID) -> Bool {
        guard let source = self.sources.removeValue(forKey: id),
            let index = self.shares[source]?.holdings.firstIndex(where: { $0.id == id }),
            let holding = self.shares[source]?.holdings.remove(at: index)
        else { return false }
        self.amount -= holding.amount
        self.shares[source]?.amount -= holding.amount
        if self.shares[source]?.holdings.isEmpty == true { self.shares[source] = nil }
        return true
    }

    /// The one that has to make way; it is no longer counted. Of sources that hold equally much the one with the oldest
    /// holder loses it.
    package mutating func takeOldestOfLargest() -> ID? {
        let largest = self.shares.max { one, other in
            if one.value.amount != other.value.amount { return one.value.amount < other.value.amount }
            guard let first = one.value.holdings.first, let second = other.value.holdings.first else { return false }
            return first.number > second.number
        }
        guard let oldest = largest?.value.holdings.first else { return nil }
        self.left(oldest.id)
        return oldest.id
    }

    /// The oldest of one source; it is no longer counted.
    package mutating func takeOldest(of source: Source) -> ID? {
        guard let oldest = self.shares[source]?.holdings.first else { return nil }
        self.left(oldest.id)
        return oldest.id
    }
}
