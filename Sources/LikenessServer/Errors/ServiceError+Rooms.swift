internal import LikenessEmbedding
internal import LikenessMessages
internal import LikenessRepository
internal import LikenessWire
internal import Logging

extension ServiceError {
    /// What a repository's error means to a caller.
    init(_ error: RepositoryError) {
        switch error {
        case .notFound(let resource, let key):
            self.init(.notFound, reason: "NOT_FOUND", "no \(resource.rawValue.replacing("_", with: " ")) \(key)")
            self.resource = (resource.rawValue, key)
        case .rowNotFound(let resource, let id, let field):
            self = ServiceError(.notFound(resource, key: id))
            let message = "names no \(resource.rawValue) of the profile"
            self.violations = [Violation(field: field, ruleID: "known", message: message)]
        case .alreadyExists(let field):
            self.init(.alreadyExists, reason: "ALREADY_EXISTS", "\(field) is taken")
            self.violations = [Violation(field: field, ruleID: "unique", message: "is taken")]
        case .notDeleted(let resource, let field):
            self.init(.alreadyExists, reason: "ALREADY_EXISTS", "the \(resource.rawValue) is not deleted")
            self.violations = [Violation(field: field, ruleID: "deleted", message: "names one that is not deleted")]
        case .revisionMismatch(let current):
            self.init(.aborted, reason: "REVISION_MISMATCH", "the revision is \(current) now; read it again")
            self.precondition = ("REVISION", String(current))
        case .invalidField(let path, let reason): self = .invalid(path, reason)
        case .violations(let violations):
            self = .violating(violations) ?? ServiceError(.internal, reason: "INTERNAL", "nothing is wrong")
        case .invalidPageToken: self = .invalid("page_token", "is damaged or belongs to another request")
        case .pageTokenOfAnotherQuery:
            self = .invalid(
                "page_token",
                "belongs to another query: all but limit, skip_highlights, read_mask, sections_per_hit and consistency_token has to be as it was",
                rule: "page_token.query"
            )
        case .pageTokenExpired:
            let message =
                "has expired, was given up for later searches of the same caller, or what the caller sees has changed: search again"
            self.init(.invalidArgument, reason: "PAGE_TOKEN_EXPIRED", "page_token \(message)")
            self.violations = [Violation(field: "page_token", ruleID: "page_token.expired", message: message)]
        case .resultSetsFull:
            let text = "too many rankings are kept for further pages: search without page_window, or later"
            self.init(.resourceExhausted, reason: "RESULT_SETS_FULL", text)
            self.retryDelay = .seconds(5)
            self.trace = .counted(.warning)
        case .savedSearchesFull:
            let text = "too many searches are saved: delete those that are no longer watched"
            self.init(.resourceExhausted, reason: "SAVED_SEARCHES_FULL", text)
            self.trace = .counted(.warning)
        case .invalidResumeToken: self = .invalid("resume_token", "is damaged or belongs to another stream")
        case .resumeTokenExpired:
            let message =
                "is of events that are no longer kept, or what the caller sees has changed: watch again without a token"
            self.init(.outOfRange, reason: "RESUME_TOKEN_EXPIRED", "resume_token \(message)")
            self.violations = [Violation(field: "resume_token", ruleID: "resume_token.expired", message: message)]
        case .invalidConsistencyToken: self = .invalid("consistency_token", "is not one that a write has returned")
        case .requestIDReused: self = .invalid("request_id", "was used for another request", rule: "request_id.reused")
        case .failedPrecondition(let type, let subject, let reason):
            self.init(.failedPrecondition, reason: type, reason)
            self.precondition = (type, subject)
        case .dimensionMismatch(let expected, let actual):
            let reason = RepositoryError.mismatch(expected: expected, actual: actual)
            self = .invalid("query.vector.values", reason)
        case .unavailable(let outage, let detail):
            self.init(.unavailable, reason: outage.rawValue, outage.facts.message)
            self.retryDelay = outage.facts.retryAfter
            self.logDetail = detail.isEmpty ? nil : detail
            self.trace = .counted(outage.facts.needsOperator ? .error : .warning)
        case .exhausted:
            self.init(.resourceExhausted, reason: "POOL_EXHAUSTED", "every database connection is busy")
            self.retryDelay = .milliseconds(200)
            self.trace = .counted(.warning)
        case .deadlineExceeded:
            self.init(.deadlineExceeded, reason: "DEADLINE_EXCEEDED", "the deadline passed before the answer was there")
            self.trace = .counted(.info)
        case .cancelled: self.init(.cancelled, reason: "CANCELLED", "the call was cancelled")
        case .outcomeUnknown:
            let text = "the database did not confirm the write: read what is stored, or repeat with the same request_id"
            self.init(.unknown, reason: "OUTCOME_UNKNOWN", text)
            self.trace = .counted(.warning)
        case .answerTooLarge(let bytesMax): self = .answerTooLarge(bytesMax)
        case .batchUndone(let item):
            self.init(.aborted, reason: "BATCH_UNDONE", "nothing was written: item \(item) failed")
        case .conflict, .collision:
            self.init(.aborted, reason: "CONFLICT", "concurrent writes collided; try again")
            self.retryDelay = .milliseconds(50)
        case .internal(let detail):
            self.init(.internal, reason: "INTERNAL", "the service failed; the log has more")
            self.logDetail = detail
            self.trace = .each(.error)
        }
    }

    /// What an embedder's error means to a caller.
    init(_ error: EmbeddingError) {
        switch error {
        case .unavailable:
            self.init(
                .failedPrecondition,
                reason: "NO_EMBEDDER",
                "this service embeds no texts: send a vector, or search in mode TEXT"
            )
        case .overloaded:
            self.init(.resourceExhausted, reason: "EMBEDDER_BUSY", "too many texts are waiting to be embedded")
            self.retryDelay = .milliseconds(200)
            self.trace = .counted(.warning)
        case .deadlineExceeded:
            self.init(
                .deadlineExceeded,
                reason: "DEADLINE_EXCEEDED",
                "the deadline passed before the text was embedded"
            )
            self.trace = .counted(.info)
        case .cancelled: self.init(.cancelled, reason: "CANCELLED", "the call was cancelled")
        case .badInput(let reason): self = .invalid("query.text.text", "cannot be embedded: \(reason)")
        case .failed(let detail):
            self.init(.internal, reason: "EMBEDDER_FAILED", "the text could not be embedded; the log has more")
            self.logDetail = detail
            self.trace = .each(.error)
        }
    }

    /// Any error of a handler.
    init(describing error: any Error) {
        switch error {
        case let error as ServiceError: self = error
        case let error as RepositoryError: self.init(error)
        case let error as EmbeddingError: self.init(error)
        case is CancellationError: self.init(.cancelled, reason: "CANCELLED", "the call was cancelled")
        default:
            self.init(.internal, reason: "INTERNAL", "the service failed; the log has more")
            self.logDetail = "\(error)"
            self.trace = .each(.error)
        }
    }
}
