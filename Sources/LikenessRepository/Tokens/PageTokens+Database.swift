internal import LikenessPostgres

extension PageTokens {
    private static let keyStatement = Statement(
        "page_token_key",
        "SELECT key FROM service_keys WHERE name = 'page_token'"
    )

    /// Takes the key of a database: its servers share it, so a list goes on after a restart and on another server.
    package func load(
        from database: Database,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) {
        let found = try await database.query(Self.keyStatement, deadline: deadline)
        guard found.rowCount == 1 else { throw .internal(detail: "service_keys has no page_token") }
        let key: [UInt8] = try readRows { () throws(DatabaseError) in try found.value(0, 0) }
        guard key.count == 16 else { throw .internal(detail: "the page_token key has \(key.count) bytes, not 16") }
        self.take(key: key)
    }

    /// The tokens of a database.
    package static func load(
        from database: Database,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> PageTokens {
        let tokens = PageTokens()
        try await tokens.load(from: database, deadline: deadline)
        return tokens
    }
}
