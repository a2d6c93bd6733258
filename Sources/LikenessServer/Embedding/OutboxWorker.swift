package import LikenessEmbedding
package import LikenessRepository
internal import LikenessScheduling
package import Logging
internal import Synchronization

/// Embeds what waits in the outbox, as long as the service runs.
///
/// Any number of services may do so on one database: sections are claimed under a lease. A failed section is tried
/// again later and later; a failing database or embedder only slows the worker down.
package final class OutboxWorker: Sendable {
    private let repository: EmbeddingRepository
    private let embedder: any Embedder
    private let logger: Logger
    private let wakeUp: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// Sections embedded at once: enough to fill a batch of the embedder, few enough to finish well within the lease.
    private static let batchCount = 32
    /// Sections stored in one transaction, which keeps writers away from their profiles while the index takes them.
    private static let storeCount = 8
    /// Looks at the outbox at least so often: other servers write too.
    private static let pollInterval = Duration.seconds(1)

    package init(repository: EmbeddingRepository, embedder: any Embedder, logger: Logger) {
        self.repository = repository
        self.embedder = embedder
        self.logger = logger
        (self.wakeUp, self.waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Something was written: look now.
    package func wake() { self.waker.yield() }

    /// Works until cancelled.
    package func run() async {
        await Flow.$current.withValue(Flow(.background, "outbox")) { await self.work() }
    }

    private func work() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    do { try await Task.sleep(for: Self.pollInterval) } catch { return }
                    self.wake()
                }
            }
            var pause = Self.pollInterval
            for await _ in self.wakeUp {
                do {
                    while !Task.isCancelled, try await self.embedSome() {}
                    pause = Self.pollInterval
                } catch {
                    if Task.isCancelled { break }
                    self.logger.warning(
                        "embedding is interrupted",
                        metadata: ["error": "\(ServiceError(describing: error).logText)"]
                    )
                    do { try await Task.sleep(for: pause) } catch { break }
                    pause = min(pause * 2, .seconds(30))
                }
            }
            group.cancelAll()
        }
    }

    /// Embeds one batch of each space that our model serves.
    ///
    /// - Returns: Whether there may be more.
    private func embedSome() async throws -> Bool {
        var didSome = false
        for space in try await self.repository.spaces() where space.dimension == self.embedder.dimension {
            let jobs = try await self.repository.claim(space: space, count: Self.batchCount)
            guard !jobs.isEmpty else { continue }
            didSome = true
            do {
                let texts = jobs.compactMap(\.text)
                var vectors = try await self.embedder.embed(texts, priority: .background, deadline: nil)[...]
                let embeddings = jobs.map { job in (job: job, values: job.text == nil ? nil : vectors.popFirst()) }
                for start in stride(from: 0, to: embeddings.count, by: Self.storeCount) {
                    let some = Array(embeddings[start..<min(start + Self.storeCount, embeddings.count)])
                    try await self.repository.store(some, in: space)
                }
            } catch let error as EmbeddingError {
                try await self.repository.fail(jobs, in: space, reason: error.description)
                throw error
            }
        }
        return didSome
    }
}
