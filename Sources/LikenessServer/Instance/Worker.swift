internal import ServiceLifecycle

/// Long-running work beside the calls: one service of the instance's `ServiceGroup`.
struct Worker: Service, CustomStringConvertible {
    let name: WorkerName
    /// Ends when it is cancelled, and may end before.
    let work: @Sendable () async -> Void

    init(_ name: WorkerName, _ work: @escaping @Sendable () async -> Void) {
        self.name = name
        self.work = work
    }

    var description: String { self.name.rawValue }

    func run() async {
        await cancelWhenGracefulShutdown { await self.work() }
        // One that has nothing more to do is no reason for the others to end.
        try? await gracefulShutdown()
    }
}

/// What works beside the calls.
package enum WorkerName: String, Sendable {
    /// Embeds what was written.
    case outbox
    /// Has sections embedded again of which an earlier version read the beginning only.
    case longSections = "long sections"
    /// Reads words again that an earlier version read.
    case olderWords = "older words"
    /// Keeps the index of words up to date.
    case words
    /// Keeps what searches through masks look at up to date.
    case views
    /// Compares writes with saved searches, and wakes streams of those.
    case savedSearches = "saved searches"
    /// Wakes streams of the changes of profiles.
    case profileFeed = "profile feed"
    /// Completes erasures, and erases what was deleted long enough ago.
    case erasures
    /// Has vector indexes built of spaces that have grown.
    case vectorIndexes = "vector indexes"
    /// Clears away what the database no longer needs.
    case housekeeping
    /// Takes up certificates and tokens whose files change.
    case security
    /// Says how the service is doing.
    case health
    /// Completes the start: what the database did not allow then, and rebuilds that a crash has ended.
    case recovery
    /// Has certificates and tokens, and the log's level, read again at SIGHUP.
    case hangups
    /// Tells the service manager how the service is doing.
    case supervision
    /// Ends the process at a second signal.
    case impatience
}
