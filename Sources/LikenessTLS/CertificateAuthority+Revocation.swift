internal import COpenSSL

extension CertificateAuthority {
    /// A CRL, in PEM, of certificates that this CA has issued.
    ///
    /// - Parameters:
    ///   - validFromDays: From now.
    ///   - validToDays: From now; one in the past makes a list that has run out.
    package func revocationList(
        revoking issued: [Issued],
        validFromDays: Int = -1,
        validToDays: Int = 30
    ) throws(TLSError) -> String {
        OpenSSLErrorQueue.clear()
        guard let raw = unsafe X509_CRL_new() else { throw TLSError(.configuration, "no memory for a CRL") }
        let list = unsafe RevocationList(adopting: raw)
        _ = unsafe X509_CRL_set_version(raw, 1)
        _ = unsafe X509_CRL_set_issuer_name(raw, X509_get_subject_name(self.certificate.raw))
        let time = unsafe ASN1_TIME_new()
        defer { unsafe ASN1_TIME_free(time) }
        _ = unsafe X509_gmtime_adj(time, validFromDays * 86_400)
        _ = unsafe X509_CRL_set1_lastUpdate(raw, time)
        _ = unsafe X509_gmtime_adj(time, validToDays * 86_400)
        _ = unsafe X509_CRL_set1_nextUpdate(raw, time)
        _ = unsafe X509_gmtime_adj(time, 0)
        for issued in issued {
            for certificate in try PEM.certificates(issued.certificatePEM, what: "the certificate") {
                let entry = unsafe X509_REVOKED_new()
                _ = unsafe X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.raw))
                _ = unsafe X509_REVOKED_set_revocationDate(entry, time)
                // The list owns the entry from here on.
                _ = unsafe X509_CRL_add0_revoked(raw, entry)
            }
        }
        _ = unsafe X509_CRL_sort(raw)
        guard unsafe X509_CRL_sign(raw, self.key.raw, EVP_sha256()) > 0 else {
            throw TLSError(.configuration, "a CRL cannot be signed: \(OpenSSLErrorQueue.drainText())")
        }
        return unsafe PEM.written { bio in unsafe PEM_write_bio_X509_CRL(bio, list.raw) }
    }
}
