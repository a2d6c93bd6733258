/// Feeds one `COPY … FROM STDIN (FORMAT binary)`. Chunks leave when they are full; a slow server holds the writer back.
package struct CopyWriter: ~Copyable {
    private let connection: Connection
    private let deadline: ContinuousClock.Instant?
    private var bytes = Self.header

    private static let chunkBytes = 64 * 1024
    /// Signature, flags, no header extension: PostgreSQL manual, COPY, "Binary Format". Wanted even where no row follows.
    private static let header: [UInt8] =
        [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)

    init(connection: Connection, deadline: ContinuousClock.Instant?) {
        self.connection = connection
        self.deadline = deadline
    }

    /// Appends one row: its values in the order of the columns, of exactly their types.
    package mutating func writeRow(_ row: Parameters) async throws(DatabaseError) {
        row.appendCopyRow(to: &self.bytes)
        if self.bytes.count >= Self.chunkBytes { try await self.flush() }
    }

    /// The same of values.
    package mutating func writeRow<each Value: ParameterValue>(_ values: repeat each Value) async throws(DatabaseError)
    {
        try await self.writeRow(Parameters(repeat each values))
    }

    mutating func finish() async throws(DatabaseError) {
        Int16(-1).appendBigEndian(to: &self.bytes)
        try await self.flush()
    }

    private mutating func flush() async throws(DatabaseError) {
        guard !self.bytes.isEmpty else { return }
        try await self.connection.putCopyData(self.bytes, deadline: self.deadline)
        self.bytes.removeAll(keepingCapacity: true)
    }
}
