internal import LikenessEmbedding
internal import LikenessRepository

extension EmbedderRegistry {
    /// What embeds for a space; `nil` when its model is not run here.
    func embedder(for space: EmbeddingSpaceInfo) -> (any Embedder)? {
        self.embedder(ofModel: space.model, dimension: space.dimension)
    }
}
