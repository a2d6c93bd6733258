import CoreMetrics
import Foundation
import LikenessClient
import LikenessMessages
import LikenessPostgres
import LikenessTLS
import LikenessTesting
import MetricsTestKit
import Testing

@testable import LikenessServer

/// Certificates and tokens that are exchanged while a service runs.
@Suite(.freshDatabase) struct RotationTests {
    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    private static func writeServer(_ authority: CertificateAuthority, in folder: String) throws {
        let issued = try authority.issue(
            .init(commonName: "server", alternativeNames: ["DNS:localhost", "IP:127.0.0.1"], use: .server)
        )
        try Self.write(issued.certificatePEM, to: "\(folder)/server.pem")
        try Self.write(issued.privateKeyPEM, to: "\(folder)/server.key")
    }

    /// Asks until it is so, for as long as a busy machine may need.
    private static func eventually(_ condition: () async throws -> Bool) async throws -> Bool {
        try await Patience.until(every: .milliseconds(100), condition)
    }

    private static func answers(_ client: LikenessClient) async -> Bool {
        (try? await client.admin.getVersion(GetVersionRequest(), options: .init(timeout: .seconds(30)))) != nil
    }

    @Test func `new connections use the new certificates and open ones go on`() async throws {
        let log = RecordedLog()
        try await ServiceFixture.run(embeds: false, logger: log.logger) { fixture in
            #expect(await Self.answers(fixture.client))
            // Whoever trusts only the first CA can no longer connect, and whoever is connected notices nothing.
            let second = try CertificateAuthority(commonName: "second CA")
            let newcomer = try ServiceFixture.client(second, port: fixture.port)
            try Self.write(second.certificatePEM, to: "\(fixture.folder)/ca.pem")
            try Self.writeServer(second, in: fixture.folder)
            #expect(try await Self.eventually { await Self.answers(newcomer) })
            #expect(await Self.answers(fixture.client))
            let latecomer = try ServiceFixture.client(fixture.authority, port: fixture.port)
            #expect(await !Self.answers(latecomer))
            #expect(log.lines.contains { $0.hasPrefix("info certificates read again") })

            // A key that is not the certificate's is said once, by name, and nothing changes.
            let third = try CertificateAuthority(commonName: "third CA")
            let stray = try third.issue(.init(commonName: "x", alternativeNames: ["DNS:localhost"], use: .server))
            try Self.write(stray.privateKeyPEM, to: "\(fixture.folder)/server.key")
            func complaints() -> [String] { log.lines.filter { $0.hasPrefix("error") } }
            #expect(try await Self.eventually { !complaints().isEmpty })
            try await Task.sleep(for: .seconds(2))
            #expect(complaints().count == 1)
            let problem = "\(fixture.folder)/server.key is not the key of \(fixture.folder)/server.pem"
            #expect(complaints().first?.contains(problem) == true, "\(complaints())")
            let another = try ServiceFixture.client(second, port: fixture.port)
            #expect(await Self.answers(another))
            #expect(await Self.answers(fixture.client))
            for client in [newcomer, latecomer, another] { await client.close() }
        }
    }

    @Test func `a client whose files change goes on with the new ones`() async throws {
        try await ServiceFixture.run(
            embeds: false,
            change: { configuration, _ in configuration.rpc.connectionAge = .seconds(2) }
        ) { fixture in
            func writeClient(_ authority: CertificateAuthority) throws {
                let issued = try authority.issue(
                    .init(commonName: "client", alternativeNames: ["URI:spiffe://test/admin"], use: .client)
                )
                try Self.write(issued.certificatePEM, to: "\(fixture.folder)/client.pem")
                try Self.write(issued.privateKeyPEM, to: "\(fixture.folder)/client.key")
                try Self.write(authority.certificatePEM, to: "\(fixture.folder)/server-ca.pem")
            }
            try writeClient(fixture.authority)
            let text = """
                {"endpoint": "127.0.0.1:\(fixture.port)", "ca_file": "server-ca.pem", "certificate_file": "client.pem",
                 "key_file": "client.key"}
                """
            try Self.write(text, to: "\(fixture.folder)/client.json")
            let client = try LikenessClient(configuration: .init(file: "\(fixture.folder)/client.json"))
            #expect(await Self.answers(client))
            let second = try CertificateAuthority(commonName: "second CA")
            try writeClient(second)
            try Self.write(second.certificatePEM, to: "\(fixture.folder)/ca.pem")
            try Self.writeServer(second, in: fixture.folder)
            // The first connection ends at its age, and only who has read the new files can make another.
            let newcomer = try ServiceFixture.client(second, port: fixture.port)
            #expect(try await Self.eventually { await Self.answers(newcomer) })
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .seconds(4) {
                let error = await ServiceFixture.failure {
                    try await client.admin.getVersion(GetVersionRequest(), options: .init(timeout: .seconds(30)))
                }
                #expect(error == nil, "\(error as Any)")
                try await Task.sleep(for: .milliseconds(100))
            }
            for client in [client, newcomer] { await client.close() }
        }
    }

