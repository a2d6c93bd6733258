package import LikenessWire

/// What a caller says about one call.
package struct CallOptions: Sendable {
    /// When to give up. Without one, the method's default timeout counts.
    package var deadline: ContinuousClock.Instant?
    package var metadata: Metadata
    /// Gets what the server sent after its answer, before the call returns.
    package var onTrailers: (@Sendable (Metadata) -> Void)?

    package init(
        deadline: ContinuousClock.Instant? = nil,
        metadata: Metadata = Metadata(),
        onTrailers: (@Sendable (Metadata) -> Void)? = nil
    ) {
        self.deadline = deadline
        self.metadata = metadata
        self.onTrailers = onTrailers
    }

    package init(timeout: Duration, metadata: Metadata = Metadata()) {
        self.init(deadline: .now.advanced(by: timeout), metadata: metadata)
    }
}
