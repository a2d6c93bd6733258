internal import FoundationEssentials

/// A moment in the log of changes.
package struct FeedMark: Sendable, Hashable {
    /// All changes of transactions that this shows were made by then.
    package let seen: TransactionSnapshot
    /// Since when, in microseconds since 2000, every change that `seen` does not show was made, or a little before.
    let time: Int64
    /// The newest change that was there, `number/transaction/time`; empty for none. A database that was set back to an earlier state does
    /// not have it, or has another one of that number.
    let anchor: String

    /// Its number.
    var anchorNumber: Int64 { self.anchor.split(separator: "/").first.flatMap { Int64($0) } ?? 0 }

    fileprivate var parts: [String] { [self.seen.text, String(self.time), self.anchor] }

    init(seen: TransactionSnapshot, time: Int64, anchor: String) {
        (self.seen, self.time, self.anchor) = (seen, time, anchor)
    }

    /// - Parameter parts: Three.
    fileprivate init?(_ parts: ArraySlice<String>) {
        let parts = Array(parts)
        guard let seen = TransactionSnapshot(parts[0]), let time = Int64(parts[1]) else { return nil }
        self.init(seen: seen, time: time, anchor: parts[2])
    }
}

/// How far a stream of changes has come.
package struct FeedPosition: Sendable, Hashable {
    /// All changes up to it are sent.
    package internal(set) var mark: FeedMark
    /// The database whose transactions these are.
    let origin: String
    /// The masks that are seen through, in their revisions; empty for none.
    package let stamp: String
    package internal(set) var stage: Stage

    package enum Stage: Sendable, Hashable {
        /// What `mark` does not show comes next.
        case following
        /// Of the changes that `upTo` shows and `mark` does not, those up to a number are sent.
        case within(upTo: FeedMark, after: Int64)
        /// Of the live profiles those up to a position are sent; then what `mark` does not show.
        case existing(IDPosition)
    }

    package var seen: TransactionSnapshot { self.mark.seen }

    /// The newest moment that this knows of.
    var newest: FeedMark {
        if case .within(let upTo, _) = self.stage { upTo } else { self.mark }
    }

    private var text: String {
        var parts = [self.origin, self.stamp] + self.mark.parts
        switch self.stage {
        case .following: break
        case .within(let upTo, let number): parts += upTo.parts + [String(number)]
        case .existing(let position): parts.append(position.text)
        }
        return parts.joined(separator: "\n")
    }

    init(_ mark: FeedMark, origin: String, stamp: String, stage: Stage) {
        (self.mark, self.origin, self.stamp, self.stage) = (mark, origin, stamp, stage)
    }

    private init?(text: String) {
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 5, let mark = FeedMark(parts[2..<5]) else { return nil }
        var stage = Stage.following
        switch parts.count {
        case 5: break
        case 6:
            guard let position = IDPosition(text: parts[5]) else { return nil }
            stage = .existing(position)
        case 9:
            guard let upTo = FeedMark(parts[5..<8]), let number = Int64(parts[8]) else { return nil }
            stage = .within(upTo: upTo, after: number)
        default: return nil
        }
        self.init(mark, origin: parts[0], stamp: parts[1], stage: stage)
    }

    /// - Parameter arguments: What a token belongs to: the filter and the names of the masks.
    /// - Throws: `.unavailable` before the key of tokens is known.
    package func token(_ tokens: PageTokens, arguments: [String]) throws(RepositoryError) -> String {
        try tokens.sealed(position: self.text, arguments: Self.all(arguments))
    }

    /// - Throws: `.invalidResumeToken` for what is no token of these arguments; `.resumeTokenExpired` for one of another release; `.unavailable`.
    package init(_ token: String, _ tokens: PageTokens, arguments: [String]) throws(RepositoryError) {
        let text = try tokens.unsealed(token, arguments: Self.all(arguments))
        guard let text else { throw .invalidResumeToken }
        guard let found = Self(text: text) else { throw .resumeTokenExpired }
        self = found
    }

    private static func all(_ arguments: [String]) -> [String] { ["profile feed"] + arguments }

    /// After some of the changes of a page that leads from this position to `end`.
    ///
    /// - Parameter change: The last of them; the page is in the order of the numbers.
    package func partly(to end: FeedPosition, after change: ProfileFeed.Change) -> FeedPosition {
        var position = self
        switch (self.stage, end.stage) {
        case (_, .within(let upTo, _)), (.within(let upTo, _), _):
            position.stage = .within(upTo: upTo, after: change.number)
        default: position.stage = .within(upTo: end.mark, after: change.number)
        }
        return position
    }
}
