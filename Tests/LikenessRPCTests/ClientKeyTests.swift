import LikenessMessages
import LikenessScheduling
import LikenessTLS
import NIOCore
import Testing

@testable import LikenessRPC

/// Who a caller is: one rule for connections, fair shares, request ids and logs.
@Suite struct ClientKeyTests {
    private static func peer(_ names: [String]?, at address: String = "192.0.2.1") throws -> PeerIdentity {
        let socket = try SocketAddress(ipAddress: address, port: 40_000)
        let certificate = try names.map { names in
            let authority = try CertificateAuthority(commonName: "test CA")
            let issued = try authority.issue(.init(commonName: "caller", alternativeNames: names, use: .client))
            let context = try TLSContext(
                TLSConfiguration(
                    role: .client,
                    certificateChainPEM: issued.certificatePEM,
                    privateKeyPEM: issued.privateKeyPEM,
                    trustedPEM: authority.certificatePEM
                )
            )
            return try #require(context.certificate)
        }
        return PeerIdentity(certificate: certificate, address: "\(socket)", source: SourceAddress(socket))
    }

    @Test(arguments: [
        (["URI:spiffe://a/b"], "uri:spiffe://a/b"), (["DNS:a.example"], "dns:a.example"),
        // The URI counts first, in whichever order they stand.
        (["DNS:a.example", "URI:spiffe://a/b"], "uri:spiffe://a/b"),
        (["DNS:b.example", "DNS:a.example"], "dns:b.example"),
    ]) func `a certificate's caller is its first name, with the name's kind`(names: [String], verified: String) throws {
        let key = ClientKey(try Self.peer(names))
        #expect(key.verifiedName == verified && "\(key)" == verified)
        // Where it comes from does not matter, nor which certificate it is.
        let elsewhere = ClientKey(try Self.peer(names, at: "2001:db8::1"))
        #expect(key == elsewhere && Flow(key) == Flow(elsewhere))
    }

    @Test func `a certificate without names is its fingerprint`() throws {
        let peer = try Self.peer([])
        let fingerprint = try #require(peer.certificate?.fingerprint)
        #expect(ClientKey(peer) == .certificate(fingerprint: fingerprint))
        #expect(ClientKey(peer).verifiedName == "certificate:\(fingerprint)")
        let other = try Self.peer([])
        #expect(ClientKey(peer) != ClientKey(other))
    }

    @Test(arguments: [nil, ["URI:spiffe://a/b"]] as [[String]?])
    func `the holder of a token counts before the connection`(names: [String]?) throws {
        let peer = try Self.peer(names)
        #expect(ClientKey(peer, .held(by: "ci")) == .token("ci"))
        #expect(ClientKey(peer, .held(by: "ci")).verifiedName == "token:ci")
        #expect(ClientKey(peer, .unknown) == ClientKey(peer))
        #expect(ClientKey(peer, .absent) == ClientKey(peer))
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1", "::ffff:192.0.2.1", true),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true), ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
    ]) func `who has shown nothing is a source: an IPv4 address, or a site of IPv6`(
        one: String,
        other: String,
        isSame: Bool
    ) throws {
        let (key, otherKey) = (ClientKey(try Self.peer(nil, at: one)), ClientKey(try Self.peer(nil, at: other)))
        #expect((key == otherKey) == isSame)
        #expect((Flow(key) == Flow(otherKey)) == isSame)
        #expect(("\(key)" == "\(otherKey)") == isSame)
        #expect(key.verifiedName.isEmpty)
    }

    @Test func `sources are written as their networks`() throws {
        let mapped = ClientKey(try Self.peer(nil, at: "::ffff:192.0.2.1"))
        let site = ClientKey(try Self.peer(nil, at: "2001:db8:0:a::1"))
        #expect("\(mapped)" == "address:192.0.2.1" && "\(site)" == "address:2001:db8:0:a::/64")
        #expect("\(ClientKey.address(.other))" == "address:none")
    }

    @Test func `equal texts of different kinds are different callers`() {
        let keys: [ClientKey] = [.uri("a"), .dns("a"), .certificate(fingerprint: "a"), .token("a"), .address(.other)]
        #expect(Set(keys).count == keys.count)
        #expect(Set(keys.map { Flow($0) }).count == keys.count)
        #expect(Set(keys.map(\.description)).count == keys.count)
    }
}
