internal import LikenessPostgres

extension PageTokens {
    private static let key = Statement("page_token_key", "SELECT key FROM service_keys WHERE name = 'page_token'")

    /// The tokens of a database: its servers share the key, so a list goes on after a restart and on another server.
    package static func load(
        from database: Database,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> PageTokens {
        let found = try await database.query(Self.key, deadline: deadline)
        guard found.rowCount == 1 else { throw .internal(detail: "service_keys has no page_token") }
        let key: [UInt8] = try readRows { () throws(DatabaseError) in try found.value(0, 0) }
        guard key.count == 16 else { throw .internal(detail: "the page_token key has \(key.count) bytes, not 16") }
        return PageTokens(key: key)
    }
}
