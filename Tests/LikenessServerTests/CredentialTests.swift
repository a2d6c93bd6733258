import Foundation
import LikenessClient
import LikenessMessages
import LikenessTLS
import LikenessTesting
import Testing

@testable import LikenessServer

/// What callers show: certificates, revoked or none at all, and tokens.
@Suite(.freshDatabase) struct CredentialTests {
    private static func code(_ client: LikenessClient, token: String? = nil) async -> LikenessError.Code? {
        var options = CallOptions(timeout: .seconds(30))
        if let token { options.metadata.append(("authorization", "Bearer \(token)")) }
        do {
            _ = try await client.admin.getVersion(GetVersionRequest(), options: options)
            return nil
        } catch {
            return (error as? LikenessError)?.code
        }
    }

    private static func client(
        _ fixture: ServiceFixture,
        _ issued: CertificateAuthority.Issued?
    ) throws -> LikenessClient {
        try LikenessClient(
            configuration: .init(
                endpoints: [.init(host: "127.0.0.1", port: fixture.port)],
                authorityPEM: fixture.authority.certificatePEM,
                certificatePEM: issued?.certificatePEM ?? "",
                privateKeyPEM: issued?.privateKeyPEM ?? ""
            )
        )
    }

    @Test func `a certificate that is revoked loses its connections, and gets no other`() async throws {
        func write(_ list: String, _ folder: String) throws {
            try Data(list.utf8).write(to: URL(fileURLWithPath: "\(folder)/crl.pem"), options: .atomic)
        }
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, folder in
                configuration.tls.clientCRLFile = "\(folder)/crl.pem"
                let authority = try String(contentsOfFile: "\(folder)/ca.pem", encoding: .utf8)
                let key = try String(contentsOfFile: "\(folder)/ca.key", encoding: .utf8)
                try write(
                    CertificateAuthority(certificatePEM: authority, privateKeyPEM: key).revocationList(revoking: []),
                    folder
                )
            }
        ) { fixture in
            let issued = try fixture.authority.issue(
                .init(commonName: "client", alternativeNames: ["URI:spiffe://test/admin"], use: .client)
            )
            let client = try Self.client(fixture, issued)
            #expect(await Self.code(client) == nil)
            #expect(await Self.code(fixture.client) == nil)
            // A stream that needs no role, and that nothing else would end.
            func watch(_ client: LikenessClient) -> Task<LikenessError.Code?, Never> {
                Task {
                    let error = await ServiceFixture.failure {
                        try await HealthServiceClient(caller: client.caller)
                            .watch(RPCWatchRequest(), options: .init(timeout: .seconds(60))) { responses in
                                while try await responses.next() != nil {}
                            }
                    }
                    return error?.code
                }
            }
            let (watching, bystander) = (watch(client), watch(fixture.client))
            try await Task.sleep(for: .milliseconds(200))
            try write(fixture.authority.revocationList(revoking: [issued]), fixture.folder)
            #expect(await watching.value == .unavailable)
            #expect(await Self.code(client) == .unavailable)
            #expect(await Self.code(fixture.client) == nil, "another certificate of the same name is as good as before")
            bystander.cancel()
            #expect(await bystander.value == .cancelled, "its stream went on until now")
            await client.close()
        }
    }

    @Test func `where certificates are optional a token is enough, and nothing is not`() async throws {
        let (token, line) = TokenFile.make(role: .reader, name: "billing", until: nil)
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, folder in
                configuration.tls.clientCertificateIsOptional = true
                configuration.tokenFile = "\(folder)/tokens"
                try Data(line.utf8).write(to: URL(fileURLWithPath: "\(folder)/tokens"))
            }
        ) { fixture in
            let bare = try Self.client(fixture, nil)
            #expect(await Self.code(bare) == .unauthenticated)
            #expect(await Self.code(bare, token: token) == nil)
            #expect(await Self.code(bare, token: token + "0") == .unauthenticated)
            let error = await ServiceFixture.failure { () async throws -> GetStatisticsResponse in
                var options = CallOptions(timeout: .seconds(30))
                options.metadata.append(("authorization", "Bearer \(token)"))
                return try await bare.admin.getStatistics(GetStatisticsRequest(), options: options)
            }
            #expect(error?.code == .permissionDenied, "the token is a reader's")
            #expect(await Self.code(fixture.client) == nil, "certificates count as ever")
            let stranger = try CertificateAuthority(commonName: "stranger")
            let foreign = try Self.client(
                fixture,
                stranger.issue(.init(commonName: "x", alternativeNames: ["URI:spiffe://test/admin"], use: .client))
            )
            #expect(await Self.code(foreign, token: token) == .unavailable, "a bad certificate is worse than none")
            for client in [bare, foreign] { await client.close() }
        }
    }

    @Test func `callers without a certificate are bounded by their address, and the oldest makes way`() async throws {
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, _ in
                configuration.tls.clientCertificateIsOptional = true
                configuration.rpc.connectionsPerIdentityMax = 2
            }
        ) { fixture in
            var clients: [LikenessClient] = []
            for _ in 0..<2 {
                clients.append(try Self.client(fixture, nil))
                #expect(await Self.code(clients.last ?? fixture.client) == .unauthenticated)
            }
            let oldest = clients[0]
            let watching = Task {
                await ServiceFixture.failure {
                    try await HealthServiceClient(caller: oldest.caller)
                        .watch(RPCWatchRequest(), options: .init(timeout: .seconds(300))) { responses in
                            while try await responses.next() != nil {}
                        }
                }
            }
            clients.append(try Self.client(fixture, nil))
            #expect(await Self.code(clients[2]) == .unauthenticated, "it may be about to show a token")
            #expect(await watching.value?.code == .unavailable)
            #expect(await Self.code(fixture.client) == nil, "who has a certificate is counted by it")
            for client in clients { await client.close() }
        }
    }

    @Test func `the command line sends the token of a file, and never shows it`() async throws {
        let (token, line) = TokenFile.make(role: .reader, name: "billing", until: nil)
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, folder in
                configuration.tls.clientCertificateIsOptional = true
                configuration.tokenFile = "\(folder)/tokens"
                try Data(line.utf8).write(to: URL(fileURLWithPath: "\(folder)/tokens"))
            }
        ) { fixture in
            func write(_ text: String, _ name: String) throws {
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(fixture.folder)/\(name)"))
            }
            let client = #"{"endpoint": "127.0.0.1:\#(fixture.port)", "ca_file": "ca.pem""#
            try write(client + "}", "bare.json")
            try write(client + #", "token_file": "good"}"#, "token.json")
            try write(token, "good")
            try write(token + "0", "wrong")
            let likeness = try BuiltProgram("likeness")
            func run(_ connect: String, _ arguments: String...) async throws -> BuiltProgram.Run {
                try await likeness.run(
                    [
                        "call", "AdminService/GetVersion", "--timeout", "120", "--connect",
                        "\(fixture.folder)/\(connect)",
                    ]
                        + arguments
                )
            }
            let none = try await run("bare.json")
            #expect(none.status != 0 && none.errors.contains("UNAUTHENTICATED"), "\(none)")
            for good in [
                try await run("bare.json", "--token-file", "\(fixture.folder)/good"), try await run("token.json"),
            ] {
                #expect(good.status == 0, "\(good)")
            }
            let wrong = try await run("token.json", "--token-file", "\(fixture.folder)/wrong")
            #expect(wrong.errors.contains("UNAUTHENTICATED"), "\(wrong)")
            #expect(!(wrong.output + wrong.errors).contains(token))
        }
    }

    @Test func `where certificates are required a token alone does not connect`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let bare = try Self.client(fixture, nil)
            #expect(await Self.code(bare) == .unavailable)
            await bare.close()
        }
    }
}
