internal import LikenessPostgres

/// What an interrupted rebuild left beside the index in use. Only for who holds the space's lock.
enum IndexLeftover {
    enum Outcome: String, Sendable { case dropped, renamed }

    /// A half-built index goes; a finished one whose old one is gone, or was being dropped and is not valid any more, takes its name.
    ///
    /// - Returns: `nil` when there was nothing.
    static func remove(
        of space: EmbeddingSpaceInfo,
        on connection: Connection
    ) async throws(RepositoryError) -> Outcome? {
        let table = space.table
        guard let isNextValid = try await self.isValid(table.nextIndex, on: connection) else { return nil }
        if isNextValid, try await self.isValid(table.index, on: connection) != true {
            try await self.script("DROP INDEX CONCURRENTLY IF EXISTS \(table.index)", on: connection)
            try await self.script(OperationStatements.takeName(of: space), on: connection)
            return .renamed
        }
        try await self.script("DROP INDEX CONCURRENTLY IF EXISTS \(table.nextIndex)", on: connection)
        return .dropped
    }

    /// `nil` when there is no such index.
    static func isValid(_ index: SQL, on connection: Connection) async throws(RepositoryError) -> Bool? {
        try await databaseCall { () throws(DatabaseError) in
            let result = try await connection.execute(OperationStatements.indexValidity, Parameters(index.text))
            return result.rowCount == 0 ? nil : try result.value(0, 0, as: Bool.self)
        }
    }

    private static func script(_ text: SQL, on connection: Connection) async throws(RepositoryError) {
        try await databaseCall { () throws(DatabaseError) in try await connection.executeScript(text) }
    }
}
