internal import LikenessMessages

/// The attempts of one call: after each failure, whether and when there is another. Pure: time and chance are passed in.
struct RetryMachine {
    /// What is known of a failed attempt.
    enum Failure: Hashable {
        /// There was no connection to make it on.
        case noConnection
        /// Its connection was lost, or takes no more calls: the fault is of the way, not of a service under load.
        case connectionEnded
        /// The service answered so, on a connection that goes on. Another address may serve.
        case answered(hasAnother: Bool)
    }

    enum OnFailed: Equatable {
        case repeatAfter(Duration)
        case giveUp
    }

    private let policy: RetryPolicy
    private let method: MethodInfo
    private let deadline: ContinuousClock.Instant?
    private var attempt = 1
    private var neverSentCount = 0
    private var hasBeenLost = false

    /// Times that a call whose connections end before it reaches the service goes to the next one at once.
    static let neverSentMax = 3

    init(policy: RetryPolicy, method: MethodInfo, deadline: ContinuousClock.Instant?) {
        self.policy = policy
        self.method = method
        self.deadline = deadline
    }

    /// - Parameter jitter: 0.8 to 1.2.
    mutating func failed(
        _ error: LikenessError,
        _ failure: Failure,
        budget: inout RetryBudget,
        now: ContinuousClock.Instant,
        jitter: Double
    ) -> OnFailed {
        var mayRepeat = true
        switch failure {
        case .noConnection: break
        case .connectionEnded where error.code == .unavailable && error.retryDelay == nil && self.isFree(error):
            return self.repeatAfter(.zero, now: now)
        // The delay that one address asks for is no reason to keep from another.
        case .answered(hasAnother: true) where error.code == .unavailable && self.isFree(error):
            return self.repeatAfter(.zero, now: now)
        case .connectionEnded, .answered:
            if error.code == .unavailable || error.code == .resourceExhausted { mayRepeat = budget.failed() }
        }
        guard mayRepeat,
            let delay = self.policy.delay(after: error, method: self.method, attempt: self.attempt, jitter: jitter)
        else { return .giveUp }
        self.attempt += 1
        return self.repeatAfter(delay, now: now)
    }

    private func repeatAfter(_ delay: Duration, now: ContinuousClock.Instant) -> OnFailed {
        if let deadline = self.deadline, now + delay >= deadline { return .giveUp }
        return .repeatAfter(delay)
    }

    /// Reconnecting has a back-off of its own, so these cannot add up to a load.
    private mutating func isFree(_ error: LikenessError) -> Bool {
        guard self.policy.attemptsMax > 1 else { return false }
        if error.nothingWasDone {
            self.neverSentCount += 1
            return self.neverSentCount <= Self.neverSentMax
        }
        guard self.method.mayBeRepeated, !self.hasBeenLost else { return false }
        self.hasBeenLost = true
        return true
    }
}
