internal import LikenessPostgres

/// The column `equal_key` of a space's table: which rows have one and the same vector, and which one of them the vector index holds.
///
/// The table's triggers keep it: `migrations/0018_equal_vectors.sql`, `docs/decisions/equal-vectors.md`.
enum EqualKey {
    /// Whether the vector index holds a live row, from a column of that name. The predicate of the index, word for word.
    static func isIndexed(_ column: SQL) -> SQL { "coalesce(\(column), 0) >= 0" }

    /// What the copies of an indexed row have in theirs.
    static func ofCopies(_ column: SQL) -> SQL { "-1 - \(column)" }

    /// Whether a row `c` is a copy of an indexed one with that key.
    ///
    /// As a range, and its beginning as that of a row: equality would let PostgreSQL take the rows in the order of another index and
    /// leave out what is not equal, as it thinks that half of all rows are (`n_distinct = 2`). So it takes the index on both columns, and
    /// of a ninth of all rows, which it expects now, it would rather read the first in their order than sort all.
    static func isCopy(of key: SQL) -> SQL {
        """
        (c.equal_key, c.profile_id) >= (\(self.ofCopies(key)), '00000000-0000-0000-0000-000000000000'::uuid)
        AND c.equal_key <= \(self.ofCopies(key))
        """
    }
}
