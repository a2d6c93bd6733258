internal import CLibpq

/// One finished server reply. Owns a `PGresult`; `PQclear` runs exactly once. Values are read in place.
@safe package struct QueryResult: ~Copyable {
    let raw: OpaquePointer
    private let types: ExtensionTypes
    package let rowCount: Int
    package let columnCount: Int
    /// Whether all columns came in binary, as they are asked for.
    private let isBinary: Bool

    init(adopting raw: OpaquePointer, types: ExtensionTypes) {
        unsafe self.raw = unsafe raw
        self.types = types
        self.rowCount = unsafe Int(PQntuples(raw))
        self.columnCount = unsafe Int(PQnfields(raw))
        self.isBinary = unsafe PQbinaryTuples(raw) == 1
    }

    deinit { unsafe PQclear(self.raw) }

    package var isEmpty: Bool { self.rowCount == 0 }

    /// Rows that an INSERT, UPDATE, DELETE, MERGE or COPY touched, or a SELECT returned.
    package var affectedRows: Int {
        guard let text = unsafe PQcmdTuples(self.raw) else { return 0 }
        return unsafe Int(String(cString: text)) ?? 0
    }

    /// The command's tag, e.g. `INSERT 0 1`.
    package var tag: String {
        guard let text = unsafe PQcmdStatus(self.raw) else { return "" }
        return unsafe String(cString: text)
    }

    package func columnName(_ column: Int) -> String {
        guard let text = unsafe PQfname(self.raw, Int32(column)) else { return "" }
        return unsafe String(cString: text)
    }

    /// Reads one value; NULL needs an optional type.
    ///
    /// - Throws: `.unreadableAnswer` for another type, NULL, or text that is not UTF-8.
    package func value<Value: ResultValue>(
        _ row: Int,
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws(DatabaseError) -> Value {
        try self.read(row, column)
    }

    /// Reads one value; specialised within this module.
    func read<Value: ResultValue>(_ row: Int, _ column: Int) throws(DatabaseError) -> Value {
        self.check(row, column)
        let (r, c) = (Int32(row), Int32(column))
        guard unsafe PQgetisnull(self.raw, r, c) == 0, let start = unsafe PQgetvalue(self.raw, r, c) else {
            do { return try Value.null() } catch { throw error.named(self.columnName(column)) }
        }
        guard unsafe self.isBinary || PQfformat(self.raw, c) == 1 else {
            throw DatabaseError(.unreadableAnswer, detail: "column \(column) came as text, not in binary")
        }
        let length = unsafe Int(PQgetlength(self.raw, r, c))
        // SAFETY: libpq keeps the bytes until PQclear, and `self` outlives this call; a cell cannot be kept.
        let cell = unsafe Cell(
            bytes: UnsafeRawBufferPointer(start: start, count: length),
            type: PQftype(self.raw, c),
            types: self.types
        )
        do { return try Value(cell) } catch { throw error.named(self.columnName(column)) }
    }

    package func isNull(_ row: Int, _ column: Int) -> Bool {
        self.check(row, column)
        return unsafe PQgetisnull(self.raw, Int32(row), Int32(column)) != 0
    }

    /// Lends one value's bytes as they came, or `nil` for NULL.
    package func withBytes<Value, Failure: Error>(
        _ row: Int,
        _ column: Int,
        _ body: (RawSpan?) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        self.check(row, column)
        let (r, c) = (Int32(row), Int32(column))
        guard unsafe PQgetisnull(self.raw, r, c) == 0, let start = unsafe PQgetvalue(self.raw, r, c) else {
            return try body(nil)
        }
        // SAFETY: libpq keeps the value until PQclear, and `self` outlives this call.
        return try unsafe body(RawSpan(_unsafeStart: start, byteCount: Int(PQgetlength(self.raw, r, c))))
    }

    func check(_ row: Int, _ column: Int) {
        precondition(
            row >= 0 && row < self.rowCount && column >= 0 && column < self.columnCount,
            "no value at row \(row), column \(column) of \(self.rowCount) × \(self.columnCount)"
        )
    }
}

extension DatabaseError {
    func named(_ column: String) -> DatabaseError {
        var error = self
        error.detail = "column \(column): \(self.detail)"
        return error
    }
}

/// The results of a batch, in the order of its statements. Owns those not yet taken.
@safe package struct BatchResults: ~Copyable {
    private var raw: [OpaquePointer]
    private var taken = 0
    private let types: ExtensionTypes

    init(adopting results: ResultList, types: ExtensionTypes) {
        unsafe self.raw = unsafe results.raw
        self.types = types
    }

    deinit {
        unsafe self.raw[self.taken...].forEach { unsafe PQclear($0) }
    }

    /// Results not yet taken.
    package var count: Int { unsafe self.raw.count - self.taken }

    /// Hands over the next statement's result.
    package mutating func next() -> QueryResult {
        unsafe precondition(self.taken < self.raw.count, unsafe "the batch had \(self.raw.count) statements")
        defer { self.taken += 1 }
        return unsafe QueryResult(adopting: self.raw[self.taken], types: self.types)
    }
}
