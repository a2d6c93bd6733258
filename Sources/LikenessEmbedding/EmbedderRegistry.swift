/// The models that this service runs, by name.
///
/// An embedding space says which model made its vectors. It is served by the embedder of that name, never by one that only has
/// as many dimensions: vectors of two models compare without an error, and mean nothing.
package struct EmbedderRegistry: Sendable {
    private let embedders: [String: any Embedder]

    /// - Parameter embedders: None when callers send vectors; each under a name of its own.
    package init(_ embedders: [any Embedder] = []) {
        self.embedders = Dictionary(embedders.map { ($0.modelID, $0) }) { _, _ in
            preconditionFailure("two embedders of one model")
        }
    }

    package var isEmpty: Bool { self.embedders.isEmpty }

    /// In ascending order.
    package var modelIDs: [String] { self.embedders.keys.sorted() }

    /// The embedder of a model.
    ///
    /// - Parameters:
    ///   - modelID: As a space records it.
    ///   - dimension: Of the space that holds the model's vectors. A space that records another number than the model has was
    ///     described wrongly, and has no embedder.
    package func embedder(ofModel modelID: String, dimension: Int) -> (any Embedder)? {
        guard let embedder = self.embedders[modelID], embedder.dimension == dimension else {
            return nil
        }
        return embedder
    }

    /// What all embedders did since the start.
    package var statistics: EmbeddingStatistics {
        self.embedders.values.reduce(into: EmbeddingStatistics()) { $0 += $1.statistics }
    }

    package func shutdown() async {
        for embedder in self.embedders.values { await embedder.shutdown() }
    }
}
