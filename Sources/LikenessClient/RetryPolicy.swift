internal import LikenessMessages

/// Whether, and when, a failed call is tried again.
struct RetryPolicy: Sendable {
    let attemptsMax: Int
    static let delayFirst = Duration.milliseconds(50)
    static let delayMax = Duration.seconds(1)

    /// - Parameters:
    ///   - attempt: 1 for the first, which has just failed.
    ///   - jitter: 0.8 to 1.2.
    /// - Returns: How long to wait, or `nil` when the call must not be repeated.
    func delay(after error: LikenessError, method: MethodInfo, attempt: Int, jitter: Double) -> Duration? {
        guard attempt < self.attemptsMax else { return nil }
        let mayRepeat = error.nothingWasDone || method.isIdempotent || method.hasNoSideEffects
        switch error.code {
        case .unavailable where mayRepeat: break
        case .resourceExhausted where mayRepeat && error.retryDelay != nil: break
        default: return nil
        }
        // The service's own wish is honoured exactly: that is what spreads callers out.
        if let delay = error.retryDelay { return delay }
        let doubled = Self.delayFirst * (1 << min(attempt - 1, 10))
        return min(doubled, Self.delayMax) * jitter
    }
}
