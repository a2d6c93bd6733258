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
    /// Whose lines are thinned together.
    let key: ClientKey

    init(of call: EndedCall) {
        self.key = ClientKey(call.peer, call.caller?.token ?? .absent)
        switch self.key {
        case .token(let name): (self.kind, self.name) = (.token, name)
        case .uri(let name), .dns(let name): (self.kind, self.name) = (.identity, name)
        case .certificate(let fingerprint):
            (self.kind, self.name) = (.certificate, call.peer.certificate?.serialNumber ?? fingerprint)
        case .address:
            let address = call.peer.address
            (self.kind, self.name) = (.source, address.lastIndex(of: ":").map { String(address[..<$0]) } ?? address)
        }
    }
}
