internal import FoundationEssentials
internal import LikenessPostgres
internal import LikenessRPC
internal import LikenessRepository
internal import LikenessScheduling
internal import LikenessWire
internal import Logging
internal import Synchronization

/// Wakes this server's streams of changes, and reads the changes once for all that have caught up.
///
/// Writers do not notify: NOTIFY in a transaction takes a lock that all commits of a database share. The server that has written does,
/// after the commit; its own streams it wakes itself.
final class ProfileFeedNews: Sendable {
    private struct Stream {
        let caller: ClientKey
        let feed: AsyncStream<Void>.Continuation
        let ending: AsyncStream<Void>.Continuation
    }

    private struct State {
        var streams: [Int: Stream] = [:]
        var lastStream = 0
        var tail: FeedTail
        /// Polls so far.
        var polls = 0
        /// How many there were when the last look began that succeeded.
        var lookedAt = 0
        /// The last look failed.
        var isFailing = false
        var isOver = false
    }

    let limits: ProfileFeedLimits
    /// Of the changes in memory.
    let profiles = FeedProfiles()
    private let feed: ProfileFeed
    /// For a session of its own, which listens.
    private let connection: ConnectionConfiguration
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let server = UUID().uuidString
    private let state: Mutex<State>
    private let looks: Waker
    private let notifications: Waker
    private let listening: Waker

    /// A signal that is kept until a task waits for it; several are one.
    private struct Waker: Sendable {
        let stream: AsyncStream<Void>
        let feed: AsyncStream<Void>.Continuation

        init() { (self.stream, self.feed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }
    }

    init(
        feed: ProfileFeed,
        connection: ConnectionConfiguration,
        limits: ProfileFeedLimits = ProfileFeedLimits(),
        clock: any Clock<Duration>,
        logger: Logger
    ) {
        (self.feed, self.connection, self.limits) = (feed, connection, limits)
        (self.clock, self.logger) = (clock, logger)
        self.state = Mutex(State(tail: FeedTail(countMax: limits.changes)))
        (self.looks, self.notifications, self.listening) = (Waker(), Waker(), Waker())
    }

    // MARK: Streams

    struct Subscription: Sendable {
        /// One each time there may be something new, or the stream has to say where it is; they end when the server stops.
        let signals: AsyncStream<Void>
        /// Ends when the server stops.
        let isServing: AsyncStream<Void>
        let end: @Sendable () -> Void
    }

