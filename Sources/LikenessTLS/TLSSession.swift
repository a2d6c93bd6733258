internal import COpenSSL
internal import NIOCore

/// One TLS connection without I/O: ciphertext in, plaintext out, and the other way round.
///
/// Used on one event loop only; owns an `SSL` and, through it, two memory BIOs.
@safe final class TLSSession {
    enum Progress: Equatable { case incomplete, complete }

    enum ReadResult {
        case data(Int)
        case wantMore
        case closed
    }

    /// What OpenSSL's callbacks write down for the session.
    struct Notes {
        /// Records and post-handshake messages since the last application data; OpenSSL limits neither.
        var recordsWithoutData = 0
        var messagesWithoutData = 0
        var refused: RefusedCertificate?

        mutating func dataArrived() { (self.recordsWithoutData, self.messagesWithoutData) = (0, 0) }
    }

    /// Where an `SSL` keeps the pointer to the notes: the place for applications.
    static let notesIndex: Int32 = 0

    private let ssl: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    private let notes: UnsafeMutablePointer<Notes>
    private let context: TLSContext
    private let serverName: String?

    static let recordsWithoutDataMax = 32
    static let messagesWithoutDataMax = 16

    /// - Parameter serverName: For a client: the name or address that the server's certificate must carry.
    init(_ context: TLSContext, serverName: String?) throws(TLSError) {
        OpenSSLErrorQueue.clear()
        guard let ssl = unsafe SSL_new(context.raw), let input = unsafe BIO_new(BIO_s_mem()),
            let output = unsafe BIO_new(BIO_s_mem())
        else { throw TLSError(.connection, "no memory for a TLS session: \(OpenSSLErrorQueue.drainText())") }
        unsafe self.ssl = ssl
        unsafe self.input = input
        unsafe self.output = output
        unsafe self.notes = UnsafeMutablePointer<Notes>.allocate(capacity: 1)
        unsafe self.notes.initialize(to: Notes())
        self.context = context
        self.serverName = serverName
        // An empty memory BIO means "more will come", not the end.
        _ = unsafe likeness_BIO_set_mem_eof_retry(input)
        _ = unsafe likeness_BIO_set_mem_eof_retry(output)
        unsafe SSL_set_bio(ssl, input, output)
        _ = unsafe SSL_set_ex_data(ssl, Self.notesIndex, self.notes)
        unsafe likeness_SSL_set_msg_callback_arg(ssl, self.notes)
        unsafe SSL_set_msg_callback(ssl) { isWritten, _, contentType, _, _, _, argument in
            // SAFETY: the notes live as long as the session that owns the SSL.
            guard isWritten == 0, let notes = unsafe argument?.assumingMemoryBound(to: Notes.self) else { return }
            if contentType == SSL3_RT_HEADER { unsafe notes.pointee.recordsWithoutData += 1 }
            if contentType == SSL3_RT_HANDSHAKE { unsafe notes.pointee.messagesWithoutData += 1 }
        }
        if context.role == .client {
            unsafe SSL_set_connect_state(ssl)
            if let serverName { unsafe Self.expect(serverName, on: ssl) }
        } else {
            unsafe SSL_set_accept_state(ssl)
        }
    }

    deinit {
        unsafe SSL_free(self.ssl)
        unsafe self.notes.deinitialize(count: 1)
        unsafe self.notes.deallocate()
    }

    private static func expect(_ name: String, on ssl: OpaquePointer) {
        let parameters = unsafe SSL_get0_param(ssl)
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 { return }
        OpenSSLErrorQueue.clear()
        unsafe X509_VERIFY_PARAM_set_hostflags(
            parameters,
            UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
        )
        _ = unsafe X509_VERIFY_PARAM_set1_host(parameters, name, 0)
        _ = unsafe likeness_SSL_set_tlsext_host_name(ssl, name)
    }

    // MARK: Ciphertext

    /// Takes ciphertext from the peer.
    func receive(_ ciphertext: UnsafeRawBufferPointer) {
        guard let base = ciphertext.baseAddress, ciphertext.count > 0 else { return }
        _ = unsafe BIO_write(self.input, base, Int32(ciphertext.count))
    }

    /// Moves ciphertext for the peer into the buffer.
    func takeOutput(into buffer: inout ByteBuffer) {
        var data: UnsafeMutablePointer<CChar>?
        let length = unsafe likeness_BIO_mem_data(self.output, &data)
        guard length > 0 else { return }
        unsafe buffer.writeBytes(UnsafeRawBufferPointer(start: data, count: length))
        _ = unsafe likeness_BIO_reset(self.output)
    }

    /// Ciphertext that has not been decrypted yet, part of a record perhaps; an upper bound of its plaintext.
    var inputBytes: Int {
        let inside = unsafe SSL_has_pending(self.ssl) == 1 ? Int(SSL3_RT_MAX_PLAIN_LENGTH) : 0
        return unsafe BIO_ctrl_pending(self.input) + inside
    }

