package import LikenessEmbedding
internal import LikenessRPC
package import LikenessRepository
internal import LikenessScheduling
package import Logging
internal import Synchronization

/// Embeds what waits in the outbox, as long as the service runs.
///
/// Each space whose model is run here is filled by a pipeline of its own: while one batch of its sections is embedded, the next
/// ones are claimed and the previous ones stored. Any number of services may do so on one database: sections are claimed under a
/// lease. A failed section is tried again later and later; a failing database or embedder slows down its own space only. What
/// waits in other spaces is left for a service that runs their models.
package final class OutboxWorker: Sendable {
    package struct Limits: Sendable {
        /// Sections claimed at once: enough to fill batches of the embedder, few enough to finish well within the lease.
        package var batchCount = 32
        /// Batches of one space that are embedded or stored at a time. What the embedder has to do while one batch is claimed and
        /// another is stored must be with it already.
        package var batchesMax = 4
        /// Sections stored in one transaction, which keeps writers away from their profiles while the index takes them.
        package var storeCount = 8
        /// Parts of texts that are embedded before any of them is stored: a section may have many.
        package var partsCount = 32
        /// Longer than all batches under way take when searches have the embedder most of the time.
        package var lease = Duration.seconds(60)
        /// Looks at the outbox at least so often: other servers write too. Also the first pause after a failure.
        package var pollInterval = Duration.seconds(1)

        package init() {}
    }

    private let repository: EmbeddingRepository
    private let embedders: EmbedderRegistry
    private let limits: Limits
    private let logger: Logger
    /// Of each space and cause the first, and then counts: the worker looks every second.
    private let interruptions: ThinnedLog
    private let wakeUp: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let spaces = Mutex(SpacesAtWork())
    /// Spaces whose model is not run here, as far as the log knows.
    private let unserved = Mutex<Set<EmbeddingSpaceInfo>>([])

    package init(
        repository: EmbeddingRepository,
        embedders: EmbedderRegistry,
        limits: Limits = Limits(),
        logger: Logger
    ) {
        self.repository = repository
        self.embedders = embedders
        self.limits = limits
        self.logger = logger
        self.interruptions = ThinnedLog(
            "embedding is interrupted",
            logger: logger,
            thinning: LogThinning(interval: .seconds(60))
        )
        (self.wakeUp, self.waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Something was written: look now.
    package func wake() { self.waker.yield() }

    /// Works until cancelled. Runs once.
    package func run() async {
        await Flow.$current.withValue(Flow(.background, "outbox")) { await self.work() }
    }

    private func work() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    do { try await Task.sleep(for: self.limits.pollInterval) } catch { return }
                    self.wake()
                }
            }
            for await _ in self.wakeUp {
                for (space, embedder) in await self.servedSpaces() {
                    guard self.spaces.withLock({ $0.workArrived(for: space.name) }) == .start else { continue }
                    group.addTask {
                        repeat {
                            await self.fill(space, embedder)
                        } while self.spaces.withLock({ $0.foundNothing(in: space.name) }) == .lookAgain
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// The spaces whose models are run here; none when the database does not answer, which the next look may mend.
    private func servedSpaces() async -> [(EmbeddingSpaceInfo, any Embedder)] {
        do {
            let spaces = try await self.repository.spaces()
            let others = Set(spaces.filter { self.embedders.embedder(for: $0) == nil })
            let new = self.unserved.withLock { known in
                defer { known = others }
                return others.subtracting(known)
            }
            for space in new {
                self.logger.notice(
                    "sections of an embedding space wait for a service that runs its model",
                    metadata: ["space": "\(space.name)", "model": "\(space.model)"]
                )
            }
            return spaces.compactMap { space in self.embedders.embedder(for: space).map { (space, $0) } }
        } catch {
            if !Task.isCancelled { self.report(error) }
            return []
        }
    }

    private func report(_ error: any Error, space: String? = nil) {
        let failure = ServiceError(describing: error)
        self.interruptions.log(
            .warning,
            caller: space ?? "",
            reason: failure.reason,
            common: ["reason": "\(failure.reason)"].merging(space.map { ["space": "\($0)"] } ?? [:]) { $1 },
            details: ["error": "\(failure.logText)"]
        )
    }

    /// Embeds what waits in one space until nothing does, with longer and longer pauses while that fails.
    private func fill(_ space: EmbeddingSpaceInfo, _ embedder: any Embedder) async {
        var pause = self.limits.pollInterval
        while !Task.isCancelled {
            do {
                try await self.runPipeline(space, embedder)
                return
            } catch {
                if Task.isCancelled { return }
                self.report(error, space: space.name)
            }
            do { try await Task.sleep(for: pause) } catch { return }
            pause = min(pause * 2, .seconds(30))
        }
    }

    /// Claims batch after batch while at most `batchesMax` of them are embedded and stored.
    ///
    /// - Throws: The first failure, once all that was under way has ended.
    private func runPipeline(_ space: EmbeddingSpaceInfo, _ embedder: any Embedder) async throws {
        try await withThrowingTaskGroup(of: (any Error)?.self) { group in
            var underWay = 0
            var failure: (any Error)?
            while failure == nil {
                if underWay >= self.limits.batchesMax {
                    if let ended = try await group.next() { failure = ended }
                    underWay -= 1
                    continue
                }
                let jobs: [EmbeddingJob]
                do {
                    jobs = try await self.repository.claim(
                        space: space,
                        count: self.limits.batchCount,
                        lease: self.limits.lease
                    )
                } catch {
                    failure = error
                    break
                }
                guard !jobs.isEmpty else { break }
                underWay += 1
                // What was not begun by then is another worker's, or this one's later on.
                let beginUntil = ContinuousClock.now + self.limits.lease / 2
                group.addTask {
                    do {
                        try await self.embedAndStore(jobs, space, embedder, beginUntil: beginUntil)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            while let ended = try await group.next() { failure = failure ?? ended }
            if let failure { throw failure }
        }
    }

    /// Some claimed sections after others, as many at a time as have `partsCount` parts together.
    private func embedAndStore(
        _ jobs: [EmbeddingJob],
        _ space: EmbeddingSpaceInfo,
        _ embedder: any Embedder,
        beginUntil: ContinuousClock.Instant
    ) async throws {
        var waiting = jobs.map { job in
            let parts = job.text.map { embedder.parts(of: $0, countMax: SectionVectors.partsMax) }
            return SectionJob(job: job, parts: parts.flatMap { $0.isReadable ? $0 : nil })
        }[...]
        var current = waiting.prefix(0)
        do {
            while !waiting.isEmpty {
                if waiting.count < jobs.count, beginUntil <= .now {
                    try await self.repository.release(waiting.map(\.job), in: space)
                    return
                }
                current = self.prefix(of: waiting)
                waiting = waiting.dropFirst(current.count)
                try await self.deliver(Array(current), space, embedder)
            }
        } catch {
            // What was not tried need not wait for the lease's end.
            await self.giveBack((Task.isCancelled ? current + waiting : waiting).map(\.job), space)
            throw error
        }
    }

    /// A claimed section with its text in parts; `nil` when it is gone, or the model cannot read it: then it has no embedding.
    private struct SectionJob: Sendable {
        let job: EmbeddingJob
        let parts: TextParts?
    }

    /// The first sections that have at most `partsCount` parts together; at least one.
    private func prefix(of sections: ArraySlice<SectionJob>) -> ArraySlice<SectionJob> {
        var (count, parts) = (0, 0)
        for section in sections {
            parts += section.parts?.texts.count ?? 0
            if count > 0, parts > self.limits.partsCount { break }
            count += 1
        }
        return sections.prefix(count)
    }

    private func deliver(
        _ sections: [SectionJob],
        _ space: EmbeddingSpaceInfo,
        _ embedder: any Embedder
    ) async throws {
        do {
            let vectors = try await embedder.embed(
                sections.compactMap(\.parts),
                priority: .background,
                deadline: nil
            )
            try await self.store(sections, vectors, space)
        } catch let error as EmbeddingError where error.mayBeOfOneText {
            try await self.deliverEach(sections, space, embedder)
        } catch let error as EmbeddingError where error != .cancelled {
            try await self.repository.fail(sections.map(\.job), in: space, reason: error.description)
            throw error
        }
    }

    /// One by one, so that the texts that can be embedded do not wait for the one that cannot.
    ///
    /// - Throws: The last failure when every one of several failed: then it is not the text's.
    private func deliverEach(
        _ sections: [SectionJob],
        _ space: EmbeddingSpaceInfo,
        _ embedder: any Embedder
    ) async throws {
        var failures: [EmbeddingError] = []
        for section in sections {
            do {
                let parts = [section.parts].compactMap(\.self)
                try await self.store(
                    [section],
                    try await embedder.embed(parts, priority: .background, deadline: nil),
                    space
                )
            } catch let error as EmbeddingError where error != .cancelled {
                try await self.repository.fail([section.job], in: space, reason: error.description)
                failures.append(error)
            }
        }
        if sections.count > 1, failures.count == sections.count, let last = failures.last { throw last }
    }

    private func store(
        _ sections: [SectionJob],
        _ vectors: [[[Float]]],
        _ space: EmbeddingSpaceInfo
    ) async throws {
        var vectors = vectors[...]
        let embeddings = sections.map { section in
            (
                job: section.job,
                vectors: section.parts.flatMap { parts in
                    vectors.popFirst().map { SectionVectors($0, isCut: parts.isCut) }
                }
            )
        }
        let cutCount = embeddings.count { $0.vectors?.isCut ?? false }
        if cutCount > 0 {
            self.logger.notice(
                "sections have more text than is embedded",
                metadata: [
                    "space": "\(space.name)", "sections": "\(cutCount)", "parts_read": "\(SectionVectors.partsMax)",
                ]
            )
        }
        for start in stride(from: 0, to: embeddings.count, by: self.limits.storeCount) {
            let some = Array(embeddings[start..<min(start + self.limits.storeCount, embeddings.count)])
            try await self.repository.store(some, in: space)
        }
    }

    /// Another service, or the next look, need not wait for the lease's end. What was stored is not touched.
    private func giveBack(_ jobs: [EmbeddingJob], _ space: EmbeddingSpaceInfo) async {
        let repository = self.repository
        // A task of its own: this one may be cancelled. If it fails the lease ends by itself.
        await Task { try? await repository.release(jobs, in: space, deadline: .now + .seconds(2)) }.value
    }
}

extension EmbeddingError {
    /// Whether other texts might be embedded where this one could not.
    fileprivate var mayBeOfOneText: Bool {
        switch self {
        case .badInput, .failed: true
        case .unavailable, .overloaded, .deadlineExceeded, .cancelled: false
        }
    }
}

/// Which spaces are being filled, and which of them something was written for meanwhile.
struct SpacesAtWork {
    enum OnWork: Equatable { case start, leaveToRunning }
    enum OnNothing: Equatable { case stop, lookAgain }

    /// Those being filled; `true` where work arrived since the filling began or looked again.
    private var isWorkNew: [String: Bool] = [:]

    mutating func workArrived(for space: String) -> OnWork {
        guard self.isWorkNew.updateValue(true, forKey: space) == nil else { return .leaveToRunning }
        self.isWorkNew[space] = false
        return .start
    }

    /// The filling looked and found nothing more.
    mutating func foundNothing(in space: String) -> OnNothing {
        guard self.isWorkNew[space] == true else {
            self.isWorkNew[space] = nil
            return .stop
        }
        self.isWorkNew[space] = false
        return .lookAgain
    }
}
