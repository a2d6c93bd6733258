internal import Synchronization

/// How many bytes of large answers all connections of a server may have encoded and not yet handed to their sockets.
package final class AnswerBudget: Sendable {
    package let bytesMax: Int
    private let used = Mutex(0)
    /// Gets the bytes under way whenever they change, in the order in which they do; must not reserve or release itself.
    private let changed: @Sendable (Int) -> Void

    package init(bytesMax: Int, changed: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.bytesMax = bytesMax
        self.changed = changed
    }

    package var bytesUsed: Int { self.used.withLock { $0 } }

    /// One answer always has room, however large.
    ///
    /// - Parameter always: Takes the bytes even where there is no room.
    func reserve(_ byteCount: Int, always: Bool = false) -> Bool {
        self.used.withLock { used in
            guard used == 0 || used + byteCount <= self.bytesMax || always else { return false }
            used += byteCount
            self.changed(used)
            return true
        }
    }

    func release(_ byteCount: Int) {
        guard byteCount > 0 else { return }
        self.used.withLock { used in
            used -= byteCount
            self.changed(used)
        }
    }
}
