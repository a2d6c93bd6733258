internal import COpenSSL

/// What OpenSSL asks a server during the handshake: is this a peer that speaks our protocol?
enum TLSServerCallbacks {
    /// The only protocol served; in wire form, with its length first.
    private static let offered: [UInt8] = [10] + "likeness/1".utf8

    static func install(on context: OpaquePointer, demandsProtocol: Bool) {
        guard demandsProtocol else { return }
        // A client that names no protocol at all would never reach the selection below.
        unsafe SSL_CTX_set_client_hello_cb(
            context,
            { ssl, alert, _ in
                var data: UnsafePointer<UInt8>?
                var length = 0
                let type = UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation)
                guard unsafe SSL_client_hello_get0_ext(ssl, type, &data, &length) == 1 else {
                    unsafe alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
                    return SSL_CLIENT_HELLO_ERROR
                }
                return SSL_CLIENT_HELLO_SUCCESS
            },
            nil
        )
        unsafe SSL_CTX_set_alpn_select_cb(
            context,
            { _, selected, selectedLength, protocols, protocolsLength, _ in
                let list = unsafe UnsafeBufferPointer(start: protocols, count: Int(protocolsLength))
                var position = 0
                while position < list.count {
                    let length = Int(unsafe list[position])
                    let end = position + 1 + length
                    guard length > 0, end <= list.count else { break }
                    if unsafe list[position..<end].elementsEqual(TLSServerCallbacks.offered) {
                        unsafe selected?.pointee = protocols.map { unsafe $0 + position + 1 }
                        unsafe selectedLength?.pointee = UInt8(length)
                        return SSL_TLSEXT_ERR_OK
                    }
                    position = end
                }
                return SSL_TLSEXT_ERR_ALERT_FATAL
            },
            nil
        )
    }
}