    @Test func `reloads and their failures are counted`() async throws {
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let authority = try CertificateAuthority(commonName: "test CA")
            try Self.write(authority.certificatePEM, to: "\(folder)/ca.pem")
            try Self.writeServer(authority, in: folder)
            try Self.write("", to: "\(folder)/tokens")
            let files = TLSServerFiles(
                certificate: "\(folder)/server.pem",
                key: "\(folder)/server.key",
                clientCA: "\(folder)/ca.pem"
            )
            let (metrics, log) = (TestMetrics(), RecordedLog())
            let reloader = SecurityReloader(
                tls: try TLSReloader(files),
                tokens: try TokenStore(path: "\(folder)/tokens"),
                logger: log.logger,
                factory: metrics
            )
            func count(_ label: String, _ files: String) throws -> Int64 {
                try metrics.expectCounter(label, [("files", files)]).totalValue
            }
            #expect(try count("likeness_reload_failures_total", "tls") == 0)
            reloader.reload()
            try Self.write("nonsense", to: "\(folder)/server.pem")
            try Self.write("nonsense", to: "\(folder)/tokens")
            for _ in 0..<5 { reloader.reloadIfChanged() }
            #expect(try count("likeness_reloads_total", "tls") == 1)
            #expect(try count("likeness_reloads_total", "tokens") == 1)
            #expect(try count("likeness_reload_failures_total", "tls") == 1)
            #expect(try count("likeness_reload_failures_total", "tokens") == 1)
            #expect(log.lines.filter { $0.hasPrefix("error") }.count == 2, "\(log.lines)")
            let expiry = try #require(try metrics.expectGauge("likeness_tls_certificate_expiry_seconds").lastValue)
            #expect(abs(expiry - Date().timeIntervalSince1970 - 397 * 86_400) < 3_600)
        }
    }

    @Test func `a key log is asked for by name, warned of, and goes on after a reload`() async throws {
        let log = RecordedLog()
        try await ServiceFixture.run(
            embeds: false,
            logger: log.logger,
            change: { configuration, folder in configuration.tls.keyLogFile = "\(folder)/keys" }
        ) { fixture in
            let file = "\(fixture.folder)/keys"
            #expect(log.lines.contains { $0.hasPrefix("warning") && $0.contains("file=\(file)") })
            func lines() throws -> Int {
                try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count
            }
            #expect(await Self.answers(fixture.client))
            let before = try lines()
            #expect(before == 5)
            try Self.writeServer(fixture.authority, in: fixture.folder)
            #expect(try await Self.eventually { log.lines.contains { $0.contains("certificates read again") } })
            let newcomer = try ServiceFixture.client(fixture.authority, port: fixture.port)
            #expect(await Self.answers(newcomer))
            #expect(try lines() == 10)
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
            await newcomer.close()
        }
    }

    @Test func `SIGHUP has a daemon read its files at once`() async throws {
        let database = TestDatabase.current.configuration
        let socket = try #require(database.endpoints.first?.host)
        try await TestFolders.withPath { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let authority = try CertificateAuthority(commonName: "test CA")
            try Self.write(authority.certificatePEM, to: "\(folder)/ca.pem")
            try Self.writeServer(authority, in: folder)
            try Self.write("", to: "\(folder)/tokens")
            let settings = [
                "listen=127.0.0.1:0", "tls.certificate_file=\(folder)/server.pem", "tls.key_file=\(folder)/server.key",
                "tls.client_ca_file=\(folder)/ca.pem", "auth.token_file=\(folder)/tokens", "embedding.provider=none",
                "roles.admin=URI:spiffe://test/admin",
                "database.url=host=\(socket) user=\(database.user) dbname=\(database.database)",
            ]
            let log = "\(folder)/log"
            func text() throws -> String { try String(contentsOfFile: log, encoding: .utf8) }
            let daemon = try BuiltProgram("likenessd")
            try await daemon.whileRunning(["serve"] + settings.flatMap { ["--set", $0] }, errors: log) { process in
                let isServing = try await Self.eventually { try text().contains(" serving") }
                let started = try text()
                #expect(isServing, "\(started)")
                let port = try #require(try text().firstMatch(of: /endpoint=127\.0\.0\.1:(\d+)/).flatMap { Int($0.1) })
                let client = try ServiceFixture.client(authority, port: port)
                #expect(await Self.answers(client))
                // Nothing has changed: only the signal can be the reason.
                #expect(try !text().contains("read again"))
                kill(process, SIGHUP)
                #expect(
                    try await Self.eventually {
                        let text = try text()
                        return text.contains("certificates read again") && text.contains("tokens read again")
                    }
                )
                #expect(await Self.answers(client))
                await client.close()
            }
            #expect(try text().contains("stopped"))
        }
    }
}
