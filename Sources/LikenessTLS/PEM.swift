internal import COpenSSL

/// One certificate. Owns an `X509`.
///
/// SAFETY: never changed once it is in use; OpenSSL locks what it works out of the extensions when it is first asked.
@safe final class Certificate: @unchecked Sendable {
    let raw: OpaquePointer
    init(adopting raw: OpaquePointer) { unsafe self.raw = raw }
    deinit { unsafe X509_free(self.raw) }
}

/// One private key. Owns an `EVP_PKEY`.
@safe final class PrivateKey {
    let raw: OpaquePointer
    init(adopting raw: OpaquePointer) { unsafe self.raw = raw }
    deinit { unsafe EVP_PKEY_free(self.raw) }
}

/// One list of revoked certificates. Owns an `X509_CRL`.
///
/// SAFETY: never changed once made; OpenSSL locks what it sorts by itself when it is asked for a number.
@safe final class RevocationList: @unchecked Sendable {
    let raw: OpaquePointer
    init(adopting raw: OpaquePointer) { unsafe self.raw = raw }
    deinit { unsafe X509_CRL_free(self.raw) }
}

/// Certificates and keys as text.
enum PEM {
    /// Every certificate in a text, in order; text between them is passed over.
    static func certificates(_ pem: String, what: String) throws(TLSError) -> [Certificate] {
        try unsafe Self.all(pem, what: what) { bio in
            unsafe PEM_read_bio_X509(bio, nil, nil, nil).map { unsafe Certificate(adopting: $0) }
        }
    }

    /// Every list of revoked certificates in a text, in order.
    static func revocationLists(_ pem: String, what: String) throws(TLSError) -> [RevocationList] {
        try unsafe Self.all(pem, what: what) { bio in
            unsafe PEM_read_bio_X509_CRL(bio, nil, nil, nil).map { unsafe RevocationList(adopting: $0) }
        }
    }

    private static func all<Item>(
        _ pem: String,
        what: String,
        next: (OpaquePointer?) -> Item?
    ) throws(TLSError) -> [Item] {
        let bio = unsafe Self.memory(pem)
        defer { unsafe BIO_free(bio) }
        OpenSSLErrorQueue.clear()
        var items: [Item] = []
        while let item = unsafe next(bio) { items.append(item) }
        let errors = OpenSSLErrorQueue.drain()
        if items.isEmpty || errors.contains(where: { $0.reasonCode != PEM_R_NO_START_LINE }) {
            let reason = errors.last?.text ?? "empty"
            throw TLSError(.configuration, "\(what) is not PEM: \(reason)")
        }
        return items
    }

    static func privateKey(_ pem: String, what: String) throws(TLSError) -> PrivateKey {
        let bio = unsafe Self.memory(pem)
        defer { unsafe BIO_free(bio) }
        OpenSSLErrorQueue.clear()
        // The callback refuses encrypted keys instead of asking a terminal for the password.
        guard let raw = unsafe PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil) else {
            throw TLSError(.configuration, "\(what) cannot be read as a private key: \(OpenSSLErrorQueue.drainText())")
        }
        return unsafe PrivateKey(adopting: raw)
    }

    /// Text that OpenSSL writes into a memory BIO.
    static func written(_ write: (OpaquePointer?) -> Int32) -> String {
        let bio = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free(bio) }
        guard unsafe write(bio) == 1 else { return "" }
        var data: UnsafeMutablePointer<CChar>?
        let length = unsafe likeness_BIO_mem_data(bio, &data)
        return unsafe String(decoding: UnsafeRawBufferPointer(start: data, count: length), as: UTF8.self)
    }

    private static func memory(_ text: String) -> OpaquePointer? {
        let bio = unsafe BIO_new(BIO_s_mem())
        let bytes = Array(text.utf8)
        _ = unsafe BIO_write(bio, bytes, Int32(bytes.count))
        return unsafe bio
    }
}
