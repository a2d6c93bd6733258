internal import Synchronization

/// How many sections sufficed last for searches by vector, for each space, scan and limit: where profiles have many similar sections
/// a search need not find that out each time.
final class ReachMemory: Sendable {
    /// One search of so many tries less than what sufficed.
    private static let triesLessEvery: UInt8 = 64

    private struct Key: Hashable {
        let space: String
        let scan: SearchStatements.Scan
        let limit: Int

        init(_ plan: SearchPlan, limit: Int) {
            (self.space, self.scan, self.limit) = (plan.space.name, plan.scan, limit)
        }
    }

    private struct Known {
        /// Of `SearchPlan.multiples`.
        var index: Int
        var searches: UInt8 = 0
    }

    private let known = Mutex<[Key: Known]>([:])

    /// Starts with what sufficed last time; now and then a step below it, in case less suffices again.
    func firstReach(_ plan: SearchPlan, limit: Int) -> SearchPlan.Reach {
        guard plan.scan == .approximate else { return plan.reach(limit: limit, multiple: SearchPlan.exactMultiple) }
        let key = Key(plan, limit: limit)
        let index = self.known.withLock { known -> Int in
            guard var last = known[key] else { return 0 }
            guard last.index > 0 else { return 0 }
            last.searches = last.searches % Self.triesLessEvery + 1
            known[key] = last
            return last.searches == Self.triesLessEvery ? last.index - 1 : last.index
        }
        return plan.reach(limit: limit, multiple: SearchPlan.multiples[index])
    }

    func sufficed(_ reach: SearchPlan.Reach, _ plan: SearchPlan, limit: Int) {
        let multiples = SearchPlan.multiples
        let index = multiples.firstIndex { $0 * limit >= reach.sections } ?? multiples.count - 1
        let key = Key(plan, limit: limit)
        self.known.withLock { if $0[key]?.index != index { $0[key] = Known(index: index) } }
    }
}