    /// - Parameter caller: Of whom there are not too many streams yet.
    /// - Throws: `ServiceError`, RESOURCE_EXHAUSTED.
    func subscribe(_ caller: ClientKey) throws(ServiceError) -> Subscription {
        let (signals, feed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (isServing, ending) = AsyncStream.makeStream(of: Void.self)
        let limits = self.limits
        let (stream, isFirst): (Int?, Bool) = try self.state.withLock { state throws(ServiceError) in
            guard !state.isOver else { return (nil, false) }
            let own = state.streams.values.count { $0.caller == caller }
            guard own < limits.streamsPerCaller, state.streams.count < limits.streams else { throw Self.full }
            state.lastStream += 1
            state.streams[state.lastStream] = Stream(caller: caller, feed: feed, ending: ending)
            return (state.lastStream, state.streams.count == 1)
        }
        guard let stream else {
            feed.finish()
            ending.finish()
            return Subscription(signals: signals, isServing: isServing, end: {})
        }
        if isFirst {
            self.listening.feed.yield()
            self.looks.feed.yield()
        }
        return Subscription(
            signals: signals,
            isServing: isServing,
            end: { self.state.withLock { $0.streams[stream] = nil } }
        )
    }

    private static var full: ServiceError {
        var error = ServiceError(
            .resourceExhausted,
            reason: "WATCHERS_FULL",
            "the caller, or all callers together, have as many streams of changes as this server takes"
        )
        error.retryDelay = .seconds(5)
        error.trace = .counted(.warning)
        return error
    }

    /// What follows a position, as far as it is in memory; `nil` where it is not, and while the database does not answer.
    ///
    /// - Parameter beginning: ``beginning``, before the position or an earlier one of its stream was last read from the database.
    func page(after position: FeedPosition, readSince beginning: Int) -> ProfileFeed.Page? {
        self.state.withLock { state in
            guard state.tail.beginnings == beginning, state.polls - state.lookedAt <= Self.lookAgeMax else {
                return nil
            }
            return state.tail.page(after: position)
        }
    }

    /// Changes where what is in memory may be of another history than before: of a database that was set back.
    var beginning: Int { self.state.withLock { $0.tail.beginnings } }

    /// In polls.
    private static let lookAgeMax = 2

    /// Counts up: a stream measures by it how long it has said nothing.
    var polls: Int { self.state.withLock { $0.polls } }

    /// Something was committed here.
    func wrote() {
        self.looks.feed.yield()
        self.notifications.feed.yield()
    }

    /// Profiles were erased here: no stream that is behind gets them from memory.
    func erased() {
        self.profiles.forget()
        self.wrote()
    }

    /// Ends all streams, and those that come.
    func shutDown() {
        let streams = self.state.withLock { state in
            state.isOver = true
            return Array(state.streams.values)
        }
        for stream in streams {
            stream.feed.finish()
            stream.ending.finish()
        }
    }

    private var hasStreams: Bool { self.state.withLock { !$0.streams.isEmpty } }

    private func wakeStreams() {
        for feed in self.state.withLock({ $0.streams.values.map(\.feed) }) { feed.yield() }
    }

    // MARK: Work

    /// Works until cancelled.
    func run() async {
        await Flow.$current.withValue(Flow(.background, "profile feed")) { await self.work() }
    }

    private func work() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.poll() }
            group.addTask { await self.notifyOthers() }
            group.addTask { await self.listen() }
            await self.look()
            group.cancelAll()
        }
    }

    private func poll() async {
        while !Task.isCancelled {
            do { try await self.clock.sleep(for: self.limits.pollInterval) } catch { return }
            let isQuiet = self.state.withLock { state in
                state.polls += 1
                state.tail.forget()
                if state.streams.isEmpty { state.tail.reset() }
                return state.polls % max(1, self.limits.quietPolls / 4) == 0
            }
            self.profiles.forget()
            self.looks.feed.yield()
            if isQuiet { self.wakeStreams() }
        }
    }

    private func look() async {
        for await _ in self.looks.stream {
            guard self.hasStreams else { continue }
            do {
                try await self.lookOnce()
            } catch {
                // A database that does not answer may do so at the next poll.
                if !Task.isCancelled { self.lookFailed(error) }
            }
            try? await self.clock.sleep(for: self.limits.pause)
        }
    }

    private func lookOnce() async throws(RepositoryError) {
        let (mark, polls) = self.state.withLock { ($0.tail.mark, $0.polls) }
        let look = try await self.feed.look(since: mark, deadline: .now + .seconds(30))
        let (isNew, hasBegun) = self.state.withLock { state in
            (state.lookedAt, state.isFailing) = (polls, false)
            let beginning = state.tail.beginnings
            return (state.tail.take(look), state.tail.beginnings != beginning)
        }
        // Other changes may have the same numbers.
        if hasBegun { self.profiles.forget() }
        if isNew { self.wakeStreams() }
    }

    /// What was read before says nothing of what there is now: streams read for themselves, and end if they cannot.
    private func lookFailed(_ error: RepositoryError) {
        let isFirst = self.state.withLock { state in
            state.tail.reset()
            defer { state.isFailing = true }
            return !state.isFailing
        }
        if isFirst {
            self.logger.warning(
                "the changes of profiles cannot be read: streams of them end",
                metadata: ["error": "\(ServiceError(describing: error).logText)"]
            )
        }
        self.wakeStreams()
    }

    private func notifyOthers() async {
        for await _ in self.notifications.stream {
            try? await self.feed.notify(from: self.server, deadline: .now + .seconds(5))
            try? await self.clock.sleep(for: self.limits.pause)
        }
    }

    /// Hears of what other servers have written, while there are streams.
    private func listen() async {
        var failure = ""
        for await _ in self.listening.stream {
            while self.hasStreams, !Task.isCancelled {
                do {
                    try await self.listenOnce()
                    failure = ""
                } catch {
                    let text = "\(error)"
                    if text != failure, !Task.isCancelled {
                        self.logger.warning(
                            "streams of changes look once a second: nothing is heard from the database",
                            metadata: ["error": "\(text)"]
                        )
                    }
                    failure = text
                }
                try? await self.clock.sleep(for: .seconds(1))
            }
        }
    }

    /// Until the session is lost, or no stream is left.
    private func listenOnce() async throws(DatabaseError) {
        let connection = try await Connection.open(self.connection)
        defer { connection.close() }
        let notifications = try await connection.listen(to: [ProfileFeed.channel])
        // What was said before.
        self.looks.feed.yield()
        for await notification in notifications {
            guard self.hasStreams else { return }
            if notification.payload != self.server { self.looks.feed.yield() }
        }
    }
}
