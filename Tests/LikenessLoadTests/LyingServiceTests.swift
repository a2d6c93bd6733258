import LikenessClient
import LikenessMessages
import LikenessRPC
import LikenessTLS
import LikenessTesting
import Testing

@testable import LikenessLoad

/// A service that answers exactly when it is asked to, and otherwise as a test wants.
private struct LyingService {
    static let limit = 5

    /// Forty profiles; the request's vector says where the best begins.
    static func truth(_ request: QueryRequest) -> [Hit] {
        guard case .vector(let vector)? = request.query?.ask else { return [] }
        let first = Int(vector.values.first ?? 0)
        return (0..<40).map { index in
            Hit(
                profile: .init(id: "p\(100 + (first + index) % 40)"),
                score: 0.95 - Double(index) * 0.01,
                section: .init(kind: .summary, id: "s")
            )
        }
    }

    /// - Parameter lie: Makes an answer of the right one.
    static func run(
        requests: Int = 4,
        lie: @escaping @Sendable ([Hit]) -> [Hit]
    ) async throws -> LoadReport {
        var router = MethodRouter()
        router.unary(SearchServiceMethods.query) { request, _ in
            let hits = Self.truth(request)
            if request.precision == .exact {
                return QueryResponse(
                    hits: Array(hits.prefix(Int(request.limit))),
                    completeness: .init(level: .exact),
                    strategy: "vector_exact"
                )
            }
            return QueryResponse(hits: lie(hits), completeness: .init(level: .approximate), strategy: "vector_hnsw")
        }
        return try await LoopbackServer.run(router) { server in
            let caller = try server.authority.issue(.init(commonName: "caller", alternativeNames: [], use: .client))
            let service = ClientConfiguration(
                endpoints: [.init(host: "127.0.0.1", port: server.port)],
                authorityPEM: server.authority.certificatePEM,
                certificatePEM: caller.certificatePEM,
                privateKeyPEM: caller.privateKeyPEM
            )
            return try await Self.load(service, requests)
        }
    }

    private static func load(_ service: ClientConfiguration, _ count: Int) async throws -> LoadReport {
        let requests = (0..<count).map {
            QueryRequest(query: .init(ask: .vector(.init(values: [Float($0), 1]))), limit: Int32(Self.limit))
        }
        let client = try LikenessClient(configuration: service)
        let verifier = try await ExactAnswers.verifier(for: requests, client: client)
        await client.close()
        let prepared = try requests.map {
            PreparedRequest(
                method: SearchServiceMethods.query.info.fullName,
                messages: [try $0.encodedBytes()],
                timeout: .seconds(60)
            )
        }
        var plan = LoadPlan(service: service, mode: .closed(concurrency: 2))
        plan.warmUp = .zero
        plan.duration = .seconds(600)
        plan.count = 40
        plan.verifier = verifier
        return try await LoadRun(plan: plan, workload: Workload([.init(name: "vector", weight: 1, requests: prepared)]))
            .run()
    }
}

@Suite struct LyingServiceTests {
    @Test func `an honest service has no wrong answer`() async throws {
        let report = try await LyingService.run { Array($0.prefix(LyingService.limit)) }
        let verification = try #require(report.verification)
        #expect(verification.checked == 40 && verification.wrong == 0 && verification.recall == 1)
        #expect(verification.uncheckedHits == 0 && report.calls == 40)
    }

    @Test func `an index that passes over some costs recall only`() async throws {
        let report = try await LyingService.run { Array($0.dropFirst().prefix(LyingService.limit)) }
        let verification = try #require(report.verification)
        #expect(verification.wrong == 0 && verification.recall == 0.8 && report.failed == 0)
    }

    private static func rescored(_ hits: [Hit], by error: Double) -> [Hit] {
        hits.prefix(LyingService.limit).map { hit in
            var hit = hit
            hit.score += error
            return hit
        }
    }

    private static let lies: [(fault: AnswerFault, lie: @Sendable ([Hit]) -> [Hit])] = [
        (.scoreMismatch, { Self.rescored($0, by: -0.3) }),
        (.scoreMismatch, { Self.rescored($0, by: 0.000_1) }),
        (.outOfOrder, { [$0[1], $0[0]] + $0[2..<5] }),
        (.surplus, { [$0[0], $0[0]] + $0[1..<4] }),
        (.surplus, { Array($0.prefix(6)) }),
        (.missing, { Array($0.prefix(3)) }),
        (
            .scoreMismatch,
            { hits in
                var invented = hits[4]
                invented.profile?.id = "nobody"
                return hits[0..<4] + [invented]
            }
        ),
    ]

    @Test(arguments: lies.indices) func `every answer of a service that lies fails, and is named`(index: Int)
        async throws
    {
        let (fault, lie) = Self.lies[index]
        let report = try await LyingService.run(lie: lie)
        #expect(report.calls == 0 && report.failed == 40 && report.errors == ["WRONG_ANSWER": 40])
        #expect(report.verification?.wrong == 40 && report.verification?.faults == [fault.rawValue: 40])
        let examples = try #require(report.verification?.examples)
        #expect(!examples.isEmpty && examples.count <= 5 && Set(examples).count == examples.count)
        let text = TextReport(report).text
        #expect(text.contains("wrong answers: 40 × \(fault.rawValue)") && text.contains(examples[0]))
        #expect(try Threshold("wrong>0").verdict(report).failed)
    }

    @Test func `lies now and then are counted one by one`() async throws {
        let report = try await LyingService.run { hits in
            // Of four requests in turn, the one whose best is p102.
            Self.rescored(hits, by: hits[0].profile?.id == "p102" ? -0.02 : 0)
        }
        #expect(report.calls == 30 && report.failed == 10)
        let examples = try #require(report.verification?.examples)
        #expect(examples.count == 1 && examples[0].hasPrefix("request 2: profile p102 scores 0.9"))
    }
}
