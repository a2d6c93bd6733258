/// Stands where no model is wanted: callers send vectors of their own.
package struct NoEmbedder: Embedder {
    package init() {}

    package var dimension: Int { 0 }
    package var modelID: String { "none" }

    package func embed(
        _ texts: [String],
        priority: EmbeddingPriority,
        deadline: ContinuousClock.Instant?
    ) async throws(EmbeddingError) -> [[Float]] {
        throw .unavailable("this server has no embedding model; send a vector instead of a text")
    }

    package func shutdown() async {}
}
