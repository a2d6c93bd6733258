import Foundation
import LikenessTLS
import Testing

/// The keys of connections, for whoever is to read the traffic.
@Suite struct KeyLogTests {
    private static func withFile(_ body: (_ path: String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "likeness-keys-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func `both ends of a connection log the same lines, in the format of NSS`() throws {
        try Self.withFile { path in
            let certificates = try TestCertificates()
            var configuration = try certificates.serverConfiguration()
            configuration.keyLog = try TLSKeyLog(path: path)
            let clientPath = path + "-client"
            defer { try? FileManager.default.removeItem(atPath: clientPath) }
            var clientConfiguration = TLSConfiguration(
                role: .client,
                certificateChainPEM: "",
                privateKeyPEM: "",
                trustedPEM: certificates.authority.certificatePEM
            )
            let issued = try certificates.authority.issue(
                .init(commonName: "client", alternativeNames: ["URI:spiffe://test/reader"], use: .client)
            )
            clientConfiguration.certificateChainPEM = issued.certificatePEM
            clientConfiguration.privateKeyPEM = issued.privateKeyPEM
            clientConfiguration.keyLog = try TLSKeyLog(path: clientPath)
            let pair = try TLSPair(client: TLSContext(clientConfiguration), server: TLSContext(configuration))
            try pair.exchange()
            #expect(pair.serverDone != nil)
            func lines(_ path: String) throws -> [Substring] {
                try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            }
            let written = try lines(path)
            #expect(written.count == 5)
            let labels = [
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "EXPORTER_SECRET",
                "SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0",
            ]
            #expect(written.compactMap { $0.split(separator: " ").first.map(String.init) }.sorted() == labels)
            for line in written {
                #expect(line.wholeMatch(of: /[A-Z_0-9]+ [0-9a-f]{64} ([0-9a-f]{64}|[0-9a-f]{96})/) != nil)
            }
            #expect(Set(written) == Set(try lines(clientPath)))
            #expect(try Self.mode(path) == 0o600)
        }
    }

    @Test func `a file that others may read, or a link, is refused`() throws {
        try Self.withFile { path in
            try Data().write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            let error = #expect(throws: TLSError.self) { try TLSKeyLog(path: path) }
            #expect(error?.description.contains("mode 0600") == true)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            _ = try TLSKeyLog(path: path)
            let link = path + "-link"
            defer { try? FileManager.default.removeItem(atPath: link) }
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
            #expect(throws: TLSError.self) { try TLSKeyLog(path: link) }
            #expect(throws: TLSError.self) { try TLSKeyLog(path: path + "/none") }
        }
    }

    @Test func `nothing is written unless it is asked for`() throws {
        try Self.withFile { path in
            setenv("SSLKEYLOGFILE", path, 1)
            defer { unsetenv("SSLKEYLOGFILE") }
            let certificates = try TestCertificates()
            let pair = try TLSPair(client: certificates.client(), server: certificates.server())
            try pair.exchange()
            #expect(pair.serverDone != nil)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
