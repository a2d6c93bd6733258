internal import LikenessMessages
internal import LikenessWire

extension Status {
    init(_ error: RPCError) {
        self.init(error.code, error.message, details: error.details, trailers: error.trailers)
    }

    /// What a handler's error becomes on the wire; `nil` for an error of unknown type, of which nothing may be told.
    init?(known error: any Error) {
        switch error {
        case let error as RPCError: self.init(error)
        case let error as MessageDecodingError: self.init(RPCError(error))
        case is CancellationError: self.init(RPCError(.cancelled, reason: "CANCELLED", "the call was cancelled"))
        default: return nil
        }
    }
}

extension RPCError {
    /// Bytes that are not the message the method takes.
    init(_ error: MessageDecodingError) {
        let violation = RPCFieldViolation(field: error.field, description: error.description, ruleId: "encoding")
        self.init(
            .invalidArgument,
            reason: "MALFORMED_REQUEST",
            error.description,
            RPCBadRequest(fieldViolations: [violation])
        )
    }

    /// A request that breaks the rules of the contract.
    init(_ violations: [Violation]) {
        let text = violations.prefix(3).map { "\($0.field) \($0.message)" }.joined(separator: "; ")
        let details = violations.map { violation in
            RPCFieldViolation(field: violation.field, description: violation.message, ruleId: violation.ruleID)
        }
        self.init(.invalidArgument, reason: "INVALID_REQUEST", text, RPCBadRequest(fieldViolations: details))
    }
}
