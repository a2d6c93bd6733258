package import LikenessTLS

/// Who is at the other end of a connection.
package struct PeerIdentity: Sendable, Hashable {
    /// What the peer proved by its certificate; `nil` when it showed none.
    package let certificate: PeerCertificate?
    /// Address and port, for logs.
    package let address: String
    package let source: SourceAddress

    package init(certificate: PeerCertificate?, address: String, source: SourceAddress = .other) {
        self.certificate = certificate
        self.address = address
        self.source = source
    }
}
