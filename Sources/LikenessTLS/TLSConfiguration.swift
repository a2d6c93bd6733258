/// What one side of a TLS connection shows and demands.
package struct TLSConfiguration: Sendable {
    /// Whether a server wants to see a certificate of its clients.
    package enum ClientCertificates: Sendable, Hashable {
        case required, optional, none
    }

    package enum Role: Sendable, Hashable {
        case server(ClientCertificates)
        case client
    }

    /// What errors call the parts: the files that they come from, where they come from files.
    package struct Labels: Sendable {
        package var certificate = "the certificate"
        package var key = "the private key"
        package var trusted = "the CA file"
        package var revoked = "the CRL file"

        package init() {}
    }

    package var role: Role
    /// Certificate chain in PEM, leaf first; empty for a client without one.
    package var certificateChainPEM: String
    package var privateKeyPEM: String
    /// CAs in PEM that sign the peer's certificate. Never empty where the peer is verified.
    package var trustedPEM: String
    /// CRLs in PEM, one of every trusted CA; `nil` when revocation is not checked.
    package var revokedPEM: String?
    /// Where the keys of every connection go, for whoever is to read the traffic.
    package var keyLog: TLSKeyLog?
    /// TLS 1.2 as well as 1.3.
    package var allowsTLS12: Bool
    /// The application protocol; a peer that does not name it is refused.
    package var applicationProtocol: String
    /// Whether a server refuses clients that do not name the application protocol. Only scanners of TLS, which know
    /// nothing of it, have reason to be let in without.
    package var demandsApplicationProtocol = true
    package var labels = Labels()

    package init(
        role: Role,
        certificateChainPEM: String,
        privateKeyPEM: String,
        trustedPEM: String,
        allowsTLS12: Bool = false,
        applicationProtocol: String = "likeness/1"
    ) {
        self.role = role
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
        self.trustedPEM = trustedPEM
        self.allowsTLS12 = allowsTLS12
        self.applicationProtocol = applicationProtocol
    }
}
