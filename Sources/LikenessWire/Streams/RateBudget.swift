package import NIOCore

/// Allows a burst of events, then so many each second.
package struct RateBudget: Sendable, Hashable {
    private let burst: Int64
    private let perSecond: Int64
    /// Thousandths of an event.
    private var left: Int64
    private var filled: NIODeadline?

    package init(burst: Int, perSecond: Int) {
        self.burst = Int64(burst) * 1_000
        self.perSecond = Int64(perSecond)
        self.left = self.burst
    }

    /// - Returns: Whether there was one left.
    package mutating func take(now: NIODeadline) -> Bool {
        let milliseconds = max(0, (now - (self.filled ?? now)).nanoseconds / 1_000_000)
        if self.filled == nil || milliseconds > 0 {
            let refill = min(self.burst, milliseconds.multipliedReportingOverflow(by: self.perSecond).partialValue)
            self.left = min(self.burst, self.left + max(0, refill))
            self.filled = now
        }
        guard self.left >= 1_000 else { return false }
        self.left -= 1_000
        return true
    }
}

/// Pings that come too early are strikes; the third ends the connection. A ping in its time clears them.
struct PingPolice: Sendable, Hashable {
    private let intervalMin: TimeAmount
    private var last: NIODeadline?
    private var strikes = 0
    static let strikesMax = 2

    init(intervalMinMilliseconds: UInt32) { self.intervalMin = .milliseconds(Int64(intervalMinMilliseconds)) }

    mutating func pingArrived(now: NIODeadline) throws(ProtocolViolation) {
        if let last = self.last, now - last < self.intervalMin {
            self.strikes += 1
        } else {
            self.strikes = 0
        }
        self.last = now
        guard self.strikes <= Self.strikesMax else { throw ProtocolViolation(.tooMuch, "pings come too often") }
    }
}
