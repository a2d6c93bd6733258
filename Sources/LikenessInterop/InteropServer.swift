internal import Foundation
internal import LikenessMessages
package import LikenessRPC
internal import LikenessStandardServices
internal import LikenessTLS
package import Logging
internal import NIOCore
internal import NIOPosix

/// A server of `InteropService` on one address.
package final class InteropServer: Sendable {
    package struct Files: Sendable {
        package var certificate: String
        package var key: String
        /// CAs that sign the clients' certificates.
        package var authority: String
        /// CRLs of those CAs; `nil` for none.
        package var revoked: String?
        /// Lets scanners of TLS in, which know nothing of likeness/1.
        package var demandsApplicationProtocol = true

        package init(certificate: String, key: String, authority: String) {
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }

        package init(_ certificates: InteropCertificates) {
            self.init(
                certificate: certificates.file("server.pem"),
                key: certificates.file("server.key"),
                authority: certificates.file("ca.pem")
            )
        }
    }

    private let server: RPCServer
    private let tls: TLSReloader
    private let health: HealthRegistry
    private let group: MultiThreadedEventLoopGroup
    package let activity: InteropActivity

    private init(
        server: RPCServer,
        tls: TLSReloader,
        health: HealthRegistry,
        group: MultiThreadedEventLoopGroup,
        activity: InteropActivity
    ) {
        self.server = server
        self.tls = tls
        self.health = health
        self.group = group
        self.activity = activity
    }

    package var port: Int { self.server.port }

    /// - Parameters:
    ///   - threads: Event loops.
    ///   - record: Gets every frame of both sides.
    /// - Throws: When a file cannot be read, or the address cannot be had.
    package static func start(
        host: String,
        port: Int,
        files: Files,
        configuration: RPCServerConfiguration = RPCServerConfiguration(),
        threads: Int = 1,
        observer: (any ServerObserver)? = nil,
        record: FrameRecord? = nil,
        logger: Logger
    ) async throws -> InteropServer {
        var serverFiles = TLSServerFiles(
            certificate: files.certificate,
            key: files.key,
            clientCA: files.authority
        )
        serverFiles.clientCRL = files.revoked
        serverFiles.demandsApplicationProtocol = files.demandsApplicationProtocol
        let tls = try TLSReloader(serverFiles)
        let activity = InteropActivity()
        var router = MethodRouter()
        InteropHandlers(activity: activity).register(in: &router)
        let standard = try StandardServices(
            addingTo: &router,
            fileDescriptorSets: [InteropContract.fileDescriptorSet],
            name: "likeness-interop",
            version: ProductVersion.current,
            startTime: ProtobufTimestamp(seconds: Int64(Foundation.Date().timeIntervalSince1970)),
            configuration: configuration
        )
        var tap: (@Sendable () -> any ChannelHandler)?
        if let record { tap = { FrameRecorder(record: record) } }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        do {
            let server = try await RPCServer.start(
                host: host,
                port: port,
                security: .tls(tls.source),
                router: router,
                configuration: configuration,
                roles: Self.roles,
                observer: observer,
                tap: tap,
                logger: logger,
                group: group
            )
            standard.health.setAll(.serving)
            return InteropServer(server: server, tls: tls, health: standard.health, group: group, activity: activity)
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Takes up what the files hold now, for new connections.
    package func reloadCertificates() throws {
        try self.tls.reload()
        self.server.endConnections { [tls] peer in peer.certificate.map(tls.revokes) ?? false }
    }

    /// SHA-256 of the certificate that new connections are shown.
    package var certificateFingerprint: String { self.tls.source.current.certificate?.fingerprint ?? "" }

    package func shutDown(within bound: Duration) async {
        self.health.shutDown()
        await self.server.shutDown(within: bound)
        try? await self.group.shutdownGracefully()
    }

    /// The role that the one URI name of a certificate says, and those below it.
    @Sendable private static func roles(of peer: PeerIdentity) -> Set<Role> {
        guard let names = peer.certificate?.uriNames, names.count == 1 else { return [.none] }
        let highest = Role.allCases.last { names[0] == InteropCertificates.name(of: "\($0)") } ?? .none
        return highest.included
    }
}
