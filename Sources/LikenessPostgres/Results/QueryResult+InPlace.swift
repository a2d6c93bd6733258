internal import CLibpq

/// Values where libpq keeps them, for whoever copies them elsewhere at once: no `String` in between.
///
/// The memory is libpq's until the result goes. Types are checked once for all rows, by `requireTypes`.
extension QueryResult {
    /// - Throws: `.unreadableAnswer` when the first columns are not of these types, or come as text.
    package func requireTypes(_ types: [PostgresType]) throws(DatabaseError) {
        precondition(types.count <= self.columnCount, "\(types.count) types for \(self.columnCount) columns")
        for (column, type) in types.enumerated() {
            let number = Int32(column)
            guard unsafe PQftype(self.raw, number) == type.rawValue, unsafe PQfformat(self.raw, number) == 1 else {
                throw DatabaseError(.unreadableAnswer, detail: "column \(column) did not come as \(type) in binary")
            }
        }
    }

    /// A text as a C string, and its bytes without the NUL; NULL is the empty text. PostgreSQL has seen to it that it is
    /// UTF-8 without NUL.
    @unsafe package func text(_ row: Int, _ column: Int) -> (start: UnsafeMutablePointer<CChar>?, byteCount: Int) {
        self.check(row, column)
        return unsafe (
            PQgetvalue(self.raw, Int32(row), Int32(column)), Int(PQgetlength(self.raw, Int32(row), Int32(column)))
        )
    }

    // Not one generic function: it would not be specialised for callers in other modules.

    /// - Throws: `.unreadableAnswer` for NULL.
    package func int8(_ row: Int, _ column: Int) throws(DatabaseError) -> Int64 {
        unsafe Int64(bigEndian: try self.fixed(row, column, 8).loadUnaligned(as: Int64.self))
    }

    /// - Throws: `.unreadableAnswer` for NULL.
    package func int2(_ row: Int, _ column: Int) throws(DatabaseError) -> Int16 {
        unsafe Int16(bigEndian: try self.fixed(row, column, 2).loadUnaligned(as: Int16.self))
    }

    /// - Throws: `.unreadableAnswer` for NULL.
    package func float8(_ row: Int, _ column: Int) throws(DatabaseError) -> Double {
        Double(bitPattern: UInt64(bitPattern: try self.int8(row, column)))
    }

    /// The 16 bytes of a `uuid`.
    ///
    /// - Throws: `.unreadableAnswer` for NULL.
    @unsafe package func uuidBytes(_ row: Int, _ column: Int) throws(DatabaseError) -> UnsafeRawPointer {
        unsafe try self.fixed(row, column, 16)
    }

    private func fixed(_ row: Int, _ column: Int, _ byteCount: Int) throws(DatabaseError) -> UnsafeRawPointer {
        self.check(row, column)
        // NULL has the length 0.
        guard unsafe Int(PQgetlength(self.raw, Int32(row), Int32(column))) == byteCount,
            let start = unsafe PQgetvalue(self.raw, Int32(row), Int32(column))
        else { throw DatabaseError(.unreadableAnswer, detail: "column \(column): not \(byteCount) bytes") }
        return UnsafeRawPointer(start)
    }
}
