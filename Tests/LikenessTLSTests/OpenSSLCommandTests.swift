import LikenessTLS
import NIOCore
import NIOEmbedded
import Testing

/// The handler against an implementation's own command, over a real socket.
@Suite struct OpenSSLCommandTests {
    private let certificates: TestCertificates

    init() throws { self.certificates = try TestCertificates() }

    private func start(_ arguments: [String], allowsTLS12: Bool = false) throws -> OpenSSLCommand {
        try OpenSSLCommand(
            server: self.certificates.server(allowsTLS12: allowsTLS12),
            certificates: self.certificates,
            arguments
        )
    }

    @Test func `openssl and the handler understand each other`() throws {
        let client = try self.start(["-alpn", "likeness/1"])
        try client.exchange { client.events.completed != nil || client.events.error != nil }
        #expect(client.events.completed?.version == "TLSv1.3")
        #expect(client.events.completed?.applicationProtocol == "likeness/1")
        #expect(client.events.completed?.peer?.uriNames == ["spiffe://test/reader"])
        try client.type("hello")
        var received: ByteBuffer?
        try client.exchange {
            received = try? client.channel.readInbound(as: ByteBuffer.self)
            return received != nil
        }
        #expect(received == ByteBuffer(string: "hello\n"))
        client.channel.writeAndFlush(ByteBuffer(string: "answered\n"), promise: nil)
        let printed = try client.finish()
        #expect(printed.contains("answered"))
        #expect(printed.contains("ALPN protocol: likeness/1"))
        #expect(printed.contains("Verify return code: 0 (ok)"))
        #expect(!printed.contains("New Session Ticket"))
    }

    @Test(arguments: [[], ["-alpn", "h2"], ["-alpn", "h2,http/1.1"]])
    func `without the application protocol there is no connection`(arguments: [String]) throws {
        let client = try self.start(arguments)
        try client.exchange { client.events.error != nil }
        #expect(client.events.completed == nil)
        #expect(client.events.error?.description.contains("likeness/1 (ALPN)") == true)
        #expect(try client.finish().contains("no application protocol"))
    }

    @Test func `the protocol may be one of several`() throws {
        let client = try self.start(["-alpn", "h2,likeness/1"])
        try client.exchange { client.events.completed != nil || client.events.error != nil }
        #expect(client.events.completed != nil)
        _ = try client.finish()
    }

    @Test func `TLS 1_2 is for those who ask for it, and does not renegotiate`() throws {
        let refused = try self.start(["-alpn", "likeness/1", "-tls1_2"])
        try refused.exchange { refused.events.error != nil }
        #expect(refused.events.error?.description == "the peer offers no TLS version that is allowed")
        #expect(try refused.finish().contains("alert protocol version"))

        let client = try self.start(["-alpn", "likeness/1", "-tls1_2"], allowsTLS12: true)
        try client.exchange { client.events.completed != nil || client.events.error != nil }
        #expect(client.events.completed?.version == "TLSv1.2")
        try client.type("R")
        try client.exchange { client.events.error != nil }
        #expect(try client.finish().contains("no renegotiation"))
    }

    @Test(arguments: ["-tls1_1", "-no_tls1_3"])
    func `older versions are refused`(version: String) throws {
        let client = try self.start(["-alpn", "likeness/1", version, "-cipher", "ALL:@SECLEVEL=0"])
        try client.exchange { client.events.error != nil }
        #expect(client.events.completed == nil)
        _ = try client.finish()
    }

    @Test func `key updates without data end the connection after sixteen`() throws {
        let client = try self.start(["-alpn", "likeness/1"])
        try client.exchange { client.events.completed != nil || client.events.error != nil }
        for _ in 0..<16 { try self.updateKey(client) }
        #expect(client.events.error == nil && client.channel.isActive)
        // Data starts the count anew.
        try client.type("data")
        try client.exchange { (try? client.channel.readInbound(as: ByteBuffer.self)) != nil }
        for _ in 0..<16 { try self.updateKey(client) }
        #expect(client.events.error == nil && client.channel.isActive)
        try self.updateKey(client)
        #expect(client.events.error?.kind == .abuse)
        #expect(!client.channel.isActive)
        _ = try client.finish()
    }

    /// Lets the client ask for new keys and waits for the handler's answer.
    private func updateKey(_ client: OpenSSLCommand) throws {
        try client.type("K")
        var rounds = 0
        try client.exchange {
            rounds += 1
            return rounds > 1
        }
    }
}
