/// What an embedder has done since it started.
package struct EmbeddingStatistics: Sendable, Hashable {
    /// Texts that wait for a thread now.
    package var waiting = 0
    /// Texts answered without running the model.
    package var cacheHits = 0
    /// Calls refused because too much was waiting.
    package var refused = 0
    /// Runs of the model, and the sequences in them.
    package var batches = 0
    package var sequences = 0
    /// Sequences whose run failed.
    package var failures = 0

    package init() {}

    static func += (sum: inout EmbeddingStatistics, other: EmbeddingStatistics) {
        sum.waiting += other.waiting
        sum.cacheHits += other.cacheHits
        sum.refused += other.refused
        sum.batches += other.batches
        sum.sequences += other.sequences
        sum.failures += other.failures
    }
}
