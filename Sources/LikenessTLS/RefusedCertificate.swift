internal import COpenSSL

/// A certificate that did not pass, for the message that says why. Nothing in it can be trusted.
struct RefusedCertificate: Hashable {
    /// `DNS:localhost`, for one; at most `namesMax`.
    let names: [String]
    let issuer: String
    /// `2026-01-31 12:00:00Z`.
    let validFrom: String
    let validTo: String

    static let namesMax = 16

    init(_ certificate: OpaquePointer) {
        self.names = unsafe Self.names(of: certificate)
        self.issuer = unsafe PEM.written { bio in
            unsafe likeness_X509_NAME_print(bio, X509_get_issuer_name(certificate))
        }
        self.validFrom = unsafe Self.text(X509_get0_notBefore(certificate))
        self.validTo = unsafe Self.text(X509_get0_notAfter(certificate))
    }

    private static func names(of certificate: OpaquePointer) -> [String] {
        guard let raw = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(raw)
        defer { unsafe GENERAL_NAMES_free(names) }
        let count = min(Int(unsafe likeness_GENERAL_NAMES_count(names)), Self.namesMax)
        return (0..<count).map { index in
            // OpenSSL prints dots for what is not printable.
            unsafe PEM.written { bio in
                unsafe likeness_GENERAL_NAME_print(bio, likeness_GENERAL_NAMES_at(names, Int32(index)))
            }
        }
    }

    private static func text(_ time: UnsafePointer<ASN1_TIME>?) -> String {
        unsafe PEM.written { bio in unsafe ASN1_TIME_print_ex(bio, time, UInt(ASN1_DTFLGS_ISO8601)) }
    }
}

/// Keeps what OpenSSL forgets of a certificate that it refuses.
enum TLSVerification {
    /// Verifies as OpenSSL does; a refusal is noted in the session's notes.
    static func install(on context: OpaquePointer, mode: Int32) {
        unsafe SSL_CTX_set_verify(context, mode) { isGood, store in
            var isGood = isGood
            if isGood == 1, unsafe TLSVerification.isAuthorityAsClient(store) {
                unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE)
                isGood = 0
            }
            guard isGood == 0, let store = unsafe store,
                let ssl = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
                let notes = unsafe SSL_get_ex_data(OpaquePointer(ssl), TLSSession.notesIndex),
                let certificate = unsafe X509_STORE_CTX_get0_cert(store)
            else { return isGood }
            // SAFETY: the notes live as long as the session, which is inside a call of OpenSSL now.
            unsafe notes.assumingMemoryBound(to: TLSSession.Notes.self).pointee.refused = RefusedCertificate(
                certificate
            )
            return isGood
        }
        unsafe SSL_CTX_set_verify_depth(context, 4)
    }

    /// Whether a client shows the certificate of a CA as its own: a CA may issue any name, so it identifies no caller.
    private static func isAuthorityAsClient(_ store: OpaquePointer?) -> Bool {
        guard unsafe X509_STORE_CTX_get_error_depth(store) == 0,
            let ssl = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            unsafe SSL_is_server(OpaquePointer(ssl)) == 1,
            let certificate = unsafe X509_STORE_CTX_get_current_cert(store)
        else { return false }
        return unsafe X509_get_extension_flags(certificate) & UInt32(EXFLAG_CA) != 0
    }
}
