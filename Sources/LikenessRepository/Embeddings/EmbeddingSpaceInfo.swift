package import LikenessMessages

/// An embedding space as searches need to know it.
package struct EmbeddingSpaceInfo: Sendable, Hashable {
    /// What the vector index stores of each number.
    package enum IndexPrecision: String, Sendable {
        /// 32 bits.
        case float
        /// 16 bits: half the memory, and more searches per second. Distances are computed again from 32 bits.
        case half
    }

    package let name: String
    package let model: String
    package let dimension: Int
    package let table: SpaceTable
    /// Whether searches can use a vector index: a space that holds few vectors has none (`VectorIndexNeed`).
    package let hasIndex: Bool
    /// Of the index that there is or will be.
    package let indexMethod: IndexMethod
    package let indexPrecision: IndexPrecision
    /// With what an HNSW index was built, and how many vectors it held then; `nil` for as many as it holds.
    package let m: Int
    package let efConstruction: Int
    package let vectorsBuilt: Int?
    /// What a search uses that does not say: hnsw.ef_search and ivfflat.probes.
    package let efSearch: Int
    package let probes: Int
    package let isActive: Bool
}

extension EmbeddingSpaceInfo {
    /// How many times as many candidates an HNSW index needs among ten times as many vectors, for the same recall. A graph is as good
    /// as the greater part of it; `docs/decisions/recall.md` has the figures.
    ///
    /// - Parameter isPart: The vector is of a part of a long text: it lies among the stored ones, and needs no more among more.
    func candidateGrowth(among embeddings: Int, isPart: Bool = false) -> Double {
        let isCareful =
            self.efConstruction >= IndexBuild.efConstructionDefault
            && 2 * (self.vectorsBuilt ?? embeddings) >= embeddings
        return isCareful ? (isPart ? 1 : 1.5) : 2
    }
}
