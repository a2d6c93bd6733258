internal import LikenessMessages

extension MethodInfo {
    /// Whether the contract says that two calls have the effect of one.
    var mayBeRepeated: Bool { self.isIdempotent || self.hasNoSideEffects }
}

/// Whether, and when, a failed call is tried again.
///
/// - SeeAlso: gRPC proposal A6, "Client Retries"; AIP-194.
struct RetryPolicy: Sendable {
    let attemptsMax: Int
    static let delayFirst = Duration.milliseconds(50)
    static let delayMax = Duration.seconds(1)

    /// - Parameter attemptsMax: Brought to 1...5.
    init(attemptsMax: Int) { self.attemptsMax = min(max(attemptsMax, 1), 5) }

    /// - Parameters:
    ///   - attempt: 1 for the first, which has just failed.
    ///   - jitter: 0.8 to 1.2.
    /// - Returns: How long to wait, or `nil` when the call must not be repeated.
    func delay(after error: LikenessError, method: MethodInfo, attempt: Int, jitter: Double) -> Duration? {
        guard attempt < self.attemptsMax else { return nil }
        let mayRepeat = error.nothingWasDone || method.mayBeRepeated
        guard mayRepeat, Self.isRetryable(error) else { return nil }
        // The service's own wish is honoured exactly: that is what spreads callers out.
        if let delay = error.retryDelay { return delay }
        let doubled = Self.delayFirst * (1 << min(attempt - 1, 10))
        return min(doubled, Self.delayMax) * jitter
    }

    static func isRetryable(_ error: LikenessError) -> Bool {
        error.code == .unavailable || error.code == .resourceExhausted && error.retryDelay != nil
    }
}
