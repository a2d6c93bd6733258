/// Proof of a write: the place in the write-ahead log behind its commit.
///
/// A server that has replayed the log up to there shows the write. A primary always has. The text is "1-" and the
/// place as 16 hexadecimal digits; it is opaque to callers.
package struct ConsistencyToken: Sendable, Hashable {
    /// Byte position in the write-ahead log (`pg_lsn`).
    let position: UInt64

    init(position: UInt64) { self.position = position }

    package init(text: String) throws(RepositoryError) {
        let digits = text.dropFirst(2)
        guard text.hasPrefix("1-"), digits.utf8.count == 16, let bytes = Hexadecimal.decode(digits) else {
            throw .invalidConsistencyToken
        }
        self.position = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    package var text: String {
        "1-" + Hexadecimal.encode((0..<8).reversed().map { UInt8(truncatingIfNeeded: self.position >> ($0 * 8)) })
    }
}
