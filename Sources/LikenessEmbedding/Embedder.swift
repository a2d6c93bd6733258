/// Turns texts into vectors that can be compared by cosine distance.
///
/// In process (`SentenceTransformer`) or remote: callers cannot tell, and need not.
package protocol Embedder: Sendable {
    /// The number of components of every vector.
    var dimension: Int { get }

    /// Names the model and its version, like `all-MiniLM-L6-v2-int8@1.0.0`: equal only where equal texts get equal vectors, so it
    /// changes with the weights, their precision, the tokenizer and the pooling. Vectors from different models must never be
    /// compared.
    var modelID: String { get }

    /// What it did since the start.
    var statistics: EmbeddingStatistics { get }

    /// Embeds texts, keeping their order.
    ///
    /// - Parameters:
    ///   - texts: Any number, also none; each at most `SentenceTransformer.textBytesMax` bytes. A model reads the
    ///     beginning of a long text only (256 tokens for the default one): `parts` cuts it.
    ///   - priority: Whether a caller waits for the answer.
    ///   - deadline: When the answer stops being useful; `nil` waits as long as it takes.
    /// - Returns: One vector per text: `dimension` finite components, L2 norm 1 ± 1e-4.
    /// - Throws: Every case of `EmbeddingError`. One bad text fails the whole call.
    func embed(
        _ texts: [String],
        priority: EmbeddingPriority,
        deadline: ContinuousClock.Instant?
    ) async throws(EmbeddingError) -> [[Float]]

    /// Cuts a text into overlapping parts that the model reads whole; most texts are one part.
    ///
    /// - Parameter countMax: The most parts, at least 1. What they do not hold is not read.
    func parts(of text: String, countMax: Int) -> TextParts

    /// Stops taking texts, fails those that wait, and returns when the last running batch is done.
    func shutdown() async
}

extension Embedder {
    /// Embeds one text that a caller waits for, as far as the model reads it.
    package func embed(_ text: String, deadline: ContinuousClock.Instant?) async throws(EmbeddingError) -> [Float] {
        try await self.embed([text], priority: .interactive, deadline: deadline)[0]
    }

    /// Embeds texts part by part.
    ///
    /// - Returns: For each text one vector per part.
    package func embed(
        _ texts: [TextParts],
        priority: EmbeddingPriority,
        deadline: ContinuousClock.Instant?
    ) async throws(EmbeddingError) -> [[[Float]]] {
        var vectors = try await self.embed(texts.flatMap(\.texts), priority: priority, deadline: deadline)[...]
        return texts.map { text in
            defer { vectors = vectors.dropFirst(text.texts.count) }
            return Array(vectors.prefix(text.texts.count))
        }
    }
}

/// Which of the two queues a text waits in.
package enum EmbeddingPriority: Sendable, Hashable, CaseIterable {
    /// A search: served first.
    case interactive
    /// Filling an index: served when no search waits, and now and then even so.
    case background
}
