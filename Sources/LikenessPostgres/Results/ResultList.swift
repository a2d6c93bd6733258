internal import CLibpq

/// Finished results on their way to whoever asked. One holder at a time, who takes or clears them.
///
/// SAFETY: a `PGresult` is plain memory that no other thread knows of.
@safe struct ResultList: @unchecked Sendable {
    private(set) var raw: [OpaquePointer]

    init() { unsafe self.raw = unsafe [] }

    mutating func append(_ result: OpaquePointer) { unsafe self.raw.append(result) }

    /// Of all of them.
    var rowCount: Int { unsafe self.raw.reduce(0) { unsafe $0 + Int(PQntuples($1)) } }

    mutating func clear() {
        unsafe self.raw.forEach { unsafe PQclear($0) }
        unsafe self.raw.removeAll()
    }
}
