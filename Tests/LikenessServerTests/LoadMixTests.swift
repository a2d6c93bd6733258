import LikenessClient
import LikenessLoad
import LikenessMessages
import LikenessTLS
import LikenessTesting
import Testing

/// The load tester's built-in requests, against a real service with the people that it makes.
@Suite(.freshDatabase) struct LoadMixTests {
    private static func withPeople(_ body: (ServiceFixture, ClientConfiguration) async throws -> Void) async throws {
        try await ServiceFixture.run(embeds: false) { fixture in
            _ = try await DatabaseLoad(profiles: 100, seed: 3, embeddings: .clustered)
                .run(connection: TestDatabase.current.configuration) { _ in }
            let issued = try fixture.authority.issue(
                .init(commonName: "load", alternativeNames: ["URI:spiffe://test/admin"], use: .client)
            )
            let endpoint = ClientConfiguration(
                endpoints: [.init(host: "127.0.0.1", port: fixture.port)],
                authorityPEM: fixture.authority.certificatePEM,
                certificatePEM: issued.certificatePEM,
                privateKeyPEM: issued.privateKeyPEM
            )
            try await body(fixture, endpoint)
        }
    }

    private static func mix(_ text: String) throws -> MixWorkload {
        var mix = MixWorkload(mix: try MixSpecification(text))
        mix.seed = 3
        mix.preparedCount = 64
        return mix
    }

    @Test func `suggest completes beginnings of what made-up people have`() async throws {
        try await Self.withPeople { fixture, endpoint in
            let requests = try Self.mix("suggest").suggestRequests
            let again = try Self.mix("suggest").suggestRequests
            #expect(requests.count == 64 && requests == again)
            for request in requests {
                let answer = try await fixture.client.search.suggest(request, options: .init())
                // The people of the same seed are stored, so whatever was begun can be completed.
                #expect(!answer.suggestions.isEmpty, "\(request.prefix)")
            }
            let lengths = Set(requests.map(\.prefix.count))
            #expect(lengths.isSubset(of: Set(1...8)) && lengths.count >= 6)

            let workload = try await Self.mix("suggest").prepare(client: fixture.client)
            var plan = LoadPlan(service: endpoint, mode: .closed(concurrency: 4))
            plan.warmUp = .zero
            plan.duration = .seconds(120)
            plan.count = 200
            let report = try await LoadRun(plan: plan, workload: workload).run()
            #expect(report.calls == 200 && report.failed == 0, "\(report.errors)")
        }
    }

    @Test func `lines of a file are begun, and every kind without a model runs`() async throws {
        try await Self.withPeople { fixture, endpoint in
            var mix = try Self.mix("suggest")
            mix.texts = ["Engineering manager", "  Öl", "a"]
            let prefixes = mix.suggestRequests.map(\.prefix)
            #expect(prefixes == ["Engineer", "  Öl", "a"])

            let kinds = try Self.mix("suggest=3,vector=2,filtered,text,get,upsert")
            let workload = try await kinds.prepare(client: fixture.client)
            var plan = LoadPlan(service: endpoint, mode: .closed(concurrency: 4))
            plan.warmUp = .zero
            plan.duration = .seconds(120)
            plan.count = 200
            let report = try await LoadRun(plan: plan, workload: workload).run()
            #expect(report.calls == 200 && report.failed == 0, "\(report.errors)")
            #expect(report.kinds.map(\.name) == ["suggest", "vector", "filtered", "text", "get", "upsert"])
            #expect(report.kinds.allSatisfy { $0.calls > 0 })
        }
    }
}
