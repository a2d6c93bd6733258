import LikenessMessages
import Testing

@testable import LikenessRepository

extension EmbeddingSpaceInfo {
    /// An active space called "space" that no database has.
    static func sample(
        _ method: IndexMethod = .hnsw,
        efSearch: Int = 300,
        efConstruction: Int = 64,
        vectorsBuilt: Int? = nil,
        hasIndex: Bool = true
    ) throws -> EmbeddingSpaceInfo {
        EmbeddingSpaceInfo(
            name: "space",
            model: "model@1",
            dimension: 384,
            table: try #require(SpaceTable(spaceName: "space")),
            hasIndex: hasIndex,
            indexMethod: method,
            indexPrecision: .half,
            m: 16,
            efConstruction: efConstruction,
            vectorsBuilt: vectorsBuilt,
            efSearch: efSearch,
            probes: 10,
            isActive: true
        )
    }
}
