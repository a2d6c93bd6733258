internal import LikenessWire
internal import NIOCore

/// Knows when a connection has to do something although nothing has come. Pure: the time is passed in.
struct ConnectionLiveness: Sendable {
    enum Due: Sendable, Hashable {
        case nothing
        case ping
        case drain(String)
        case fail(ProtocolViolation)
        /// The peer has not read what it was sent for too long.
        case unread
        /// The peer is gone, or has had its time.
        case close
    }

    private let helloTimeout: TimeAmount
    private let frameTimeout: TimeAmount
    private var keepaliveInterval: TimeAmount
    private let keepaliveTimeout: TimeAmount
    private let idleTimeout: TimeAmount?
    private let age: TimeAmount?
    private let grace: TimeAmount
    private let lingerTime: TimeAmount

    private var openedAt: NIODeadline?
    private var receivedAt = NIODeadline.uptimeNanoseconds(0)
    private var frameBeganAt: NIODeadline?
    private var pingedAt: NIODeadline?
    private var stalledAt: NIODeadline?
    private var idleSince: NIODeadline?
    private var drainingSince: NIODeadline?
    private var lingeringSince: NIODeadline?
    private var callCount = 0

    /// - Parameter ageJitter: -1...1, so that connections that came together do not leave together.
    init(_ configuration: RPCServerConfiguration, ageJitter: Double) {
        self.helloTimeout = TimeAmount(configuration.helloTimeout)
        self.frameTimeout = TimeAmount(configuration.frameTimeout)
        self.keepaliveInterval = TimeAmount(configuration.keepaliveInterval)
        self.keepaliveTimeout = TimeAmount(configuration.keepaliveTimeout)
        self.idleTimeout = TimeAmount(configuration.idleTimeout)
        let age = TimeAmount(configuration.connectionAge).nanoseconds
        self.age = .nanoseconds(age + Int64(Double(age) * 0.1 * ageJitter))
        self.grace = TimeAmount(configuration.connectionAgeGrace)
        self.lingerTime = TimeAmount(configuration.lingerTime)
    }

    init(_ configuration: ClientConnection.Configuration) {
        self.helloTimeout = TimeAmount(configuration.connectTimeout)
        self.frameTimeout = TimeAmount(configuration.frameTimeout)
        self.keepaliveInterval = TimeAmount(configuration.keepaliveInterval)
        self.keepaliveTimeout = TimeAmount(configuration.keepaliveTimeout)
        self.idleTimeout = nil
        self.age = nil
        // The client's calls have deadlines of their own.
        self.grace = .hours(24)
        self.lingerTime = .milliseconds(0)
    }

    mutating func opened(now: NIODeadline) {
        self.openedAt = now
        self.receivedAt = now
        self.idleSince = now
    }

    /// Bytes have come.
    ///
    /// - Parameters:
    ///   - hadFrame: A frame ended among them.
    ///   - isInsideFrame: Another has begun and not ended.
    mutating func received(now: NIODeadline, hadFrame: Bool, isInsideFrame: Bool) {
        self.receivedAt = now
        self.pingedAt = nil
        if hadFrame || !isInsideFrame { self.frameBeganAt = nil }
        if isInsideFrame, self.frameBeganAt == nil { self.frameBeganAt = now }
    }

    /// The peer wants at least this long between pings.
    mutating func keepaliveAllowed(every interval: TimeAmount) {
        self.keepaliveInterval = max(self.keepaliveInterval, interval)
    }

    mutating func callStarted() {
        self.callCount += 1
        self.idleSince = nil
    }

    mutating func callEnded(now: NIODeadline) {
        self.callCount -= 1
        if self.callCount == 0 { self.idleSince = now }
    }

    mutating func writabilityChanged(isWritable: Bool, now: NIODeadline) {
        self.stalledAt = isWritable ? nil : self.stalledAt ?? now
    }

    mutating func draining(now: NIODeadline) { self.drainingSince = self.drainingSince ?? now }

    mutating func lingering(now: NIODeadline) { self.lingeringSince = self.lingeringSince ?? now }

    /// What has to be done now. A ping counts as sent.
    mutating func due(now: NIODeadline, isAwaitingHello: Bool) -> Due {
        guard let openedAt = self.openedAt else { return .nothing }
        if let lingeringSince { return now >= lingeringSince + self.lingerTime ? .close : .nothing }
        if isAwaitingHello {
            guard now >= openedAt + self.helloTimeout else { return .nothing }
            return .fail(ProtocolViolation(.timeout, "no HELLO in time"))
        }
        if let frameBeganAt, now >= frameBeganAt + self.frameTimeout {
            return .fail(ProtocolViolation(.timeout, "a frame took too long"))
        }
        if let stalledAt, now >= stalledAt + self.keepaliveTimeout { return .unread }
        if let pingedAt, now >= pingedAt + self.keepaliveTimeout { return .close }
        if let drainingSince {
            if now >= drainingSince + self.grace { return .close }
        } else {
            if let age, now >= openedAt + age { return .drain("this connection is old") }
            if let idleTimeout, let idleSince, now >= idleSince + idleTimeout {
                return .drain("this connection is idle")
            }
        }
        if self.pingedAt == nil, now >= self.receivedAt + self.keepaliveInterval {
            self.pingedAt = now
            return .ping
        }
        return .nothing
    }

    /// When to look again at the latest.
    func next(isAwaitingHello: Bool) -> NIODeadline? {
        guard let openedAt = self.openedAt else { return nil }
        if let lingeringSince { return lingeringSince + self.lingerTime }
        if isAwaitingHello { return openedAt + self.helloTimeout }
        var next = self.pingedAt.map { $0 + self.keepaliveTimeout } ?? self.receivedAt + self.keepaliveInterval
        if let frameBeganAt { next = min(next, frameBeganAt + self.frameTimeout) }
        if let stalledAt { next = min(next, stalledAt + self.keepaliveTimeout) }
        if let drainingSince {
            next = min(next, drainingSince + self.grace)
        } else {
            if let age { next = min(next, openedAt + age) }
            if let idleTimeout, let idleSince { next = min(next, idleSince + idleTimeout) }
        }
        return next
    }
}
