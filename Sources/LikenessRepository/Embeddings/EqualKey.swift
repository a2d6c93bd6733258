internal import LikenessPostgres

/// The column `equal_key` of a space's table: which rows have one and the same vector, and which one of them the vector index holds.
///
/// The table's triggers keep it: `migrations/0018_equal_vectors.sql`, `docs/decisions/equal-vectors.md`.
enum EqualKey {
    /// Whether the vector index holds a live row, from a column of that name. The predicate of the index, word for word.
    static func isIndexed(_ column: SQL) -> SQL { "coalesce(\(column), 0) >= 0" }

    /// What the copies of an indexed row have in theirs.
    static func ofCopies(_ column: SQL) -> SQL { "-1 - \(column)" }
}
