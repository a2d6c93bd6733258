internal import COpenSSL

/// A private CA with its key in memory: for development and tests, never for production.
@safe package final class CertificateAuthority {
    /// What a certificate says about its holder.
    package struct Request: Sendable {
        package enum Use: Sendable { case server, client }

        /// Common name: for people only, it identifies no caller.
        package var commonName: String
        /// `DNS:…`, `IP:…` and `URI:…` entries.
        package var alternativeNames: [String]
        package var use: Use
        /// Validity, in days from now. A start in the past and an end in the past make an expired certificate.
        package var validFromDays: Int
        package var validToDays: Int

        package init(
            commonName: String,
            alternativeNames: [String],
            use: Use,
            validFromDays: Int = -1,
            validToDays: Int = 397
        ) {
            self.commonName = commonName
            self.alternativeNames = alternativeNames
            self.use = use
            self.validFromDays = validFromDays
            self.validToDays = validToDays
        }
    }

    /// A certificate and its key, both PEM.
    package struct Issued: Sendable {
        package let certificatePEM: String
        package let privateKeyPEM: String
    }

    let certificate: Certificate
    let key: PrivateKey

    /// The CA's own certificate, to be trusted by those who verify what it issues.
    package let certificatePEM: String

    package var privateKeyPEM: String { Self.pem(self.key) }

    /// Makes a new CA with a P-256 key, valid for ten years.
    package init(commonName: String) throws(TLSError) {
        self.key = try Self.makeKey()
        self.certificate = try Self.make(
            subject: commonName,
            fromDays: -1,
            toDays: 3_650,
            key: self.key,
            extensions: [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
            ],
            issuer: nil
        )
        self.certificatePEM = Self.pem(self.certificate)
    }

    /// Takes up a CA made earlier.
    package init(certificatePEM: String, privateKeyPEM: String) throws(TLSError) {
        guard let first = try PEM.certificates(certificatePEM, what: "the CA").first else {
            throw TLSError(.configuration, "the CA holds no certificate")
        }
        self.certificate = first
        self.key = try PEM.privateKey(privateKeyPEM, what: "the CA's key")
        self.certificatePEM = certificatePEM
    }

    package func issue(_ request: Request) throws(TLSError) -> Issued {
        let key = try Self.makeKey()
        var extensions: [(nid: Int32, value: String)] = [
            (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
            (NID_ext_key_usage, request.use == .server ? "serverAuth" : "clientAuth"),
        ]
        if !request.alternativeNames.isEmpty {
            extensions.append((NID_subject_alt_name, request.alternativeNames.joined(separator: ",")))
        }
        let certificate = try Self.make(
            subject: request.commonName,
            fromDays: request.validFromDays,
            toDays: request.validToDays,
            key: key,
            extensions: extensions,
            issuer: (self.certificate, self.key)
        )
        return Issued(certificatePEM: Self.pem(certificate), privateKeyPEM: Self.pem(key))
    }

    private static func makeKey() throws(TLSError) -> PrivateKey {
        OpenSSLErrorQueue.clear()
        guard let raw = unsafe likeness_EVP_P256_generate() else {
            throw TLSError(.configuration, "no key could be made: \(OpenSSLErrorQueue.drainText())")
        }
        return unsafe PrivateKey(adopting: raw)
    }

    private static func make(
        subject: String,
        fromDays: Int,
        toDays: Int,
        key: PrivateKey,
        extensions: [(nid: Int32, value: String)],
        issuer: (certificate: Certificate, key: PrivateKey)?
    ) throws(TLSError) -> Certificate {
        OpenSSLErrorQueue.clear()
        guard let raw = unsafe X509_new() else { throw TLSError(.configuration, "no memory for a certificate") }
        let certificate = unsafe Certificate(adopting: raw)
        _ = unsafe X509_set_version(raw, 2)
        let serial = unsafe BN_new()
        defer { unsafe BN_free(serial) }
        _ = unsafe BN_rand(serial, 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY)
        _ = unsafe BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(raw))
        _ = unsafe X509_gmtime_adj(X509_getm_notBefore(raw), fromDays * 86_400)
        _ = unsafe X509_gmtime_adj(X509_getm_notAfter(raw), toDays * 86_400)
        _ = unsafe X509_set_pubkey(raw, key.raw)
        let name = unsafe X509_get_subject_name(raw)
        _ = unsafe X509_NAME_add_entry_by_NID(
            name,
            NID_commonName,
            MBSTRING_UTF8,
            Array(subject.utf8),
            Int32(subject.utf8.count),
            -1,
            0
        )
        let issuerRaw = unsafe issuer?.certificate.raw ?? raw
        _ = unsafe X509_set_issuer_name(raw, X509_get_subject_name(issuerRaw))
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, issuerRaw, raw, nil, nil, 0)
        for item in extensions {
            guard let made = unsafe X509V3_EXT_conf_nid(nil, &context, item.nid, item.value) else {
                throw TLSError(
                    .configuration,
                    "invalid certificate extension \(item.value): \(OpenSSLErrorQueue.drainText())"
                )
            }
            _ = unsafe X509_add_ext(raw, made, -1)
            unsafe X509_EXTENSION_free(made)
        }
        guard unsafe X509_sign(raw, (issuer?.key ?? key).raw, EVP_sha256()) > 0 else {
            throw TLSError(.configuration, "a certificate cannot be signed: \(OpenSSLErrorQueue.drainText())")
        }
        return certificate
    }

    private static func pem(_ certificate: Certificate) -> String {
        unsafe PEM.written { bio in unsafe PEM_write_bio_X509(bio, certificate.raw) }
    }

    private static func pem(_ key: PrivateKey) -> String {
        unsafe PEM.written { bio in unsafe PEM_write_bio_PKCS8PrivateKey(bio, key.raw, nil, nil, 0, nil, nil) }
    }
}
