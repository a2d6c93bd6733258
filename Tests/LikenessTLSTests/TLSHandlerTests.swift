import LikenessTLS
import NIOCore
import NIOEmbedded
import Testing

@Suite struct TLSHandlerTests {
    @Test func `both sides agree and know each other`() throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(client: certificates.client(), server: certificates.server())
        try pair.exchange()
        #expect(pair.clientError == nil && pair.serverError == nil)
        #expect(pair.serverDone?.version == "TLSv1.3")
        #expect(pair.serverDone?.peer?.uriNames == ["spiffe://test/reader"])
        #expect(pair.clientDone?.peer?.dnsNames == ["localhost"])
    }

    @Test(arguments: [1, 100, 16_383, 16_384, 16_385, 100_000, 1_000_000])
    func `data arrives whole both ways`(size: Int) throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(client: certificates.client(), server: certificates.server())
        try pair.exchange()
        let data = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        for (from, to) in [(pair.client, pair.server), (pair.server, pair.client)] {
            from.writeAndFlush(data, promise: nil)
            try pair.exchange()
            var received = ByteBuffer()
            while var piece = try to.readInbound(as: ByteBuffer.self) { received.writeBuffer(&piece) }
            #expect(received == data)
        }
    }

    @Test func `a peer that sends byte by byte is served`() throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(client: certificates.client(), server: certificates.server())
        try pair.exchange(slice: 1)
        pair.client.writeAndFlush(ByteBuffer(string: "hello"), promise: nil)
        try pair.exchange(slice: 1)
        #expect(try pair.server.readInbound(as: ByteBuffer.self) == ByteBuffer(string: "hello"))
    }

    @Test func `writes between two flushes leave in one record`() throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(client: certificates.client(), server: certificates.server())
        try pair.exchange()
        for text in ["a", "b", "c"] { pair.client.write(ByteBuffer(string: text), promise: nil) }
        pair.client.flush()
        let ciphertext = try #require(try pair.client.readOutbound(as: ByteBuffer.self))
        // 5 bytes of header, 3 of data, 1 of type, 16 of tag: RFC 8446, section 5.2.
        #expect(ciphertext.readableBytes == 25)
    }

    @Test func `another application protocol is refused, and the client learns why`() throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(client: certificates.client(protocol: "h2"), server: certificates.server())
        try pair.exchange()
        #expect(pair.serverError?.kind == .handshake)
        #expect(pair.clientError?.description.contains("ALPN") == true)
    }

    @Test func `a client without a certificate is refused, and learns why`() throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(client: certificates.client(nil), server: certificates.server())
        try pair.exchange()
        #expect(pair.serverError?.description.contains("client certificate") == true)
        #expect(pair.clientError?.description.contains("demands a client certificate") == true)
        #expect(pair.serverDone == nil)
    }

    @Test func `a server that demands no certificate takes clients without one`() throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(client: certificates.client(nil), server: certificates.server(.optional))
        try pair.exchange()
        #expect(pair.serverDone != nil && pair.serverDone?.peer == nil)
    }

    enum BadClient: String, CaseIterable { case expired, notYetValid, otherAuthority, wrongUse }

    @Test(arguments: BadClient.allCases)
    func `a bad client certificate is refused`(bad: BadClient) throws {
        let certificates = try TestCertificates()
        var request = CertificateAuthority.Request(
            commonName: "client",
            alternativeNames: ["URI:spiffe://test/admin"],
            use: .client
        )
        var authority: CertificateAuthority?
        switch bad {
        case .expired: (request.validFromDays, request.validToDays) = (-10, -1)
        case .notYetValid: (request.validFromDays, request.validToDays) = (1, 10)
        case .otherAuthority: authority = try CertificateAuthority(commonName: "other CA")
        case .wrongUse: request.use = .server
        }
        let pair = try TLSPair(client: certificates.client(request, signedBy: authority), server: certificates.server())
        try pair.exchange()
        #expect(pair.serverDone == nil)
        #expect(pair.serverError?.kind == .handshake)
    }

    @Test func `a client that signed its certificate itself is refused`() throws {
        let certificates = try TestCertificates()
        let own = try CertificateAuthority(commonName: "spiffe://test/admin")
        let client = try TLSContext(
            TLSConfiguration(
                role: .client,
                certificateChainPEM: own.certificatePEM,
                privateKeyPEM: own.privateKeyPEM,
                trustedPEM: certificates.authority.certificatePEM
            )
        )
        let pair = try TLSPair(client: client, server: certificates.server())
        try pair.exchange()
        #expect(pair.serverDone == nil)
        #expect(pair.serverError?.description.contains("no CA that is trusted here") == true)
    }

    @Test func `a name with a NUL in it is a forgery`() throws {
        let certificates = try TestCertificates()
        let name = Array("spiffe://td/reader\u{0}admin".utf8)
        let der = [0x30, UInt8(name.count + 2), 0x86, UInt8(name.count)] + name
        let text = "DER:" + der.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let pair = try TLSPair(
            client: certificates.client(.init(commonName: "client", alternativeNames: [text], use: .client)),
            server: certificates.server()
        )
        try pair.exchange()
        #expect(pair.serverDone == nil)
        #expect(pair.serverError?.description.contains("NUL") == true)
        #expect(!pair.server.isActive)
    }

    @Test(arguments: [[], ["URI:spiffe://localhost"], ["DNS:*.localhost"], ["DNS:localhos"]])
    func `a server is known by its alternative names only`(names: [String]) throws {
        let certificates = try TestCertificates()
        let issued = try certificates.authority.issue(
            .init(commonName: "localhost", alternativeNames: names, use: .server)
        )
        let server = try TLSContext(
            TLSConfiguration(
                role: .server(.required),
                certificateChainPEM: issued.certificatePEM,
                privateKeyPEM: issued.privateKeyPEM,
                trustedPEM: certificates.authority.certificatePEM
            )
        )
        let pair = try TLSPair(client: certificates.client(), server: server)
        try pair.exchange()
        #expect(pair.clientDone == nil)
        let found = names.first ?? "no alternative name"
        #expect(pair.clientError?.description.hasSuffix(found) == true, "\(String(describing: pair.clientError))")
    }

    @Test func `a client that meets something else than TLS says so`() throws {
        let recorder = EventRecorder()
        let client = EmbeddedChannel()
        let certificates = try TestCertificates()
        try client.pipeline.syncOperations.addHandlers([
            TLSHandler(context: certificates.client(), serverName: "localhost"), recorder,
        ])
        client.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        try client.writeInbound(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"))
        #expect(recorder.error?.description.hasPrefix("the peer does not speak TLS") == true)
    }

    @Test func `new certificates are for new connections, and the old ones go on`() throws {
        let certificates = try TestCertificates()
        let source = TLSContextSource(try certificates.server())
        let old = try TLSPair(client: certificates.client(), server: source.current)
        try old.exchange()
        let before = try #require(old.clientDone?.peer)
        try source.replace(with: certificates.serverConfiguration(validToDays: 300))
        old.client.writeAndFlush(ByteBuffer(string: "still here"), promise: nil)
        try old.exchange()
        #expect(try old.server.readInbound(as: ByteBuffer.self) == ByteBuffer(string: "still here"))
        let new = try TLSPair(client: certificates.client(), server: source.current)
        try new.exchange()
        let after = try #require(new.clientDone?.peer)
        #expect(after.fingerprint != before.fingerprint)
        #expect(abs(after.validToSeconds - before.validToSeconds - 270 * 86_400) < 60)
    }

    @Test func `a server of another name is refused, and the name is said`() throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(
            client: certificates.client(),
            server: certificates.server(),
            serverName: "search.example"
        )
        try pair.exchange()
        #expect(pair.clientDone == nil)
        #expect(
            pair.clientError?.description.contains(
                "not for search.example: it is for DNS:localhost, IP Address:127.0.0.1"
            ) == true
        )
    }

    @Test func `a server is verified by its address too`() throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(client: certificates.client(), server: certificates.server(), serverName: "127.0.0.1")
        try pair.exchange()
        #expect(pair.clientDone != nil)
        let other = try TLSPair(client: certificates.client(), server: certificates.server(), serverName: "127.0.0.2")
        try other.exchange()
        #expect(other.clientDone == nil)
    }

    @Test func `an expired server certificate is named as such`() throws {
        let certificates = try TestCertificates()
        let pair = try TLSPair(client: certificates.client(), server: certificates.server(validToDays: -1))
        try pair.exchange()
        #expect(pair.clientError?.description.hasPrefix("the peer's certificate has expired (at 20") == true)
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{0}\u{0}\u{8}\u{4}\u{D2}\u{16}\u{2F}",
    ])
    func `what is not TLS is refused and closed`(bytes: String) throws {
        let certificates = try TestCertificates()
        let recorder = EventRecorder()
        let server = EmbeddedChannel()
        try server.pipeline.syncOperations.addHandlers([TLSHandler(context: certificates.server()), recorder])
        server.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        try server.writeInbound(ByteBuffer(string: bytes))
        #expect(recorder.error?.kind == .handshake)
        #expect(!server.isActive)
    }

    @Test func `a handshake that does not end is cut off`() throws {
        let certificates = try TestCertificates()
        let recorder = EventRecorder()
        let server = EmbeddedChannel()
        try server.pipeline.syncOperations.addHandlers([
            TLSHandler(context: certificates.server(), handshakeTimeout: .seconds(5)), recorder,
        ])
        server.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        server.embeddedEventLoop.advanceTime(by: .seconds(4))
        #expect(server.isActive)
        server.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(recorder.error?.kind == .handshakeTimeout)
        #expect(!server.isActive)
    }

    @Test func `an end without close_notify is truncation, one with it is not`() throws {
        let certificates = try TestCertificates()
        let cut = try TLSPair(client: certificates.client(), server: certificates.server())
        try cut.exchange()
        cut.server.pipeline.fireChannelInactive()
        #expect(cut.serverError?.kind == .truncated)

        let clean = try TLSPair(client: certificates.client(), server: certificates.server())
        try clean.exchange()
        clean.client.close(promise: nil)
        try clean.exchange()
        #expect(clean.serverError == nil)
        #expect(!clean.server.isActive)
    }

    @Test func `a broken replacement keeps the old certificates`() throws {
        let certificates = try TestCertificates()
        let source = TLSContextSource(try certificates.server())
        let before = ObjectIdentifier(source.current)
        #expect(throws: TLSError.self) {
            try source.replace(
                with: TLSConfiguration(
                    role: .server(.required),
                    certificateChainPEM: "nonsense",
                    privateKeyPEM: "",
                    trustedPEM: ""
                )
            )
        }
        #expect(ObjectIdentifier(source.current) == before)
    }
}
