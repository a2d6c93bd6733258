internal import FoundationEssentials
internal import LikenessMessages
internal import LikenessPostgres

/// What a write answered, and the proof of it.
package struct Written<Value: Sendable>: Sendable {
    package let value: Value
    /// `nil` when the server did not say where its log ends.
    package let consistencyToken: ConsistencyToken?
    /// The slug that the caller named the profile by, where that was one it had before.
    package var redirectedFrom = ""
}

/// The id that a caller gave a write, so that repeating it does it once.
package struct RequestID: Sendable {
    /// A UUID; empty for none.
    let text: String
    /// Who gave it: another caller's equal id is another id.
    let caller: String

    package init(_ text: String, caller: String) { (self.text, self.caller) = (text, caller) }

    package static let none = RequestID("", caller: "")
}

/// A write that a caller may repeat: its id, and what makes it the same request.
struct RepeatableRequest: Sendable {
    /// `nil`: the caller gave none.
    let id: UUID?
    let caller: String
    let method: String
    let content: [UInt8]

    /// - Parameter content: The request without its request id.
    init(_ id: RequestID, method: String, content: some Message) throws(RepositoryError) {
        self.method = method
        self.caller = id.caller
        guard !id.text.isEmpty else {
            self.id = nil
            self.content = []
            return
        }
        self.id = try UUID(text: id.text, path: "request_id")
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
/// same transaction. Its key is made of the id and the caller. Rows of binaries that kept the bare id still count, for the
/// same request: a call that is repeated across an upgrade is done once.
///
/// `$1` id, `$2` caller, `$3` method, `$4` content; to store an answer `$3` that, `$4` whose it is.
enum RequestIDStatements {
    /// What a request id is kept as: an id made of it and its caller.
    static func key(_ id: SQL, _ caller: SQL) -> SQL {
        "encode(substring(sha256(uuid_send(\(id)) || convert_to(\(caller), 'UTF8')) FOR 16), 'hex')::uuid"
    }
    private static let key = Self.key("$1", "$2")

    /// Takes the id, also from a call more than 24 hours ago; no row when it is in use.
    static let claim = Statement(
        "request_id_claim",
        """
        INSERT INTO request_ids AS r (request_id, method, digest, answer)
        SELECT \(key), $3, sha256($4), ''
        WHERE NOT EXISTS (
            SELECT FROM request_ids bare WHERE bare.request_id = $1 AND bare.method = $3 AND bare.digest = sha256($4)
                AND bare.created_at >= now() - interval '24 hours')
        ON CONFLICT (request_id) DO UPDATE SET method = EXCLUDED.method, digest = EXCLUDED.digest, answer = '',
            created_at = now(), updated_at = now()
            WHERE r.created_at < now() - interval '24 hours'
        RETURNING true
        """,
        [.uuid, .text, .text, .bytea]
    )
    /// The answer of the call that used the id, if that was the same request.
    static let answer = Statement(
        "request_id_answer",
        """
        SELECT answer, method = $3 AND digest = sha256($4) FROM request_ids WHERE request_id = \(key)
        UNION ALL
        SELECT answer, true FROM request_ids WHERE request_id = $1 AND method = $3 AND digest = sha256($4)
        LIMIT 1
        """,
        [.uuid, .text, .text, .bytea]
    )
    static let store = Statement(
        "request_id_store",
        "UPDATE request_ids SET answer = $3, subject_id = $4, updated_at = now() WHERE request_id = \(key)",
        [.uuid, .text, .bytea, .uuid]
    )
    static let purge = Statement(
        "request_ids_purge",
        "DELETE FROM request_ids WHERE created_at < now() - interval '24 hours'"
    )
}
