/// When a space is given a vector index. One that there is stays, however few its embeddings become.
///
/// `docs/decisions/index-when-large.md` has the figures.
package struct VectorIndexNeed: Sendable {
    /// Up to this many live embeddings a space needs none: they are compared as fast as an index is walked, and none is missed.
    package static let embeddingsMax = 10_000

    package var embeddingsMax = Self.embeddingsMax
    /// A space in which more sections wait for their embedding is still being filled: it is given its index when that is done, as to add
    /// to one costs several times as much as to build it at once …
    package var waitingMax = 1_000
    /// … or when comparing takes too long: with more live embeddings than this.
    package var filledMax = 50_000
    /// After a build that failed, was cancelled or ended with its server; twice as long after each further one, up to `longestPause`.
    package var firstPause = Duration.seconds(60)
    private static let longestPause = Duration.seconds(3_600)

    package init() {}

    /// - Parameters:
    ///   - embeddings: Live ones.
    ///   - waiting: Sections in the outbox; `waitingMax + 1` stands for more.
    func isThere(embeddings: Int, waiting: Int) -> Bool {
        embeddings > self.embeddingsMax && (waiting <= self.waitingMax || embeddings > self.filledMax)
    }

    /// Whether it is time to try again.
    ///
    /// - Parameters:
    ///   - failures: Builds in a row that came to nothing.
    ///   - rest: Since the last of them ended.
    func mayTry(after failures: Int, rest: Duration) -> Bool {
        failures == 0 || rest >= min(self.firstPause * (1 << min(failures - 1, 10)), Self.longestPause)
    }
}
