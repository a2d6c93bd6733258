/// Keeps retries from adding up to a second load on a service that is in trouble.
///
/// Every failed attempt takes a token and every success gives a tenth back; at half the tokens or below nothing is
/// retried.
///
/// - SeeAlso: gRPC proposal A6, "Throttling Retry Attempts and Hedged RPCs".
struct RetryBudget: Sendable {
    static let tokensMax = 10.0
    private(set) var tokens = Self.tokensMax

    mutating func succeeded() { self.tokens = min(Self.tokensMax, self.tokens + 0.1) }

    /// - Returns: Whether there may be another attempt.
    mutating func failed() -> Bool {
        self.tokens = max(0, self.tokens - 1)
        return self.tokens > Self.tokensMax / 2
    }

    /// Pays for an attempt beside one that may yet succeed.
    ///
    /// - Returns: Whether it may be made.
    mutating func hedge() -> Bool {
        guard self.tokens - 1 > Self.tokensMax / 2 else { return false }
        self.tokens -= 1
        return true
    }
}
