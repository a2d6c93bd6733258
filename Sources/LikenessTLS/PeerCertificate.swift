internal import COpenSSL

/// Who the peer proved to be. Only subject alternative names identify; the subject is for logs.
package struct PeerCertificate: Sendable, Hashable {
    /// `URI:` names, as in `spiffe://likeness/dev/admin`.
    package let uriNames: [String]
    /// `DNS:` names.
    package let dnsNames: [String]
    /// The first name, of the kind that counts first: what logs call the peer.
    package var firstName: String? { self.uriNames.first ?? self.dnsNames.first }
    /// The subject in one line.
    package let subject: String
    /// SHA-256 of the certificate in lower-case hexadecimal.
    package let fingerprint: String
    /// What its CA calls it, in hexadecimal.
    package let serialNumber: String
    /// OpenSSL's hash of the CA's name: finds the CA's list, proves nothing.
    let issuerHash: UInt
    /// When the certificate expires, in seconds since 1970.
    package let validToSeconds: Int64

    /// - Returns: `nil` when a name holds a NUL byte or is not ASCII: such a name is a forgery.
    init?(_ certificate: OpaquePointer) {
        guard let uriNames = unsafe Self.names(in: certificate, type: GEN_URI),
            let dnsNames = unsafe Self.names(in: certificate, type: GEN_DNS)
        else { return nil }
        self.uriNames = uriNames
        self.dnsNames = dnsNames
        self.subject = unsafe PEM.written { bio in
            unsafe likeness_X509_NAME_print(bio, X509_get_subject_name(certificate))
        }
        let number = unsafe ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nil)
        defer { unsafe BN_free(number) }
        let digitsOfNumber = unsafe BN_bn2hex(number)
        defer { unsafe likeness_OPENSSL_free(digitsOfNumber) }
        self.serialNumber = unsafe digitsOfNumber.map { unsafe String(cString: $0) } ?? ""
        self.issuerHash = unsafe X509_NAME_hash_ex(X509_get_issuer_name(certificate), nil, nil, nil)
        self.validToSeconds = unsafe Self.seconds(X509_get0_notAfter(certificate))
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        _ = unsafe X509_digest(certificate, EVP_sha256(), &digest, &length)
        let digits = Array("0123456789abcdef")
        self.fingerprint = digest.prefix(Int(length)).reduce(into: "") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }

    /// Seconds since 1970.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        let epoch = unsafe ASN1_TIME_set(nil, 0)
        defer { unsafe ASN1_TIME_free(epoch) }
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return 0 }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    static func names(in certificate: OpaquePointer, type: Int32) -> [String]? {
        guard let raw = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(raw)
        defer { unsafe GENERAL_NAMES_free(names) }
        var found: [String] = []
        for index in 0..<(unsafe likeness_GENERAL_NAMES_count(names)) {
            guard let name = unsafe likeness_GENERAL_NAMES_at(names, index),
                let text = unsafe likeness_GENERAL_NAME_string(name, type)
            else { continue }
            let bytes = unsafe UnsafeBufferPointer(
                start: ASN1_STRING_get0_data(text),
                count: Int(ASN1_STRING_length(text))
            )
            guard unsafe bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
            found.append(unsafe String(decoding: bytes, as: UTF8.self))
        }
        return found
    }
}
