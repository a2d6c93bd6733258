internal import COpenSSL

/// The certificates that CAs have revoked: their CRLs, checked when they are loaded.
struct RevocationLists: Sendable {
    private let lists: [RevocationList]
    /// When the first of them runs out, in seconds since 1970; `nil` when none does.
    let validToSeconds: Int64?

    /// - Throws: When a list has run out or is not signed by the CA that it names, or when a CA has none: all its
    ///   certificates would be refused.
    init(_ pem: String, of authorities: [Certificate], what: String) throws(TLSError) {
        self.lists = try PEM.revocationLists(pem, what: what)
        self.validToSeconds = self.lists.compactMap { list in
            unsafe X509_CRL_get0_nextUpdate(list.raw).map { unsafe PeerCertificate.seconds($0) }
        }.min()
        for list in self.lists { try Self.check(list, authorities, what) }
        for authority in authorities {
            let subject = unsafe X509_get_subject_name(authority.raw)
            let isCovered = self.lists.contains { unsafe X509_NAME_cmp(X509_CRL_get_issuer($0.raw), subject) == 0 }
            if !isCovered { throw TLSError(.configuration, "\(what) has no CRL of \(unsafe Self.text(subject))") }
        }
    }

    /// When each of those runs out that do.
    func expiries(file: String) -> [CertificateExpiry] {
        self.lists.compactMap { list in
            guard let next = unsafe X509_CRL_get0_nextUpdate(list.raw) else { return nil }
            return CertificateExpiry(
                kind: .revocationList,
                file: file,
                subject: unsafe Self.text(X509_CRL_get_issuer(list.raw)),
                validFromSeconds: unsafe PeerCertificate.seconds(X509_CRL_get0_lastUpdate(list.raw)),
                validToSeconds: unsafe PeerCertificate.seconds(next)
            )
        }
    }

    private static func check(
        _ list: RevocationList,
        _ authorities: [Certificate],
        _ what: String
    ) throws(TLSError) {
        let issuer = unsafe X509_CRL_get_issuer(list.raw)
        let name = unsafe Self.text(issuer)
        if let next = unsafe X509_CRL_get0_nextUpdate(list.raw), unsafe X509_cmp_current_time(next) < 0 {
            throw TLSError(.configuration, "\(what): the CRL of \(name) has run out: have the CA make a new one")
        }
        if unsafe X509_cmp_current_time(X509_CRL_get0_lastUpdate(list.raw)) > 0 {
            throw TLSError(.configuration, "\(what): the CRL of \(name) is not valid yet: are the clocks right?")
        }
        // One of a CA further down is checked when a certificate of it comes, with the chain that comes along.
        let namesakes = authorities.filter { unsafe X509_NAME_cmp(X509_get_subject_name($0.raw), issuer) == 0 }
        OpenSSLErrorQueue.clear()
        let isSigned = namesakes.contains { authority in
            unsafe X509_CRL_verify(list.raw, X509_get0_pubkey(authority.raw)) == 1
        }
        OpenSSLErrorQueue.clear()
        guard namesakes.isEmpty || isSigned else {
            throw TLSError(.configuration, "\(what): the CRL of \(name) is not signed by that CA")
        }
    }

    /// Has every certificate of a chain looked up.
    func install(on context: OpaquePointer) {
        let store = unsafe SSL_CTX_get_cert_store(context)
        for list in self.lists { _ = unsafe X509_STORE_add_crl(store, list.raw) }
        _ = unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
    }

    func contain(_ certificate: PeerCertificate) -> Bool {
        var number: OpaquePointer?
        guard unsafe BN_hex2bn(&number, certificate.serialNumber) > 0 else { return false }
        defer { unsafe BN_free(number) }
        let serial = unsafe BN_to_ASN1_INTEGER(number, nil)
        defer { unsafe ASN1_INTEGER_free(serial) }
        return self.lists.contains { list in
            let issuerHash = unsafe X509_NAME_hash_ex(X509_CRL_get_issuer(list.raw), nil, nil, nil)
            guard issuerHash == certificate.issuerHash else { return false }
            // 2 is "removed from the list".
            return unsafe X509_CRL_get0_by_serial(list.raw, nil, serial) == 1
        }
    }

    private static func text(_ name: OpaquePointer?) -> String {
        unsafe PEM.written { bio in unsafe likeness_X509_NAME_print(bio, name) }
    }
}
