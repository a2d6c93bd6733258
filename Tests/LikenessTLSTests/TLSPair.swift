import LikenessTLS
import NIOCore
import NIOEmbedded

/// A TLS client and a TLS server that exchange bytes in memory, with nothing but the test between them.
struct TLSPair {
    let client = EmbeddedChannel()
    let server = EmbeddedChannel()
    private let clientEvents = EventRecorder()
    private let serverEvents = EventRecorder()

    var clientDone: TLSHandshakeCompleted? { self.clientEvents.completed }
    var serverDone: TLSHandshakeCompleted? { self.serverEvents.completed }
    var clientError: TLSError? { self.clientEvents.error }
    var serverError: TLSError? { self.serverEvents.error }

    init(client clientContext: TLSContext, server serverContext: TLSContext, serverName: String? = "localhost") throws {
        try self.server.pipeline.syncOperations.addHandlers([
            TLSHandler(context: serverContext), self.serverEvents,
        ])
        try self.client.pipeline.syncOperations.addHandlers([
            TLSHandler(context: clientContext, serverName: serverName), self.clientEvents,
        ])
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        self.server.connect(to: address, promise: nil)
        self.client.connect(to: address, promise: nil)
    }

    /// Carries bytes both ways until neither side has more to say, in pieces of at most `slice` bytes.
    func exchange(slice: Int = .max) throws {
        var hasMoved = true
        while hasMoved {
            let fromClient = try Self.carry(from: self.client, to: self.server, slice: slice)
            let fromServer = try Self.carry(from: self.server, to: self.client, slice: slice)
            hasMoved = fromClient || fromServer
        }
    }

    /// - Returns: Whether there was anything.
    private static func carry(from: EmbeddedChannel, to: EmbeddedChannel, slice: Int) throws -> Bool {
        var hasMoved = false
        while var bytes = try from.readOutbound(as: ByteBuffer.self) {
            hasMoved = true
            while let piece = bytes.readSlice(length: min(slice, bytes.readableBytes)), piece.readableBytes > 0 {
                if to.isActive { try to.writeInbound(piece) }
            }
        }
        return hasMoved
    }
}

/// Keeps what the TLS handler reports.
final class EventRecorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private(set) var completed: TLSHandshakeCompleted?
    private(set) var error: TLSError?

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSHandshakeCompleted { self.completed = event }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError, self.error == nil { self.error = error }
    }
}

/// Contexts made from one CA per test.
struct TestCertificates {
    let authority: CertificateAuthority

    init() throws { self.authority = try CertificateAuthority(commonName: "test CA") }

    func server(
        _ clients: TLSConfiguration.ClientCertificates = .required,
        names: [String] = ["DNS:localhost", "IP:127.0.0.1"],
        validToDays: Int = 30,
        allowsTLS12: Bool = false
    ) throws -> TLSContext {
        try TLSContext(
            self.serverConfiguration(clients, names: names, validToDays: validToDays, allowsTLS12: allowsTLS12)
        )
    }

    func serverConfiguration(
        _ clients: TLSConfiguration.ClientCertificates = .required,
        names: [String] = ["DNS:localhost", "IP:127.0.0.1"],
        validToDays: Int = 30,
        allowsTLS12: Bool = false
    ) throws -> TLSConfiguration {
        let issued = try self.authority.issue(
            .init(
                commonName: "server",
                alternativeNames: names,
                use: .server,
                validFromDays: -60,
                validToDays: validToDays
            )
        )
        return TLSConfiguration(
            role: .server(clients),
            certificateChainPEM: issued.certificatePEM,
            privateKeyPEM: issued.privateKeyPEM,
            trustedPEM: self.authority.certificatePEM,
            allowsTLS12: allowsTLS12
        )
    }

    func client(
        _ request: CertificateAuthority.Request? = .init(
            commonName: "client",
            alternativeNames: ["URI:spiffe://test/reader"],
            use: .client
        ),
        signedBy other: CertificateAuthority? = nil,
        trusting: String? = nil,
        protocol name: String = "likeness/1"
    ) throws -> TLSContext {
        let issued = try request.map { try (other ?? self.authority).issue($0) }
        return try TLSContext(
            TLSConfiguration(
                role: .client,
                certificateChainPEM: issued?.certificatePEM ?? "",
                privateKeyPEM: issued?.privateKeyPEM ?? "",
                trustedPEM: trusting ?? self.authority.certificatePEM,
                applicationProtocol: name
            )
        )
    }
}
