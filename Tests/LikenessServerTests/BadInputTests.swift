import LikenessClient
import LikenessMessages
import LikenessRPC
import LikenessTLS
import LikenessTesting
import LikenessWire
import NIOCore
import NIOPosix
import Testing

/// Whatever comes in gets a clear answer, and the service is unharmed.
@Suite(.freshDatabase) struct BadInputTests {
    typealias Failure = (code: LikenessError.Code, field: String)

    static let badQueries: [(name: String, request: QueryRequest, expected: Failure)] = [
        ("no query", QueryRequest(), (.invalidArgument, "query")),
        ("nothing asked", QueryRequest(query: .init()), (.invalidArgument, "query.ask")),
        ("empty text", .init(query: .init(ask: .text(.init()))), (.invalidArgument, "query.text.text")),
        (
            "text of 1 MB", .init(query: .init(ask: .text(.init(text: String(repeating: "word ", count: 200_000))))),
            (.invalidArgument, "query.text.text")
        ),
        (
            "limit of -1", .init(query: .init(ask: .vector(.init(values: Self.vector))), limit: -1),
            (.invalidArgument, "limit")
        ),
        (
            "limit of 10⁹", .init(query: .init(ask: .vector(.init(values: Self.vector))), limit: 1_000_000_000),
            (.invalidArgument, "limit")
        ),
        (
            "383 dimensions", .init(query: .init(ask: .vector(.init(values: Array(Self.vector.dropLast()))))),
            (.invalidArgument, "query.vector.values")
        ),
        ("no dimensions", .init(query: .init(ask: .vector(.init()))), (.invalidArgument, "query.vector.values")),
        (
            "NaN", .init(query: .init(ask: .vector(.init(values: Self.vector.dropLast() + [.nan])))),
            (.invalidArgument, "query.vector.values[383]")
        ),
        (
            "infinity", .init(query: .init(ask: .vector(.init(values: [.infinity] + Self.vector.dropFirst())))),
            (.invalidArgument, "query.vector.values[0]")
        ),
        (
            "all zero", .init(query: .init(ask: .vector(.init(values: .init(repeating: 0, count: 384))))),
            (.invalidArgument, "query.vector.values")
        ),
        (
            "minimum score of NaN", .init(query: .init(ask: .vector(.init(values: Self.vector))), minScore: .nan),
            (.invalidArgument, "min_score")
        ),
        (
            "filter", .init(query: .init(ask: .vector(.init(values: Self.vector))), filter: "a = b"),
            (.invalidArgument, "filter")
        ),
        (
            "unknown space", .init(query: .init(ask: .vector(.init(values: Self.vector))), embeddingSpace: "nowhere"),
            (.notFound, "")
        ),
        (
            "consistency token", .init(query: .init(ask: .vector(.init(values: Self.vector))), consistencyToken: "zz"),
            (.invalidArgument, "consistency_token")
        ),
    ]

    static let vector = (0..<384).map { Float($0 % 7) - 3 }

    @Test func `a bad query names its field, and the connection goes on`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            for bad in Self.badQueries {
                let failure = await ServiceFixture.failure {
                    try await fixture.client.search.query(bad.request, options: .init())
                }
                #expect(failure?.code == bad.expected.code, "\(bad.name): \(String(describing: failure))")
                #expect(
                    (failure?.violations.first?.field ?? "") == bad.expected.field,
                    "\(bad.name): \(String(describing: failure))"
                )
                #expect(failure?.message.isEmpty == false)
            }
            let good = QueryRequest(query: .init(ask: .vector(.init(values: Self.vector))))
            let answer = try await fixture.client.search.query(good, options: .init())
            #expect(answer.hits.isEmpty)
        }
    }

    @Test func `text without an embedder is refused with the way out`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let request = QueryRequest(query: .init(ask: .text(.init(text: "someone", mode: .vector))))
            let failure = await ServiceFixture.failure {
                try await fixture.client.search.query(request, options: .init())
            }
            #expect(failure?.code == .failedPrecondition)
            #expect(failure?.reason == "NO_EMBEDDER")
        }
    }

    @Test func `malformed messages and unknown methods get a status each`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let peer = try await RawPeer.connect(to: fixture)
            let get = "likeness.v1.ProfileService/GetProfile"
            let cases: [(name: String, method: String, message: [UInt8], code: StatusCode, says: String)] = [
                ("unknown method", "likeness.v1.ProfileService/Nothing", [], .unimplemented, ""),
                ("unknown service", "nobody.v1.Service/Get", [], .unimplemented, ""),
                // Field 1, length 10, but only one byte follows.
                ("truncated", get, [0x0A, 0x0A, 0x00], .invalidArgument, "key"),
                // GetProfileRequest.mask with the bytes of a lone surrogate, which is no UTF-8.
                ("invalid UTF-8", get, [0x1A, 0x03, 0xED, 0xA0, 0x80], .invalidArgument, "mask"),
                ("NUL in a text", get, [0x1A, 0x03, 0x61, 0x00, 0x62], .invalidArgument, "mask"),
                ("a number for a text", get, [0x18, 0x01], .invalidArgument, "mask"),
                ("field number 0", get, [0x00, 0x01], .invalidArgument, "field number"),
            ]
            for item in cases {
                let status = try await peer.call(item.method, item.message)
                #expect(status?.code == item.code, "\(item.name): \(String(describing: status))")
                #expect(
                    status?.message.contains(item.says) == true || item.says.isEmpty,
                    "\(item.name): \(String(describing: status))"
                )
            }
            await peer.close()
        }
    }

    @Test func `a frame over the limit ends its connection and no other`() async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            let peer = try await RawPeer.connect(to: fixture)
            // The connection may be gone before the write is confirmed.
            try? await peer.send([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0])
            let goaway = try await peer.nextGoaway()
            #expect(goaway?.code == .frameTooLarge)
            let good = QueryRequest(query: .init(ask: .vector(.init(values: Self.vector))))
            let answer = try await fixture.client.search.query(good, options: .init())
            #expect(answer.hits.isEmpty)
            await peer.close()
        }
    }

    enum Stranger: String, CaseIterable { case garbage, http, otherProtocol, noCertificate }

    @Test(arguments: Stranger.allCases)
    func `a stranger is turned away and the others go on`(stranger: Stranger) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            switch stranger {
            case .garbage, .http:
                let bytes: [UInt8] =
                    stranger == .http ? Array("GET / HTTP/1.1\r\n\r\n".utf8) : (0..<200).map { UInt8($0) }
                let closed = try await RawPeer.sendPlain(bytes, port: fixture.port)
                #expect(closed)
            case .otherProtocol:
                let error = await RawPeer.handshakeError(fixture, protocol: "h2", withCertificate: true)
                #expect(error?.description.contains("ALPN") == true, "\(String(describing: error))")
            case .noCertificate:
                let error = await RawPeer.handshakeError(fixture, protocol: "likeness/1", withCertificate: false)
                #expect(error?.description.contains("client certificate") == true, "\(String(describing: error))")
            }
            #expect(try await ServiceFixture.isServing(fixture.client))
        }
    }
}
