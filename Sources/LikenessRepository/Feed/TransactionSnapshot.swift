/// Which transactions of a database have ended, as PostgreSQL's `pg_snapshot` has it.
///
/// - SeeAlso: PostgreSQL, "Transaction ID and Snapshot Information Functions".
package struct TransactionSnapshot: Sendable, Hashable {
    /// All before it have ended.
    let oldest: UInt64
    /// It and all after it have not.
    let next: UInt64
    /// Those between that have not, ascending.
    let running: [UInt64]

    /// - Parameter text: `oldest:next:running,…`; `nil` for any other.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let oldest = UInt64(parts[0]), let next = UInt64(parts[1]), oldest <= next else {
            return nil
        }
        var running: [UInt64] = []
        for part in parts[2].split(separator: ",", omittingEmptySubsequences: false) where !parts[2].isEmpty {
            guard let number = UInt64(part), number >= oldest, number < next, running.last.map({ $0 < number }) ?? true
            else { return nil }
            running.append(number)
        }
        (self.oldest, self.next, self.running) = (oldest, next, running)
    }

    private init(oldest: UInt64, next: UInt64, running: [UInt64]) {
        (self.oldest, self.next, self.running) = (oldest, next, running)
    }

    /// The same without the transactions from a number on.
    func limited(to next: UInt64) -> TransactionSnapshot {
        guard next < self.next else { return self }
        return Self(oldest: min(self.oldest, next), next: next, running: self.running.filter { $0 < next })
    }

    var text: String { "\(self.oldest):\(self.next):\(self.running.map(String.init).joined(separator: ","))" }

    /// Whether what a transaction wrote is visible, if it was committed.
    func shows(_ transaction: UInt64) -> Bool {
        if transaction < self.oldest { return true }
        return transaction < self.next && !self.running.contains(transaction)
    }

    /// Whether it shows all that another one shows.
    func includes(_ other: TransactionSnapshot) -> Bool {
        guard self.next >= other.next else { return false }
        return self.running.allSatisfy { !other.shows($0) }
    }
}
