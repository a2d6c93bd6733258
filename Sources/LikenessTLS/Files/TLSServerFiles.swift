/// The files that say what a server shows and whom it trusts.
package struct TLSServerFiles: TLSFiles {
    /// Certificate chain, leaf first.
    package var certificate: String
    package var key: String
    /// CAs that sign the clients' certificates.
    package var clientCA: String
    /// CRLs of those CAs; `nil` when revocation is not checked.
    package var clientCRL: String?
    package var clientCertificates = TLSConfiguration.ClientCertificates.required
    package var allowsTLS12 = false
    package var keyLog: TLSKeyLog?
    package var demandsApplicationProtocol = true

    package init(certificate: String, key: String, clientCA: String) {
        self.certificate = certificate
        self.key = key
        self.clientCA = clientCA
    }

    package var paths: [String] {
        [self.certificate, self.key, self.clientCA, self.clientCRL].compactMap(\.self)
    }

    package func read() throws(TLSError) -> TLSConfiguration {
        var configuration = TLSConfiguration(
            role: .server(self.clientCertificates),
            certificateChainPEM: try Self.text(self.certificate),
            privateKeyPEM: try Self.text(self.key),
            trustedPEM: try Self.text(self.clientCA),
            allowsTLS12: self.allowsTLS12
        )
        configuration.revokedPEM = try self.clientCRL.map(Self.text)
        configuration.keyLog = self.keyLog
        configuration.demandsApplicationProtocol = self.demandsApplicationProtocol
        configuration.labels.certificate = self.certificate
        configuration.labels.key = self.key
        configuration.labels.trusted = self.clientCA
        if let clientCRL { configuration.labels.revoked = clientCRL }
        return configuration
    }
}
