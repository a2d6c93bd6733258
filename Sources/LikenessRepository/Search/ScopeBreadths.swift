internal import Synchronization

/// How many profiles filters let through, as searches found out a moment ago: services ask with the same filters over and over. It decides what an
/// answer costs, not what it is, so it may be a few seconds old.
final class ScopeBreadths: Sendable {
    /// How many are within a scope.
    struct Breadth: Sendable, Hashable {
        /// `nil` for more than were counted.
        var passing: Int?
        /// Of all live profiles, about; `nil` where that is not known.
        var share: Double?
    }

    /// Filters are kept as hashes: they may be long, and two with the same one are only answered less cheaply.
    private struct Key: Hashable {
        let filter: Int
        let most: Int
    }

    static let filtersMax = 4_096

    private let known = Mutex<[Key: Breadth]>([:])

    func breadth(of filter: Filter, upTo most: Int) -> Breadth? {
        let key = Key(filter: filter.expression.hashValue, most: most)
        return self.known.withLock { $0[key] }
    }

    func keep(_ breadth: Breadth, of filter: Filter, upTo most: Int) {
        let key = Key(filter: filter.expression.hashValue, most: most)
        self.known.withLock { if $0.count < Self.filtersMax || $0[key] != nil { $0[key] = breadth } }
    }
}
