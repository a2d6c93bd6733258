internal import LikenessMessages
package import LikenessRepository
internal import LikenessScheduling
package import Logging

/// Has the vector index of a space built when it has come to hold many vectors. Any number of servers may do so: one of them builds.
///
/// A build is an operation like one that was asked for. One that ends early, or whose server does, is tried again.
package struct VectorIndexKeeper: Sendable {
    let reindexer: Reindexer
    let operations: OperationRepository
    let need: VectorIndexNeed
    let logger: Logger

    /// Between two looks.
    private static let interval = Duration.seconds(10)
    /// Between two lines of a build.
    private static let progressInterval = Duration.seconds(15)

    package init(
        reindexer: Reindexer,
        operations: OperationRepository,
        need: VectorIndexNeed = .init(),
        logger: Logger
    ) {
        self.reindexer = reindexer
        self.operations = operations
        self.need = need
        self.logger = logger
    }

    /// Works until cancelled.
    package func run() async {
        await Flow.$current.withValue(Flow(.background, "vector index")) {
            while !Task.isCancelled {
                do {
                    try await self.build()
                } catch {
                    if Task.isCancelled { return }
                    self.logger.debug(
                        "which vector indexes are missing is unknown",
                        metadata: ["error": "\(ServiceError(describing: error).logText)"]
                    )
                }
                do { try await Task.sleep(for: Self.interval) } catch { return }
            }
        }
    }

    /// Builds what is missing, and waits for the end.
    package func build() async throws {
        for space in try await self.reindexer.spacesWithoutIndex(self.need) {
            guard let started = try await self.reindexer.startMissing(space) else { continue }
            let metadata: Logger.Metadata = ["space": "\(space)", "operation": "\(started.id)"]
            self.logger.notice(
                "a space has come to hold many embeddings: its vector index is being built",
                metadata: metadata
            )
            var operation = started
            while operation.state == .running {
                operation = try await self.operations.wait(for: started.id, timeout: Self.progressInterval)
                if operation.state == .running { self.tellProgress(operation, metadata) }
            }
            if operation.state == .succeeded {
                self.logger.notice(
                    "the vector index is built: searches of the space go through it now",
                    metadata: metadata
                )
            } else {
                self.logger.warning(
                    "the vector index was not built: searches compare all embeddings of the space until another try succeeds",
                    metadata: metadata.merging(["reason": "\(operation.error?.message ?? "")"]) { $1 }
                )
            }
        }
    }

    private func tellProgress(_ operation: LikenessMessages.Operation, _ metadata: Logger.Metadata) {
        var metadata = metadata
        metadata["phase"] = "\(operation.phase)"
        metadata["percent"] = "\(Int(operation.percent))"
        if let left = operation.timeLeft { metadata["seconds_left"] = "\(left.seconds)" }
        self.logger.info("a vector index is being built", metadata: metadata)
    }
}
