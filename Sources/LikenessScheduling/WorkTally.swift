/// Adds up what a piece of work costs elsewhere, from whichever task of it.
package protocol WorkTally: AnyObject, Sendable {
    /// The database has answered.
    ///
    /// - Parameters:
    ///   - nanoseconds: From the sending to the last answer.
    ///   - rows: As many as came.
    func databaseAnswered(nanoseconds: Int64, rows: Int)
}

/// Where the tally of the present task is.
package enum CurrentWork {
    @TaskLocal package static var tally: (any WorkTally)?

    /// Runs work that belongs to no call: in a flow of its own, and counted for none, whichever call has begun it.
    package static func inBackground<Value>(
        _ name: String,
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async -> Value
    ) async -> Value {
        await Flow.$current.withValue(Flow(.background, name)) { await Self.$tally.withValue(nil, operation: body) }
    }
}
