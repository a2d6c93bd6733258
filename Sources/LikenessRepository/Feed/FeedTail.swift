/// The last changes, of which all streams of a server that have caught up take theirs: pure.
///
/// It is bounded; a stream that is behind its beginning reads from the database until it is not.
package struct FeedTail: Sendable {
    private struct Part {
        /// What those who take it have seen before.
        let from: TransactionSnapshot
        /// What they have seen then.
        var upTo: FeedMark
        let changes: [ProfileFeed.Change]
    }

    private var parts: [Part] = []
    private var origin = ""
    private var count = 0
    private let countMax: Int
    /// What the next look is to be since; `nil` before the first one.
    package var mark: FeedMark? { self.parts.last?.upTo }
    /// How often it has begun anew. Between two beginnings the history of the database may have become another one: who has not read
    /// from the database since the last may know changes that it does not have.
    package private(set) var beginnings = 0

    package init(countMax: Int) { self.countMax = countMax }

    /// Takes what was read since `mark`.
    ///
    /// - Returns: Whether streams have something to do.
    package mutating func take(_ look: ProfileFeed.Look) -> Bool {
        guard let mark = self.mark, look.origin == self.origin, !look.isCut, look.follows(mark) else {
            // Those who know what was before read from the database, and find out.
            self.beginnings += 1
            self.begin(look.mark)
            self.origin = look.origin
            return true
        }
        if look.changes.isEmpty {
            self.parts[self.parts.count - 1].upTo = look.mark
            return false
        }
        self.parts.append(Part(from: mark.seen, upTo: look.mark, changes: look.changes))
        self.count += look.changes.count
        while self.count > self.countMax, self.parts.count > 1 {
            self.count -= self.parts.removeFirst().changes.count
        }
        return true
    }

    /// Lets go of all changes: those who have caught up have taken them, the others read from the database.
    package mutating func forget() {
        guard let mark = self.mark else { return }
        self.begin(mark)
    }

    /// Forgets all, also where it was.
    package mutating func reset() {
        self.beginnings += 1
        (self.parts, self.origin, self.count) = ([], "", 0)
    }

    private mutating func begin(_ mark: FeedMark) {
        self.count = 0
        self.parts = [Part(from: mark.seen, upTo: mark, changes: [])]
    }

    /// What follows a position, all of it, in the order of the numbers.
    ///
    /// - Returns: `nil` where the tail does not go back so far.
    package func page(after position: FeedPosition) -> ProfileFeed.Page? {
        guard case .following = position.stage, position.origin == self.origin, let first = self.parts.first,
            let last = self.parts.last, position.seen.includes(first.from)
        else { return nil }
        guard last.upTo.seen.includes(position.seen) else { return ProfileFeed.Page(changes: [], position: position) }
        var end = position
        end.mark = last.upTo
        // A look may find numbers below those of the look before: of a transaction that took longer.
        let changes = self.parts.flatMap { part in part.changes.filter { !position.seen.shows($0.transaction) } }
            .sorted { $0.number < $1.number }
        return ProfileFeed.Page(changes: changes, position: end)
    }
}
