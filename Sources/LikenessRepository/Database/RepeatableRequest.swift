internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// What a write answered, and the proof of it.
package struct Written<Value: Sendable>: Sendable {
    package let value: Value
    package let consistencyToken: ConsistencyToken
}

/// A write that a caller may repeat: its id, and what makes it the same request.
struct RepeatableRequest: Sendable {
    /// `nil`: the caller gave none.
    let id: UUID?
    let method: String
    let content: [UInt8]

    /// - Parameter content: The request without its request id.
    init(id: String, method: String, content: some Message) throws(RepositoryError) {
        self.method = method
        guard !id.isEmpty else {
            self.id = nil
            self.content = []
            return
        }
        self.id = try UUID(text: id, path: "request_id")
        do {
            self.content = try content.encodedBytes()
        } catch {
            throw .invalidField(path: "", reason: "a text holds a NUL character")
        }
    }
}

/// The SQL of request ids.
///
/// The row is written first, so a second call with the same id waits for the first one's end; the answer follows in the
/// same transaction.
enum RequestIDStatements {
    /// Takes the id, also from a call more than 24 hours ago; no row when it is in use.
    static let claim = Statement(
        "request_id_claim",
        """
        INSERT INTO request_ids AS r (request_id, method, digest, answer) VALUES ($1, $2, sha256($3), '')
        ON CONFLICT (request_id) DO UPDATE SET method = EXCLUDED.method, digest = EXCLUDED.digest, answer = '',
            created_at = now(), updated_at = now()
            WHERE r.created_at < now() - interval '24 hours'
        RETURNING true
        """,
        [.uuid, .text, .bytea]
    )
    /// The answer of the call that used the id, if that was the same request.
    static let answer = Statement(
        "request_id_answer",
        """
        SELECT answer, method = $2 AND digest = sha256($3) FROM request_ids WHERE request_id = $1
        """,
        [.uuid, .text, .bytea]
    )
    static let store = Statement(
        "request_id_store",
        "UPDATE request_ids SET answer = $2, updated_at = now() WHERE request_id = $1",
        [.uuid, .bytea]
    )
    static let purge = Statement(
        "request_ids_purge",
        "DELETE FROM request_ids WHERE created_at < now() - interval '24 hours'"
    )
}
