internal import Synchronization

/// How many bytes of large answers all connections of a server may have encoded and not yet handed to their sockets.
package final class AnswerBudget: Sendable {
    package let bytesMax: Int
    private let used = Atomic(0)
    /// Gets the bytes under way whenever they change.
    private let changed: @Sendable (Int) -> Void

    package init(bytesMax: Int, changed: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.bytesMax = bytesMax
        self.changed = changed
    }

    package var bytesUsed: Int { self.used.load(ordering: .relaxed) }

    /// One answer always has room, however large.
    ///
    /// - Parameter always: Takes the bytes even where there is no room.
    func reserve(_ byteCount: Int, always: Bool = false) -> Bool {
        let (before, now) = self.used.add(byteCount, ordering: .relaxed)
        guard before == 0 || now <= self.bytesMax || always else {
            self.used.subtract(byteCount, ordering: .relaxed)
            return false
        }
        self.changed(now)
        return true
    }

    func release(_ byteCount: Int) {
        guard byteCount > 0 else { return }
        self.changed(self.used.subtract(byteCount, ordering: .relaxed).newValue)
    }
}
