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
    package let indexMethod: IndexMethod
    package let indexPrecision: IndexPrecision
    /// What a search uses that does not say: hnsw.ef_search and ivfflat.probes.
    package let efSearch: Int
    package let probes: Int
    package let isActive: Bool
}
