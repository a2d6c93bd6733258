package import LikenessMessages

/// Why the store could not do what it was asked.
///
/// Callers map each case to one wire status. Only `detail` carries server text, because that may quote rows.
package enum RepositoryError: Error, Sendable, Equatable {
    /// What an error is about.
    package enum Resource: String, Sendable {
        case profile, experience, skill, revision, embeddingSpace = "embedding_space", operation, mask
        case savedSearch = "saved_search"
    }

    /// There is no such thing. `key` is what the caller named it by.
    case notFound(Resource, key: String)
    /// An edit names a row that the profile does not have. `field` is its path in the request.
    case rowNotFound(Resource, id: String, field: String)
    /// A unique field is taken. `field` is its path.
    case alreadyExists(field: String)
    /// What was to be restored is live. `field` names it in the request.
    case notDeleted(Resource, field: String)
    /// The caller has read another revision than the one stored.
    case revisionMismatch(current: Int64)
    /// A field of the request cannot be stored. `path` starts at the message given to the repository.
    case invalidField(path: String, reason: String)
    /// Several fields of the request are wrong: all of them, by their paths in the request.
    case violations([Violation])
    /// The page token is damaged, or was given for other arguments.
    case invalidPageToken
    /// The page token is the caller's own, and belongs to another query.
    case pageTokenOfAnotherQuery
    /// What the page token continues is not kept any more.
    case pageTokenExpired
    /// All callers together keep as many rankings as there is room for.
    case resultSetsFull
    /// The caller, or all callers together, have as many saved searches as there is room for.
    case savedSearchesFull
    /// The resume token is not one of this caller's and this search's.
    case invalidResumeToken
    /// What follows the resume token is not kept any more.
    case resumeTokenExpired
    /// The consistency token is not one of ours.
    case invalidConsistencyToken
    /// The request id was used for other content.
    case requestIDReused
    /// What must hold first does not: the profile is deleted, a reindex is running, the operation has ended.
    case failedPrecondition(type: String, subject: String, reason: String)
    /// The vector does not fit the embedding space.
    case dimensionMismatch(expected: Int, actual: Int)
    /// The database cannot do it now. `detail` is for logs only.
    case unavailable(Outage = .unreachable, detail: String = "")
    /// No connection became free in time, or the queue for one is full.
    case exhausted
    case deadlineExceeded
    /// The connection broke, or the server did not answer, while a transaction was committed: it may have been or not.
    case outcomeUnknown
    /// An item of a batch that is written whole or not at all, because of another one: its index.
    case batchUndone(item: Int)
    /// The answer would have more bytes than the caller takes; nothing was written.
    case answerTooLarge(bytesMax: Int)
    case cancelled
    /// Concurrent writes collided and a retry may succeed: a lock was not had in time, or a row went away meanwhile.
    case conflict
    /// Concurrent writes collided and PostgreSQL undid this one: a deadlock, or a broken order. Retried before anybody
    /// hears of it.
    case collision
    /// Our own fault or the database's. `detail` is for logs only: it may quote row data.
    case `internal`(detail: String)
}

extension RepositoryError {
    /// The same error of a query inside a fusion: fields that begin at the request's own `query` begin at `path`.
    package func inside(query path: String) -> RepositoryError {
        switch self {
        case .invalidField(let field, let reason) where field.hasPrefix("query."):
            .invalidField(path: path + field.dropFirst("query".count), reason: reason)
        case .dimensionMismatch(let expected, let actual):
            .invalidField(path: path + ".vector.values", reason: Self.mismatch(expected: expected, actual: actual))
        default: self
        }
    }

    package static func mismatch(expected: Int, actual: Int) -> String {
        "has \(actual) numbers; the embedding space has \(expected)"
    }

    /// A write to a soft-deleted profile.
    static func deleted(_ slug: String) -> RepositoryError {
        .failedPrecondition(type: "DELETED", subject: slug, reason: "the profile \(slug) is deleted; restore it first")
    }
}
