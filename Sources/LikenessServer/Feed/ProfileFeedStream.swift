internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessRPC
internal import LikenessRepository
internal import LikenessWire

/// One stream of changes. It holds what one answer holds, and reads on when its client has taken that; it waits without a connection.
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

    /// Runs until the call ends, or something ends the stream.
    func run(_ signals: AsyncStream<Void>, _ responses: any MessageWriter<WatchProfilesResponse>) async throws {
        var signals = signals.makeAsyncIterator()
        let start = try await self.start()
        // Also where nothing follows yet.
        _ = try await self.scope(at: start)
        var output = FeedOutput(self, responses, at: start)
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
        }
        var isFirst = true
        while true {
            // At first from the database: what was committed before the call is there.
            while let page = try await self.page(&output, isFirst: isFirst) {
                try await self.add(page, to: &output)
                guard case .following = output.position.stage, isFirst || output.hasEvents else { continue }
                try await output.flush(caughtUp: true)
                isFirst = false
            }
            // Time alone says when one without an event is sent: what is hidden does not.
            if isFirst || output.isOverdue {
                try await output.flush(caughtUp: true)
                isFirst = false
            }
            guard await signals.next() != nil else { break }
        }
        if Task.isCancelled { throw CancellationError() }
        throw ServiceError(
            .unavailable,
            reason: "DRAINING",
            "the service is stopping: go on elsewhere from resume_token"
        )
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

    /// What follows; `nil` when there is nothing.
    private func page(
        _ output: inout FeedOutput,
        isFirst: Bool
    ) async throws(RepositoryError) -> ProfileFeed.Page? {
        let before = output.position
        var page = isFirst ? nil : self.news.page(after: before)
        if page == nil { page = try await self.feed.page(after: before, deadline: self.deadline) }
        guard let page else { return nil }
        if page.changes.isEmpty, case .following = before.stage {
            output.position = page.position
            return nil
        }
        return page
    }

    private func add(_ page: ProfileFeed.Page, to output: inout FeedOutput) async throws {
        let start = output.position
        let scope = try await self.scope(at: start)
        var rest = page.changes[...]
        while !rest.isEmpty {
            let events = try await self.feed.events(
                of: rest,
                scope: scope,
                withProfiles: self.request.showProfiles,
                deadline: self.deadline
            )
            for (event, change) in zip(events, rest) {
                try await output.add(event, start.partly(to: page.position, after: change))
            }
            rest = rest.dropFirst(events.count)
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
    /// Nothing was sent for long.
    var isOverdue: Bool { self.stream.news.polls - self.lastPoll >= self.stream.news.limits.quietPolls }

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

    mutating func flush(caughtUp: Bool) async throws {
        let response = WatchProfilesResponse(
            events: self.events,
            resumeToken: try self.stream.token(self.position),
            caughtUp: caughtUp
        )
        (self.events, self.bytes) = ([], 0)
        try await self.responses.write(response)
        self.lastPoll = self.stream.news.polls
    }
}
