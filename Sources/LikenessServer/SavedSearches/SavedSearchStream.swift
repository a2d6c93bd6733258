internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessRPC
internal import LikenessRepository
internal import LikenessWire

/// One stream of a saved search. It reads a hundred events at most, sends them as its client takes them, and waits without a connection.
struct SavedSearchStream: Sendable {
    let searches: SavedSearchRepository
    let masks: MaskRepository
    let news: SavedSearchNews
    let tokens: PageTokens
    let owner: String
    /// Names of the masks that the caller is bound to.
    let boundMasks: [String]

    private static let readTime = Duration.seconds(30)

    /// Runs until the call ends, or something ends the stream.
    ///
    /// - Parameter rebound: Called when the search is to be looked at through other masks than before.
    func run(
        _ request: WatchSearchRequest,
        _ responses: any MessageWriter<WatchSearchResponse>,
        rebound: () -> Void
    ) async throws {
        let search = try await self.searches.get(request.name, of: self.owner, deadline: .now + Self.readTime)
        var position: WatchPosition?
        if !request.resumeToken.isEmpty {
            position = try WatchPosition(request.resumeToken, self.tokens, owner: self.owner, of: search)
        }
        if search.boundMasks != self.boundMasks {
            try await self.searches.rebind(search.id, to: self.boundMasks, deadline: .now + Self.readTime)
            rebound()
        }
        let (signals, end) = self.news.subscribe(to: search.id)
        defer { end() }
        var signal = signals.makeAsyncIterator()
        var hasSent = false
        while true {
            while let part = try await self.part(of: search, &position, request, isFirst: !hasSent) {
                hasSent = true
                let response = WatchSearchResponse(
                    events: part.events,
                    resumeToken: try part.position.token(self.tokens, owner: self.owner),
                    caughtUp: part.isLast
                )
                try await responses.write(response)
                if part.isLast { break }
            }
            guard await signal.next() != nil else { break }
        }
        if Task.isCancelled { throw CancellationError() }
        throw ServiceError(
            .unavailable,
            reason: "DRAINING",
            "the service is stopping: go on elsewhere from resume_token"
        )
    }

    private struct Shown {
        let events: [SearchEvent]
        let position: WatchPosition
        let isLast: Bool
    }

    /// What is to be sent now.
    ///
    /// - Returns: `nil` when there is nothing, or it is not known who matches: something new wakes the stream.
    private func part(
        of search: StoredSearch,
        _ position: inout WatchPosition?,
        _ request: WatchSearchRequest,
        isFirst: Bool
    ) async throws -> Shown? {
        let deadline = ContinuousClock.now + Self.readTime
        let now = try await self.searches.get(request.name, of: self.owner, deadline: deadline)
        // Another one of that name.
        guard now.id == search.id else { throw RepositoryError.notFound(.savedSearch, key: request.name) }
        // Another stream of the owner is bound to other masks.
        guard now.boundMasks == self.boundMasks else { throw RepositoryError.resumeTokenExpired }
        let view = try await self.masks.view(
            bound: self.boundMasks,
            requested: now.query.mask,
            deadline: deadline
        )
        guard now.basis != nil, now.seenThrough == view?.stamp ?? "" else { return nil }
        guard !now.isTooWide else { throw ServiceError.tooWide(request.name) }
        let start = position ?? .beginning(of: now, skipsExisting: request.skipExisting)
        let part = try await self.searches.part(after: start, name: request.name, deadline: deadline)
        // What was read may be of what other masks show.
        guard part.search.basis != nil, part.search.seenThrough == now.seenThrough else { return nil }
        guard isFirst || part.position != start || part.search.lastEvent != start.event else { return nil }
        position = part.position
        return Shown(
            events: try await self.shown(part.events, through: view, deadline: deadline),
            position: part.position,
            isLast: part.isLast
        )
    }

    private func shown(
        _ events: [SavedSearchRepository.Event],
        through view: View?,
        deadline: ContinuousClock.Instant
    ) async throws(RepositoryError) -> [SearchEvent] {
        let profiles = try await self.searches.summaries(
            of: Array(Set(events.map(\.profile))),
            through: view,
            deadline: deadline
        )
        return events.map { event in
            SearchEvent(
                kind: event.kind,
                profile: profiles[event.profile] ?? ProfileSummary(id: event.profile.text),
                score: event.score,
                eventTime: event.time
            )
        }
    }
}

extension ServiceError {
    fileprivate static func tooWide(_ name: String) -> ServiceError {
        var error = ServiceError(
            .failedPrecondition,
            reason: "SAVED_SEARCH_TOO_WIDE",
            "more profiles match the saved search \(name) than are followed: narrow its query"
        )
        error.precondition = ("SAVED_SEARCH_TOO_WIDE", name)
        return error
    }
}
