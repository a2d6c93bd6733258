/// The attempts of one hedged call, several of which may run at once. Pure: time is passed in.
///
/// - SeeAlso: gRPC proposal A6, "Hedging Policy".
struct HedgeMachine {
    enum Action: Equatable {
        /// Makes another attempt.
        case start
        /// Wakes the machine then.
        case wait(until: ContinuousClock.Instant)
        /// An attempt is under way, and there will be no other.
        case waitForAnswers
        /// The call has failed with the last error; the attempts under way are cancelled.
        case fail
    }

    private let attemptsMax: Int
    private let delay: Duration
    private(set) var startedCount = 0
    private(set) var runningCount = 0
    private var isOver = false
    /// When the next attempt is due.
    private var nextAt: ContinuousClock.Instant?

    init(_ hedging: CallOptions.Hedging) {
        self.attemptsMax = min(max(hedging.attemptsMax, 2), 5)
        self.delay = max(hedging.delay, .zero)
    }

    mutating func began(now: ContinuousClock.Instant) -> Action {
        self.nextAt = now
        return self.start(now: now)
    }

    /// An attempt was made, after `.start`: what is next.
    func started() -> Action { self.next }

    /// The time of `.wait(until:)` has come.
    ///
    /// - Parameter mayHedge: Asked when an attempt is due: whether the budget has room for it.
    mutating func rang(now: ContinuousClock.Instant, mayHedge: () -> Bool) -> Action {
        guard !self.isOver, let nextAt = self.nextAt else { return self.next }
        guard nextAt <= now else { return .wait(until: nextAt) }
        guard mayHedge() else { return self.stop() }
        return self.start(now: now)
    }

    /// An attempt failed.
    ///
    /// - Parameter mayHedge: As in ``rang(now:mayHedge:)``.
    mutating func failed(_ error: LikenessError, now: ContinuousClock.Instant, mayHedge: () -> Bool) -> Action {
        guard !self.isOver else { return .fail }
        self.runningCount -= 1
        guard RetryPolicy.isRetryable(error) else {
            self.isOver = true
            return .fail
        }
        guard self.nextAt != nil else { return self.next }
        // The service's own wish counts for the attempts that are still to come.
        if let pushback = error.retryDelay {
            self.nextAt = now + pushback
            return self.next
        }
        guard mayHedge() else { return self.stop() }
        return self.start(now: now)
    }

    private var next: Action {
        if self.isOver { return .fail }
        if let nextAt = self.nextAt { return .wait(until: nextAt) }
        return self.runningCount > 0 ? .waitForAnswers : .fail
    }

    private mutating func start(now: ContinuousClock.Instant) -> Action {
        self.startedCount += 1
        self.runningCount += 1
        self.nextAt = self.startedCount < self.attemptsMax ? now + self.delay : nil
        return .start
    }

    private mutating func stop() -> Action {
        self.nextAt = nil
        return self.next
    }
}
