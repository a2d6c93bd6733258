import Foundation
import LikenessTLS
import Testing

/// Client certificates that their CA has taken back.
@Suite struct RevocationTests {
    private static let name = ["URI:spiffe://test/reader"]

    private static func issue(_ authority: CertificateAuthority) throws -> CertificateAuthority.Issued {
        try authority.issue(.init(commonName: "client", alternativeNames: Self.name, use: .client))
    }

    private static func client(
        _ issued: CertificateAuthority.Issued,
        _ authority: CertificateAuthority
    ) throws -> TLSContext {
        try TLSContext(
            TLSConfiguration(
                role: .client,
                certificateChainPEM: issued.certificatePEM,
                privateKeyPEM: issued.privateKeyPEM,
                trustedPEM: authority.certificatePEM
            )
        )
    }

    private static func server(_ certificates: TestCertificates, revoking lists: String...) throws -> TLSContext {
        var configuration = try certificates.serverConfiguration()
        configuration.revokedPEM = lists.joined()
        return try TLSContext(configuration)
    }

    @Test func `a revoked certificate is refused in the handshake, and known on open connections`() throws {
        let certificates = try TestCertificates()
        let (good, bad) = (try Self.issue(certificates.authority), try Self.issue(certificates.authority))
        let list = try certificates.authority.revocationList(revoking: [bad])
        let server = try Self.server(certificates, revoking: list)
        let pair = try TLSPair(client: Self.client(good, certificates.authority), server: server)
        try pair.exchange()
        let peer = try #require(pair.serverDone?.peer)
        #expect(!server.revokes(peer))
        let end = try #require(server.revocationsValidToSeconds)
        #expect(abs(Double(end) - Date().timeIntervalSince1970 - 30 * 86_400) < 3_600)
        #expect(try certificates.server().revocationsValidToSeconds == nil)
        let later = try certificates.authority.revocationList(revoking: [bad, good])
        #expect(try Self.server(certificates, revoking: later).revokes(peer))
        #expect(try !certificates.server().revokes(peer))

        let refused = try TLSPair(client: Self.client(bad, certificates.authority), server: server)
        try refused.exchange()
        #expect(refused.serverDone == nil)
        #expect(refused.serverError?.description == "the peer's certificate has been revoked")
        #expect(refused.clientError?.description.contains("revoked") == true)
    }

    @Test func `a number counts only in the list of its own CA`() throws {
        let certificates = try TestCertificates()
        let other = try CertificateAuthority(commonName: "other CA")
        let issued = try Self.issue(certificates.authority)
        let pair = try TLSPair(client: Self.client(issued, certificates.authority), server: certificates.server())
        try pair.exchange()
        let peer = try #require(pair.serverDone?.peer)
        var configuration = try certificates.serverConfiguration()
        configuration.trustedPEM += other.certificatePEM
        configuration.revokedPEM =
            try certificates.authority.revocationList(revoking: []) + other.revocationList(revoking: [issued])
        #expect(try !TLSContext(configuration).revokes(peer))
    }

    @Test func `a list that cannot be used is refused, with its reason`() throws {
        let certificates = try TestCertificates()
        let other = try CertificateAuthority(commonName: "other CA")
        let namesake = try CertificateAuthority(commonName: "test CA")
        func problem(_ list: String) -> String {
            do {
                _ = try Self.server(certificates, revoking: list)
                return ""
            } catch {
                return (error as? TLSError)?.description ?? "\(error)"
            }
        }
        let authority = certificates.authority
        #expect(problem(try authority.revocationList(revoking: [])) == "")
        let old = try authority.revocationList(revoking: [], validFromDays: -9, validToDays: -1)
        #expect(problem(old).contains("run out"))
        #expect(problem(try authority.revocationList(revoking: [], validFromDays: 1)).contains("not valid yet"))
        #expect(problem(try other.revocationList(revoking: [])).contains("has no CRL of CN = test CA"))
        #expect(problem(try namesake.revocationList(revoking: [])).contains("not signed by that CA"))
        #expect(problem(authority.certificatePEM).contains("is not PEM"))
        #expect(problem("").contains("is not PEM"))
    }
}
