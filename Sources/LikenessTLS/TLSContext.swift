internal import COpenSSL

/// Certificates, trust and rules, ready for any number of connections. Immutable once made.
///
/// SAFETY: `SSL_CTX` is reference counted and safe to share between threads as long as nothing changes it; it is only
/// configured in `init`.
@safe package final class TLSContext: @unchecked Sendable {
    package let role: TLSConfiguration.Role
    let applicationProtocol: String
    let demandsApplicationProtocol: Bool
    let raw: OpaquePointer
    /// What it shows its peers; `nil` for a client without a certificate. Set by `init` only.
    package private(set) var certificate: PeerCertificate?
    /// Set by `init` only.
    private var revocations: RevocationLists?
    private let keyLog: TLSKeyLog?
    /// Set by `init` only.
    private var chain = OwnChain([], isServer: false, file: "")
    /// When what is shown and what is trusted ends: the chain, the CAs, the CRLs. Set by `init` only.
    package private(set) var expiries: [CertificateExpiry] = []

    /// Why peers would refuse what it shows: expired, not valid yet, made for another use, or a broken chain.
    ///
    /// - Parameter now: Seconds since 1970.
    package func objection(now: Int64) -> String? { self.chain.objection(now: now) }

    /// - Throws: `TLSError` of kind `.configuration`, naming what cannot be used.
    package init(_ configuration: TLSConfiguration) throws(TLSError) {
        self.role = configuration.role
        self.applicationProtocol = configuration.applicationProtocol
        self.demandsApplicationProtocol = configuration.demandsApplicationProtocol
        self.keyLog = configuration.keyLog
        OpenSSLErrorQueue.clear()
        let method = unsafe configuration.role == .client ? TLS_client_method() : TLS_server_method()
        guard let raw = unsafe SSL_CTX_new(method) else {
            throw TLSError(.configuration, "TLS cannot be set up: \(OpenSSLErrorQueue.drainText())")
        }
        unsafe self.raw = raw
        try unsafe Self.setRules(raw, configuration)
        if !configuration.certificateChainPEM.isEmpty {
            let certificates = try unsafe Self.useCertificate(raw, configuration)
            self.certificate = certificates.first.flatMap { unsafe PeerCertificate($0.raw) }
            self.chain = OwnChain(
                certificates,
                isServer: configuration.role != .client,
                file: configuration.labels.certificate
            )
        } else if configuration.role != .client {
            throw TLSError(.configuration, "a server needs a certificate")
        }
        let trusted = try unsafe Self.trust(raw, configuration)
        self.revocations = try unsafe Self.revocations(raw, configuration, of: trusted)
        self.expiries =
            self.chain.expiries
            + trusted.map { CertificateExpiry($0, file: configuration.labels.trusted, kind: .authority) }
            + (self.revocations?.expiries(file: configuration.labels.revoked) ?? [])
        if let keyLog { unsafe keyLog.install(on: raw) }
    }

    /// No chain but the one given: OpenSSL would add what it finds among the CAs that are trusted.
    private static let modes = Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_NO_AUTO_CHAIN)

    deinit { unsafe SSL_CTX_free(self.raw) }

    /// When the first of the CRLs expires, after which no client is let in, in seconds since 1970; `nil` without.
    package var revocationsValidToSeconds: Int64? { self.revocations?.validToSeconds }

    /// Whether a certificate that passed earlier would now be refused as revoked.
    ///
    /// Looks at the certificate itself, not at the CAs above it.
    package func revokes(_ certificate: PeerCertificate) -> Bool {
        self.revocations?.contain(certificate) ?? false
    }

    private static func setRules(_ raw: OpaquePointer, _ configuration: TLSConfiguration) throws(TLSError) {
        let oldest = configuration.allowsTLS12 ? TLS1_2_VERSION : TLS1_3_VERSION
        _ = unsafe likeness_SSL_CTX_set_min_proto_version(raw, oldest)
        // 112 bits: no RSA or DSA key below 2,048 bits, no signature by MD5 or SHA-1, in certificates too.
        unsafe SSL_CTX_set_security_level(raw, 2)
        _ = unsafe likeness_SSL_CTX_set1_groups_list(raw, "X25519:P-256:P-384")
        // AEAD with forward secrecy only, as Mozilla's "intermediate" list has it for 1.2; 1.3 has nothing else.
        _ = unsafe SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20")
        _ = unsafe SSL_CTX_set_options(raw, likeness_SSL_options())
        // No tickets and no cache: a resumed session would keep a client certificate that was revoked meanwhile.
        _ = unsafe SSL_CTX_set_num_tickets(raw, 0)
        _ = unsafe likeness_SSL_CTX_set_session_cache_off(raw)
        _ = unsafe likeness_SSL_CTX_set_mode(raw, Self.modes)
        let wire = [UInt8(configuration.applicationProtocol.utf8.count)] + configuration.applicationProtocol.utf8
        if configuration.role == .client {
            _ = unsafe SSL_CTX_set_alpn_protos(raw, wire, UInt32(wire.count))
        } else {
            unsafe TLSServerCallbacks.install(on: raw, demandsProtocol: configuration.demandsApplicationProtocol)
        }
    }

    private static func useCertificate(
        _ raw: OpaquePointer,
        _ configuration: TLSConfiguration
    ) throws(TLSError) -> [Certificate] {
        let labels = configuration.labels
        let certificates = try PEM.certificates(configuration.certificateChainPEM, what: labels.certificate)
        let leaf = certificates[0]
        let key = try PEM.privateKey(configuration.privateKeyPEM, what: labels.key)
        guard unsafe SSL_CTX_use_certificate(raw, leaf.raw) == 1 else {
            throw TLSError(.configuration, "\(labels.certificate) cannot be used: \(OpenSSLErrorQueue.drainText())")
        }
        for certificate in certificates.dropFirst() {
            _ = unsafe likeness_SSL_CTX_add1_chain_cert(raw, certificate.raw)
        }
        guard unsafe SSL_CTX_use_PrivateKey(raw, key.raw) == 1, unsafe SSL_CTX_check_private_key(raw) == 1 else {
            let reason = OpenSSLErrorQueue.drainText()
            throw TLSError(.configuration, "\(labels.key) is not the key of \(labels.certificate): \(reason)")
        }
        return certificates
    }

    private static func trust(
        _ raw: OpaquePointer,
        _ configuration: TLSConfiguration
    ) throws(TLSError) -> [Certificate] {
        if case .server(.none) = configuration.role {
            unsafe SSL_CTX_set_verify(raw, SSL_VERIFY_NONE, nil)
            return []
        }
        let trusted = try PEM.certificates(configuration.trustedPEM, what: configuration.labels.trusted)
        let store = unsafe SSL_CTX_get_cert_store(raw)
        for certificate in trusted {
            _ = unsafe X509_STORE_add_cert(store, certificate.raw)
            if configuration.role != .client { _ = unsafe SSL_CTX_add_client_CA(raw, certificate.raw) }
        }
        OpenSSLErrorQueue.clear()
        let mode =
            configuration.role == .server(.required)
            ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER
        unsafe TLSVerification.install(on: raw, mode: mode)
        return trusted
    }

    private static func revocations(
        _ raw: OpaquePointer,
        _ configuration: TLSConfiguration,
        of trusted: [Certificate]
    ) throws(TLSError) -> RevocationLists? {
        guard let pem = configuration.revokedPEM, configuration.role != .server(.none) else { return nil }
        let revocations = try RevocationLists(pem, of: trusted, what: configuration.labels.revoked)
        unsafe revocations.install(on: raw)
        return revocations
    }
}
