/// The files that say what a client shows and whom it trusts.
package struct TLSClientFiles: TLSFiles {
    private let serverCA: String
    /// Certificate chain, leaf first, and its key; `nil` for none.
    private let certificate: String?
    private let key: String?

    package init(serverCA: String, certificate: String?, key: String?) {
        self.serverCA = serverCA
        self.certificate = certificate
        self.key = key
    }

    package var paths: [String] { [self.serverCA, self.certificate, self.key].compactMap(\.self) }

    package func read() throws(TLSError) -> TLSConfiguration {
        var configuration = TLSConfiguration(
            role: .client,
            certificateChainPEM: try self.certificate.map(Self.text) ?? "",
            privateKeyPEM: try self.key.map(Self.text) ?? "",
            trustedPEM: try Self.text(self.serverCA)
        )
        configuration.labels.trusted = self.serverCA
        if let certificate { configuration.labels.certificate = certificate }
        if let key { configuration.labels.key = key }
        return configuration
    }
}
