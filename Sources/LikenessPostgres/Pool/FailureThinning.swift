/// Decides which failed attempts to connect have a line in the log: of each reason the first at once, then one a minute with
/// the number of those since. Pure.
struct FailureThinning {
    private struct Entry {
        var until: Moment
        var count = 0
    }

    static let interval = Duration.seconds(60)
    /// Reasons are the server's and the system's words, so there are few; further ones count as one.
    static let reasonsMax = 16
    private var entries: [String: Entry] = [:]

    /// - Returns: How many attempts have failed for this reason since its last line, this one included; `nil` when it is
    ///   only counted.
    mutating func failed(_ reason: String, now: Moment) -> Int? {
        let reason = self.entries[reason] == nil && self.entries.count >= Self.reasonsMax ? "" : reason
        let count = self.entries[reason, default: Entry(until: now)].count + 1
        guard self.entries[reason].map({ $0.until <= now }) ?? true else {
            self.entries[reason]?.count = count
            return nil
        }
        // What has not come up for an interval is forgotten.
        self.entries = self.entries.filter { $0.value.until + Self.interval > now }
        self.entries[reason] = Entry(until: now + Self.interval)
        return count
    }
}
