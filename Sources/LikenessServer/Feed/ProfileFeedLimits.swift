/// How many streams of changes a server takes, and how they are served.
package struct ProfileFeedLimits: Sendable {
    /// Of one caller.
    package var streamsPerCaller = 20
    package var streams = 200
    /// Changes in memory, for all streams together.
    package var changes = 2_000
    /// Looks at least so often: a writer that dies after its commit sends no notification.
    package var pollInterval = Duration.seconds(1)
    /// Looks at most so often, and notifies other servers.
    package var pause = Duration.milliseconds(10)
    /// A stream without events says where it is after so many polls.
    package var quietPolls = 60

    package init() {}
}
