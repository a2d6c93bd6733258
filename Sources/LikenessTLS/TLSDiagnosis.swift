internal import COpenSSL

/// OpenSSL's reasons in words that name the cause and the remedy.
enum TLSDiagnosis {
    static func handshake(_ entries: [OpenSSLErrorQueue.Entry]) -> String {
        if let alert = Self.alert(entries) { return alert }
        for entry in entries {
            switch entry.reasonCode {
            case SSL_R_WRONG_VERSION_NUMBER, SSL_R_HTTP_REQUEST, SSL_R_PACKET_LENGTH_TOO_LONG,
                SSL_R_BAD_PROTOCOL_VERSION_NUMBER,
                SSL_R_UNEXPECTED_MESSAGE:
                return "the peer does not speak TLS (\(entry.text))"
            case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW:
                return "the peer offers no TLS version that is allowed"
            case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return "the peer shows no client certificate; one is demanded"
            case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_CALLBACK_FAILED:
                return "the peer does not offer the application protocol likeness/1 (ALPN)"
            default: continue
            }
        }
        return entries.isEmpty ? "the handshake failed" : entries.map(\.text).joined(separator: "; ")
    }

    /// What the peer's alert means; `nil` when there was none.
    static func alert(_ entries: [OpenSSLErrorQueue.Entry]) -> String? {
        for entry in entries {
            // Reasons from 1000 on are alerts: 1000 and the alert's number in RFC 8446, section 6.
            switch entry.reasonCode - 1_000 {
            case 42: return "the server cannot use the client certificate (bad certificate)"
            case 44: return "the peer says the certificate is revoked"
            case 45: return "the peer says the certificate has expired"
            case 46, 43: return "the peer does not accept this kind of certificate"
            case 48: return "the peer does not know the CA of the certificate; use one signed by a CA it trusts"
            case 49: return "the peer denies access to this certificate"
            case 70: return "the peer allows no TLS version in common"
            case 116: return "the server demands a client certificate, and none was sent"
            case 120:
                return "the server does not offer the application protocol likeness/1 (ALPN): is it a Likeness port?"
            case 0...255: return "the peer refused the connection (\(entry.text))"
            default: continue
            }
        }
        return nil
    }

    static func verification(_ code: Int32, expecting name: String?, refused: RefusedCertificate?) -> String {
        let reason = unsafe String(cString: X509_verify_cert_error_string(Int(code)))
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the peer's certificate has expired\(refused.map { " (at \($0.validTo))" } ?? ""): renew it"
        case X509_V_ERR_CERT_NOT_YET_VALID:
            let from = refused.map { " (before \($0.validFrom))" } ?? ""
            return "the peer's certificate is not valid yet\(from): are the clocks right?"
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            let names = refused?.names ?? []
            let found = names.isEmpty ? "it carries no alternative name" : "it is for \(names.joined(separator: ", "))"
            return "the server's certificate is not for \(name ?? "this name"): \(found)"
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
            X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            let issuer = refused.map { "; issued by \($0.issuer)" } ?? ""
            return "the peer's certificate is signed by no CA that is trusted here (\(reason)\(issuer))"
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            let issuer = refused.map { " (\($0.issuer))" } ?? ""
            return "the peer's certificate is not signed by the CA that is trusted here but by another one of the same "
                + "name\(issuer): is the CA file the current one?"
        case X509_V_ERR_CERT_REVOKED: return "the peer's certificate has been revoked"
        case X509_V_ERR_CRL_HAS_EXPIRED, X509_V_ERR_CRL_NOT_YET_VALID, X509_V_ERR_UNABLE_TO_GET_CRL:
            return "the peer's certificate cannot be looked up: \(reason); is the CRL file the current one?"
        case X509_V_ERR_INVALID_PURPOSE: return "the peer's certificate is not made for this use (key usage, or a CA's)"
        default: return "the peer's certificate is refused: \(reason)"
        }
    }
}