    var hasOutput: Bool { unsafe BIO_ctrl_pending(self.output) > 0 }

    // MARK: Handshake

    func handshake() throws(TLSError) -> Progress {
        OpenSSLErrorQueue.clear()
        let result = unsafe SSL_do_handshake(self.ssl)
        if result == 1 {
            var name: UnsafePointer<UInt8>?
            var length: UInt32 = 0
            unsafe SSL_get0_alpn_selected(self.ssl, &name, &length)
            let selected = unsafe String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
            guard selected == self.context.applicationProtocol || !self.context.demandsApplicationProtocol else {
                throw TLSError(
                    .handshake,
                    "the peer did not agree on the application protocol \(self.context.applicationProtocol) (ALPN)"
                )
            }
            unsafe self.notes.pointee.dataArrived()
            return .complete
        }
        switch unsafe SSL_get_error(self.ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .incomplete
        default: throw self.handshakeError()
        }
    }

    var version: String { unsafe String(cString: SSL_get_version(self.ssl)) }

    /// The peer's certificate, or `nil` when it showed none.
    ///
    /// - Throws: When a name in it is forged.
    func peerCertificate() throws(TLSError) -> PeerCertificate? {
        guard let certificate = unsafe SSL_get1_peer_certificate(self.ssl) else { return nil }
        defer { unsafe X509_free(certificate) }
        guard let peer = unsafe PeerCertificate(certificate) else {
            throw TLSError(.handshake, "the peer's certificate carries a name with a NUL or control character")
        }
        return peer
    }

    // MARK: Plaintext

    /// Decrypts into memory.
    func read(into memory: UnsafeMutableRawBufferPointer) throws(TLSError) -> ReadResult {
        guard let base = memory.baseAddress else { return .wantMore }
        OpenSSLErrorQueue.clear()
        let count = unsafe SSL_read(self.ssl, base, Int32(clamping: memory.count))
        // The record that brought the data was counted too.
        let withoutData = unsafe self.notes.pointee.recordsWithoutData - (count > 0 ? 1 : 0)
        if unsafe withoutData > Self.recordsWithoutDataMax
            || self.notes.pointee.messagesWithoutData > Self.messagesWithoutDataMax
        {
            throw TLSError(.abuse, "the peer sends TLS records without data")
        }
        if count > 0 {
            unsafe self.notes.pointee.dataArrived()
            return .data(Int(count))
        }
        switch unsafe SSL_get_error(self.ssl, count) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wantMore
        case SSL_ERROR_ZERO_RETURN: return .closed
        default:
            // A client learns only now that the server refused its certificate: TLS 1.3 ends its own handshake first.
            throw self.alertError() ?? TLSError(.connection, "TLS failed: \(OpenSSLErrorQueue.drainText())")
        }
    }

    /// Encrypts; the ciphertext waits in `takeOutput`.
    func write(_ plaintext: UnsafeRawBufferPointer) throws(TLSError) {
        guard var base = plaintext.baseAddress else { return }
        var left = plaintext.count
        while left > 0 {
            OpenSSLErrorQueue.clear()
            let count = unsafe SSL_write(self.ssl, base, Int32(clamping: left))
            guard count > 0 else { throw TLSError(.connection, "TLS write failed: \(OpenSSLErrorQueue.drainText())") }
            unsafe base += Int(count)
            left -= Int(count)
        }
    }

    /// Gives back OpenSSL's buffers, 32 KiB, until there is something to encrypt or decrypt again.
    func freeBuffers() { _ = unsafe SSL_free_buffers(self.ssl) }

    /// Tells the peer that nothing more will come.
    func close() {
        OpenSSLErrorQueue.clear()
        _ = unsafe SSL_shutdown(self.ssl)
        OpenSSLErrorQueue.clear()
    }

    // MARK: Errors

    private func handshakeError() -> TLSError {
        let verification = unsafe SSL_get_verify_result(self.ssl)
        let entries = OpenSSLErrorQueue.drain()
        if verification != Int(X509_V_OK) {
            return TLSError(
                .handshake,
                unsafe TLSDiagnosis.verification(
                    Int32(verification),
                    expecting: self.serverName,
                    refused: self.notes.pointee.refused
                )
            )
        }
        return TLSError(.handshake, TLSDiagnosis.handshake(entries))
    }

    private func alertError() -> TLSError? {
        let entries = OpenSSLErrorQueue.drain()
        guard let text = TLSDiagnosis.alert(entries) else {
            return entries.isEmpty ? nil : TLSError(.connection, entries.map(\.text).joined(separator: "; "))
        }
        return TLSError(.handshake, text)
    }
}
