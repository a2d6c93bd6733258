internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessRPC
internal import LikenessRepository
internal import LikenessWire

/// One stream of changes. It holds an answer and what that is made from, some megabytes, and reads on when its client has taken it; it waits
/// without a connection.
struct ProfileFeedStream: Sendable {
    let feed: ProfileFeed
    let masks: MaskRepository
    let news: ProfileFeedNews
    /// Names of the masks that the caller is bound to.
    let boundMasks: [String]
    let request: WatchProfilesRequest
    let fields: ProfileReadMask
    /// Most bytes of an answer that the client takes.
    let answerBytesMax: Int

    private static let readTime = Duration.seconds(30)
    private var deadline: ContinuousClock.Instant { .now + Self.readTime }

    /// Runs until the call ends, or something ends the stream: the end of the server also while its client takes nothing.
    func run(
        _ subscription: ProfileFeedNews.Subscription,
        _ responses: any MessageWriter<WatchProfilesResponse>
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.work(subscription.signals, responses) }
            group.addTask {
                for await _ in subscription.isServing {}
                throw Self.ending
            }
            // The first that ends cancels the other.
            try await group.next()
        }
    }

    /// Why a stream ends whose server does, or whose call was cancelled.
    private static var ending: any Error {
        if Task.isCancelled { return CancellationError() }
        return ServiceError(
            .unavailable,
            reason: "DRAINING",
            "the service is stopping: go on elsewhere from resume_token"
        )
    }

    private func work(
        _ signals: AsyncStream<Void>,
        _ responses: any MessageWriter<WatchProfilesResponse>
    ) async throws {
        var signals = signals.makeAsyncIterator()
        let start = try await self.start()
        // Also where nothing follows yet.
        _ = try await self.scope(at: start)
        var output = FeedOutput(self, responses, at: start)
        // The first profile that passes a filter may be far.
        if self.request.resumeToken.isEmpty, case .existing = start.stage { try await output.flush(caughtUp: false) }
        while case .existing = output.position.stage {
            let scope = try await self.scope(at: output.position)
            let page = try await self.feed.existing(
                after: output.position,
                scope: scope,
                withProfiles: self.request.showProfiles,
                deadline: self.deadline
            )
            for (event, behind) in page.events { try await output.add(event, behind) }
            output.position = page.end
            try await output.flushIfOverdue()
        }
        var isFirst = true
        var readSince: Int?
        while true {
            let before = output.position
            // At first from the database: what was committed before the call is there.
            let shared = readSince.flatMap { self.news.page(after: before, readSince: $0) }
            let page: ProfileFeed.Page
            if let shared {
                page = shared
            } else {
                let beginning = self.news.beginning
                page = try await self.feed.page(after: before, deadline: self.deadline)
                readSince = beginning
            }
            if page.changes.isEmpty {
                output.position = page.position
            } else {
                try await self.add(page, isShared: shared != nil, to: &output)
            }
            // What was cut, now or before, is followed by more.
            guard case .following = before.stage, case .following = output.position.stage else { continue }
            // Time alone says when one without an event is sent: what is hidden does not.
            if isFirst || output.hasEvents || output.isOverdue { try await output.flush(caughtUp: true) }
            isFirst = false
            if page.changes.isEmpty { guard await signals.next() != nil else { throw Self.ending } }
        }
    }

    // MARK: Positions

    private func start() async throws -> FeedPosition {
        guard self.request.resumeToken.isEmpty else {
            // A token of another filter or of other masks is none.
            let position = try FeedPosition(self.request.resumeToken, self.feed.tokens, arguments: self.arguments)
            try await self.feed.adopt(deadline: self.deadline)
            return position
        }
        let scope = try await self.scope()
        return try await self.feed.begin(
            stamp: scope.stamp,
            withExisting: self.request.start == .snapshot,
            deadline: self.deadline
        )
    }

    /// What a token belongs to.
    private var arguments: [String] { [self.request.filter, self.request.mask] + self.boundMasks }

    fileprivate func token(_ position: FeedPosition) throws(RepositoryError) -> String {
        try position.token(self.feed.tokens, arguments: self.arguments)
    }

    private func scope() async throws(RepositoryError) -> FeedScope {
        try FeedScope(
            view: try await self.masks.view(
                bound: self.boundMasks,
                requested: self.request.mask,
                deadline: self.deadline
            ),
            filter: self.request.filter
        )
    }

    /// - Throws: `.resumeTokenExpired` when the masks are others by now.
    private func scope(at position: FeedPosition) async throws(RepositoryError) -> FeedScope {
        let scope = try await self.scope()
        try await self.feed.require(scope, at: position, deadline: self.deadline)
        return scope
    }

    // MARK: Changes

    /// - Parameter isShared: Other streams have the same changes before them.
    private func add(_ page: ProfileFeed.Page, isShared: Bool, to output: inout FeedOutput) async throws {
        let start = output.position
        let scope = try await self.scope(at: start)
        var rest = page.changes[...]
        while !rest.isEmpty {
            let events = try await self.feed.events(
                of: rest,
                scope: scope,
                withProfiles: self.request.showProfiles,
                shared: isShared ? self.news.profiles : nil,
                deadline: self.deadline
            )
            for (event, change) in zip(events, rest) {
                try await output.add(event, start.partly(to: page.position, after: change))
            }
            rest = rest.dropFirst(events.count)
            try await output.flushIfOverdue()
        }
        output.position = page.position
    }
}

