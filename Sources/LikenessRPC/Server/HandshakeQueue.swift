internal import NIOCore

/// The connections that have not yet shown who they are. Pure: the time is passed in.
///
/// When there are too many, accepting pauses until one is done; the oldest have to leave when they took too long, so
/// that peers that connect and say nothing hold nobody up for long.
struct HandshakeQueue: Sendable {
    enum OnArrival: Sendable, Hashable {
        case proceed
        /// Accept no more, and call ``look(now:)`` at the given time; `nil` when it will be called anyway.
        case pause(lookAt: NIODeadline?)
    }

    private let limit: Int
    private let patience: TimeAmount
    private var waiting: [(id: ObjectIdentifier, since: NIODeadline)] = []
    private(set) var isPaused = false
    /// ``look(now:)`` will be called.
    private var isLookDue = false

    init(limit: Int, patience: TimeAmount) {
        precondition(limit > 0, "at least one handshake must be possible")
        self.limit = limit
        self.patience = patience
    }

    var count: Int { self.waiting.count }

    mutating func arrived(_ id: ObjectIdentifier, now: NIODeadline) -> OnArrival {
        self.waiting.append((id, now))
        guard self.waiting.count >= self.limit, !self.isPaused else { return .proceed }
        self.isPaused = true
        guard !self.isLookDue else { return .pause(lookAt: nil) }
        self.isLookDue = true
        return .pause(lookAt: self.waiting[0].since + self.patience)
    }

    /// A handshake is over, well or not. May be said twice.
    ///
    /// - Returns: Whether accepting goes on.
    mutating func ended(_ id: ObjectIdentifier) -> Bool {
        guard let index = self.waiting.firstIndex(where: { $0.id == id }) else { return false }
        self.waiting.remove(at: index)
        guard self.isPaused, self.waiting.count < self.limit else { return false }
        self.isPaused = false
        return true
    }

    /// - Returns: Who has to leave, and when to look again; `nil` when accepting goes on anyway.
    mutating func look(now: NIODeadline) -> (late: [ObjectIdentifier], next: NIODeadline)? {
        guard self.isPaused, let first = self.waiting.first else {
            self.isLookDue = false
            return nil
        }
        let late = self.waiting.prefix { $0.since + self.patience <= now }.map(\.id)
        let next = self.waiting.dropFirst(late.count).first?.since ?? first.since
        return (late, max(next, now) + self.patience)
    }
}
