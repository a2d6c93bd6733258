package import LikenessEmbedding
internal import Synchronization

/// Stands in for a model: equal texts get equal vectors, and different models different ones.
package final class FakeEmbedder: Embedder {
    package let modelID: String
    package let dimension: Int
    private let behavior: @Sendable ([String], EmbeddingPriority) async throws(EmbeddingError) -> Void
    private let wordsMax: Int
    private let counts = Mutex(EmbeddingStatistics())

    /// - Parameters:
    ///   - wordsMax: Words that it reads at a time; longer texts are parts without overlap.
    ///   - behavior: Called with the texts before they are embedded; what it throws is thrown.
    package init(
        modelID: String,
        dimension: Int = 384,
        wordsMax: Int = .max,
        behavior: @escaping @Sendable ([String], EmbeddingPriority) async throws(EmbeddingError) -> Void = {
            (_, _) async throws(EmbeddingError) in
        }
    ) {
        self.modelID = modelID
        self.dimension = dimension
        self.wordsMax = wordsMax
        self.behavior = behavior
    }

    package var statistics: EmbeddingStatistics { self.counts.withLock { $0 } }

    package func embed(
        _ texts: [String],
        priority: EmbeddingPriority,
        deadline: ContinuousClock.Instant?
    ) async throws(EmbeddingError) -> [[Float]] {
        try await self.behavior(texts, priority)
        if Task.isCancelled { throw .cancelled }
        self.counts.withLock { $0.sequences += texts.count }
        return texts.map { self.vector($0) }
    }

    package func parts(of text: String, countMax: Int) -> TextParts {
        let words = text.split(separator: " ")
        guard words.count > self.wordsMax else { return TextParts(texts: [text], isCut: false) }
        let starts = stride(from: 0, to: words.count, by: self.wordsMax)
        let parts = starts.prefix(countMax).map { start in
            words[start..<min(start + self.wordsMax, words.count)].joined(separator: " ")
        }
        return TextParts(texts: Array(parts), isCut: parts.count * self.wordsMax < words.count)
    }

    package func shutdown() async {}

    /// The vector of a text, of length 1.
    package func vector(_ text: String) -> [Float] {
        // FNV-1a over both, then a linear congruential generator.
        var state = "\(self.modelID)\n\(text)".utf8.reduce(14_695_981_039_346_656_037 as UInt64) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        var vector: [Float] = []
        for _ in 0..<self.dimension {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            vector.append(Float(state >> 40) / Float(1 << 24) - 0.5)
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / length }
    }
}
