package import FoundationEssentials

/// How far a stream of changes has come.
package struct FeedPosition: Sendable, Hashable {
    /// All changes of transactions that this shows are sent.
    package internal(set) var seen: TransactionSnapshot
    /// Since when, in microseconds since 2000, every change that is not sent was made, or a little before.
    var time: Int64
    /// The database whose transactions these are.
    let origin: String
    /// The masks that are seen through, in their revisions; empty for none.
    package let stamp: String
    package internal(set) var stage: Stage

    package enum Stage: Sendable, Hashable {
        /// What `seen` does not show comes next.
        case following
        /// Of the changes that `upTo` shows and `seen` does not, those up to a number are sent.
        case within(upTo: TransactionSnapshot, time: Int64, after: Int64)
        /// Of the live profiles those up to an id are sent; then what `seen` does not show.
        case existing(after: UUID)
    }

    private var text: String {
        var parts = [self.origin, self.stamp, self.seen.text, String(self.time)]
        switch self.stage {
        case .following: break
        case .within(let upTo, let time, let number): parts += [upTo.text, String(time), String(number)]
        case .existing(let id): parts.append(id.text)
        }
        return parts.joined(separator: "\n")
    }

    init(seen: TransactionSnapshot, time: Int64, origin: String, stamp: String, stage: Stage) {
        (self.seen, self.time, self.origin, self.stamp, self.stage) = (seen, time, origin, stamp, stage)
    }

    private init?(text: String) {
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, let seen = TransactionSnapshot(parts[2]), let time = Int64(parts[3]) else { return nil }
        var stage = Stage.following
        switch parts.count {
        case 4: break
        case 5:
            guard let id = UUID(uuidString: parts[4]) else { return nil }
            stage = .existing(after: id)
        case 7:
            guard let upTo = TransactionSnapshot(parts[4]), let upToTime = Int64(parts[5]), let number = Int64(parts[6])
            else { return nil }
            stage = .within(upTo: upTo, time: upToTime, after: number)
        default: return nil
        }
        self.init(seen: seen, time: time, origin: parts[0], stamp: parts[1], stage: stage)
    }

    /// - Parameter arguments: What a token belongs to: the filter and the names of the masks.
    /// - Throws: `.unavailable` before the key of tokens is known.
    package func token(_ tokens: PageTokens, arguments: [String]) throws(RepositoryError) -> String {
        try tokens.sealed(position: self.text, arguments: Self.all(arguments))
    }

    /// - Throws: `.invalidResumeToken` for what is no token of these arguments; `.unavailable`.
    package init(_ token: String, _ tokens: PageTokens, arguments: [String]) throws(RepositoryError) {
        let text = try tokens.unsealed(token, arguments: Self.all(arguments))
        guard let text, let found = Self(text: text) else { throw .invalidResumeToken }
        self = found
    }

    private static func all(_ arguments: [String]) -> [String] { ["profile feed"] + arguments }
}
