import Foundation
import LikenessClient
import LikenessEmbedding
import LikenessMessages
import LikenessPostgres
import LikenessRPC
import LikenessServer
import LikenessTLS
import LikenessTesting
import Logging
import Testing

/// A whole service on a database of the test's own, and a client of it, over mutual TLS on loopback.
struct ServiceFixture {
    let service: ServiceInstance
    let client: LikenessClient
    let authority: CertificateAuthority
    let port: Int
    /// Where its certificates are: `ca.pem`, `ca.key`, `server.pem`, `server.key`.
    let folder: String

    /// Starts a service, lends it to `body`, and stops it.
    ///
    /// - Parameters:
    ///   - embeds: With the real model; without, callers send vectors.
    ///   - embedders: The models to run instead.
    ///   - workers: What works beside the calls, besides what every fixture has.
    ///   - pollClock: By which it looks at what other services wrote to saved searches.
    ///   - change: Changes the settings; is given the folder of the certificates.
    static func run(
        embeds: Bool = true,
        embedders: EmbedderRegistry? = nil,
        database: ConnectionConfiguration = TestDatabase.current.configuration,
        roles: ServerConfiguration.Roles = .init(admin: ["URI:spiffe://test/admin"]),
        acquireTimeout: Duration = Patience.limit,
        logger: Logger = Logger(label: "test"),
        auditLogger: Logger? = nil,
        interceptors: [any ServerInterceptor]? = nil,
        workers: Set<WorkerName> = [],
        pollClock: any Clock<Duration> = ContinuousClock(),
        change: (inout ServerConfiguration, _ folder: String) throws -> Void = { _, _ in },
        _ body: (ServiceFixture) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "likeness-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let authority = try CertificateAuthority(commonName: "test CA")
        let issued = try authority.issue(
            .init(commonName: "server", alternativeNames: ["DNS:localhost", "IP:127.0.0.1"], use: .server)
        )
        for (name, text) in [
            ("ca.pem", authority.certificatePEM), ("ca.key", authority.privateKeyPEM),
            ("server.pem", issued.certificatePEM),
            ("server.key", issued.privateKeyPEM),
        ] {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        var configuration = ServerConfiguration(
            tls: .init(
                certificateFile: "\(folder)/server.pem",
                keyFile: "\(folder)/server.key",
                clientCAFile: "\(folder)/ca.pem"
            ),
            database: .init(url: "")
        )
        configuration.listenPort = 0
        configuration.roles = roles
        configuration.embedding.provider = embeds ? .inProcess : .none
        configuration.rpc.drainTimeout = .seconds(2)
        configuration.database.acquireTimeout = acquireTimeout
        configuration.database.connectTimeout = Patience.limit
        try change(&configuration, folder)
        let service = try await ServiceInstance.start(
            configuration,
            database: database,
            embedders: embedders,
            logger: logger,
            auditLogger: auditLogger,
            interceptors: interceptors,
            pollClock: pollClock
        )
        let port = try #require(service.endpoint.split(separator: ":").last.flatMap { Int($0) })
        let client = try Self.client(authority, port: port)
        let running = Task {
            try await service.runUntilCancelled(workers.union([.outbox, .health, .security, .recovery]))
        }
        let fixture = ServiceFixture(service: service, client: client, authority: authority, port: port, folder: folder)
        let result: Result<Void, any Error>
        do {
            try await body(fixture)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await client.close()
        running.cancel()
        try await running.value
        try result.get()
    }

    /// A client with a certificate of that name.
    static func client(
        _ authority: CertificateAuthority,
        port: Int,
        name: String = "URI:spiffe://test/admin"
    ) throws -> LikenessClient {
        let issued = try authority.issue(.init(commonName: "client", alternativeNames: [name], use: .client))
        var configuration = ClientConfiguration(
            endpoints: [.init(host: "127.0.0.1", port: port)],
            authorityPEM: authority.certificatePEM,
            certificatePEM: issued.certificatePEM,
            privateKeyPEM: issued.privateKeyPEM
        )
        configuration.connectTimeout = Patience.limit
        configuration.interceptors = [PatientCalls()]
        return try LikenessClient(configuration: configuration)
    }

    /// Gives calls that name no deadline a long one: the contract's, 2 s for a suggestion, is not kept by a busy machine.
    private struct PatientCalls: ClientInterceptor {
        func intercept<Result: Sendable>(
            _ context: CallContext,
            _ next: (CallContext) async throws -> Result
        ) async throws -> Result {
            var context = context
            context.options.timeout = context.options.timeout ?? Patience.limit
            return try await next(context)
        }
    }

    /// Whether a service comes to say that all is well; its monitor looks every few seconds, and may find a busy machine slow.
    static func isServing(_ client: LikenessClient) async throws -> Bool {
        try await Patience.until { try await client.admin.getHealth(.init(), options: .init()).status == .serving }
    }

    /// The error of a call that must fail.
    static func failure(_ call: () async throws -> some Sendable) async -> LikenessError? {
        do {
            _ = try await call()
            return nil
        } catch {
            return error as? LikenessError
        }
    }
}
