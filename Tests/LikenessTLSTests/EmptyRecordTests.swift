import COpenSSL
import LikenessTLS
import NIOCore
import NIOEmbedded
import Testing

/// Records that OpenSSL itself would never send: encrypted by hand under the client's key.
@Suite struct EmptyRecordTests {
    @Test(arguments: [0, 100])
    func `records without data end the connection after thirty-two`(padding: Int) throws {
        let peer = try ForgingPeer()
        for _ in 0..<32 { try peer.sendRecord(data: [], padding: padding) }
        #expect(peer.events.error == nil)
        // Data starts the count anew.
        try peer.sendRecord(data: Array("data".utf8), padding: padding)
        #expect(try peer.server.readInbound(as: ByteBuffer.self) == ByteBuffer(string: "data"))
        for _ in 0..<32 { try peer.sendRecord(data: [], padding: padding) }
        #expect(peer.events.error == nil)
        try peer.sendRecord(data: [], padding: padding)
        #expect(peer.events.error?.kind == .abuse)
        #expect(!peer.server.isActive)
    }

    @Test func `data at the end of many empty records does not excuse them`() throws {
        let peer = try ForgingPeer()
        var bytes = ByteBuffer()
        for _ in 0..<1_000 { bytes.writeBytes(try peer.record(data: [], padding: 0)) }
        bytes.writeBytes(try peer.record(data: [1], padding: 0))
        try peer.server.writeInbound(bytes)
        #expect(peer.events.error?.kind == .abuse)
    }
}

/// A client whose handshake OpenSSL does, and whose records are made here (RFC 8446, sections 5.2 and 7.1).
private final class ForgingPeer {
    struct Failure: Error {}

    let server = EmbeddedChannel()
    let events = EventRecorder()
    private let secret: UnsafeMutablePointer<[UInt8]>
    private var key: [UInt8] = []
    private var nonce: [UInt8] = []
    private var recordCount: UInt64 = 0

    init() throws {
        self.secret = .allocate(capacity: 1)
        self.secret.initialize(to: [])
        let certificates = try TestCertificates()
        try self.server.pipeline.syncOperations.addHandlers([
            TLSHandler(context: certificates.server(.none)), self.events,
        ])
        self.server.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        try self.handshake()
        self.key = Self.expand(self.secret.pointee, "key", 16)
        self.nonce = Self.expand(self.secret.pointee, "iv", 12)
    }

    deinit {
        self.secret.deinitialize(count: 1)
        self.secret.deallocate()
    }

    private func handshake() throws {
        let context = SSL_CTX_new(TLS_client_method())
        defer { SSL_CTX_free(context) }
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256")
        let protocols: [UInt8] = [10] + "likeness/1".utf8
        SSL_CTX_set_alpn_protos(context, protocols, UInt32(protocols.count))
        SSL_CTX_set_keylog_callback(context) { ssl, line in
            // SAFETY: the handshake is called by the owner of the secret.
            guard let line, let place = SSL_get_ex_data(ssl, 0)?.assumingMemoryBound(to: [UInt8].self) else { return }
            let words = String(cString: line).split(separator: " ")
            guard words.first == "CLIENT_TRAFFIC_SECRET_0", let digits = words.last.map({ Array($0.utf8) }) else {
                return
            }
            place.pointee = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
        }
        let ssl = SSL_new(context)
        defer { SSL_free(ssl) }
        SSL_set_ex_data(ssl, 0, self.secret)
        let (input, output) = (BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()))
        SSL_set_bio(ssl, input, output)
        SSL_set_connect_state(ssl)
        while self.events.completed == nil {
            ERR_clear_error()
            let result = SSL_do_handshake(ssl)
            let reason = SSL_get_error(ssl, result)
            var memory = [UInt8](repeating: 0, count: 65_536)
            let count = BIO_read(output, &memory, Int32(memory.count))
            if count > 0 { try self.server.writeInbound(ByteBuffer(bytes: memory[..<Int(count)])) }
            while let bytes = try self.server.readOutbound(as: ByteBuffer.self) {
                BIO_write(input, Array(bytes.readableBytesView), Int32(bytes.readableBytes))
            }
            guard self.events.error == nil, result == 1 || reason == SSL_ERROR_WANT_READ else {
                throw self.events.error ?? Failure()
            }
        }
    }

    /// HKDF-Expand-Label for at most one block of SHA-256.
    private static func expand(_ secret: [UInt8], _ label: String, _ length: UInt8) -> [UInt8] {
        let name = Array("tls13 \(label)".utf8)
        let info = [0, length, UInt8(name.count)] + name + [0, 1]
        var block = [UInt8](repeating: 0, count: 32)
        var size = 0
        EVP_Q_mac(nil, "HMAC", nil, "SHA256", nil, secret, secret.count, info, info.count, &block, block.count, &size)
        return Array(block.prefix(Int(length)))
    }

    /// The next record of the client.
    func record(data: [UInt8], padding: Int) throws -> [UInt8] {
        let applicationData: UInt8 = 23
        let inner = data + [applicationData] + Array(repeating: 0, count: padding)
        let size = inner.count + 16
        let header: [UInt8] = [applicationData, 3, 3, UInt8(size >> 8), UInt8(size & 255)]
        var nonce = self.nonce
        for index in 0..<8 { nonce[4 + index] ^= UInt8(truncatingIfNeeded: self.recordCount >> (56 - 8 * index)) }
        self.recordCount += 1
        let cipher = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(cipher) }
        var sealed = [UInt8](repeating: 0, count: inner.count)
        var tag = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        guard EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), nil, self.key, nonce) == 1,
            EVP_EncryptUpdate(cipher, nil, &count, header, Int32(header.count)) == 1,
            EVP_EncryptUpdate(cipher, &sealed, &count, inner, Int32(inner.count)) == 1,
            EVP_EncryptFinal_ex(cipher, &tag, &count) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1
        else { throw Failure() }
        return header + sealed + tag
    }

    func sendRecord(data: [UInt8], padding: Int) throws {
        try self.server.writeInbound(ByteBuffer(bytes: self.record(data: data, padding: padding)))
    }
}
