package import LikenessMessages
package import LikenessWire

extension StatusDetail {
    /// - Throws: `MessageEncodingError` when a text of the message holds a NUL character.
    package init<Detail: Message>(_ message: Detail) throws {
        self.init(type: Detail.fullName, value: try message.encodedBytes())
    }

    /// The message, or `nil` when this is of another type or malformed.
    package func decoded<Detail: Message>(as type: Detail.Type) -> Detail? {
        guard self.type == Detail.fullName else { return nil }
        return try? Detail(decoding: self.value)
    }
}

extension RPCError {
    /// An error as the contract wants it: the reason for programs, the message for developers.
    ///
    /// - Parameters:
    ///   - reason: UPPER_SNAKE_CASE: `REVISION_MISMATCH`.
    ///   - detail: Another message of `error_details.proto`.
    package init<Detail: Message>(_ code: StatusCode, reason: String, _ message: String, _ detail: Detail) {
        self.init(code, reason: reason, message)
        // A detail that cannot be encoded is left out: the error itself matters more.
        if let detail = try? StatusDetail(detail) { self.details.append(detail) }
    }

    package init(_ code: StatusCode, reason: String, _ message: String) {
        let info = RPCErrorInfo(reason: reason, domain: "likeness")
        self.init(code, message, details: (try? StatusDetail(info)).map { [$0] } ?? [])
    }

    /// The first detail of a type.
    package func detail<Detail: Message>(_ type: Detail.Type) -> Detail? {
        for detail in self.details {
            if let message = detail.decoded(as: type) { return message }
        }
        return nil
    }

    /// What went wrong, for programs; empty when the server gave no reason.
    package var reason: String { self.detail(RPCErrorInfo.self)?.reason ?? "" }
}
