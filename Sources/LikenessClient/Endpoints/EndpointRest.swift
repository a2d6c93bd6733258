/// Sets an address aside that is reached and does not serve: it answers UNAVAILABLE, or nothing in time. Pure.
///
/// It gets no calls as long as there is another, but for one now and then that tries it: after the back-off of a lost
/// connection, or after the delay that it asked for itself.
struct EndpointRest: Sendable {
    /// Calls in a row that may end by their deadline before the address and not the call is to blame.
    static let unansweredMax = 3

    private var failures = 0
    private var unanswered = 0
    private var triedAgainAt: ContinuousClock.Instant?

    /// Whether calls go elsewhere.
    var isResting: Bool { self.triedAgainAt != nil }

    /// Whether a call may be sent there: always, or as the one that tries.
    mutating func mayServe(now: ContinuousClock.Instant) -> Bool {
        guard let time = self.triedAgainAt else { return true }
        guard now >= time else { return false }
        self.triedAgainAt = now + ReconnectBackoff.delay(afterFailures: self.failures, jitter: 1)
        return true
    }

    mutating func answered() { self = EndpointRest() }

    /// A call has failed on a connection that goes on.
    ///
    /// - Parameter jitter: 0.8 to 1.2.
    mutating func failed(_ error: LikenessError, now: ContinuousClock.Instant, jitter: Double) {
        var delay = Duration.zero
        switch error.code {
        case .cancelled: return
        case .deadlineExceeded:
            self.unanswered += 1
            guard self.unanswered >= Self.unansweredMax else { return }
        case .unavailable: delay = min(error.retryDelay ?? .zero, ReconnectBackoff.longest)
        // Any other error is an answer to the call.
        default: return self.answered()
        }
        self.failures += 1
        self.triedAgainAt = now + max(delay, ReconnectBackoff.delay(afterFailures: self.failures, jitter: jitter))
    }
}
