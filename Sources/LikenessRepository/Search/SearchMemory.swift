internal import Synchronization

/// What searches have found out that others need not find out each time: how many sections sufficed for a search by vector, for each
/// space, scan and limit, as profiles have many similar ones; and how much is written that the index of words has not seen.
final class SearchMemory: Sendable {
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
        /// The first candidates of the index did not suffice.
        var goesOn: Bool
        var searches: UInt8 = 0
    }

    private let known = Mutex<[Key: Known]>([:])
    private let lastUnseen = Atomic(0)

    /// How many more profiles the index of words is to name than a search needs: all that was written since may be among them.
    var spareNominees: Int {
        let unseen = self.lastUnseen.load(ordering: .relaxed)
        return min(max(Self.spareMin, 2 * unseen), ProfileWordsStatements.unseenMax)
    }

    private static let spareMin = 32

    /// - Parameter unseen: Profiles that a search by words found written since the index was brought up to date.
    func saw(unseen: Int) { self.lastUnseen.store(unseen, ordering: .relaxed) }

    /// Starts with what sufficed last time; now and then a step below it, in case less suffices again.
    func firstReach(_ plan: SearchPlan, limit: Int) -> SearchPlan.Reach {
        guard plan.scan == .approximate else { return plan.reach(limit: limit, multiple: SearchPlan.exactMultiple) }
        let key = Key(plan, limit: limit)
        let (index, goesOn) = self.known.withLock { known -> (Int, Bool) in
            guard var last = known[key], last.index > 0 || last.goesOn else { return (0, false) }
            last.searches = last.searches % Self.triesLessEvery + 1
            known[key] = last
            return last.searches == Self.triesLessEvery ? (max(0, last.index - 1), false) : (last.index, last.goesOn)
        }
        var reach = plan.reach(limit: limit, multiple: SearchPlan.multiples[index])
        if goesOn { reach.isIterative = true }
        return reach
    }

    func sufficed(_ reach: SearchPlan.Reach, _ plan: SearchPlan, limit: Int) {
        let multiples = SearchPlan.multiples
        let index = multiples.firstIndex { $0 * limit >= reach.sections } ?? multiples.count - 1
        let key = Key(plan, limit: limit)
        let goesOn = reach.isIterative
        self.known.withLock {
            if $0[key]?.index != index || $0[key]?.goesOn != goesOn { $0[key] = Known(index: index, goesOn: goesOn) }
        }
    }
}
