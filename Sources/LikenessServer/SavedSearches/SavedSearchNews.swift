internal import FoundationEssentials
internal import LikenessRepository
internal import LikenessScheduling
internal import Synchronization

/// Wakes the streams of this server whose saved search has something new. One question to the database serves all of them, so that a stream
/// that waits costs none and holds no connection.
final class SavedSearchNews: Sendable {
    private struct Watched {
        var mark: SavedSearchRepository.Mark?
        var streams: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private struct State {
        var searches: [UUID: Watched] = [:]
        var lastStream = 0
        var isOver = false
    }

    private let searches: SavedSearchRepository
    /// Looks at least so often: another server may be the one that compares.
    private let interval: Duration
    private let clock: any Clock<Duration>
    private let state = Mutex(State())
    private let wakeUp: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        searches: SavedSearchRepository,
        interval: Duration = .milliseconds(250),
        clock: any Clock<Duration>
    ) {
        (self.searches, self.interval, self.clock) = (searches, interval, clock)
        (self.wakeUp, self.waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// - Returns: A signal each time there may be something new, until `end` is called or the server stops.
    func subscribe(to search: UUID) -> (signals: AsyncStream<Void>, end: @Sendable () -> Void) {
        let (signals, feed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let stream: Int? = self.state.withLock { state in
            guard !state.isOver else { return nil }
            state.lastStream += 1
            state.searches[search, default: Watched()].streams[state.lastStream] = feed
            return state.lastStream
        }
        guard let stream else {
            feed.finish()
            return (signals, {})
        }
        return (
            signals,
            {
                self.state.withLock { state in
                    state.searches[search]?.streams[stream] = nil
                    if state.searches[search]?.streams.isEmpty == true { state.searches[search] = nil }
                }
            }
        )
    }

    /// Something was written: looks now.
    func wake() { self.waker.yield() }

    /// Ends all streams, and those that come.
    func shutDown() {
        let feeds = self.state.withLock { state in
            state.isOver = true
            return state.searches.values.flatMap(\.streams.values)
        }
        for feed in feeds { feed.finish() }
    }

    /// Looks until cancelled. When the database does not answer the next look may do.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    do { try await self.clock.sleep(for: self.interval) } catch { return }
                    self.wake()
                }
            }
            for await _ in self.wakeUp { try? await self.look() }
            group.cancelAll()
        }
    }

    private func look() async throws(RepositoryError) {
        let watched = self.state.withLock { Array($0.searches.keys) }
        guard !watched.isEmpty else { return }
        let marks = try await self.searches.marks(of: watched, deadline: .now + .seconds(30))
        let feeds = self.state.withLock { state in
            var feeds: [AsyncStream<Void>.Continuation] = []
            for search in watched {
                guard let known = state.searches[search], known.mark == nil || known.mark != marks[search] else {
                    continue
                }
                state.searches[search]?.mark = marks[search]
                feeds += known.streams.values
            }
            return feeds
        }
        for feed in feeds { feed.yield() }
    }
}
