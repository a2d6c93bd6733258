/// Why a connection must end: what its GOAWAY says.
package struct ProtocolViolation: Error, Sendable, Hashable {
    package let code: GoawayCode
    /// For the peer's developer; holds nothing that a peer sent.
    package let text: String

    package init(_ code: GoawayCode, _ text: String) {
        self.code = code
        self.text = text
    }
}

/// Why one side ends the connection.
///
/// - SeeAlso: `proto/PROTOCOL.md`, "GOAWAY".
package enum GoawayCode: UInt16, Sendable, Hashable, CaseIterable {
    /// Nothing is wrong: shutdown, age, idleness.
    case leaving = 0
    case protocolError = 1
    case frameTooLarge = 2
    case unsupportedVersion = 3
    case timeout = 4
    case flowControl = 5
    /// Pings, cancels or frames without effect, too many of them.
    case tooMuch = 6
    case internalError = 7
    /// A code this side does not know.
    case other = 0xFFFF
}
