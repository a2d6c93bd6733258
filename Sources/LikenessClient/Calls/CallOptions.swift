/// What a caller says about one call.
public struct CallOptions: Sendable {
    /// How much a call matters to a service that cannot answer all.
    public enum Priority: Sendable, Hashable {
        case normal
        /// Can wait: refused first when the service is full.
        case batch
    }

    /// A second attempt beside a slow first one.
    public struct Hedging: Sendable, Hashable {
        /// How long an attempt may stay unanswered before the next is made: the p95 of the method, for one.
        public var delay: Duration
        /// Attempts in all, 2 to 5.
        public var attemptsMax: Int

        public init(delay: Duration, attemptsMax: Int = 2) {
            self.delay = delay
            self.attemptsMax = attemptsMax
        }
    }

    /// When to give up, all attempts together; `nil` for the method's default.
    public var timeout: Duration?
    /// Keys (lower case) and texts that travel with the call.
    public var metadata: [(key: String, value: String)] = []
    /// Keys (lower case, ending in `-bin`) and bytes that travel with the call.
    public var binaryMetadata: [(key: String, value: [UInt8])] = []
    /// Gets what the service sent behind its answer, before the call returns; a failure has it in
    /// ``LikenessError/trailers``.
    public var onTrailers: (@Sendable ([(key: String, value: [UInt8])]) -> Void)?
    /// Waits for a connection as long as the timeout allows, instead of failing when no endpoint can be reached.
    public var waitForReady = false
    /// Times the call is tried when that is safe, the first included; `nil` for the client's. 1 for never again.
    public var attemptsMax: Int?
    /// For methods that the contract declares idempotent, ignored for others and for streams. The first answer wins
    /// and the other attempts are cancelled. Each one after the first is taken from the client's retry budget.
    public var hedging: Hedging?
    public var priority = Priority.normal

    public init(timeout: Duration? = nil) { self.timeout = timeout }
}
