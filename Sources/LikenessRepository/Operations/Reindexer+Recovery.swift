internal import LikenessPostgres
internal import Logging

extension Reindexer {
    private static let recoveryPause = Duration.seconds(1)
    private static let recoveryAttemptsMax = 60

    /// Clears away what rebuilds left that ended with their server: half-built indexes, and operations marked as running.
    ///
    /// PostgreSQL may go on with a killed server's statement for a moment, under its lock; another server may be at work.
    /// So it is tried for a minute, and then left to the next start or rebuild.
    package func recover() async {
        for attempt in 1...Self.recoveryAttemptsMax {
            do throws(RepositoryError) {
                if try await self.recoverOnce() { return }
            } catch {
                self.logger.debug("what a rebuild left is not cleared away yet", metadata: ["error": "\(error)"])
            }
            guard attempt < Self.recoveryAttemptsMax else { return }
            do { try await Task.sleep(for: Self.recoveryPause) } catch { return }
        }
    }

    /// - Returns: Whether nothing is left.
    private func recoverOnce() async throws(RepositoryError) -> Bool {
        try await self.operations.failAbandoned()
        let spaces = try await EmbeddingRepository(database: self.database).spaces()
        var isDone = true
        for space in spaces {
            let found = try await self.database.query(
                OperationStatements.indexValidity,
                Parameters(space.table.nextIndex.text)
            )
            if found.rowCount > 0, try await !self.removeLeftover(of: space) { isDone = false }
        }
        return isDone
    }

    /// - Returns: `false` when somebody holds the space's lock.
    private func removeLeftover(of space: EmbeddingSpaceInfo) async throws(RepositoryError) -> Bool {
        let connection = try await databaseCall { () throws(DatabaseError) in
            try await Connection.open(self.configuration)
        }
        // Also gives the lock back.
        defer { connection.close() }
        guard try await Self.tryLock(space, on: connection) else { return false }
        if let outcome = try await IndexLeftover.remove(of: space, on: connection) {
            self.logger.notice(
                "an unfinished rebuild left an index",
                metadata: ["index": "\(space.table.nextIndex.text)", "outcome": "\(outcome.rawValue)"]
            )
        }
        try await self.operations.failAbandoned(deadline: nil, lockHeldFor: space.name)
        return true
    }
}
