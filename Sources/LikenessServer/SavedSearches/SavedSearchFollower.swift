internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessRepository
internal import LikenessScheduling
internal import Logging
internal import Synchronization

/// Compares writes of profiles with saved searches, as long as the service runs.
///
/// Of all servers on one database one does so at a time, under a lease; what it writes holds that lease, so that a server that was late
/// writes nothing. A change that was not written is compared again.
final class SavedSearchFollower: Sendable {
    struct Limits: Sendable {
        /// Profiles that are compared at once.
        var profiles = 200
        /// Searches whose matches are found at once among all profiles.
        var searches = 50
        /// Matches of all of these that are kept meanwhile: with more the search that has the most is left for later.
        var foundMatches = 500_000
        /// Looks at least so often: other servers write too.
        var pollInterval = Duration.milliseconds(500)
        /// While no search is saved: who saves one on this server wakes it.
        var idleInterval = Duration.seconds(5)
        /// Another server takes over when one has not worked for so long.
        var lease = Duration.seconds(10)
        /// A search that could not be compared is tried again after that.
        var pause = Duration.seconds(5)
    }

    private let searches: SavedSearchRepository
    private let comparison: SavedSearchComparison
    private let reader: SavedSearchReader
    private let news: SavedSearchNews
    private let limits: Limits
    /// By which it looks at times.
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let server = UUID()
    /// No search was saved when it last looked.
    private let isIdle = Atomic(false)
    /// It had the lease when it last asked.
    private let leads = Atomic(false)
    private let wakeUp: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        searches: SavedSearchRepository,
        reader: SavedSearchReader,
        news: SavedSearchNews,
        limits: Limits = Limits(),
        clock: any Clock<Duration>,
        logger: Logger
    ) {
        (self.searches, self.reader, self.news) = (searches, reader, news)
        (self.limits, self.clock, self.logger) = (limits, clock, logger)
        self.comparison = SavedSearchComparison(search: reader.search)
        (self.wakeUp, self.waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Something was written: looks now.
    func wake() { self.waker.yield() }

    /// Works until cancelled. Runs once.
    func run() async {
        await Flow.$current.withValue(Flow(.background, "saved searches")) {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        let isIdle = self.isIdle.load(ordering: .relaxed)
                        let interval = isIdle ? self.limits.idleInterval : self.limits.pollInterval
                        do { try await self.clock.sleep(for: interval) } catch { return }
                        self.wake()
                    }
                }
                group.addTask { await self.keepLease() }
                group.addTask { await self.news.run() }
                await self.work()
                group.cancelAll()
            }
            // A task of its own: this one is cancelled.
            let resigning = Task { try await self.searches.resign(self.server, deadline: .now + .seconds(1)) }
            _ = await resigning.result
        }
    }

    /// A round may take longer than the lease.
    private func keepLease() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: self.limits.lease / 3) } catch { return }
            guard self.leads.load(ordering: .relaxed) else { continue }
            let deadline = ContinuousClock.now + self.limits.lease
            let leads = try? await self.searches.lead(self.server, lease: self.limits.lease, deadline: deadline)
            self.leads.store(leads ?? false, ordering: .relaxed)
        }
    }

    private func work() async {
        var memory = Memory(profiles: self.limits.profiles)
        var failure = ""
        for await _ in self.wakeUp {
            do {
                while try await self.round(&memory), !Task.isCancelled {}
                failure = ""
            } catch {
                // What was being found begins anew: another server may have written meanwhile.
                let isTooMuch = error as? RepositoryError == .deadlineExceeded
                memory = Memory(profiles: isTooMuch ? max(1, memory.profiles / 2) : memory.profiles)
                self.leads.store(false, ordering: .relaxed)
                let text = ServiceError(describing: error).logText
                if !Task.isCancelled, text != failure {
                    self.logger.warning("saved searches do not follow writes", metadata: ["error": "\(text)"])
                }
                failure = text
            }
        }
    }

    // MARK: One round

    /// What is known from round to round.
    private struct Memory {
        /// That are compared at once: fewer after a round that took too long.
        var profiles: Int
        var stored: [UUID: StoredSearch] = [:]
        var known: [UUID: Known] = [:]
        /// The next transaction when a new search was first seen: those before do not note what they write.
        var barriers: [UUID: Int64] = [:]
        var finding: Finding?
        var failures: [UUID: (text: String, until: ContinuousClock.Instant)] = [:]
    }

    /// A search that can be compared.
    private struct Known {
        let revision: Int64
        let basisKey: BasisKey
        let basis: SavedSearchReader.Basis
        let query: SavedQuery

        /// Another one where it is another search.
        var mark: String { "\(self.revision)/\(self.basis.text)" }
    }

    /// Who matches some searches is being found among all profiles, by ascending id.
    private struct Finding {
        var position = IDPosition.start
        var matches: [UUID: [UUID: Double]] = [:]
        /// What the searches were when this began.
        var marks: [UUID: String] = [:]
    }

    private var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    /// - Returns: Whether there is more to do.
    private func round(_ memory: inout Memory) async throws -> Bool {
        let heads = try await self.searches.heads(deadline: self.deadline)
        self.isIdle.store(heads.isEmpty, ordering: .relaxed)
        guard !heads.isEmpty else {
            memory = Memory(profiles: self.limits.profiles)
            let changes = try await self.searches.changes(most: self.limits.profiles, deadline: self.deadline)
            if !changes.isEmpty { try await self.searches.forget(changes, deadline: self.deadline) }
            return !changes.isEmpty
        }
        guard try await self.hasLease() else {
            memory = Memory(profiles: memory.profiles)
            return false
        }
        try await self.read(heads, &memory)
        let current = heads.filter { memory.known[$0.id] != nil }
        let lost = heads.filter { memory.known[$0.id] == nil && $0.basis != nil }.map(\.id)
        if !lost.isEmpty { try await self.searches.unsettle(lost, by: self.server, deadline: self.deadline) }
        let settled = current.filter { $0.basis == memory.known[$0.id]?.basis.text }
        let unsettled = current.filter { $0.basis != memory.known[$0.id]?.basis.text }
        let unknown = Set(unsettled.map(\.id))
        if let finding = memory.finding {
            memory.finding?.matches = finding.matches.filter { found in
                unknown.contains(found.key) && memory.known[found.key]?.mark == finding.marks[found.key]
            }
        }
        let hasCompared = try await self.compare(settled.filter { !$0.isTooWide }, &memory)
        let isFinding = try await self.find(unsettled, &memory)
        return hasCompared || isFinding
    }

    private func hasLease() async throws -> Bool {
        if self.leads.load(ordering: .relaxed) { return true }
        let leads = try await self.searches.lead(self.server, lease: self.limits.lease, deadline: self.deadline)
        self.leads.store(leads, ordering: .relaxed)
        return leads
    }

    /// Reads the searches that are new or another one, in `known`; what cannot be compared is not there.
    private func read(_ heads: [SavedSearchRepository.Head], _ memory: inout Memory) async throws {
        let ids = Set(heads.map(\.id))
        Self.keep(ids, &memory.stored)
        Self.keep(ids, &memory.failures)
        Self.keep(ids, &memory.barriers)
        let unread = heads.filter { memory.stored[$0.id]?.search.revision != $0.revision }.map(\.id)
        if !unread.isEmpty {
            for search in try await self.searches.stored(unread, deadline: self.deadline) {
                memory.stored[search.id] = search
                memory.failures[search.id] = nil
            }
        }
        var bases: [BasisKey: Result<SavedSearchReader.Basis, RepositoryError>] = [:]
        var known: [UUID: Known] = [:]
        for head in heads {
            if let failure = memory.failures[head.id], .now < failure.until { continue }
            let before = memory.known[head.id]
            // What has not changed is not copied out of the memory.
            if let before, before.revision == head.revision, before.basisKey.boundMasks == head.boundMasks,
                case .success(let basis)? = bases[before.basisKey], basis.text == before.basis.text
            {
                known[head.id] = before
                continue
            }
            guard let stored = memory.stored[head.id], stored.search.revision == head.revision else { continue }
            do {
                let key = BasisKey(stored.query, head.boundMasks)
                if bases[key] == nil {
                    do throws(RepositoryError) {
                        bases[key] = .success(
                            try await self.reader.basis(
                                of: stored.query,
                                boundMasks: head.boundMasks,
                                deadline: self.deadline
                            )
                        )
                    } catch {
                        guard error.isOfOneSearch else { throw error }
                        bases[key] = .failure(error)
                    }
                }
                guard let basis = try bases[key]?.get() else { continue }
                if let before, before.revision == head.revision, before.basis.text == basis.text,
                    before.basisKey == key
                {
                    known[head.id] = before
                } else {
                    let query = try await self.reader.read(
                        stored.query,
                        id: head.id,
                        view: basis.view,
                        deadline: self.deadline
                    )
                    known[head.id] = Known(revision: head.revision, basisKey: key, basis: basis, query: query)
                }
            } catch {
                try self.failed(head.id, error, &memory)
            }
        }
        memory.known = known
    }

    /// Forgets what is there of searches that are not. Usually all are, and nothing is copied.
    private static func keep<Value>(_ ids: Set<UUID>, _ values: inout [UUID: Value]) {
        guard !values.keys.allSatisfy(ids.contains) else { return }
        values = values.filter { ids.contains($0.key) }
    }

    /// What a basis depends on.
    private struct BasisKey: Hashable {
        let boundMasks: [String]
        let mask: String
        let space: String?

        init(_ request: QueryRequest, _ boundMasks: [String]) {
            (self.boundMasks, self.mask) = (boundMasks, request.mask)
            let comparesEmbeddings = request.query.map { $0.ask != nil && !$0.isByWordsAlone } ?? false
            self.space = comparesEmbeddings ? request.embeddingSpace : nil
        }
    }

    /// Notes why a search cannot be compared; it is tried again later.
    ///
    /// - Throws: The error, when it says nothing of the search.
    private func failed(_ search: UUID, _ error: any Error, _ memory: inout Memory) throws {
        if error is CancellationError { throw error }
        if let error = error as? RepositoryError, !error.isOfOneSearch { throw error }
        let text = ServiceError(describing: error).logText
        if memory.failures[search]?.text != text {
            self.logger.notice(
                "a saved search cannot be compared with writes",
                metadata: ["search": "\(search.text)", "error": "\(text)"]
            )
        }
        memory.failures[search] = (text, .now + self.limits.pause)
    }

    // MARK: Changes

    /// Compares some of what was written.
    private func compare(_ settled: [SavedSearchRepository.Head], _ memory: inout Memory) async throws -> Bool {
        let changes = try await self.searches.changes(most: memory.profiles, deadline: self.deadline)
        guard !changes.isEmpty else { return false }
        let finding = memory.finding.map { Array($0.matches.keys) } ?? []
        let queries = (settled.map(\.id) + finding).compactMap { memory.known[$0]?.query }
        let outcomes = try await self.comparison.matches(
            of: queries,
            among: changes.profiles,
            deadline: self.deadline
        )
        let matches = try await self.searches.matches(of: changes.profiles, deadline: self.deadline)
        var (news, failed) = ([SavedSearchRepository.News](), [UUID]())
        for head in settled {
            do {
                guard let found = try outcomes[head.id]?.get() else { continue }
                news += SavedSearchRepository.news(
                    of: head.id,
                    revision: head.revision,
                    from: matches[head.id] ?? [],
                    to: found
                )
            } catch {
                failed.append(head.id)
                try self.failed(head.id, error, &memory)
            }
        }
        for search in finding {
            do {
                guard let found = try outcomes[search]?.get() else { continue }
                for profile in changes.profiles { memory.finding?.matches[search]?[profile] = found[profile] }
            } catch {
                memory.finding?.matches[search] = nil
                try self.failed(search, error, &memory)
            }
        }
        try await self.searches.record(
            news,
            failed: failed,
            of: changes,
            by: self.server,
            deadline: self.deadline
        )
        if !news.isEmpty { self.news.wake() }
        memory.profiles = min(self.limits.profiles, memory.profiles * 2)
        return true
    }

    // MARK: All profiles

    /// Looks at some more profiles for the searches whose matches are not known.
    private func find(_ unsettled: [SavedSearchRepository.Head], _ memory: inout Memory) async throws -> Bool {
        if memory.finding?.matches.isEmpty != false { memory.finding = try await self.begin(unsettled, &memory) }
        guard let finding = memory.finding else { return false }
        let profiles = try await self.searches.profiles(after: finding.position, deadline: self.deadline)
        let outcomes = try await self.comparison.matches(
            of: finding.matches.keys.compactMap { memory.known[$0]?.query },
            among: profiles,
            deadline: self.deadline
        )
        for search in finding.matches.keys {
            do {
                guard let found = try outcomes[search]?.get() else { continue }
                memory.finding?.matches[search]?.merge(found) { _, new in new }
            } catch {
                memory.finding?.matches[search] = nil
                try self.failed(search, error, &memory)
            }
        }
        if let last = profiles.last { memory.finding?.position = .after(last) }
        let isOver = profiles.count < SavedSearchRepository.profilesAtOnce
        for (search, found) in memory.finding?.matches ?? [:] {
            let isTooWide = found.count > self.searches.matchesMax
            guard isOver || isTooWide, let known = memory.known[search] else { continue }
            try await self.searches.settle(
                .init(
                    search: search,
                    revision: known.revision,
                    basis: known.basis.text,
                    seenThrough: known.basis.seenThrough,
                    matches: isTooWide ? nil : found
                ),
                by: self.server,
                deadline: self.deadline
            )
            memory.finding?.matches[search] = nil
            self.news.wake()
        }
        if isOver { memory.finding = nil }
        self.boundMatches(&memory)
        return true
    }

    /// The searches with the most matches are begun anew when the others are done.
    private func boundMatches(_ memory: inout Memory) {
        guard var counts = memory.finding?.matches.mapValues(\.count) else { return }
        while counts.count > 1, counts.values.reduce(0, +) > self.limits.foundMatches,
            let most = counts.max(by: { $0.value < $1.value })
        {
            counts[most.key] = nil
            memory.finding?.matches[most.key] = nil
        }
    }

    private func begin(
        _ unsettled: [SavedSearchRepository.Head],
        _ memory: inout Memory
    ) async throws -> Finding? {
        guard !unsettled.isEmpty else { return nil }
        let transactions = try await self.searches.transactions(deadline: self.deadline)
        var finding = Finding()
        for head in unsettled where finding.matches.count < self.limits.searches {
            // A search that was settled once has had writes noted since.
            if head.seenThrough == nil {
                let barrier = memory.barriers[head.id] ?? transactions.next
                memory.barriers[head.id] = barrier
                guard transactions.oldest >= barrier else { continue }
            }
            finding.matches[head.id] = [:]
            finding.marks[head.id] = memory.known[head.id]?.mark
        }
        return finding.matches.isEmpty ? nil : finding
    }
}
