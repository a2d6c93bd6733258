package import LikenessMessages

/// Whether a database that keeps health waiting is slow or does not answer.
///
/// A busy machine is late now and then, and takes every daemon on it with it: to leave health for that would turn load into an
/// outage. So the first look without an answer in time is `DEGRADED`, and the second in a row `NOT_SERVING`. A refusal is an
/// answer, and no service at once.
package struct Punctuality: Sendable {
    /// Nothing is known of a database that has not answered yet.
    private var isExcused = false

    package init() {}

    package mutating func answered() { self.isExcused = true }

    /// - Parameter isLate: The answer did not come in time, as against a refusal.
    package mutating func failed(isLate: Bool) -> HealthStatus {
        defer { self.isExcused = false }
        return isLate && self.isExcused ? .degraded : .notServing
    }
}
