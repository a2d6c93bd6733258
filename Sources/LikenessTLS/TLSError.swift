/// Why a TLS connection could not be made or kept.
package struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// A certificate, key or CA cannot be loaded.
        case configuration
        /// The handshake failed.
        case handshake
        /// The handshake took longer than allowed.
        case handshakeTimeout
        /// The peer ended the connection without saying so: data may be missing.
        case truncated
        /// The peer sends records or key updates without data, or more than it reads.
        case abuse
        /// Anything else after the handshake.
        case connection
    }

    package let kind: Kind
    /// Names the cause and, where there is one, the remedy.
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
