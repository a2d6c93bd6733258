internal import LikenessMessages
internal import LikenessRPC
internal import LikenessTLS

/// What logs call the one who makes a call: what it has proved, or else where it comes from.
struct CallerName: Hashable {
    /// By what it is known, as the key in a line of the log.
    enum Kind: String {
        /// The name of a bearer token.
        case token
        /// The first name of a certificate.
        case identity
        /// The serial number of a certificate without names.
        case certificate
        /// The address without its port, which differs from connection to connection.
        case source
    }

    let kind: Kind
    let name: String

    init(of call: EndedCall) {
        if case .held(let name)? = call.caller?.token {
            (self.kind, self.name) = (.token, name)
        } else if let certificate = call.peer.certificate {
            if let name = certificate.uriNames.first ?? certificate.dnsNames.first {
                (self.kind, self.name) = (.identity, name)
            } else {
                (self.kind, self.name) = (.certificate, certificate.serialNumber)
            }
        } else {
            let address = call.peer.address
            (self.kind, self.name) = (.source, address.lastIndex(of: ":").map { String(address[..<$0]) } ?? address)
        }
    }

    /// Kind and name: a token and a certificate of one name are two callers.
    var text: String { "\(self.kind.rawValue) \(self.name)" }
}
