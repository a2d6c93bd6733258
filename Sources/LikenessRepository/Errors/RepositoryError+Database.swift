package import LikenessPostgres

extension RepositoryError {
    /// What a failed database call means for the caller.
    ///
    /// - Parameter isWriting: Whether the call was part of a write, whose lock time-outs are conflicts.
    package init(_ error: DatabaseError, isWriting: Bool = false) {
        switch error.kind {
        case .connectionLost, .connectFailed, .poolDown, .poolClosed: self = Self.outage(error)
        case .poolExhausted: self = .exhausted
        case .deadlineExceeded: self = .deadlineExceeded
        case .cancelled: self = .cancelled
        case .unreadableAnswer: self = .internal(detail: error.detail)
        case .statement(let sqlState): self = Self.refused(sqlState, error, isWriting: isWriting)
        }
    }

    /// No session, or none any more: where the server gave a reason, that one.
    private static func outage(_ error: DatabaseError) -> RepositoryError {
        if let code = error.sqlState, case .outage(let outage) = SQLStateRule.of(code) {
            return .unavailable(outage, detail: "\(code): \(error.detail)")
        }
        return .unavailable(detail: error.detail.isEmpty ? error.description : error.detail)
    }

    private static func refused(_ sqlState: String, _ error: DatabaseError, isWriting: Bool) -> RepositoryError {
        let detail = "\(sqlState): \(error.detail)"
        switch SQLStateRule.of(sqlState) {
        case .invalid(let path, let reason): return .invalidField(path: path, reason: reason)
        case .uniqueViolation: return .alreadyExists(field: self.field(uniqueConstraint: error.constraint ?? ""))
        case .checkViolation:
            let (path, reason) = self.field(checkConstraint: error.constraint ?? "")
            return .invalidField(path: path, reason: reason)
        case .conflict: return .conflict
        case .collision: return .collision
        case .lockTimeout: return isWriting ? .conflict : .unavailable(.locked, detail: detail)
        case .outage(let outage): return .unavailable(outage, detail: detail)
        case .internalError: return .internal(detail: detail)
        }
    }

    private static func field(uniqueConstraint name: String) -> String {
        switch name {
        case "profiles_pkey": "id"
        case "profiles_slug_key": "slug"
        case "profiles_identity_id_key": "identity_id"
        case "experiences_pkey": "experiences.id"
        case "skills_pkey": "skills.id"
        case "external_ids_key": "external_ids"
        case "embedding_spaces_pkey", "embedding_spaces_table_name_key": "name"
        case "masks_slug_key": "mask.name"
        case "saved_searches_owner_slug_key": "saved_search.name"
        case "operations_request_id_key", "request_ids_pkey": "request_id"
        default: ""
        }
    }

    private static func field(checkConstraint name: String) -> (path: String, reason: String) {
        switch name {
        case "profiles_slug_check":
            ("slug", "is not 1 to 200 bytes of lower-case letters and digits with single hyphens between")
        case "masks_slug_check":
            ("mask.name", "is not 1 to 100 bytes of lower-case letters and digits with single hyphens between")
        case "profiles_display_name_check": ("display_name", "is empty")
        case "external_ids_system_check":
            (
                "external_ids",
                "has a system that is not 1 to 100 bytes of lower-case letters and digits with single hyphens"
            )
        case "external_ids_id_check": ("external_ids", "has an id that is not 1 to 500 bytes")
        case "profiles_attributes_check": ("attributes_json", "is not a JSON object")
        case "embedding_spaces_name_check": ("name", "is not a name for an embedding space")
        case "embedding_spaces_dimension_check": ("dimension", "is not within 1...2000")
        default: ("", "breaks the rule \(name)")
        }
    }
}
