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

/// What tells one client from all others, by kind and value: a name of one kind is never taken for the same text of another.
package enum ClientKey: Sendable, Hashable {
    case uri(String)
    case dns(String)
    /// A certificate without names.
    case certificate(fingerprint: String)
    /// The holder of a bearer token.
    case token(String)
    /// A peer that has shown nothing.
    case address(SourceAddress)

    package init(_ peer: PeerIdentity) {
        guard let certificate = peer.certificate else {
            self = .address(peer.source)
            return
        }
        if let name = certificate.uriNames.first {
            self = .uri(name)
        } else if let name = certificate.dnsNames.first {
            self = .dns(name)
        } else {
            self = .certificate(fingerprint: certificate.fingerprint)
        }
    }

    /// - Parameter token: As the call showed it; it counts before the certificate.
    package init(_ peer: PeerIdentity, _ token: Caller.Token) {
        if case .held(let holder) = token { self = .token(holder) } else { self.init(peer) }
    }
}
