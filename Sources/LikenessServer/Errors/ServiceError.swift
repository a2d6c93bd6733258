package import LikenessMessages
package import LikenessWire

/// A failed call as its caller will see it: a status, a reason for programs, and details.
package struct ServiceError: Error, Sendable {
    package let code: StatusCode
    /// UPPER_SNAKE_CASE, for programs.
    package let reason: String
    /// For developers; never holds SQL, paths or stored data.
    package private(set) var message: String
    package var violations: [Violation] = []
    package var retryDelay: Duration?
    /// What the error is about: type and name.
    package var resource: (type: String, name: String)?
    package var precondition: (type: String, subject: String)?
    /// For logs only.
    package var logDetail: String?
    /// What the log gets of it.
    package var trace = FailureLog.Trace.none

    package init(_ code: StatusCode, reason: String, _ message: String) {
        self.code = code
        self.reason = reason
        self.message = message
    }

    /// A field of the request that is wrong.
    static func invalid(_ field: String, _ message: String, rule: String = "value") -> ServiceError {
        let text = field.isEmpty ? message : "\(field) \(message)"
        var error = ServiceError(.invalidArgument, reason: "INVALID_FIELD", text)
        error.violations = [Violation(field: field, ruleID: rule, message: message)]
        return error
    }

    /// What the caller asked for does not fit into a frame that it takes.
    static func answerTooLarge(_ bytesMax: Int) -> ServiceError {
        ServiceError(.resourceExhausted, reason: "ANSWER_TOO_LARGE", "the answer has more than \(bytesMax) bytes")
    }

    /// An item of a batch that is no message.
    static func undecodable(_ error: MessageDecodingError) -> ServiceError {
        .invalid(error.field, "\(error.reason)", rule: "encoding")
    }

    /// The same error, of one part of a request: its violations name the part, and the message does where it names the first of them.
    func inside(_ item: String) -> ServiceError {
        let isNamed = self.violations.first.map { self.message.hasPrefix($0.field) && !$0.field.isEmpty } ?? false
        var error = self
        if isNamed { error.message = "\(item).\(self.message)" }
        if self.violations.first?.field == "" { error.message = "\(item) \(self.message)" }
        error.violations = self.violations.map { violation in
            let field = violation.field.isEmpty ? item : "\(item).\(violation.field)"
            return Violation(field: field, ruleID: violation.ruleID, message: violation.message)
        }
        return error
    }

    /// What breaks the contract's rules, or `nil` when nothing does.
    static func violating(_ violations: [Violation]) -> ServiceError? {
        guard let first = violations.first else { return nil }
        let more = violations.count > 1 ? " (and \(violations.count - 1) more)" : ""
        var error = ServiceError(.invalidArgument, reason: "INVALID_FIELD", "\(first.field) \(first.message)\(more)")
        error.violations = violations
        return error
    }

    /// The error's details, each type at most once.
    var details: [(type: String, value: [UInt8])] {
        var details: [any Message] = [RPCErrorInfo(reason: self.reason, domain: "likeness")]
        if !self.violations.isEmpty {
            details.append(
                RPCBadRequest(
                    fieldViolations: self.violations.map {
                        RPCFieldViolation(field: $0.field, description: $0.message, ruleId: $0.ruleID)
                    }
                )
            )
        }
        if let delay = self.retryDelay { details.append(RPCRetryInfo(retryDelay: ProtobufDuration(delay))) }
        if let resource = self.resource {
            details.append(RPCResourceInfo(resourceType: resource.type, resourceName: resource.name))
        }
        if let precondition = self.precondition {
            let violation = RPCPreconditionViolation(
                type: precondition.type,
                subject: precondition.subject,
                description: self.message
            )
            details.append(RPCPreconditionFailure(violations: [violation]))
        }
        // A text with a NUL is the only thing that cannot be encoded; such a detail is left out.
        return details.compactMap { detail in
            (try? detail.encodedBytes()).map { (type: type(of: detail).fullName, value: $0) }
        }
    }

    /// The whole of it, for a line of the log.
    package var logText: String {
        "\(self.message) (\(self.reason))\(self.logDetail.map { ": \($0)" } ?? "")"
    }

    /// Leaves in the log what belongs there. Once for each call, or item of a batch, that fails.
    func recorded() -> ServiceError {
        FailureLog.shared.record(self)
        return self
    }

    /// The error as the outcome of one item of a batch.
    var status: RPCStatus {
        RPCStatus(
            code: Int32(self.code.rawValue),
            message: self.message,
            details: self.details.map { RPCStatusDetail(type: $0.type, value: $0.value) }
        )
    }
}
