internal import LikenessEmbedding
internal import LikenessRepository
internal import LikenessScheduling
internal import Logging

/// Has the sections embedded again of which an earlier version has embedded the beginning only: those of a database that was
/// upgraded, and those that daemons of the earlier version go on writing beside this one.
struct LongSectionsReader: Sendable {
    let embeddings: EmbeddingRepository
    let embedders: EmbedderRegistry
    let logger: Logger
    /// Between two looks when there was nothing, or the database refused.
    var interval = Duration.seconds(60)
    /// Longest pause between two looks at the outbox while what was put there is embedded; the first ones are shorter.
    var outboxInterval = Duration.seconds(1)
    /// Called when sections were put in the outbox.
    var wake: @Sendable () -> Void = {}

    private static let batchTime = Duration.seconds(60)
    private static let sectionsPerBatch = 32
    private static let firstPause = Duration.milliseconds(20)
    /// With so many waiting for the model nothing is added: sections that were just written are not to wait for old ones.
    private static let waitingMax = 32

    /// Works until cancelled.
    func run() async {
        await Flow.$current.withValue(Flow(.background, "long sections")) { await self.work() }
    }

    private func work() async {
        while !Task.isCancelled {
            do {
                for space in try await self.embeddings.spaces(deadline: .now + Self.batchTime) {
                    guard let embedder = self.embedders.embedder(for: space) else { continue }
                    let count = try await self.readAll(space, embedder)
                    if count > 0 {
                        self.logger.info(
                            "sections are embedded again that are longer than an earlier version read",
                            metadata: ["space": "\(space.name)", "sections": "\(count)"]
                        )
                    }
                }
            } catch {
                if Task.isCancelled { return }
                self.logger.warning(
                    "sections that are longer than an earlier version read are not embedded again",
                    metadata: ["error": "\(ServiceError(describing: error).logText)"]
                )
            }
            do { try await Task.sleep(for: self.interval) } catch { return }
        }
    }

    /// - Returns: How many are embedded again.
    private func readAll(_ space: EmbeddingSpaceInfo, _ embedder: any Embedder) async throws -> Int {
        var total = 0
        let firstPause = min(Self.firstPause, self.outboxInterval)
        var pause = firstPause
        while true {
            let deadline = ContinuousClock.now + Self.batchTime
            let status = try await self.embeddings.outboxStatusBySpace(deadline: deadline)[space.name] ?? OutboxStatus()
            if status.pending - status.failing >= Self.waitingMax {
                try await Task.sleep(for: pause)
                pause = min(pause * 2, self.outboxInterval)
                continue
            }
            pause = firstPause
            let (read, embeddedAgain) = try await self.embeddings.readLongSections(
                of: space,
                count: Self.sectionsPerBatch,
                deadline: deadline
            ) { embedder.parts(of: $0, countMax: 2).texts.count > 1 }
            guard read > 0 else { return total }
            total += embeddedAgain
            if embeddedAgain > 0 { self.wake() }
        }
    }
}
