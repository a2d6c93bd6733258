/// What a caller says about one call.
public struct CallOptions: Sendable {
    /// When to give up; `nil` for the method's default.
    public var timeout: Duration?
    /// Keys (lower case) and texts that travel with the call.
    public var metadata: [(key: String, value: String)] = []
    /// Waits for a connection as long as the timeout allows, instead of failing when none can be made at once.
    public var waitForReady = false

    public init(timeout: Duration? = nil) { self.timeout = timeout }
}
