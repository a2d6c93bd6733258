/// What a slot has to know of a connection.
protocol SlotConnection: Sendable {
    /// No new calls are taken.
    var isDraining: Bool { get }
    /// A call was answered on it.
    var hasAnswered: Bool { get }
}

/// The life of one slot: connects when asked, one attempt at a time, and not too soon after a failure.
struct SlotMachine<Connection: SlotConnection> {
    enum OnAsked {
        case use(Connection)
        case connect
        /// An attempt is under way.
        case wait
        /// No attempt is made before `retryAt`; `nil` for never.
        case fail(LikenessError, retryAt: ContinuousClock.Instant?)
    }

    enum OnConnected: Equatable { case keep, discard }

    enum OnClosed {
        case nothing
        case close(Connection)
        case abandonAttempt
    }

    private enum State {
        case idle
        case connecting(failures: Int)
        case ready(Connection, since: ContinuousClock.Instant, failures: Int)
        case waiting(until: ContinuousClock.Instant, failures: Int, reason: LikenessError)
        case closed
    }

    /// What it connects to, for messages.
    private let name: String
    private var state = State.idle

    init(name: String) { self.name = name }

    /// The connection that takes calls.
    var connection: Connection? {
        if case .ready(let connection, _, _) = self.state, !connection.isDraining { connection } else { nil }
    }

    mutating func asked(now: ContinuousClock.Instant, jitter: Double) -> OnAsked {
        switch self.state {
        case .ready(let connection, _, _) where !connection.isDraining: return .use(connection)
        case .ready(let connection, let since, let failures)
        where !connection.hasAnswered && now - since < ReconnectBackoff.goodLife:
            // A server that accepts and leaves at once is no better than one that refuses. One that has answered is
            // being restarted.
            let reason = LikenessError(.unavailable, "\(self.name) ends connections at once", nothingWasDone: true)
            let until = now + ReconnectBackoff.delay(afterFailures: failures + 1, jitter: jitter)
            self.state = .waiting(until: until, failures: failures + 1, reason: reason)
            return .fail(reason, retryAt: until)
        case .connecting: return .wait
        case .waiting(let until, _, let reason) where now < until: return .fail(reason, retryAt: until)
        case .waiting(_, let failures, _):
            self.state = .connecting(failures: failures)
            return .connect
        case .idle, .ready:
            self.state = .connecting(failures: 0)
            return .connect
        case .closed: return .fail(Self.closedError, retryAt: nil)
        }
    }

    mutating func connected(_ connection: Connection, now: ContinuousClock.Instant) -> OnConnected {
        switch self.state {
        case .connecting(let failures):
            self.state = .ready(connection, since: now, failures: failures)
            return .keep
        case .closed, .idle, .ready, .waiting: return .discard
        }
    }

    /// - Parameter jitter: 0.8 to 1.2, so that clients that failed together do not come back together.
    mutating func attemptFailed(_ reason: LikenessError, now: ContinuousClock.Instant, jitter: Double) {
        switch self.state {
        case .connecting(let failures):
            let delay = ReconnectBackoff.delay(afterFailures: failures + 1, jitter: jitter)
            self.state = .waiting(until: now + delay, failures: failures + 1, reason: reason)
        case .idle, .ready, .waiting, .closed: break
        }
    }

    mutating func close() -> OnClosed {
        defer { self.state = .closed }
        switch self.state {
        case .ready(let connection, _, _): return .close(connection)
        case .connecting: return .abandonAttempt
        case .idle, .waiting, .closed: return .nothing
        }
    }

    static var closedError: LikenessError {
        LikenessError(.cancelled, "the client is closed", nothingWasDone: true)
    }
}

/// How long to wait before connecting again.
///
/// - SeeAlso: gRPC, "Connection Backoff Protocol": exponential with jitter; shorter here, as services are near.
enum ReconnectBackoff {
    static let first = Duration.milliseconds(100)
    static let longest = Duration.seconds(10)
    /// A connection that lived this long was a good one, however it ended.
    static let goodLife = Duration.seconds(1)

    static func delay(afterFailures failures: Int, jitter: Double) -> Duration {
        min(Self.first * (1 << min(max(failures - 1, 0), 10)), Self.longest) * jitter
    }
}
