package import LikenessScheduling
internal import LikenessTLS

/// Who a caller is, by kind and value: a name of one kind is never taken for the same text of another. Everything that is
/// shared between callers, counted for one or kept for one asks this: connections, fair shares, unread hits, request ids,
/// and the thinning of logs.
package enum ClientKey: Sendable, Hashable {
    /// The first URI of a certificate's alternative names.
    case uri(String)
    /// The first DNS name of a certificate without a URI.
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
    package init(_ peer: PeerIdentity, _ token: Caller.Token) { self = ClientKey(token) ?? ClientKey(peer) }

    /// - Returns: `nil` where the call shows no token, or one that names no holder: its connection's peer is the caller then.
    init?(_ token: Caller.Token) {
        guard case .held(let holder) = token else { return nil }
        self = .token(holder)
    }

    /// What the caller has proved, as `KIND:NAME`; empty for one that has shown nothing.
    package var verifiedName: String {
        switch self {
        case .uri(let name): "uri:\(name)"
        case .dns(let name): "dns:\(name)"
        case .certificate(let fingerprint): "certificate:\(fingerprint)"
        case .token(let holder): "token:\(holder)"
        case .address: ""
        }
    }
}

extension ClientKey: CustomStringConvertible {
    package var description: String {
        if case .address(let source) = self { "address:\(source)" } else { self.verifiedName }
    }
}

extension Flow {
    /// All calls of one caller.
    package init(_ client: ClientKey) { self.init(.caller, client) }
}
