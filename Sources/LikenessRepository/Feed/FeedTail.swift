/// The last changes, of which all streams of a server that have caught up take theirs: pure.
///
/// It is bounded; a stream that is behind its beginning reads from the database until it is not.
package struct FeedTail: Sendable {
    private struct Part {
        /// What those who take it have seen before.
        let from: TransactionSnapshot
        /// What they have seen then.
        var upTo: TransactionSnapshot
        var time: Int64
        let changes: [ProfileFeed.Change]
    }

    private var parts: [Part] = []
    private var origin = ""
    private var count = 0
    private let countMax: Int
    /// What the next look is to be since; `nil` before the first one.
    package private(set) var seen: TransactionSnapshot?

    package init(countMax: Int) { self.countMax = countMax }

    /// Takes what was read since `seen`.
    ///
    /// - Returns: Whether streams have something to do.
    package mutating func take(_ look: ProfileFeed.Look) -> Bool {
        guard let seen = self.seen, look.origin == self.origin, !look.isCut, look.snapshot.includes(seen) else {
            // Those who are behind read it themselves.
            self.begin(look.snapshot, look.time)
            self.origin = look.origin
            return true
        }
        self.seen = look.snapshot
        if look.changes.isEmpty, let last = self.parts.indices.last {
            (self.parts[last].upTo, self.parts[last].time) = (look.snapshot, look.time)
            return false
        }
        self.parts.append(Part(from: seen, upTo: look.snapshot, time: look.time, changes: look.changes))
        self.count += look.changes.count
        while self.count > self.countMax, self.parts.count > 1 {
            self.count -= self.parts.removeFirst().changes.count
        }
        return !look.changes.isEmpty
    }

    /// Lets go of all changes: those who have caught up have taken them, the others read from the database.
    package mutating func forget() {
        guard let seen = self.seen, let last = self.parts.last else { return }
        self.begin(seen, last.time)
    }

    private mutating func begin(_ seen: TransactionSnapshot, _ time: Int64) {
        (self.seen, self.count) = (seen, 0)
        self.parts = [Part(from: seen, upTo: seen, time: time, changes: [])]
    }

    /// What follows a position, all of it.
    ///
    /// - Returns: `nil` where the tail does not go back so far.
    package func page(after position: FeedPosition) -> ProfileFeed.Page? {
        guard case .following = position.stage, position.origin == self.origin, let first = self.parts.first,
            let last = self.parts.last, position.seen.includes(first.from)
        else { return nil }
        guard last.upTo.includes(position.seen) else { return ProfileFeed.Page(changes: [], position: position) }
        var end = position
        (end.seen, end.time) = (last.upTo, last.time)
        let changes = self.parts.flatMap(\.changes).filter {
            !position.seen.shows($0.transaction)
        }
        return ProfileFeed.Page(changes: changes, position: end)
    }
}
