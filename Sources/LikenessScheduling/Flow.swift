/// Who a piece of work is done for, in the sense of fair queueing: all calls of one caller are one flow, whichever of its
/// connections they come by, and each background worker is one.
///
/// What is scarce (connections of the pool, the embedder) is shared between flows, never between calls. The RPC server sets
/// ``current`` around each handler; a background worker sets its own. Work that neither of them began is the service's own.
package struct Flow: Sendable, Hashable {
    package enum Class: Sendable, Hashable, CaseIterable {
        /// Administration, health and the service's own work: first, and from a reserve.
        case system
        case caller
        /// What no caller waits for.
        case background
    }

    /// A hash under this process's random key: a caller cannot choose to collide with another.
    package let id: UInt64
    package let `class`: Class

    /// - Parameter originator: Equal for all work of one originator, and for no other's.
    package init(_ class: Class, _ originator: some Hashable) {
        var hasher = Hasher()
        hasher.combine(originator)
        self.id = UInt64(truncatingIfNeeded: hasher.finalize())
        self.class = `class`
    }

    private init(id: UInt64, class: Class) { (self.id, self.class) = (id, `class`) }

    /// The same originator's work of another class.
    package func with(_ class: Class) -> Flow { Flow(id: self.id, class: `class`) }

    /// The service's own work.
    package static let service = Flow(.system, "service")

    /// What the present task works for.
    @TaskLocal package static var current = Flow.service

    /// The shares of two flows that both have work waiting are as their weights.
    package var weight: Int64 {
        switch self.class {
        case .system, .caller: 4
        case .background: 1
        }
    }
}
