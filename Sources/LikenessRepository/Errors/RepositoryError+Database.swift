internal import LikenessPostgres

extension RepositoryError {
    /// What a failed database call means for the caller. The one place that knows SQLSTATEs and constraint names.
    init(_ error: DatabaseError) {
        switch error.kind {
        case .connectionLost, .connectFailed, .poolDown, .poolClosed:
            self = .unavailable(retryAfter: .milliseconds(200))
        case .poolExhausted: self = .exhausted
        case .deadlineExceeded: self = .deadlineExceeded
        case .cancelled: self = .cancelled
        case .unreadableAnswer: self = .internal(detail: error.detail)
        case .statement(let sqlState): self = Self.refused(sqlState, error)
        }
    }

    private static func refused(_ sqlState: String, _ error: DatabaseError) -> RepositoryError {
        switch sqlState {
        case SQLState.uniqueViolation:
            return .alreadyExists(field: self.field(uniqueConstraint: error.constraint ?? ""))
        case SQLState.checkViolation:
            let (path, reason) = self.field(checkConstraint: error.constraint ?? "")
            return .invalidField(path: path, reason: reason)
        case SQLState.foreignKeyViolation:
            // A profile went away while its sections were written.
            return .conflict
        case "22P02", "22P05", "22032", "2203A":
            return .invalidField(path: "attributes_json", reason: "is not a JSON object that can be stored")
        case "22021": return .invalidField(path: "", reason: "a text holds a NUL character or is not UTF-8")
        case "22001", "22003", "22007", "22008", "54000":
            return .invalidField(path: "", reason: "a value is too large to be stored")
        case SQLState.lockNotAvailable: return .conflict
        case SQLState.serializationFailure, SQLState.deadlockDetected: return .collision
        case SQLState.queryCanceled: return .deadlineExceeded
        case "53000", "53100", "53200", SQLState.tooManyConnections, "55000", SQLState.readOnlyTransaction:
            return .unavailable(retryAfter: .seconds(1))
        default: return .internal(detail: "\(sqlState): \(error.detail)")
        }
    }

    private static func field(uniqueConstraint name: String) -> String {
        switch name {
        case "profiles_pkey": "id"
        case "profiles_slug_key": "slug"
        case "profiles_identity_id_key": "identity_id"
        case "experiences_pkey": "experiences.id"
        case "skills_pkey": "skills.id"
        case "embedding_spaces_pkey", "embedding_spaces_table_name_key": "name"
        case "operations_request_id_key", "request_ids_pkey": "request_id"
        default: ""
        }
    }

    private static func field(checkConstraint name: String) -> (path: String, reason: String) {
        switch name {
        case "profiles_slug_check":
            ("slug", "is not 1 to 200 bytes of lower-case letters and digits with single hyphens between")
        case "profiles_display_name_check": ("display_name", "is empty")
        case "profiles_attributes_check": ("attributes_json", "is not a JSON object")
        case "embedding_spaces_name_check": ("name", "is not a name for an embedding space")
        case "embedding_spaces_dimension_check": ("dimension", "is not within 1...2000")
        default: ("", "breaks the rule \(name)")
        }
    }
}
