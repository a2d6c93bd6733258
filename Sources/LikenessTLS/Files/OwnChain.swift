internal import COpenSSL

/// What one end shows its peers: its certificate and those that came with it.
struct OwnChain: Sendable {
    /// Leaf first.
    private let certificates: [Certificate]
    private let isServer: Bool
    private let file: String

    init(_ certificates: [Certificate], isServer: Bool, file: String) {
        self.certificates = certificates
        self.isServer = isServer
        self.file = file
    }

    /// The leaf, and from there each certificate's issuer as far as there is one.
    private var path: [Certificate] {
        guard let leaf = self.certificates.first else { return [] }
        var path = [leaf]
        var rest = self.certificates.dropFirst()
        while let last = path.last, let next = rest.firstIndex(where: { Self.issued($0, last) }) {
            path.append(rest.remove(at: next))
        }
        return path
    }

    /// When each of them ends.
    var expiries: [CertificateExpiry] {
        self.path.map { CertificateExpiry($0, file: self.file, kind: .own) }
    }

    /// Why peers would refuse it.
    ///
    /// - Parameter now: Seconds since 1970.
    func objection(now: Int64) -> String? {
        guard let leaf = self.certificates.first else { return nil }
        return (self.usage(leaf) ?? self.order(leaf)).map { "\(self.file): \($0)" }
            ?? self.path.lazy.compactMap { certificate in
                CertificateExpiry(certificate, file: self.file, kind: .own).objection(now: now)
            }.first
    }

    private func usage(_ leaf: Certificate) -> String? {
        let who = self.isServer ? "servers" : "clients"
        let flags = unsafe X509_get_extension_flags(leaf.raw)
        if flags & UInt32(EXFLAG_CA) != 0 {
            if flags & UInt32(EXFLAG_SS) != 0, self.certificates.count == 1 {
                // What `openssl req -x509` makes unless it is asked for something else.
                return "the certificate is self-signed and a CA's (CA:TRUE); have a CA issue one, as "
                    + "deploy/ca does, or make it with -addext basicConstraints=critical,CA:FALSE"
            }
            return "the first certificate is a CA's; put the one that the CA has issued there"
        }
        let wanted = UInt32(self.isServer ? XKU_SSL_SERVER : XKU_SSL_CLIENT)
        if flags & UInt32(EXFLAG_XKUSAGE) != 0, unsafe X509_get_extended_key_usage(leaf.raw) & wanted == 0 {
            let name = self.isServer ? "serverAuth" : "clientAuth"
            return "the certificate is not made for \(who): its extended key usage lacks \(name)"
        }
        if flags & UInt32(EXFLAG_KUSAGE) != 0, unsafe X509_get_key_usage(leaf.raw) & UInt32(KU_DIGITAL_SIGNATURE) == 0 {
            return "the certificate is not made for \(who): its key usage lacks digitalSignature"
        }
        return nil
    }

    /// Peers build the way to a CA that they trust from what they are shown.
    private func order(_ leaf: Certificate) -> String? {
        let others = self.certificates.dropFirst()
        guard !others.isEmpty, self.path.count == 1 else { return nil }
        let issuer = unsafe PEM.written { bio in
            unsafe likeness_X509_NAME_print(bio, X509_get_issuer_name(leaf.raw))
        }
        return
            "the chain is broken: none of the other certificates in it has issued the first, whose issuer is \(issuer)"
    }

    private static func issued(_ issuer: Certificate, _ subject: Certificate) -> Bool {
        defer { OpenSSLErrorQueue.clear() }
        return unsafe X509_check_issued(issuer.raw, subject.raw) == X509_V_OK
            && X509_verify(subject.raw, X509_get0_pubkey(issuer.raw)) == 1
    }
}
