internal import LikenessPostgres

/// What the database knows of made-up embeddings: a comment on the table that holds them, which costs a look at the catalog,
/// survives a dump, and is written before the first is stored.
package enum SyntheticEmbeddings {
    static let mark: SQL = "holds synthetic embeddings of likeness-load"

    /// Why real people should not be stored beside them; `nil` where there are none.
    ///
    /// - Throws: `RepositoryError` when the database cannot be asked.
    package static func warning(
        in database: Database,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(RepositoryError) -> String? {
        let result = try await database.query(Self.marked, Parameters(Self.mark.text), deadline: deadline)
        let spaces: [String] = try readRows { () throws(DatabaseError) in try result.value(0, 0) }
        guard !spaces.isEmpty else { return nil }
        return
            "\(spaces.joined(separator: ", ")) holds synthetic embeddings of likeness-load, among which the index may not "
            + "find those of real people: keep them in a database of their own"
    }

    /// `$1` the comment.
    private static let marked = Statement(
        "synthetic_spaces",
        """
        SELECT coalesce(array_agg(s.name ORDER BY s.name), '{}') FROM embedding_spaces s
        WHERE obj_description(to_regclass(quote_ident(s.table_name)), 'pg_class') = $1
        """,
        [.text]
    )
}
