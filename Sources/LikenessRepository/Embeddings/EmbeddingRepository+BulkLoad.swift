package import FoundationEssentials
package import LikenessMessages
internal import LikenessPostgres

/// One embedding for a bulk load.
package struct LoadedEmbedding: Sendable {
    package let profileID: UUID
    package let sectionID: UUID
    package let kind: SectionKind
    package let values: [Float]

    package init(profileID: UUID, sectionID: UUID, kind: SectionKind, values: [Float]) {
        self.profileID = profileID
        self.sectionID = sectionID
        self.kind = kind
        self.values = values
    }
}

extension EmbeddingRepository {
    /// Loads embeddings of live profiles by COPY, for benchmarks and imports of vectors made elsewhere. All or none.
    ///
    /// The outbox is not asked: what waits there will be embedded again.
    ///
    /// - Returns: How many.
    @discardableResult
    package func bulkLoad(
        _ embeddings: some Sequence<LoadedEmbedding> & Sendable,
        into space: EmbeddingSpaceInfo,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> Int {
        do {
            return try await self.database.pool.withConnection(deadline: deadline) { connection in
                try await connection.copyIn(EmbeddingStatements.copyIn(to: space), deadline: deadline) { writer in
                    for embedding in embeddings {
                        let values = try UnitVector.values(
                            embedding.values,
                            dimension: space.dimension,
                            path: "embedding"
                        )
                        try await writer.writeRow(
                            embedding.profileID,
                            embedding.sectionID,
                            Int16(truncatingIfNeeded: embedding.kind.rawValue),
                            true,
                            Vector(values)
                        )
                    }
                }
            }
        } catch {
            throw RepositoryError(any: error)
        }
    }
}
