package import LikenessMessages
internal import LikenessPostgres

/// Indexes that no caller has asked for.
extension Reindexer {
    /// The names of spaces that have no vector index and shall be given one now.
    package func spacesWithoutIndex(_ need: VectorIndexNeed = .init()) async throws(RepositoryError) -> [String] {
        var names: [String] = []
        for space in try await EmbeddingRepository(database: self.database).spaces() where !space.hasIndex {
            var batch = Batch()
            batch.add(EmbeddingStatements.roughCount(in: space, self.database.statements))
            batch.add(EmbeddingStatements.waitingCount, Parameters(space.name, Int32(need.waitingMax) + 1))
            batch.add(OperationStatements.failuresInARow, Parameters(Self.kind, space.name))
            var results = try await self.database.run(batch, settings: .readingAll)
            let counted = results.next()
            let waiting = results.next()
            let failed = results.next()
            let isDue = try readRows { () throws(DatabaseError) in
                let rest = Duration.seconds(try failed.value(0, 1, as: Double.self))
                let mayTry = need.mayTry(after: try failed.value(0, 0), rest: rest)
                return need.isThere(embeddings: try counted.value(0, 0), waiting: try waiting.value(0, 0)) && mayTry
            }
            if isDue { names.append(space.name) }
        }
        return names
    }

    /// Starts to build the index of a space that has none.
    ///
    /// - Returns: `nil` when another server does so, or has done so meanwhile.
    /// - Throws: `.notFound(.embeddingSpace, …)`.
    package func startMissing(_ space: String) async throws(RepositoryError) -> LikenessMessages.Operation? {
        do throws(RepositoryError) {
            return try await self.start(ReindexRequest(embeddingSpace: space), onlyIfMissing: true)
        } catch {
            guard case .failedPrecondition("REINDEX_RUNNING", _, _) = error else { throw error }
            return nil
        }
    }
}
