/// What one side may still send: MESSAGE frames may begin while it is above zero.
struct SendWindow: Sendable, Hashable {
    /// Below zero after a message that was larger than what was left.
    private(set) var available: Int
    private let size: Int

    static let max = Int(Int32.max)

    init(_ bytes: UInt32) {
        self.available = Int(bytes)
        self.size = Int(bytes)
    }

    /// What was sent and the peer has not given back; below zero when it has given more than that.
    var outstanding: Int { self.size - self.available }

    var isOpen: Bool { self.available > 0 }

    mutating func spend(_ byteCount: Int) { self.available -= byteCount }

    /// - Returns: Whether the sum stays within what the protocol can count.
    mutating func grant(_ byteCount: UInt32) -> Bool {
        guard self.available + Int(byteCount) <= Self.max else { return false }
        self.available += Int(byteCount)
        return true
    }
}

/// What the peer may still send here.
struct ReceiveWindow: Sendable, Hashable {
    private let size: Int
    private(set) var available: Int
    /// Consumed here and not yet given back to the peer.
    private var owed = 0

    init(_ bytes: UInt32) {
        self.size = Int(bytes)
        self.available = Int(bytes)
    }

    /// What has arrived and was not consumed.
    var held: Int { self.size - self.available - self.owed }

    /// - Returns: Whether the peer was allowed to send.
    mutating func charge(_ byteCount: Int) -> Bool {
        guard self.available > 0 else { return false }
        self.available -= byteCount
        return true
    }

    /// - Returns: Credit to give back now: it is saved up to half a window.
    mutating func consume(_ byteCount: Int) -> UInt32? {
        self.owed += byteCount
        guard self.owed >= self.size / 2, self.owed > 0 else { return nil }
        defer { self.owed = 0 }
        self.available += self.owed
        return UInt32(self.owed)
    }
}