/// The next answer of a stream.
private struct FeedOutput {
    private let stream: ProfileFeedStream
    private let responses: any MessageWriter<WatchProfilesResponse>
    private var events: [ProfileEvent] = []
    private var bytes = 0
    /// When something was sent last, in polls.
    private var lastPoll: Int
    private var hasSent = false
    /// Behind all that was added.
    var position: FeedPosition

    private static let eventsMax = 100
    private static let bytesMax = 1 << 20
    /// What an answer has besides profiles, at most.
    private static let otherBytesMax = 64 << 10

    init(
        _ stream: ProfileFeedStream,
        _ responses: any MessageWriter<WatchProfilesResponse>,
        at position: FeedPosition
    ) {
        (self.stream, self.responses, self.position) = (stream, responses, position)
        self.lastPoll = stream.news.polls
    }

    var hasEvents: Bool { !self.events.isEmpty }
    /// Nothing was sent for long; the first answer is expected soon.
    var isOverdue: Bool {
        self.stream.news.polls - self.lastPoll >= (self.hasSent ? self.stream.news.limits.quietPolls : 1)
    }

    /// - Parameter behind: Where the stream is behind a change; `event` is what is shown of it.
    mutating func add(_ event: ProfileEvent?, _ behind: FeedPosition) async throws {
        if var event {
            var size = 0
            if let profile = event.profile.map(self.stream.fields.apply) {
                let bytes = try? profile.encodedByteCount(max: self.stream.answerBytesMax - Self.otherBytesMax)
                event.profile = bytes == nil ? nil : profile
                size = bytes ?? 0
            }
            if self.hasEvents,
                self.events.count == Self.eventsMax
                    || self.bytes + size > min(Self.bytesMax, self.stream.answerBytesMax - Self.otherBytesMax)
            {
                try await self.flush(caughtUp: false)
            }
            self.events.append(event)
            self.bytes += size
        }
        self.position = behind
    }

    /// Says how far the stream has come, where nothing was shown for long of what it has read.
    mutating func flushIfOverdue() async throws {
        if self.isOverdue { try await self.flush(caughtUp: false) }
    }

    mutating func flush(caughtUp: Bool) async throws {
        let response = WatchProfilesResponse(
            events: self.events,
            resumeToken: try self.stream.token(self.position),
            caughtUp: caughtUp
        )
        (self.events, self.bytes) = ([], 0)
        try await self.responses.write(response)
        (self.lastPoll, self.hasSent) = (self.stream.news.polls, true)
    }
}
